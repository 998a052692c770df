/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "feed/json_private.h"

#include <stdlib.h>

void
json_in_init(struct json_in *j)
{
	*j = (struct json_in){ 0 };
}

void
json_in_done(struct json_in *j)
{
	free(j->room);
	json_in_init(j);
}

bool
json_in_refuse(struct json_in *j, const char *at, const char *expected)
{
	j->at = (size_t)(at - j->start);
	j->expected = expected;
	return false;
}

bool
json_in_open(struct json_in *j, struct sv line)
{
	j->start = j->p = line.n > 0 ? line.p : "";
	j->end = j->start + line.n;
	j->used = 0;
	j->first = true;
	/* Unescaped, a string only gets shorter: the line's length is room for all of them. */
	if (line.n > j->room_n) {
		j->room_n = line.n;
		j->room = mem_grow(j->room, j->room_n, 1);
	}
	return json_take(j, '{', "one JSON object a line");
}

enum json_in_step
json_in_member(struct json_in *j, struct sv *name_out)
{
	json_blanks(j);
	if (j->p < j->end && *j->p == '}') {
		j->p++;
		json_blanks(j);
		if (j->p != j->end) {
			(void)json_in_refuse(j, j->p, "the end of the line after the object");
			return JSON_IN_BROKEN;
		}
		return JSON_IN_END;
	}
	if (!j->first && !json_take(j, ',', "a comma or the end of the object")) {
		return JSON_IN_BROKEN;
	}
	j->first = false;
	json_blanks(j);
	if (j->p == j->end || *j->p != '"') {
		(void)json_in_refuse(j, j->p, "the name of a member in quotes");
		return JSON_IN_BROKEN;
	}
	if (!json_in_string(j, name_out) || !json_take(j, ':', "a colon after the name")) {
		return JSON_IN_BROKEN;
	}
	return JSON_IN_MEMBER;
}

/* ---- strings ---- */

static int
hex_value(char c)
{
	return char_is_digit(c)                               ? c - '0'
	       : char_lower(c) >= 'a' && char_lower(c) <= 'f' ? char_lower(c) - 'a' + 10
							      : -1;
}

/* Four hex digits at p. */
static bool
take_hex(struct json_in *j, const char **p, unsigned *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		int v = *p < j->end ? hex_value(**p) : -1;

		if (v < 0) {
			return json_in_refuse(j, *p, "four hex digits after \\u");
		}
		*out = *out << 4 | (unsigned)v;
		(*p)++;
	}
	return true;
}

static void
put_utf8(struct json_in *j, unsigned c)
{
	char *o = j->room + j->used;

	if (c < 0x80) {
		*o++ = (char)c;
	} else if (c < 0x800) {
		*o++ = (char)(0xc0 | c >> 6);
		*o++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*o++ = (char)(0xe0 | c >> 12);
		*o++ = (char)(0x80 | (c >> 6 & 0x3f));
		*o++ = (char)(0x80 | (c & 0x3f));
	} else {
		*o++ = (char)(0xf0 | c >> 18);
		*o++ = (char)(0x80 | (c >> 12 & 0x3f));
		*o++ = (char)(0x80 | (c >> 6 & 0x3f));
		*o++ = (char)(0x80 | (c & 0x3f));
	}
	j->used = (size_t)(o - j->room);
}

/* Behind "\u": a half of a pair that stands alone becomes U+FFFD. */
static bool
take_code_point(struct json_in *j, const char **p)
{
	unsigned c;
	unsigned low;
	const char *next;

	if (!take_hex(j, p, &c)) {
		return false;
	}
	if (c >= 0xd800 && c < 0xdc00 && j->end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		next = *p + 2;
		if (!take_hex(j, &next, &low)) {
			return false;
		}
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			*p = next;
		}
	}
	put_utf8(j, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return true;
}

static bool
take_escape(struct json_in *j, const char **p)
{
	static const char names[] = "\"\\/bfnrt";
	static const char means[] = "\"\\/\b\f\n\r\t";
	const char *found;
	char c;

	if (*p == j->end) {
		return json_in_refuse(j, *p, "the end of the string");
	}
	c = *(*p)++;
	if (c == 'u') {
		return take_code_point(j, p);
	}
	found = c == '\0' ? NULL : strchr(names, c);
	if (found == NULL) {
		return json_in_refuse(j, *p - 1, "one of \" \\ / b f n r t u after a backslash");
	}
	j->room[j->used++] = means[found - names];
	return true;
}

/* Bytes up to the next one that is not itself: a quote, a backslash, a control byte. */
static const char *
plain_until(const char *p, const char *end)
{
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= ' ') {
		p++;
	}
	return p;
}

static bool
unescape(struct json_in *j, const char *from, const char *p, struct sv *out)
{
	size_t start = j->used;

	for (;;) {
		memcpy(j->room + j->used, from, (size_t)(p - from));
		j->used += (size_t)(p - from);
		if (p == j->end || (unsigned char)*p < ' ') {
			return json_in_refuse(j, p, "the end of the string");
		}
		if (*p == '"') {
			*out = sv_make(j->room + start, j->used - start);
			j->p = p + 1;
			return true;
		}
		p++;
		if (!take_escape(j, &p)) {
			return false;
		}
		from = p;
		p = plain_until(p, j->end);
	}
}

bool
json_in_string(struct json_in *j, struct sv *out)
{
	const char *from;
	const char *p;

	json_blanks(j);
	if (j->p == j->end || *j->p != '"') {
		return json_in_refuse(j, j->p, "a string");
	}
	from = j->p + 1;
	p = plain_until(from, j->end);
	if (p < j->end && *p == '"') {
		*out = sv_make(from, (size_t)(p - from));
		j->p = p + 1;
		return true;
	}
	return unescape(j, from, p, out);
}
