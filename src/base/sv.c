/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sv.h"

bool
sv_drop_tail(struct sv *s, struct sv tail)
{
	if (!sv_ends(*s, tail)) {
		return false;
	}
	s->n -= tail.n;
	return true;
}

bool
sv_cut(struct sv *s, char c, struct sv *head_out)
{
	ptrdiff_t at = sv_chr(*s, c);

	if (at < 0) {
		return false;
	}
	*head_out = sv_head(*s, (size_t)at);
	*s = sv_from_at(*s, (size_t)at + 1);
	return true;
}

bool
sv_cut_sv(struct sv *s, struct sv word, struct sv *head_out)
{
	ptrdiff_t at = sv_find(*s, word);

	if (at < 0) {
		return false;
	}
	*head_out = sv_head(*s, (size_t)at);
	*s = sv_from_at(*s, (size_t)at + word.n);
	return true;
}

ptrdiff_t
sv_find(struct sv s, struct sv word)
{
	const char *hit;

	if (word.n == 0) {
		return 0;
	}
	if (s.n < word.n) {
		return -1;
	}
	hit = memmem(s.p, s.n, word.p, word.n);
	return hit == NULL ? -1 : hit - s.p;
}

ptrdiff_t
sv_rfind(struct sv s, struct sv word)
{
	if (s.n < word.n) {
		return -1;
	}
	if (word.n == 1) {
		const char *hit = memrchr(s.p, word.p[0], s.n);

		return hit == NULL ? -1 : hit - s.p;
	}
	for (size_t i = s.n - word.n + 1; i-- > 0;) {
		if (word.n == 0 || memcmp(s.p + i, word.p, word.n) == 0) {
			return (ptrdiff_t)i;
		}
	}
	return -1;
}

ptrdiff_t
sv_chr(struct sv s, char c)
{
	const char *hit = s.n == 0 ? NULL : memchr(s.p, c, s.n);

	return hit == NULL ? -1 : hit - s.p;
}

bool
sv_ieq(struct sv a, struct sv b)
{
	return a.n == b.n && sv_istarts(a, b);
}

bool
sv_istarts(struct sv s, struct sv prefix)
{
	if (s.n < prefix.n) {
		return false;
	}
	for (size_t i = 0; i < prefix.n; i++) {
		if (char_lower(s.p[i]) != char_lower(prefix.p[i])) {
			return false;
		}
	}
	return true;
}

bool
sv_iends(struct sv s, struct sv tail)
{
	return s.n >= tail.n && sv_istarts(sv_from_at(s, s.n - tail.n), tail);
}

ptrdiff_t
sv_ifind(struct sv s, struct sv word)
{
	char first = word.n == 0 ? '\0' : char_lower(word.p[0]);

	for (size_t i = 0; i + word.n <= s.n; i++) {
		if ((word.n == 0 || char_lower(s.p[i]) == first) &&
		    sv_istarts(sv_from_at(s, i), word)) {
			return (ptrdiff_t)i;
		}
	}
	return -1;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sv
sv_trim(struct sv s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s = sv_from_at(s, 1);
	}
	while (s.n > 0 && is_space(s.p[s.n - 1])) {
		s.n--;
	}
	return s;
}

int
sv_cmp(struct sv a, struct sv b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (c != 0) {
		return c;
	}
	return (a.n > b.n) - (a.n < b.n);
}
