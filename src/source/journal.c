/* SPDX-License-Identifier: Apache-2.0 */
#include "source/journal.h"

#include "base/num.h"

#define ENTRY_MAX  ((size_t)512 * 1024) /* bytes of one entry's fields that are kept */
#define JSON_DEPTH 16

enum field {
	FIELD_TIME,
	FIELD_HOST,
	FIELD_IDENTIFIER,
	FIELD_MESSAGE,
	FIELD_NONE
};

static const struct sv field_names[] = { SV_INIT("__REALTIME_TIMESTAMP"), SV_INIT("_HOSTNAME"),
	SV_INIT("SYSLOG_IDENTIFIER"), SV_INIT("MESSAGE") };

/* Where each field stands in the text while it is still growing (a growing buffer moves). */
struct spans {
	size_t at[FIELD_NONE], n[FIELD_NONE];
};

void
journal_init(struct journal_entry *e)
{
	*e = (struct journal_entry){ 0 };
	buf_init(&e->text, ENTRY_MAX);
}

void
journal_done(struct journal_entry *e)
{
	buf_done(&e->text);
}

static enum field
field_of(struct sv name)
{
	for (int i = 0; i < FIELD_NONE; i++) {
		if (sv_eq(name, field_names[i])) {
			return (enum field)i;
		}
	}
	return FIELD_NONE;
}

static void
keep(struct journal_entry *e, struct spans *spans, enum field f, struct sv value)
{
	if (f != FIELD_NONE) {
		spans->at[f] = e->text.n;
		buf_sv(&e->text, value);
		spans->n[f] = e->text.n - spans->at[f];
	}
}

static struct sv
span(const struct journal_entry *e, const struct spans *spans, enum field f)
{
	return sv_make(e->text.p + spans->at[f], spans->n[f]);
}

static void
finish(struct journal_entry *e, const struct spans *spans)
{
	uint64_t us = 0;

	(void)num_u64(span(e, spans, FIELD_TIME), INT64_MAX, &us);
	e->time_us = (int64_t)us;
	e->host = span(e, spans, FIELD_HOST);
	e->identifier = span(e, spans, FIELD_IDENTIFIER);
	e->message = span(e, spans, FIELD_MESSAGE);
}

/* ---- export ---- */

/* "NAME" alone: 64-bit little-endian length, the bytes, a newline. */
static bool
read_binary(struct lines *l, struct journal_entry *e, struct spans *spans, enum field f)
{
	struct sv s;
	uint64_t n = 0;

	if (!lines_bytes(l, 8, &s) || s.n != 8) {
		return false;
	}
	for (int i = 7; i >= 0; i--) {
		n = n << 8 | (unsigned char)s.p[i];
	}
	if (!lines_bytes(l, n, &s)) {
		return false;
	}
	keep(e, spans, f, s);
	return lines_bytes(l, 1, &s);
}

bool
journal_export_next(struct lines *l, struct journal_entry *e)
{
	struct spans spans = { 0 };
	bool any = false;
	struct sv line;
	uint64_t offset;

	buf_clear(&e->text);
	while (lines_next(l, &line, &offset)) {
		struct sv name;

		if (line.n == 0) {
			if (any) {
				break;
			}
			continue;
		}
		if (!any) {
			e->offset = offset;
		}
		any = true;
		if (sv_cut(&line, '=', &name)) {
			keep(e, &spans, field_of(name), line);
		} else if (line.n < 256 && !read_binary(l, e, &spans, field_of(line))) {
			break;
		}
	}
	finish(e, &spans);
	return any;
}

/* ---- JSON ---- */

static void
skip_white(struct sv *s)
{
	while (
	    s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t' || s->p[0] == '\r' || s->p[0] == '\n')) {
		*s = sv_from_at(*s, 1);
	}
}

static bool
hex4(struct sv s, unsigned *out)
{
	unsigned v = 0;

	if (s.n < 4) {
		return false;
	}
	for (int i = 0; i < 4; i++) {
		char c = char_lower(s.p[i]);

		if (char_is_digit(c)) {
			v = v * 16 + (unsigned)(c - '0');
		} else if (c >= 'a' && c <= 'f') {
			v = v * 16 + (unsigned)(c - 'a') + 10;
		} else {
			return false;
		}
	}
	*out = v;
	return true;
}

