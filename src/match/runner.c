/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "match/ways.h"

#include <stdlib.h>

/* ---- states: sets of steps that texts have led to ---- */

#define STATE_START 0                    /* nothing read yet */
#define FOUND       UINT32_C(0x80000000) /* in where a way leads: something is found there */
#define NOW         UINT32_C(0x80000000) /* in `found`: ends here; without it, one byte before */

struct state {
	uint64_t hash;
	uint32_t at, n_steps; /* in the pool */
	enum front front;     /* what the last byte was */
};

struct pool {
	uint32_t *p; /* owned */
	size_t n, room;
};

struct runner {
	const struct automaton *set; /* borrowed */
	size_t limit;
	struct state *states; /* owned */
	uint32_t *found_at;   /* owned, one a state: in its pool, how many are found, and which */
	size_t n_states, room_states;
	struct ways ways;               /* a way leads to state + 1 | FOUND */
	struct pool steps_of, found_of; /* of the states */
	uint32_t *slots;                /* owned: state + 1 by hash; 0: free */
	size_t n_slots;
	struct walk from, to;
	uint32_t *found; /* owned: what the step at hand finds; n_patterns * 2 */
	uint32_t n_found;
	size_t drops;
};

static uint64_t
hash_words(const uint32_t *p, size_t n, uint64_t h)
{
	for (size_t i = 0; i < n; i++) {
		h = (h ^ p[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

static size_t
bytes_used(const struct runner *s)
{
	return s->n_states * (sizeof(*s->states) + sizeof(*s->found_at)) + ways_bytes(&s->ways) +
	       (s->steps_of.n + s->found_of.n) * sizeof(uint32_t) + s->n_slots * sizeof(*s->slots);
}

static void
slots_make(struct runner *s, size_t n)
{
	free(s->slots);
	s->slots = mem_new(n, sizeof(*s->slots));
	s->n_slots = n;
	for (size_t i = 0; i < s->n_states; i++) {
		size_t at = s->states[i].hash & (n - 1);

		while (s->slots[at] != 0) {
			at = (at + 1) & (n - 1);
		}
		s->slots[at] = (uint32_t)i + 1;
	}
}

/* No memcmp: either may be NULL where there are none. */
static bool
words_eq(const uint32_t *a, const uint32_t *b, size_t n)
{
	return n == 0 || memcmp(a, b, n * sizeof(*a)) == 0;
}

static bool
state_is(const struct runner *s, const struct state *a, enum front front)
{
	const uint32_t *found = s->found_of.p + s->found_at[a - s->states];

	return a->n_steps == s->to.n && *found == s->n_found && a->front == front &&
	       words_eq(s->steps_of.p + a->at, s->to.list, s->to.n) &&
	       words_eq(found + 1, s->found, s->n_found);
}

/* Where they stand in the pool. */
static uint32_t
pool_add(struct pool *pool, const uint32_t *p, size_t n)
{
	size_t at = pool->n;

	while (at + n > pool->room) {
		pool->room = pool->room * 2 + 1024;
		pool->p = mem_grow(pool->p, pool->room, sizeof(*pool->p));
	}
	if (n > 0) {
		memcpy(pool->p + at, p, n * sizeof(*p));
	}
	pool->n += n;
	return (uint32_t)at;
}

static uint32_t
state_add(struct runner *s, enum front front, uint64_t hash)
{
	struct state st = { .hash = hash,
		.at = pool_add(&s->steps_of, s->to.list, s->to.n),
		.n_steps = s->to.n,
		.front = front };

	if (s->n_states == s->room_states) {
		s->room_states = s->room_states * 2 + 256;
		s->states = mem_grow(s->states, s->room_states, sizeof(*s->states));
		s->found_at = mem_grow(s->found_at, s->room_states, sizeof(*s->found_at));
	}
	s->found_at[s->n_states] = pool_add(&s->found_of, &s->n_found, 1);
	(void)pool_add(&s->found_of, s->found, s->n_found);
	ways_state(&s->ways);
	s->states[s->n_states++] = st;
	if (s->n_states * 2 > s->n_slots) {
		slots_make(s, s->n_slots * 2);
	} else {
		size_t at = hash & (s->n_slots - 1);

		while (s->slots[at] != 0) {
			at = (at + 1) & (s->n_slots - 1);
		}
		s->slots[at] = (uint32_t)s->n_states;
	}
	return (uint32_t)s->n_states - 1;
}

/* The state of what is in `to` and `found`, an old one or a new one. */
static uint32_t
state_get(struct runner *s, enum front front)
{
	uint64_t hash = hash_words(s->to.list, s->to.n, (uint64_t)front + 1);
	size_t at;

	hash = hash_words(s->found, s->n_found, hash);
	at = hash & (s->n_slots - 1);
	while (s->slots[at] != 0) {
		const struct state *st = &s->states[s->slots[at] - 1];

		if (st->hash == hash && state_is(s, st, front)) {
			return s->slots[at] - 1;
		}
		at = (at + 1) & (s->n_slots - 1);
	}
	return state_add(s, front, hash);
}

static void
states_start(struct runner *s)
{
	s->n_states = 0;
	ways_clear(&s->ways);
	s->steps_of.n = 0;
	s->found_of.n = 0;
	slots_make(s, 1024);
	walk_clear(&s->to);
	s->n_found = 0;
	(void)state_get(s, FRONT_START);
}

/* ---- one step that was not taken before ---- */

#define FEW_WORDS 24 /* so many are sorted by moving them */

static void
move_into_order(uint32_t *list, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		uint32_t v = list[i];
		uint32_t at = i;

		for (; at > 0 && list[at - 1] > v; at--) {
			list[at] = list[at - 1];
		}
		list[at] = v;
	}
}

/* Byte by byte, from the last: a state is some hundred steps, and they are sorted for each that is
 * made.  `room` is as large as the list. */
static void
sort_words(uint32_t *list, uint32_t *room, uint32_t n)
{
	uint32_t all = 0;

	if (n <= FEW_WORDS) {
		move_into_order(list, n);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		all |= list[i];
	}
	for (unsigned shift = 0; shift < 32 && all >> shift != 0; shift += 8) {
		uint32_t at[257] = { 0 };

		for (uint32_t i = 0; i < n; i++) {
			at[(list[i] >> shift & 0xff) + 1]++;
		}
		for (unsigned i = 1; i < 256; i++) {
			at[i] += at[i - 1];
		}
		for (uint32_t i = 0; i < n; i++) {
			room[at[list[i] >> shift & 0xff]++] = list[i];
		}
		memcpy(list, room, n * sizeof(*list));
	}
}

/* Matches leave the list of steps; the rest is sorted, so that equal sets are equal lists. */
static void
settle(struct runner *s, struct walk *w, uint32_t when)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->n; i++) {
		const struct step *st = &s->set->steps[w->list[i]];

		if (st->op == OP_MATCH) {
			s->found[s->n_found++] = st->arg | when;
		} else {
			w->list[n++] = w->list[i];
		}
	}
	w->n = n;
}

/* Fills `to` and `found` with where the class leads from the state. */
static void
step_make(struct runner *s, uint32_t state, unsigned k)
{
	const struct automaton *set = s->set;
	const struct state *st = &s->states[state];
	const bool end = k == set->n_classes;
	const struct here here = {
		.border = (st->front == FRONT_WORD) != set->class_is_word[k],
		.start = st->front == FRONT_START,
		.end = end,
	};

	walk_clear(&s->from);
	walk_clear(&s->to);
	s->n_found = 0;
	for (uint32_t i = 0; i < st->n_steps; i++) {
		walk_put(&s->from, s->steps_of.p[st->at + i], &here);
	}
	settle(s, &s->from, 0);
	for (uint32_t i = 0; !end && i < s->from.n; i++) {
		const struct step *p = &set->steps[s->from.list[i]];

		if (bytes_has(&set->sets[p->arg], k)) {
			walk_put(&s->to, p->next, NULL);
		}
	}
	if (!end) {
		const struct start_list *list = &set->start_lists[st->front * set->n_classes + k];

		for (uint32_t i = 0; i < list->n; i++) {
			walk_put(&s->to, list->steps[i], NULL);
		}
	}
	settle(s, &s->to, NOW);
	sort_words(s->to.list, s->to.stack, s->to.n);
	move_into_order(s->found, s->n_found); /* a few */
}

static uint32_t
step_build(struct runner *s, uint32_t state, unsigned k)
{
	bool dropped;
	uint32_t to;

	step_make(s, state, k);
	dropped = bytes_used(s) > s->limit;
	if (dropped) { /* `to` and `found` are outside of what is dropped, but starting over uses them */
		uint32_t n = s->to.n;
		uint32_t n_found = s->n_found;

		s->drops++;
		states_start(s);
		s->to.n = n;
		s->n_found = n_found;
	}
	to = state_get(s, s->set->class_is_word[k] ? FRONT_WORD : FRONT_OTHER) + 1;
	if (s->n_found > 0) {
		to |= FOUND;
	}
	if (!dropped) {
		ways_add(&s->ways, state, k, to);
	}
	return to;
}

/* ---- public ---- */

struct runner *
runner_new(const struct automaton *set, size_t bytes)
{
	struct runner *s = mem_new(1, sizeof(*s));

	check(set->finished);
	s->set = set;
	s->limit = bytes;
	ways_init(&s->ways, set->n_classes + 1);
	walk_init(&s->from, set);
	walk_init(&s->to, set);
	s->found = mem_new(set->n_patterns * 2 + 1, sizeof(*s->found));
	states_start(s);
	return s;
}

void
runner_free(struct runner **ps)
{
	struct runner *s = *ps;

	if (s != NULL) {
		walk_done(&s->from);
		walk_done(&s->to);
		free(s->states);
		ways_done(&s->ways);
		free(s->found_at);
		free(s->steps_of.p);
		free(s->found_of.p);
		free(s->slots);
		free(s->found);
		free(s);
		*ps = NULL;
	}
}

static void
report(const struct runner *s, uint32_t state, size_t end, match_hit *hit, void *context)
{
	uint32_t at = s->found_at[state];
	uint32_t n = s->found_of.p[at];

	for (uint32_t i = 1; i <= n; i++) {
		uint32_t found = s->found_of.p[at + i];

		hit(context, found & ~NOW, end - ((found & NOW) == 0));
	}
}

void
runner_run(struct runner *s, struct sv text, match_hit *hit, void *context)
{
	const struct automaton *set = s->set;
	uint32_t state = STATE_START;

	for (size_t i = 0; i <= text.n; i++) {
		unsigned k = i < text.n ? set->class_of[(unsigned char)text.p[i]] : set->n_classes;
		uint32_t to = ways_get(&s->ways, state, k);

		if (__builtin_expect(to == 0, 0)) {
			to = step_build(s, state, k);
		}
		state = (to & ~FOUND) - 1;
		if (__builtin_expect((to & FOUND) != 0, 0)) {
			report(s, state, i + 1, hit, context);
		}
	}
}

void
runner_stats(const struct runner *s, struct match_stats *out)
{
	*out = (struct match_stats){ s->set->n_steps, s->set->n_classes, s->n_states, s->drops,
		bytes_used(s) };
}
