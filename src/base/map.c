/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/err.h"

#include <stdlib.h>

/* ---- map ---- */

/* Finalizer of MurmurHash3: spreads dense ids over the slots. */
static NO_WRAP_CHECK uint64_t
spread(uint64_t k)
{
	k = (k ^ (k >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	k = (k ^ (k >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return k ^ (k >> 33);
}

void
map_init(struct map *m, size_t value_size)
{
	*m = (struct map){ .value_size = (value_size + 7) & ~(size_t)7 };
}

void
map_done(struct map *m)
{
	free(m->keys);
	free(m->values);
	free(m->slots);
	*m = (struct map){ .value_size = m->value_size };
}

void
map_clear(struct map *m)
{
	m->n = 0;
	if (m->n_slots > 0) {
		memset(m->slots, 0, m->n_slots * sizeof(*m->slots));
	}
}

/* The slot of the key, or the free one where it would go. */
static size_t
slot_of(const struct map *m, uint64_t key)
{
	size_t i = spread(key) & (m->n_slots - 1);

	while (m->slots[i] != 0 && m->keys[m->slots[i] - 1] != key) {
		i = (i + 1) & (m->n_slots - 1);
	}
	return i;
}

static void
map_grow(struct map *m)
{
	m->room = m->room == 0 ? 8 : m->room * 2;
	m->keys = mem_grow(m->keys, m->room, sizeof(*m->keys));
	m->values = mem_grow(m->values, m->room, m->value_size);
	free(m->slots);
	m->n_slots = m->room * 2;
	m->slots = mem_new(m->n_slots, sizeof(*m->slots));
	for (size_t i = 0; i < m->n; i++) {
		m->slots[slot_of(m, m->keys[i])] = (uint32_t)i + 1;
	}
}

void *
map_get(const struct map *m, uint64_t key)
{
	size_t slot;

	if (m->n == 0) {
		return NULL;
	}
	slot = slot_of(m, key);
	return m->slots[slot] == 0 ? NULL : map_at(m, m->slots[slot] - 1);
}

void *
map_put(struct map *m, uint64_t key, bool *new_out)
{
	void *old = map_get(m, key);
	void *value;

	if (new_out != NULL) {
		*new_out = old == NULL;
	}
	if (old != NULL) {
		return old;
	}
	if (m->n == m->room) {
		check(m->room < UINT32_MAX / 4);
		map_grow(m);
	}
	m->slots[slot_of(m, key)] = (uint32_t)m->n + 1;
	m->keys[m->n] = key;
	value = map_at(m, m->n++);
	return memset(value, 0, m->value_size);
}

/* Linear probing: what follows the hole may have to move into it. */
static void
close_hole(struct map *m, size_t hole)
{
	size_t i = hole;

	for (;;) {
		size_t home;

		i = (i + 1) & (m->n_slots - 1);
		if (m->slots[i] == 0) {
			break;
		}
		home = spread(m->keys[m->slots[i] - 1]) & (m->n_slots - 1);
		if (((i - home) & (m->n_slots - 1)) >= ((i - hole) & (m->n_slots - 1))) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = 0;
}

void
map_drop(struct map *m, uint64_t key)
{
	size_t slot = m->n == 0 ? 0 : slot_of(m, key);
	size_t at;

	if (m->n == 0 || m->slots[slot] == 0) {
		return;
	}
	at = m->slots[slot] - 1;
	close_hole(m, slot);
	m->n--;
	if (at != m->n) {
		m->slots[slot_of(m, m->keys[m->n])] = (uint32_t)at + 1;
		m->keys[at] = m->keys[m->n];
		memcpy(map_at(m, at), map_at(m, m->n), m->value_size);
	}
}

/* ---- names ---- */

void
names_init(struct names *t, const struct hash_key *key)
{
	*t = (struct names){ .key = *key };
}

void
names_done(struct names *t)
{
	free(t->hashes);
	free(t->offsets);
	free(t->text);
	free(t->slots);
	*t = (struct names){ .key = t->key };
}

struct sv
names_text(const struct names *t, uint32_t id)
{
	return sv_make(t->text + t->offsets[id], t->offsets[id + 1] - t->offsets[id]);
}

static size_t
name_slot(const struct names *t, struct sv s, uint64_t hash)
{
	size_t i = hash & (t->n_slots - 1);

	while (t->slots[i] != 0) {
		uint32_t id = t->slots[i] - 1;

		if (t->hashes[id] == hash && sv_eq(names_text(t, id), s)) {
			break;
		}
		i = (i + 1) & (t->n_slots - 1);
	}
	return i;
}

static void
names_grow(struct names *t)
{
	t->room = t->room == 0 ? 64 : t->room * 2;
	t->hashes = mem_grow(t->hashes, t->room, sizeof(*t->hashes));
	t->offsets = mem_grow(t->offsets, t->room + 1, sizeof(*t->offsets));
	t->offsets[t->n] = (uint32_t)t->used;
	free(t->slots);
	t->n_slots = t->room * 2;
	t->slots = mem_new(t->n_slots, sizeof(*t->slots));
	for (size_t id = 0; id < t->n; id++) {
		size_t i = t->hashes[id] & (t->n_slots - 1);

		while (t->slots[i] != 0) {
			i = (i + 1) & (t->n_slots - 1);
		}
		t->slots[i] = (uint32_t)id + 1;
	}
}

uint32_t
names_get(const struct names *t, struct sv s)
{
	size_t slot;

	if (t->n == 0) {
		return NAME_NONE;
	}
	slot = name_slot(t, s, hash_sip(&t->key, s));
	return t->slots[slot] == 0 ? NAME_NONE : t->slots[slot] - 1;
}

uint32_t
names_put(struct names *t, struct sv s)
{
	uint32_t id = names_get(t, s);
	uint64_t hash;

	if (id != NAME_NONE) {
		return id;
	}
	if (s.n > UINT32_MAX - t->used || t->n >= UINT32_MAX / 4) {
		return NAME_NONE;
	}
	if (t->n == t->room) {
		names_grow(t);
	}
	if (t->used + s.n > t->text_room) {
		t->text_room = (t->used + s.n) * 2 + 256;
		t->text = mem_grow(t->text, t->text_room, 1);
	}
	hash = hash_sip(&t->key, s);
	id = (uint32_t)t->n;
	t->slots[name_slot(t, s, hash)] = id + 1;
	if (s.n > 0) {
		memcpy(t->text + t->used, s.p, s.n);
	}
	t->used += s.n;
	t->hashes[id] = hash;
	t->n++;
	t->offsets[t->n] = (uint32_t)t->used;
	return id;
}
