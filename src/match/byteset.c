/* SPDX-License-Identifier: Apache-2.0 */
#include "match/parser.h"

#include <stdio.h>

struct node *
parser_fail(struct parser *p, const char *text)
{
	if (p->error->text[0] == '\0') {
		(void)snprintf(p->error->text, sizeof(p->error->text), "%s", text);
		p->error->at = (size_t)(p->rest.p - p->first);
	}
	return NULL;
}

static void
add_range(struct bytes *b, unsigned low, unsigned high)
{
	for (unsigned c = low; c <= high; c++) {
		bytes_add(b, c);
	}
}

void
bytes_invert(struct bytes *b)
{
	for (size_t i = 0; i < 4; i++) {
		b->bit[i] = ~b->bit[i];
	}
}

void
bytes_fold(struct bytes *b)
{
	/* A-Z are 65 to 90, a-z 32 further on: both in the second word. */
	const uint64_t upper = UINT64_C(0x07fffffe);
	uint64_t w = b->bit[1];

	b->bit[1] = w | (w & upper) << 32 | (w >> 32 & upper);
}

/* \d \w \s and their opposites. */
bool
bytes_named(char c, struct bytes *out)
{
	static const char blanks[] = " \t\n\v\f\r";
	struct bytes b = { { 0 } };
	char lower = char_lower(c);

	if (lower == 'd') {
		add_range(&b, '0', '9');
	} else if (lower == 'w') {
		for (unsigned i = 0; i < 128; i++) {
			if (byte_is_word(i)) {
				bytes_add(&b, i);
			}
		}
	} else if (lower == 's') {
		for (size_t i = 0; i < sizeof(blanks) - 1; i++) {
			bytes_add(&b, (unsigned char)blanks[i]);
		}
	} else {
		return false;
	}
	if (c != lower) {
		bytes_invert(&b);
	}
	for (size_t i = 0; i < 4; i++) {
		out->bit[i] |= b.bit[i];
	}
	return true;
}

static int
hex_digit(char c)
{
	return char_is_digit(c)                               ? c - '0'
	       : char_lower(c) >= 'a' && char_lower(c) <= 'f' ? char_lower(c) - 'a' + 10
							      : -1;
}

bool
parser_escaped(struct parser *p, unsigned *out)
{
	static const char names[] = "tnrfv";
	static const char bytes[] = "\t\n\r\f\v";
	char c = p->rest.p[0];
	const char *name = c == '\0' ? NULL : strchr(names, c);

	if (c == 'x' && p->rest.n >= 3 && hex_digit(p->rest.p[1]) >= 0 &&
	    hex_digit(p->rest.p[2]) >= 0) {
		*out = (unsigned)(hex_digit(p->rest.p[1]) * 16 + hex_digit(p->rest.p[2]));
		p->rest = sv_from_at(p->rest, 3);
		return true;
	}
	if (name == NULL && (char_is_alnum(c) || (unsigned char)c >= 0x80)) {
		(void)parser_fail(
		    p, "expected \\b \\B \\d \\w \\s \\xHH or an escaped sign behind '\\'");
		return false;
	}
	*out = (unsigned char)(name == NULL ? c : bytes[name - names]);
	p->rest = sv_from_at(p->rest, 1);
	return true;
}

/* One member of [...]: a byte, or a named set (then *named_out). */
static bool
take_member(struct parser *p, struct bytes *b, unsigned *out, bool *named_out)
{
	*named_out = false;
	if (p->rest.n == 0) {
		(void)parser_fail(p, "expected ']' to end the class");
		return false;
	}
	if ((unsigned char)p->rest.p[0] >= 0x80) {
		(void)parser_fail(
		    p, "a letter outside ASCII is several bytes: write (x|y), not [xy]");
		return false;
	}
	if (p->rest.p[0] != '\\') {
		*out = (unsigned char)p->rest.p[0];
		p->rest = sv_from_at(p->rest, 1);
		return true;
	}
	p->rest = sv_from_at(p->rest, 1);
	if (p->rest.n == 0) {
		(void)parser_fail(p, "expected a sign behind '\\'");
		return false;
	}
	if (bytes_named(p->rest.p[0], b)) {
		*named_out = true;
		p->rest = sv_from_at(p->rest, 1);
		return true;
	}
	return parser_escaped(p, out);
}

bool
parser_range(struct parser *p, struct bytes *b)
{
	unsigned low = 0;
	unsigned high = 0;
	bool named;

	if (!take_member(p, b, &low, &named)) {
		return false;
	}
	if (named) {
		return true;
	}
	if (p->rest.n < 2 || p->rest.p[0] != '-' || p->rest.p[1] == ']') {
		bytes_add(b, low);
		return true;
	}
	p->rest = sv_from_at(p->rest, 1);
	if (!take_member(p, b, &high, &named)) {
		return false;
	}
	if (named || high < low) {
		(void)parser_fail(p, "expected a range from low to high, such as a-z");
		return false;
	}
	add_range(b, low, high);
	return true;
}
