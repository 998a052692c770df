/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_MAP_H
#define CAROM_BASE_MAP_H

/*
 * Two small tables.
 *
 * `struct map`: 64-bit keys to values of one size, kept in the order of their
 * insertion, so that a walk over it is the same in every run.  The keys are ids
 * that we gave out ourselves; what strangers choose goes through `struct names` first.
 *
 * `struct names`: texts to dense ids 0, 1, 2 ..., by keyed hash.
 *
 * Both grow; who fills them from outside input bounds them (map_clear, or the limit of names).
 */

#include "base/hash.h"
#include "base/sv.h"

struct map {
	uint64_t *keys;  /* owned; in order of insertion */
	char *values;    /* owned */
	uint32_t *slots; /* owned; index + 1 into keys, 0: free */
	size_t n, room, n_slots;
	size_t value_size;
};

void map_init(struct map *m, size_t value_size);
void map_done(struct map *m);
void map_clear(struct map *m);
/* NULL when it is not there.  Pointers live until the next map_put or map_drop. */
void *map_get(const struct map *m, uint64_t key);
/* The value of the key, zeroed if it is new. */
void *map_put(struct map *m, uint64_t key, bool *new_out);
/* Takes one out; the last one moves into its place. */
void map_drop(struct map *m, uint64_t key);
static inline void *
map_at(const struct map *m, size_t i)
{
	return m->values + i * m->value_size;
}

#define NAME_NONE UINT32_MAX

struct names {
	struct hash_key key;
	uint64_t *hashes;  /* owned, by id */
	uint32_t *offsets; /* owned, by id; n + 1 of them */
	char *text;        /* owned */
	uint32_t *slots;   /* owned; id + 1 */
	size_t n, room, n_slots, used, text_room;
};

void names_init(struct names *t, const struct hash_key *key);
void names_done(struct names *t);
/* The id of the text, given out if it is new; NAME_NONE when 4 GiB of text are reached. */
uint32_t names_put(struct names *t, struct sv s);
uint32_t names_get(const struct names *t, struct sv s); /* NAME_NONE: not there */
struct sv names_text(const struct names *t, uint32_t id);

#endif
