/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/err.h"

#include <stdalign.h>
#include <stdlib.h>

#define CHUNK_BYTES ((size_t)64 * 1024)

struct chunk {
	struct chunk *next; /* owned */
	size_t size;
	size_t used;
	alignas(16) char data[];
};

struct arena {
	struct chunk *first; /* owned */
	struct chunk *at;    /* borrowed from the list; where the next byte comes from */
	size_t limit;
	size_t used;
};

struct arena *
arena_new(size_t limit)
{
	struct arena *a = mem_new(1, sizeof(*a));

	a->limit = limit;
	return a;
}

void
arena_free(struct arena **a)
{
	if (*a == NULL) {
		return;
	}
	for (struct chunk *c = (*a)->first; c != NULL;) {
		struct chunk *next = c->next;

		free(c);
		c = next;
	}
	free(*a);
	*a = NULL;
}

void
arena_reset(struct arena *a)
{
	for (struct chunk *c = a->first; c != NULL; c = c->next) {
		c->used = 0;
	}
	a->at = a->first;
	a->used = 0;
}

static struct chunk *
chunk_with(struct arena *a, size_t n)
{
	struct chunk *c;
	size_t size = n > CHUNK_BYTES ? n : CHUNK_BYTES;

	for (c = a->at; c != NULL; c = c->next) {
		if (c->size - c->used >= n) {
			a->at = c;
			return c;
		}
	}
	c = mem_grow(NULL, 1, sizeof(*c) + size); /* not zeroed: arena_alloc does, what it gives */
	c->used = 0;
	c->size = size;
	c->next = a->first;
	a->first = c;
	a->at = c;
	return c;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t rounded = (n + 15) & ~(size_t)15;
	struct chunk *c;
	void *p;

	if (n > a->limit || a->used + rounded > a->limit) {
		return NULL;
	}
	c = chunk_with(a, rounded);
	p = c->data + c->used;
	c->used += rounded;
	a->used += rounded;
	return memset(p, 0, n);
}

struct sv
arena_sv(struct arena *a, struct sv s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (p == NULL) {
		return (struct sv){ 0 };
	}
	if (s.n > 0) {
		memcpy(p, s.p, s.n);
	}
	return (struct sv){ p, s.n };
}

const char *
arena_cstr(struct arena *a, struct sv s)
{
	if (sv_chr(s, '\0') >= 0) {
		return NULL;
	}
	return arena_sv(a, s).p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
