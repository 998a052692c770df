/* SPDX-License-Identifier: Apache-2.0 */
#include "remember/recipients.h"

#include "base/err.h"

#include <stdlib.h>

#define ADDRESS_MAX \
	320 /* RFC 5321 section 4.5.3.1: 64 + 1 + 255; longer ones are hashed by their head */
#define MOST_MAX   UINT32_C(1000000000)
#define ROOM_FIRST 64

/* ---- the table ---- */

void
recipients_init(struct recipients *r, const struct hash_key *key, size_t most)
{
	check(most >= 1 && most <= MOST_MAX);
	*r = (struct recipients){ .key = *key, .most = most };
}

void
recipients_done(struct recipients *r)
{
	free(r->all);
	free(r->slots);
	*r = (struct recipients){ .key = r->key, .most = r->most };
}

size_t
recipients_bytes(const struct recipients *r)
{
	return r->room * sizeof(*r->all) + r->n_slots * sizeof(*r->slots);
}

static uint64_t
hash_of(const struct recipients *r, struct sv address)
{
	char room[ADDRESS_MAX];

	return hash_sip(&r->key, sv_lower(address, room, sizeof(room)));
}

static uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

/* The slot of the hash, or the free one where it would go. */
static size_t
slot_of(const struct recipients *r, uint64_t hash)
{
	size_t i = hash & (r->n_slots - 1);

	while (r->slots[i].at != 0 &&
	       (r->slots[i].tag != tag_of(hash) || r->all[r->slots[i].at - 1].hash != hash)) {
		i = (i + 1) & (r->n_slots - 1);
	}
	return i;
}

/* Room for `room` recipients, with the slots at most three quarters full. */
static void
make_room(struct recipients *r, size_t room)
{
	size_t n_slots = r->n_slots == 0 ? ROOM_FIRST : r->n_slots;

	r->room = room < r->most ? room : r->most;
	r->all = mem_grow(r->all, r->room, sizeof(*r->all));
	while (n_slots < r->room + r->room / 3) {
		n_slots *= 2;
	}
	if (n_slots == r->n_slots) {
		return;
	}
	free(r->slots);
	r->n_slots = n_slots;
	r->slots = mem_new(n_slots, sizeof(*r->slots));
	for (size_t i = 0; i < r->n; i++) {
		uint64_t hash = r->all[i].hash;

		r->slots[slot_of(r, hash)] =
		    (struct recipient_slot){ (uint32_t)i + 1, tag_of(hash) };
	}
}

void
recipients_expect(struct recipients *r, size_t n)
{
	if (n > r->room) {
		make_room(r, n);
	}
}

/* Linear probing: what follows the hole may have to move into it. */
static void
close_hole(struct recipients *r, size_t hole)
{
	size_t i = hole;

	for (;;) {
		size_t home;

		i = (i + 1) & (r->n_slots - 1);
		if (r->slots[i].at == 0) {
			break;
		}
		home = r->all[r->slots[i].at - 1].hash & (r->n_slots - 1);
		if (((i - home) & (r->n_slots - 1)) >= ((i - hole) & (r->n_slots - 1))) {
			r->slots[hole] = r->slots[i];
			hole = i;
		}
	}
	r->slots[hole] = (struct recipient_slot){ 0 };
}

/* A clock: the first one that was not touched since the hand last came by. */
static uint32_t
forget_one(struct recipients *r)
{
	size_t at;

	while (r->all[r->hand].touched != 0) {
		r->all[r->hand].touched = 0;
		r->hand = r->hand + 1 < r->n ? r->hand + 1 : 0;
	}
	at = r->hand;
	r->hand = at + 1 < r->n ? at + 1 : 0;
	close_hole(r, slot_of(r, r->all[at].hash));
	r->forgotten++;
	return (uint32_t)at;
}

uint64_t
recipients_hint(const struct recipients *r, struct sv address)
{
	uint64_t hash = hash_of(r, address);

	if (r->n_slots > 0) {
		__builtin_prefetch(&r->slots[hash & (r->n_slots - 1)], 1);
	}
	return hash;
}

uint32_t
recipients_put(struct recipients *r, struct sv address)
{
	return recipients_put_hash(r, hash_of(r, address));
}

uint32_t
recipients_put_hash(struct recipients *r, uint64_t hash)
{
	size_t slot = r->n == 0 ? 0 : slot_of(r, hash);
	uint32_t number;

	if (r->n > 0 && r->slots[slot].at != 0) {
		number = r->slots[slot].at - 1;
		r->all[number].touched = 1;
		return number;
	}
	if (r->n == r->most) {
		number = forget_one(r);
		slot = slot_of(r, hash);
	} else {
		if (r->n == r->room) {
			make_room(r, r->room == 0 ? ROOM_FIRST : r->room * 2);
			slot = slot_of(r, hash);
		}
		number = (uint32_t)r->n++;
	}
	r->all[number] = (struct recipient){ .hash = hash, .touched = 1 };
	r->slots[slot] = (struct recipient_slot){ number + 1, tag_of(hash) };
	return number;
}

uint32_t
recipients_find(const struct recipients *r, struct sv address)
{
	size_t slot;

	if (r->n == 0) {
		return RECIPIENT_NONE;
	}
	slot = slot_of(r, hash_of(r, address));
	return r->slots[slot].at == 0 ? RECIPIENT_NONE : r->slots[slot].at - 1;
}

/* ---- one recipient ---- */

/* 0 means never, so nothing happens at 0; the last second is in the year 2106. */
static uint32_t
second_of(double t)
{
	return t < 1 ? 1 : t >= (double)UINT32_MAX ? UINT32_MAX : (uint32_t)t;
}

void
recipient_accepted(struct recipient *p, double t)
{
	uint32_t s = second_of(t);

	if (s < p->accepted_s) {
		return;
	}
	p->accepted_s = s;
	for (int i = 0; i < REFUSAL_KINDS; i++) {
		if (p->runs[i].last_s <= s) {
			p->runs[i] = (struct refusal_run){ 0 };
			p->counts[i] = 0;
		} else if (p->runs[i].first_s < s) {
			p->runs[i].first_s = s; /* it came late: some of the run are older */
		}
	}
}

void
recipient_refused(struct recipient *p, enum refusal_kind kind, double t)
{
	uint32_t s = second_of(t);
	struct refusal_run *run = &p->runs[kind];

	if (kind == REFUSAL_GONE && s > p->gone_s) {
		p->gone_s = s;
	}
	if (s < p->accepted_s) {
		return; /* it came late: the recipient has accepted since */
	}
	if (run->first_s == 0 || s < run->first_s) {
		run->first_s = s;
	}
	if (s > run->last_s) {
		run->last_s = s;
	}
	if (p->counts[kind] < UINT16_MAX) {
		p->counts[kind]++;
	}
}

static double
since(uint32_t s, double t)
{
	return s == 0 ? -1.0 : t < (double)s ? 0.0 : t - (double)s;
}

double
recipient_good_days(const struct recipient *p, double t)
{
	double s = since(p->accepted_s, t);

	return s < 0 ? s : s / 86400.0;
}

double
recipient_since_gone_s(const struct recipient *p, double t)
{
	return since(p->gone_s, t);
}

double
recipient_span_s(const struct recipient *p, enum refusal_kind kind)
{
	return (double)(p->runs[kind].last_s - p->runs[kind].first_s);
}