static void
add_code_point(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_char(b, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_char(b, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_char(b, (char)(0xe0 | c >> 12));
		} else {
			buf_char(b, (char)(0xf0 | c >> 18));
			buf_char(b, (char)(0x80 | (c >> 12 & 63)));
		}
		buf_char(b, (char)(0x80 | (c >> 6 & 63)));
	}
	buf_char(b, (char)(0x80 | (c & 63)));
}

/* Behind a backslash and 'u': four digits, and the other half of a surrogate pair. */
static bool
take_unicode(struct sv *s, struct buf *out)
{
	unsigned c;
	unsigned low;

	if (!hex4(*s, &c)) {
		return false;
	}
	*s = sv_from_at(*s, 4);
	if (c >= 0xd800 && c < 0xdc00 && sv_starts(*s, SV("\\u")) &&
	    hex4(sv_from_at(*s, 2), &low) && low >= 0xdc00 && low < 0xe000) {
		*s = sv_from_at(*s, 6);
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	add_code_point(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return true;
}

/* A string, its opening quote taken; appended to out when that is not NULL. */
static bool
take_string(struct sv *s, struct buf *out, struct buf *drop)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	struct buf *b = out == NULL ? drop : out;

	while (s->n > 0) {
		char c = s->p[0];
		const char *hit;

		*s = sv_from_at(*s, 1);
		if (c == '"') {
			return true;
		}
		if (c != '\\') {
			buf_char(b, c);
			continue;
		}
		if (s->n == 0) {
			return false;
		}
		c = s->p[0];
		*s = sv_from_at(*s, 1);
		if (c == 'u') {
			if (!take_unicode(s, b)) {
				return false;
			}
			continue;
		}
		hit = c == '\0' ? NULL : strchr(from, c);
		if (hit == NULL) {
			return false;
		}
		buf_char(b, to[hit - from]);
	}
	return false;
}

/* [104,105]: how journald writes bytes that are no UTF-8. */
static bool
take_bytes(struct sv *s, struct buf *out)
{
	for (;;) {
		uint32_t v;

		skip_white(s);
		if (sv_take(s, SV("]"))) {
			return true;
		}
		if (!num_take_u32(s, 255, &v)) {
			return false;
		}
		buf_char(out, (char)v);
		skip_white(s);
		(void)sv_take(s, SV(","));
	}
}

/* Any value that nobody wants. */
static bool
skip_value(struct sv *s, struct buf *drop)
{
	unsigned depth = 0;

	do {
		char c;

		skip_white(s);
		if (s->n == 0) {
			return false;
		}
		c = s->p[0];
		*s = sv_from_at(*s, 1);
		if (c == '"') {
			buf_clear(drop);
			if (!take_string(s, NULL, drop)) {
				return false;
			}
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH) {
				return false;
			}
		} else if (c == '}' || c == ']') {
			if (depth == 0) {
				return false;
			}
			depth--;
		} else if (depth == 0) {
			while (s->n > 0 && s->p[0] != ',' && s->p[0] != '}') {
				*s = sv_from_at(*s, 1);
			}
		}
	} while (depth > 0);
	return true;
}

static bool
take_member(struct sv *s, struct journal_entry *e, struct spans *spans, struct buf *drop)
{
	enum field f;
	struct sv rest;

	skip_white(s);
	buf_clear(drop);
	if (!sv_take(s, SV("\"")) || !take_string(s, drop, drop)) {
		return false;
	}
	f = field_of(buf_view(drop));
	skip_white(s);
	if (!sv_take(s, SV(":"))) {
		return false;
	}
	skip_white(s);
	rest = *s;
	if (f != FIELD_NONE && (sv_take(&rest, SV("\"")) || sv_take(&rest, SV("[")))) {
		bool text = s->p[0] == '"';

		spans->at[f] = e->text.n;
		if (text ? !take_string(&rest, &e->text, drop) : !take_bytes(&rest, &e->text)) {
			return false;
		}
		spans->n[f] = e->text.n - spans->at[f];
		*s = rest;
		return true;
	}
	return skip_value(s, drop);
}

bool
journal_json_read(struct sv line, struct journal_entry *e)
{
	struct spans spans = { 0 };
	struct sv s = sv_trim(line);
	struct buf drop;
	bool ok = sv_take(&s, SV("{"));

	buf_clear(&e->text);
	buf_init(&drop, ENTRY_MAX);
	while (ok) {
		skip_white(&s);
		if (sv_take(&s, SV("}"))) {
			break;
		}
		ok = take_member(&s, e, &spans, &drop);
		skip_white(&s);
		(void)sv_take(&s, SV(","));
	}
	buf_done(&drop);
	finish(e, &spans);
	return ok;
}
