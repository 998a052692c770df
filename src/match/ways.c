/* SPDX-License-Identifier: Apache-2.0 */
#include "match/ways.h"

#include <stdlib.h>

void
ways_init(struct ways *w, size_t n_classes)
{
	*w = (struct ways){ .stride = n_classes };
}

void
ways_done(struct ways *w)
{
	free(w->one);
	free(w->forks);
	free(w->rows);
	*w = (struct ways){ 0 };
}

void
ways_clear(struct ways *w)
{
	w->n = w->n_forks = w->n_rows = 0;
}

size_t
ways_bytes(const struct ways *w)
{
	return w->n * sizeof(*w->one) + w->n_forks * sizeof(*w->forks) +
	       w->n_rows * w->stride * sizeof(*w->rows);
}

void
ways_state(struct ways *w)
{
	LIST_ROOM(w->one, w->n, w->room);
	w->one[w->n++] = (struct way){ 0, 0 };
}

static void
fork_make(struct ways *w, struct way *way)
{
	LIST_ROOM(w->forks, w->n_forks, w->room_forks);
	w->forks[w->n_forks] = (struct fork){ .keys = way->key, .to = { way->to } };
	*way = (struct way){ 0, WAY_FORK | (uint32_t)w->n_forks++ };
}

static void
row_make(struct ways *w, struct way *way)
{
	uint32_t *row;

	if (w->n_rows == w->room_rows) {
		w->room_rows = w->room_rows * 2 + 16;
		w->rows = mem_grow(w->rows, w->room_rows * w->stride, sizeof(*w->rows));
	}
	row = w->rows + w->n_rows * w->stride;
	memset(row, 0, w->stride * sizeof(*row));
	if (way->key < WAY_FORK) {
		row[way->key] = way->to;
	} else {
		const struct fork *f = &w->forks[way->key & WAY_NUMBER];

		for (unsigned i = 0; i < FORK_WAYS; i++) {
			if (f->to[i] != 0) {
				row[f->keys >> i * 8 & 0xff] = f->to[i];
			}
		}
	}
	*way = (struct way){ 0, WAY_ROW | (uint32_t)w->n_rows++ };
}

/* The first place that is free; FORK_WAYS: none, or the class is none that a byte can hold. */
static unsigned
fork_free(const struct fork *f, unsigned k)
{
	unsigned i = 0;

	while (k < 256 && i < FORK_WAYS && f->to[i] != 0) {
		i++;
	}
	return k < 256 ? i : FORK_WAYS;
}

void
ways_add(struct ways *w, uint32_t state, unsigned k, uint32_t to)
{
	struct way *way = &w->one[state];

	if (way->key < WAY_FORK && way->to == 0) {
		*way = (struct way){ to, k };
		return;
	}
	if (way->key < 256) {
		fork_make(w, way);
	}
	if (way->key < WAY_ROW && way->key >= WAY_FORK) {
		struct fork *f = &w->forks[way->key & WAY_NUMBER];
		unsigned i = fork_free(f, k);

		if (i < FORK_WAYS) {
			f->keys |= (uint64_t)k << i * 8;
			f->to[i] = to;
			return;
		}
	}
	if (way->key < WAY_ROW) {
		row_make(w, way);
	}
	w->rows[(way->key & WAY_NUMBER) * w->stride + k] = to;
}
