/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BENCH_GEN_OUT_H
#define CAROM_BENCH_GEN_OUT_H

/*
 * What the log generator writes with: a large output buffer, numbers without
 * printf (the generator must be faster than what it measures), a random source
 * that gives the same numbers on every machine, and the head of a syslog line.
 */

#include "base/civil.h"

#include <stdio.h>

#define OUT_ROOM ((size_t)1 << 20)

struct out {
	int fd; /* -1: bytes are counted and dropped */
	size_t n;
	uint64_t total; /* bytes handed over so far, those in p included */
	bool broken;    /* the reader went away or the disk is full */
	char p[OUT_ROOM];
};

struct stamp { /* the head of the last line: it is the same for a whole second */
	int64_t second;
	bool iso;
	size_t n;
	char text[32];
};

void out_flush(struct out *o);

static inline void
out_add(struct out *o, const void *p, size_t n)
{
	if (n > OUT_ROOM - o->n) {
		out_flush(o);
	}
	memcpy(o->p + o->n, p, n);
	o->n += n;
	o->total += n;
}

static inline void
out_sv(struct out *o, struct sv s)
{
	out_add(o, s.p, s.n);
}

#define out_lit(o, lit) out_add((o), (lit), sizeof(lit) - 1)

void out_u(struct out *o, uint64_t v);
/* With leading zeros, or only the last `digits`. */
void out_digits(struct out *o, uint64_t v, unsigned digits);
/* `n` characters of a number in the base of the alphabet. */
void out_base(struct out *o, uint64_t v, unsigned n, struct sv alphabet);
/* As Postfix prints its delays: two digits that matter, "0.05", "1.2", "37". */
void out_delay(struct out *o, int64_t us);
/* "Sep 21 10:00:00 " or "2020-09-21T10:00:00.012345+00:00 ". */
void out_stamp(struct out *o, struct stamp *s, int64_t us);

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 .. n-1 */
static inline uint32_t
random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(((random_next(state) >> 32) * n) >> 32);
}

#endif
