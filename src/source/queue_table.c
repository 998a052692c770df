/* SPDX-License-Identifier: Apache-2.0 */
#include "source/queue_table.h"

#include "base/err.h"

#include <stdlib.h>

#define WAYS         8
#define ATTEMPT_WAYS 4
#define ATTEMPTS_MAX ((size_t)256 * 1024) /* recipients of messages whose deferrals are counted */

struct attempts {
	uint64_t hash; /* 0: free */
	uint32_t n;
	uint32_t stamp;
};

struct queue_table {
	struct hash_key key;
	uint64_t *hashes;            /* owned; sets of WAYS, each one line of the cache; 0: free */
	struct queue_entry *entries; /* owned; in the same order */
	size_t n_sets;
	struct attempts *attempts; /* owned; sets of ATTEMPT_WAYS */
	char *ring;                /* owned */
	size_t ring_size;
	uint64_t ring_head; /* bytes ever written; where the next goes is modulo ring_size */
	uint32_t clock;
	uint64_t forgotten;
};

static size_t
power_of_two(size_t n)
{
	size_t p = 1;

	while (p < n) {
		p *= 2;
	}
	return p;
}

/* Twice the places: a set of eight is full long before all sets are. */
struct queue_table *
queue_table_new(size_t messages, size_t text_bytes, const struct hash_key *key)
{
	struct queue_table *t = mem_new(1, sizeof(*t));

	t->key = *key;
	t->n_sets = power_of_two(messages * 2) / WAYS;
	t->n_sets = t->n_sets == 0 ? 1 : t->n_sets;
	t->hashes = mem_map(t->n_sets * WAYS, sizeof(*t->hashes));
	t->entries = mem_map(t->n_sets * WAYS, sizeof(*t->entries));
	t->attempts = mem_map(ATTEMPTS_MAX, sizeof(*t->attempts));
	t->ring_size = text_bytes;
	t->ring = mem_map(text_bytes, 1);
	t->clock = 1;
	return t;
}

void
queue_table_free(struct queue_table **pt)
{
	struct queue_table *t = *pt;

	if (t != NULL) {
		mem_unmap(t->hashes, t->n_sets * WAYS, sizeof(*t->hashes));
		mem_unmap(t->entries, t->n_sets * WAYS, sizeof(*t->entries));
		mem_unmap(t->attempts, ATTEMPTS_MAX, sizeof(*t->attempts));
		mem_unmap(t->ring, t->ring_size, 1);
		free(t);
		*pt = NULL;
	}
}

uint64_t
queue_hash(const struct queue_table *t, struct sv instance, struct sv queue_id)
{
	struct hash_key key = t->key;
	uint64_t h;

	if (!sv_eq(instance, SV("postfix"))) { /* the usual one */
		key.k1 ^= hash_fnv(instance, HASH_FNV_START);
	}
	h = hash_sip(&key, queue_id);
	return h == 0 ? 1 : h;
}

static size_t
set_of(const struct queue_table *t, uint64_t hash)
{
	return (size_t)(hash & (t->n_sets - 1)) * WAYS;
}

void
queue_prefetch(const struct queue_table *t, uint64_t hash)
{
	__builtin_prefetch(&t->hashes[set_of(t, hash)], 1);
	/* Most sets hold one message or none, and it is in the first place. */
	__builtin_prefetch(&t->entries[set_of(t, hash)], 1);
}

struct queue_entry *
queue_find(struct queue_table *t, uint64_t hash)
{
	size_t set = set_of(t, hash);

	for (size_t i = set; i < set + WAYS; i++) {
		if (t->hashes[i] == hash) {
			return &t->entries[i];
		}
	}
	return NULL;
}

/* The place to take: a free one, else that of a message that left the queue, else the oldest. */
static size_t
victim_in(const struct queue_table *t, size_t set)
{
	size_t victim = set;

	check(t->entries != NULL && t->hashes != NULL);
	for (size_t i = set; i < set + WAYS; i++) {
		const struct queue_entry *e = &t->entries[i];
		const struct queue_entry *v = &t->entries[victim];

		if (t->hashes[i] == 0) {
			return i;
		}
		if ((e->removed && !v->removed) ||
		    (e->removed == v->removed && e->stamp < v->stamp)) {
			victim = i;
		}
	}
	return victim;
}

