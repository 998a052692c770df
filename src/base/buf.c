/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_LIMIT_DEFAULT ((size_t)1 << 30)

void
buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){ .limit = limit == 0 ? BUF_LIMIT_DEFAULT : limit };
	b->room = 64;
	b->p = mem_new(b->room, 1);
}

void
buf_done(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->cut = false;
	b->p[0] = '\0';
}

/* Makes room for n more bytes; returns how many of them may be written. */
static size_t
buf_room(struct buf *b, size_t n)
{
	size_t want;

	if (n > b->limit - b->n) {
		n = b->limit - b->n;
		b->cut = true;
	}
	want = b->n + n + 1;
	if (want > b->room) {
		size_t room = b->room * 2;

		b->room = room > want ? room : want;
		b->p = mem_grow(b->p, b->room, 1);
	}
	return n;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	n = buf_room(b, n);
	if (n > 0) {
		memcpy(b->p + b->n, p, n);
	}
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_sv(struct buf *b, struct sv s)
{
	buf_add(b, s.p, s.n);
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	char small[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0) {
		return;
	}
	if ((size_t)n < sizeof(small)) {
		buf_add(b, small, (size_t)n);
		return;
	}
	if (buf_room(b, (size_t)n) < (size_t)n) {
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

/* RFC 3629 section 4: the ranges of the second byte exclude overlong forms and surrogates. */
size_t
utf8_len(struct sv s)
{
	unsigned char a = s.n > 0 ? (unsigned char)s.p[0] : 0;
	unsigned char lo = 0x80;
	unsigned char hi = 0xbf;
	size_t n;

	if (s.n == 0) {
		return 0;
	}
	if (a < 0x80) {
		return 1;
	}
	if (a < 0xc2 || a > 0xf4) {
		return 0;
	}
	n = a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
	lo = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80;
	hi = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf;
	if (s.n < n) {
		return 0;
	}
	for (size_t i = 1; i < n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < lo || c > hi) {
			return 0;
		}
		lo = 0x80;
		hi = 0xbf;
	}
	return n;
}

/* Wide: Hangul Jamo, CJK, Hangul syllables, compatibility forms, full-width forms. */
static bool
is_wide(struct sv s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s.p;
	uint32_t c = 0;

	if (n < 3) {
		return false;
	}
	c = n == 3 ? ((uint32_t)p[0] & 15u) << 12 | ((uint32_t)p[1] & 63u) << 6 |
			 ((uint32_t)p[2] & 63u)
		   : 0x1f300u;
	return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
	       (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
	       (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) || c >= 0x1f300;
}

size_t
utf8_columns(struct sv s)
{
	size_t cols = 0;

	while (s.n > 0) {
		size_t n = utf8_len(s);

		if (n == 0) {
			n = 1;
		}
		cols += is_wide(s, n) ? 2 : 1;
		s = sv_from_at(s, n);
	}
	return cols;
}

static void
add_escaped(struct buf *b, unsigned char c)
{
	if (c == '\n' || c == '\t' || c == '\r') {
		buf_str(b, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
	} else {
		buf_fmt(b, "\\x%02x", c);
	}
}

void
buf_printable(struct buf *b, struct sv s, size_t max)
{
	size_t from = s.n;

	while (s.n > 0) {
		size_t n = utf8_len(s);
		unsigned char c = (unsigned char)s.p[0];
		/* C1 controls are two bytes in UTF-8 (C2 80..9F) and steer terminals too. */
		bool c1 = n == 2 && c == 0xc2 && (unsigned char)s.p[1] < 0xa0;

		if (max != 0 && from - s.n + (n == 0 ? 1 : n) > max) {
			buf_str(b, "...");
			return;
		}
		if (n == 0 || c1 || (n == 1 && (c < 0x20 || c == 0x7f))) {
			add_escaped(b, c);
			n = 1;
		} else {
			buf_add(b, s.p, n);
		}
		s = sv_from_at(s, n);
	}
}
