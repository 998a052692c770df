/* SPDX-License-Identifier: Apache-2.0 */
#include "report/heard.h"

#include "base/err.h"

#include <stdlib.h>

#define WAYS  8
#define NOTES 16 /* a look into memory takes as long as some lines of a log */

struct heard {
	uint64_t *hashes; /* owned */
	size_t n_sets;    /* a power of two */
	struct hash_key key;
	size_t count;
	uint64_t forgotten;
	uint64_t notes[NOTES]; /* hashes that wait for their sets */
	size_t n_notes;
};

struct heard *
heard_new(size_t max, const struct hash_key *key)
{
	struct heard *h = mem_new(1, sizeof(*h));

	h->n_sets = 1;
	while (h->n_sets * WAYS < max) {
		h->n_sets *= 2;
	}
	h->hashes = mem_map(h->n_sets * WAYS, sizeof(*h->hashes));
	h->key = *key;
	return h;
}

void
heard_free(struct heard **h)
{
	if (*h != NULL) {
		mem_unmap((*h)->hashes, (*h)->n_sets * WAYS, sizeof(*(*h)->hashes));
		free(*h);
		*h = NULL;
	}
}

/* Domains are the same in any case; local parts nearly always are, and a log has both. */
static uint64_t
hash_of(const struct heard *h, struct sv address)
{
	char room[320];
	uint64_t hash = hash_sip(&h->key, sv_lower(address, room, sizeof(room)));

	return hash == 0 ? 1 : hash;
}

static bool
put(struct heard *h, uint64_t hash)
{
	uint64_t *set = &h->hashes[(hash & (h->n_sets - 1)) * WAYS];

	for (int i = 0; i < WAYS; i++) {
		if (set[i] == hash) {
			return false;
		}
		if (set[i] == 0) {
			set[i] = hash;
			h->count++;
			return true;
		}
	}
	/* Places are filled from the front, so the first is the oldest. */
	memmove(set, set + 1, (WAYS - 1) * sizeof(*set));
	set[WAYS - 1] = hash;
	h->forgotten++;
	return true;
}

static void
put_notes(struct heard *h)
{
	for (size_t i = 0; i < h->n_notes; i++) {
		(void)put(h, h->notes[i]);
	}
	h->n_notes = 0;
}

bool
heard_put(struct heard *h, struct sv address)
{
	put_notes(h);
	return put(h, hash_of(h, address));
}

void
heard_note(struct heard *h, struct sv address)
{
	uint64_t hash = hash_of(h, address);

	__builtin_prefetch(&h->hashes[(hash & (h->n_sets - 1)) * WAYS], 1);
	h->notes[h->n_notes++] = hash;
	if (h->n_notes == NOTES) {
		put_notes(h);
	}
}

size_t
heard_count(const struct heard *h)
{
	return h->count;
}

bool
heard_has(struct heard *h, struct sv address)
{
	uint64_t hash = hash_of(h, address);
	const uint64_t *set = &h->hashes[(hash & (h->n_sets - 1)) * WAYS];

	put_notes(h);
	for (int i = 0; i < WAYS; i++) {
		if (set[i] == hash) {
			return true;
		}
	}
	return false;
}

uint64_t
heard_forgotten(const struct heard *h)
{
	return h->forgotten;
}
