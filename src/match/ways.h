/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MATCH_WAYS_H
#define CAROM_MATCH_WAYS_H

/*
 * Inside match/ only: where the classes of bytes lead from each state.  Six states of
 * seven are in the middle of a phrase, and only one byte ever follows.  So a state has
 * one way of its own; a fork when a second one is built, and a row of ways by class when
 * the fork is full: the ways of common texts fit into the caches of a core, whole rows
 * for all do not.
 */

#include "match/private.h"

struct way {
	uint32_t to;  /* 0: not built */
	uint32_t key; /* the class of `to`; or WAY_FORK or WAY_ROW and the number of that */
};
#define WAY_FORK   UINT32_C(0x40000000)
#define WAY_ROW    UINT32_C(0x80000000)
#define WAY_NUMBER UINT32_C(0x3fffffff)

#define FORK_WAYS 8

struct fork {
	uint64_t keys; /* a class a byte, from the low end */
	uint32_t to[FORK_WAYS];
};

struct ways {
	struct way *one; /* owned, one a state */
	size_t n, room;
	struct fork *forks; /* owned */
	size_t n_forks, room_forks;
	uint32_t *rows; /* owned: row * stride + class -> where; 0: not built */
	size_t n_rows, room_rows, stride;
};

void ways_init(struct ways *w, size_t n_classes);
void ways_done(struct ways *w);
void ways_clear(struct ways *w);
size_t ways_bytes(const struct ways *w);
/* One more state, without any way. */
void ways_state(struct ways *w);
/* Not built before; `to` is not 0. */
void ways_add(struct ways *w, uint32_t state, unsigned k, uint32_t to);

/* 0: not built. */
static inline uint32_t
ways_get(const struct ways *w, uint32_t state, unsigned k)
{
	const struct way way = w->one[state];

	if (way.key == k) {
		return way.to;
	}
	if (way.key >= WAY_ROW) {
		return w->rows[(way.key & WAY_NUMBER) * w->stride + k];
	}
	if (way.key >= WAY_FORK) {
		const struct fork *f = &w->forks[way.key & WAY_NUMBER];
		uint64_t x = f->keys ^ k * UINT64_C(0x0101010101010101);
		uint64_t zero =
		    (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);

		return k > 0xff || zero == 0 ? 0 : f->to[__builtin_ctzll(zero) >> 3];
	}
	return 0;
}

#endif
