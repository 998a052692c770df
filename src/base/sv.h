/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_SV_H
#define CAROM_BASE_SV_H

/*
 * String views: a pointer and a length, by value.  Parsers take and return
 * them; nothing here allocates or needs a NUL.  A view borrows its bytes and is
 * valid exactly as long as they are.  Bytes are bytes: no function here cares
 * about UTF-8, and "case" means A-Z only, whatever the locale.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sv {
	const char *p; /* borrowed; may be NULL when n is 0 */
	size_t n;
};

#define SV(lit) ((struct sv){ (lit), sizeof(lit) - 1 })
#define SV_INIT(lit)                   \
	{                              \
		(lit), sizeof(lit) - 1 \
	}
/* For printf("%.*s"). */
#define SV_ARG(s) (int)((s).n > 65535 ? 65535 : (s).n), (s).p == NULL ? "" : (s).p

static inline struct sv
sv_from(const char *cstr)
{
	return (struct sv){ cstr, cstr == NULL ? 0 : strlen(cstr) };
}

static inline struct sv
sv_make(const char *p, size_t n)
{
	return (struct sv){ p, n };
}

static inline bool
sv_eq(struct sv a, struct sv b)
{
	return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

static inline bool
sv_starts(struct sv s, struct sv prefix)
{
	/* The first byte tells most of them apart, without a call. */
	return s.n >= prefix.n && (prefix.n == 0 || (s.p != NULL && s.p[0] == prefix.p[0] &&
							memcmp(s.p, prefix.p, prefix.n) == 0));
}

static inline bool
sv_ends(struct sv s, struct sv tail)
{
	return s.n >= tail.n && (tail.n == 0 || memcmp(s.p + s.n - tail.n, tail.p, tail.n) == 0);
}

/* The part from byte `at` on; empty when `at` is past the end. */
static inline struct sv
sv_from_at(struct sv s, size_t at)
{
	return at >= s.n ? (struct sv){ s.p == NULL ? NULL : s.p + s.n, 0 }
			 : (struct sv){ s.p + at, s.n - at };
}

/* At most the first n bytes. */
static inline struct sv
sv_head(struct sv s, size_t n)
{
	return (struct sv){ s.p, n < s.n ? n : s.n };
}

static inline bool
char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
char_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
char_is_alnum(char c)
{
	/* no branch between the two: what stands in an id cannot be predicted */
	return ((unsigned char)(c - '0') < 10) | ((unsigned char)((c | 0x20) - 'a') < 26);
}

static inline char
char_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The same for eight at once: the high bit of each byte tells whether it is a capital. */
static inline uint64_t
chars_lower(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t low = w & (ones * 0x7f);
	uint64_t from_a = low + ones * (0x80 - 'A');
	uint64_t above_z = low + ones * (0x7f - 'Z');

	return w | (((from_a & ~above_z & ~w) & (ones * 0x80)) >> 2);
}

/* In lower case, in the room; what does not fit is left out. */
static inline struct sv
sv_lower(struct sv s, char *room, size_t size)
{
	size_t n = s.n < size ? s.n : size;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t w;

		memcpy(&w, s.p + i, 8);
		w = chars_lower(w);
		memcpy(room + i, &w, 8);
	}
	for (; i < n; i++) {
		room[i] = char_lower(s.p[i]);
	}
	return sv_make(room, n);
}

/* Takes the prefix off the front of *s; false, and nothing changed, if it is not there. */
static inline bool
sv_take(struct sv *s, struct sv prefix)
{
	if (!sv_starts(*s, prefix)) {
		return false;
	}
	*s = sv_from_at(*s, prefix.n);
	return true;
}

/* Takes the tail off the end of *s; false, and nothing changed, if it is not there. */
bool sv_drop_tail(struct sv *s, struct sv tail);
/* Everything before the first `c` goes to *head_out and *s moves behind that `c`.
 * False, and nothing changed, if there is no `c`. */
bool sv_cut(struct sv *s, char c, struct sv *head_out);
/* The same for the first occurrence of a word. */
bool sv_cut_sv(struct sv *s, struct sv word, struct sv *head_out);
/* Position of the first/last occurrence, or -1. */
ptrdiff_t sv_find(struct sv s, struct sv word);
ptrdiff_t sv_rfind(struct sv s, struct sv word);
ptrdiff_t sv_chr(struct sv s, char c);
bool sv_ieq(struct sv a, struct sv b);
bool sv_istarts(struct sv s, struct sv prefix);
bool sv_iends(struct sv s, struct sv tail);
/* Position of the first occurrence regardless of case, or -1. */
ptrdiff_t sv_ifind(struct sv s, struct sv word);
/* Without blanks, tabs, CR, LF at both ends. */
struct sv sv_trim(struct sv s);
/* <0, 0, >0 by bytes, then by length. */
int sv_cmp(struct sv a, struct sv b);

#endif
