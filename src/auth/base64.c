/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/base64.h"

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (char_is_digit(c)) {
		return c - '0' + 52;
	}
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
base64_decode(struct sv in, struct arena *arena, struct sv *out)
{
	char *to = arena_alloc(arena, in.n / 4 * 3 + 3);
	unsigned held = 0; /* bits not yet written, and how many characters and "=" were seen */
	unsigned chars = 0;
	unsigned ends = 0;
	size_t n = 0;

	if (to == NULL) {
		return false;
	}
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];
		int v = value_of(c);

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			continue;
		}
		if (c == '=') {
			ends++;
			continue;
		}
		if (v < 0 || ends > 0) {
			return false;
		}
		held = (held << 6 | (unsigned)v) & 0xffffffU;
		if (++chars % 4 == 0) {
			to[n++] = (char)(held >> 16);
			to[n++] = (char)(held >> 8 & 0xff);
			to[n++] = (char)(held & 0xff);
		}
	}
	if (chars % 4 == 1 || ends > 2 || (ends > 0 && (chars + ends) % 4 != 0)) {
		return false;
	}
	if (chars % 4 == 2) {
		to[n++] = (char)(held >> 4 & 0xff);
	} else if (chars % 4 == 3) {
		to[n++] = (char)(held >> 10 & 0xff);
		to[n++] = (char)(held >> 2 & 0xff);
	}
	*out = sv_make(to, n);
	return true;
}
