/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/transfer.h"

#define NO_VALUE 64

static unsigned
base64_value(char c)
{
	if (char_is_alpha(c)) {
		return c >= 'a' ? (unsigned)(c - 'a') + 26 : (unsigned)(c - 'A');
	}
	if (char_is_digit(c)) {
		return (unsigned)(c - '0') + 52;
	}
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : NO_VALUE;
}

static void
base64(struct sv s, struct buf *out)
{
	char block[3072];
	unsigned bits = 0;
	unsigned have = 0; /* bits that are not given yet: 0, 2, 4, 6 and the new ones */
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned v = base64_value(s.p[i]);

		if (s.p[i] == '=') { /* padding; another piece may follow */
			have = 0;
		}
		if (v == NO_VALUE) {
			continue;
		}
		bits = (bits << 6 | v) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			block[n++] = (char)(bits >> have & 0xff);
		}
		if (n == sizeof(block)) {
			buf_add(out, block, n);
			n = 0;
		}
	}
	buf_add(out, block, n);
}

static int
hex_value(char c)
{
	if (char_is_digit(c)) {
		return c - '0';
	}
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
quoted_printable(struct sv s, struct buf *out)
{
	while (s.n > 0) {
		ptrdiff_t at = sv_chr(s, '=');

		buf_sv(out, at < 0 ? s : sv_head(s, (size_t)at));
		s = at < 0 ? sv_from_at(s, s.n) : sv_from_at(s, (size_t)at + 1);
		if (s.n >= 2 && hex_value(s.p[0]) >= 0 && hex_value(s.p[1]) >= 0) {
			buf_char(out,
			    (char)((unsigned)hex_value(s.p[0]) << 4 | (unsigned)hex_value(s.p[1])));
			s = sv_from_at(s, 2);
		} else if (sv_starts(s, SV("\r\n"))) {
			s = sv_from_at(s, 2);
		} else if (sv_starts(s, SV("\n"))) {
			s = sv_from_at(s, 1);
		} else if (at >= 0) {
			buf_char(out, '=');
		}
	}
}

void
transfer_decode(struct sv body, enum mime_encoding e, struct buf *out)
{
	if (e == MIME_BASE64) {
		base64(body, out);
	} else if (e == MIME_QUOTED_PRINTABLE) {
		quoted_printable(body, out);
	} else {
		buf_sv(out, body);
	}
}