struct queue_entry *
queue_put(struct queue_table *t, uint64_t hash)
{
	struct queue_entry *old = queue_find(t, hash);
	size_t at;

	check(t->entries != NULL && t->hashes != NULL);
	if (old != NULL && !old->removed) {
		return old;
	}
	at = old != NULL ? (size_t)(old - t->entries) : victim_in(t, set_of(t, hash));
	t->forgotten += t->hashes[at] != 0 && !t->entries[at].removed;
	t->hashes[at] = hash;
	t->entries[at] = (struct queue_entry){ .stamp = t->clock++ };
	return &t->entries[at];
}

/* ---- texts ---- */

/* Never across the end of the ring: what does not fit before it begins at the start again. */
static uint64_t
ring_put(struct queue_table *t, struct sv s)
{
	size_t at = (size_t)(t->ring_head % t->ring_size);

	if (at + s.n > t->ring_size) {
		t->ring_head += t->ring_size - at;
		at = 0;
	}
	if (s.n > 0) {
		memcpy(t->ring + at, s.p, s.n);
	}
	t->ring_head += s.n;
	return t->ring_head - s.n;
}

static bool
ring_get(const struct queue_table *t, uint64_t at, size_t n, struct sv *out)
{
	if (t->ring_head - at > t->ring_size) {
		return false;
	}
	*out = sv_make(t->ring + at % t->ring_size, n);
	return true;
}

/* Longer ones are cut: an address has at most 320 bytes (RFC 5321 section 4.5.3.1). */
static struct sv
bounded(const struct queue_table *t, struct sv s)
{
	size_t most = t->ring_size / 4 < 1000 ? t->ring_size / 4 : 1000;

	return sv_head(s, most);
}

void
queue_set_sender(struct queue_table *t, struct queue_entry *e, struct sv sender)
{
	struct sv old;

	sender = bounded(t, sender);
	if (queue_sender(t, e, &old) && sv_eq(old, sender)) {
		return; /* qmgr names it again at every retry */
	}
	e->sender_at = ring_put(t, sender);
	e->sender_n = (uint16_t)sender.n;
	e->has_sender = true;
}

void
queue_set_message_id(struct queue_table *t, struct queue_entry *e, struct sv id)
{
	id = bounded(t, id);
	e->message_id_at = ring_put(t, id);
	e->message_id_n = (uint16_t)id.n;
	e->has_message_id = true;
}

bool
queue_sender(const struct queue_table *t, const struct queue_entry *e, struct sv *out)
{
	return e->has_sender && ring_get(t, e->sender_at, e->sender_n, out);
}

bool
queue_message_id(const struct queue_table *t, const struct queue_entry *e, struct sv *out)
{
	return e->has_message_id && ring_get(t, e->message_id_at, e->message_id_n, out);
}

uint64_t
queue_forgotten(const struct queue_table *t)
{
	return t->forgotten;
}

/* ---- attempts ---- */

uint32_t
queue_deferrals(struct queue_table *t, uint64_t queue_hash, struct sv recipient, bool deferred)
{
	struct hash_key key = { t->key.k0 ^ queue_hash, t->key.k1 };
	uint64_t hash = hash_sip(&key, recipient) | 1;
	struct attempts *set =
	    &t->attempts[(hash >> 1 & (ATTEMPTS_MAX / ATTEMPT_WAYS - 1)) * ATTEMPT_WAYS];
	struct attempts *oldest = &set[0];

	for (int i = 0; i < ATTEMPT_WAYS; i++) {
		if (set[i].hash == hash) {
			uint32_t before = set[i].n;

			set[i].n += deferred;
			return before;
		}
		if (set[i].hash == 0 || (oldest->hash != 0 && set[i].stamp < oldest->stamp)) {
			oldest = set[i].hash == 0 && oldest->hash == 0 ? oldest : &set[i];
		}
	}
	if (deferred) {
		*oldest = (struct attempts){ hash, 1, t->clock++ };
	}
	return 0;
}
