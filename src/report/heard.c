/* SPDX-License-Identifier: Apache-2.0 */
#include "report/heard.h"

#include "base/err.h"

#include <stdlib.h>

#define WAYS  8
#define NOTES 16                /* a look into memory takes as long as some lines of a log */
#define SIEVE ((size_t)1 << 19) /* bits, 64 KiB: in the cache while few are in the table */

struct note { /* a hash that waits for its set */
	uint64_t hash;
	uint64_t *count; /* borrowed, or NULL */
};

struct heard {
	uint64_t *hashes; /* owned */
	uint64_t *sieve;  /* owned: a bit for each hash that ever came; most questions end there */
	size_t n_sets;    /* a power of two */
	struct hash_key key;
	size_t count;
	uint64_t forgotten;
	struct note notes[NOTES];
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
	h->sieve = mem_new(SIEVE / 64, sizeof(*h->sieve));
	h->key = *key;
	return h;
}

void
heard_free(struct heard **h)
{
	if (*h != NULL) {
		free((*h)->sieve);
		mem_unmap((*h)->hashes, (*h)->n_sets * WAYS, sizeof(*(*h)->hashes));
		free(*h);
		*h = NULL;
	}
}

/* Domains are the same in any case; local parts nearly always are, and a log has both. */
uint64_t
heard_hash(const struct hash_key *key, struct sv address)
{
	char room[320] __attribute__((uninitialized));
	uint64_t hash = hash_sip(key, sv_lower(address, room, sizeof(room)));

	return hash == 0 ? 1 : hash;
}

/* The sets take the low bits, the sieve the high ones. */
static size_t
sieve_at(uint64_t hash)
{
	return (size_t)(hash >> 32) & (SIEVE - 1);
}

static bool
put(struct heard *h, uint64_t hash)
{
	uint64_t *set = &h->hashes[(hash & (h->n_sets - 1)) * WAYS];

	h->sieve[sieve_at(hash) / 64] |= UINT64_C(1) << sieve_at(hash) % 64;
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

void
heard_settle(struct heard *h)
{
	for (size_t i = 0; i < h->n_notes; i++) {
		const struct note *note = &h->notes[i];

		if (put(h, note->hash) && note->count != NULL) {
			(*note->count)++;
		}
	}
	h->n_notes = 0;
}

bool
heard_put(struct heard *h, struct sv address)
{
	heard_settle(h);
	return put(h, heard_hash(&h->key, address));
}

void
heard_note_hash(
    struct heard *h, uint64_t hash, uint64_t *count) // NOLINT(readability-non-const-parameter)
{
	__builtin_prefetch(&h->hashes[(hash & (h->n_sets - 1)) * WAYS], 1);
	h->notes[h->n_notes++] = (struct note){ hash, count };
	if (h->n_notes == NOTES) {
		heard_settle(h);
	}
}

size_t
heard_count(const struct heard *h)
{
	return h->count;
}

bool
heard_has_hash(const struct heard *h, uint64_t hash)
{
	const uint64_t *set = &h->hashes[(hash & (h->n_sets - 1)) * WAYS];

	for (size_t i = 0; i < h->n_notes; i++) {
		if (h->notes[i].hash == hash) {
			return true;
		}
	}
	if ((h->sieve[sieve_at(hash) / 64] >> sieve_at(hash) % 64 & 1) == 0) {
		return false;
	}
	for (int i = 0; i < WAYS; i++) {
		if (set[i] == hash) {
			return true;
		}
	}
	return false;
}

bool
heard_has(struct heard *h, struct sv address)
{
	return heard_has_hash(h, heard_hash(&h->key, address));
}

uint64_t
heard_forgotten(const struct heard *h)
{
	return h->forgotten;
}
