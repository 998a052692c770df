/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/json_in.h"

#include "base/err.h"

#include <math.h>
#include <stdlib.h>

#define DIGITS_EXACT 15 /* a double holds any whole number of so many digits */

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

static void
skip_blanks(struct json_in *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n')) {
		j->p++;
	}
}

/* The byte, after blanks. */
static bool
take(struct json_in *j, char c, const char *expected)
{
	skip_blanks(j);
	if (j->p == j->end || *j->p != c) {
		return json_in_refuse(j, j->p, expected);
	}
	j->p++;
	return true;
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
	return take(j, '{', "one JSON object a line");
}

enum json_in_step
json_in_member(struct json_in *j, struct sv *name_out)
{
	skip_blanks(j);
	if (j->p < j->end && *j->p == '}') {
		j->p++;
		skip_blanks(j);
		if (j->p != j->end) {
			(void)json_in_refuse(j, j->p, "the end of the line after the object");
			return JSON_IN_BROKEN;
		}
		return JSON_IN_END;
	}
	if (!j->first && !take(j, ',', "a comma or the end of the object")) {
		return JSON_IN_BROKEN;
	}
	j->first = false;
	skip_blanks(j);
	if (j->p == j->end || *j->p != '"') {
		(void)json_in_refuse(j, j->p, "the name of a member in quotes");
		return JSON_IN_BROKEN;
	}
	if (!json_in_string(j, name_out) || !take(j, ':', "a colon after the name")) {
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

	skip_blanks(j);
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

/* ---- numbers ---- */

struct decimal { /* mantissa * 10^exponent */
	uint64_t mantissa;
	int digits; /* of the mantissa, without leading zeros */
	int64_t exponent;
	bool negative, whole;
};

static void
add_digit(struct decimal *d, char c, bool fraction)
{
	if (d->digits < 18) { /* more do not fit, and are below the precision of a double */
		d->mantissa = d->mantissa * 10 + (uint64_t)(c - '0');
		d->digits += d->mantissa > 0;
		d->exponent -= fraction;
	} else {
		d->exponent += !fraction;
		d->whole = false;
	}
}

static bool
take_exponent(struct json_in *j, struct decimal *d)
{
	bool minus;
	int64_t e = 0;
	const char *from;

	j->p++;
	minus = j->p < j->end && *j->p == '-';
	if (j->p < j->end && (*j->p == '-' || *j->p == '+')) {
		j->p++;
	}
	from = j->p;
	while (j->p < j->end && char_is_digit(*j->p)) {
		e = e < 10000 ? e * 10 + (*j->p - '0') : e;
		j->p++;
	}
	if (j->p == from) {
		return json_in_refuse(j, j->p, "the digits of an exponent");
	}
	d->exponent += minus ? -e : e;
	d->whole = false;
	return true;
}

static bool
take_decimal(struct json_in *j, struct decimal *d)
{
	const char *from;

	*d = (struct decimal){ .whole = true };
	skip_blanks(j);
	if (j->p < j->end && *j->p == '-') {
		d->negative = true;
		j->p++;
	}
	from = j->p;
	while (j->p < j->end && char_is_digit(*j->p)) {
		add_digit(d, *j->p++, false);
	}
	if (j->p == from || (j->p - from > 1 && *from == '0')) {
		return json_in_refuse(j, from, "a number");
	}
	if (j->p < j->end && *j->p == '.') {
		from = ++j->p;
		d->whole = false;
		while (j->p < j->end && char_is_digit(*j->p)) {
			add_digit(d, *j->p++, true);
		}
		if (j->p == from) {
			return json_in_refuse(j, j->p, "digits after the point");
		}
	}
	return j->p == j->end || char_lower(*j->p) != 'e' || take_exponent(j, d);
}

bool
json_in_number(struct json_in *j, double *out)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	struct decimal d;
	const char *at = j->p;
	double v;

	if (!take_decimal(j, &d)) {
		return false;
	}
	v = (double)d.mantissa;
	if (d.digits <= DIGITS_EXACT && d.exponent >= -22 && d.exponent <= 22) {
		v = d.exponent < 0 ? v / tens[-d.exponent] : v * tens[d.exponent];
	} else if (d.mantissa > 0) {
		v *= pow(10.0, (double)d.exponent);
	}
	if (!isfinite(v)) {
		return json_in_refuse(j, at, "a number that is not too large");
	}
	*out = d.negative ? -v : v;
	return true;
}

bool
json_in_u64(struct json_in *j, uint64_t max, uint64_t *out)
{
	struct decimal d;
	const char *at;

	skip_blanks(j);
	at = j->p;
	if (!take_decimal(j, &d)) {
		return false;
	}
	if (!d.whole || d.negative || d.mantissa > max) {
		return json_in_refuse(j, at, "a whole number within its range");
	}
	*out = d.mantissa;
	return true;
}

/* ---- what nobody wants ---- */

static bool
skip_word(struct json_in *j)
{
	static const struct sv words[] = { SV_INIT("true"), SV_INIT("false"), SV_INIT("null") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sv_starts(sv_make(j->p, (size_t)(j->end - j->p)), words[i])) {
			j->p += words[i].n;
			return true;
		}
	}
	return json_in_refuse(j, j->p, "a value");
}

static bool
skip_scalar(struct json_in *j)
{
	struct sv text;
	struct decimal d;

	if (*j->p == '"') {
		return json_in_string(j, &text);
	}
	return *j->p == '-' || char_is_digit(*j->p) ? take_decimal(j, &d) : skip_word(j);
}

/* Inside brackets: a comma and the next value, or the ends of what is open. */
static bool
skip_between(struct json_in *j, const char *open, size_t *depth)
{
	while (*depth > 0) {
		bool object = open[*depth - 1] == '{';

		skip_blanks(j);
		if (j->p < j->end && *j->p == (object ? '}' : ']')) {
			j->p++;
			(*depth)--;
			continue;
		}
		if (!take(j, ',',
			object ? "a comma or the end of the object"
			       : "a comma or the end of the array")) {
			return false;
		}
		return true;
	}
	return true;
}

static bool
skip_name(struct json_in *j)
{
	struct sv name;

	return json_in_string(j, &name) && take(j, ':', "a colon after the name");
}

/* A bracket at p: goes in; an empty one is over at once. */
static bool
skip_open(struct json_in *j, char *open, size_t *depth, bool *empty)
{
	char close = *j->p == '{' ? '}' : ']';

	if (*depth == JSON_IN_NESTING_MAX) {
		return json_in_refuse(j, j->p, "at most 32 brackets inside each other");
	}
	open[(*depth)++] = *j->p++;
	skip_blanks(j);
	*empty = j->p < j->end && *j->p == close;
	return true;
}

bool
json_in_skip(struct json_in *j)
{
	char open[JSON_IN_NESTING_MAX];
	size_t depth = 0;

	do {
		bool empty = false;

		if (depth > 0 && open[depth - 1] == '{' && !skip_name(j)) {
			return false;
		}
		skip_blanks(j);
		if (j->p == j->end) {
			return json_in_refuse(j, j->p, "a value");
		}
		if (*j->p == '{' || *j->p == '[') {
			if (!skip_open(j, open, &depth, &empty)) {
				return false;
			}
			if (!empty) {
				continue;
			}
		} else if (!skip_scalar(j)) {
			return false;
		}
		if (!skip_between(j, open, &depth)) {
			return false;
		}
	} while (depth > 0);
	return true;
}
