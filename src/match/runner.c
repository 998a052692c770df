/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "match/private.h"

#include <stdlib.h>

/* ---- sets of steps ---- */

void
walk_init(struct walk *w, const struct automaton *set)
{
	*w = (struct walk){ .set = set, .round = 1 };
	w->mark = mem_new(set->n_steps + 1, sizeof(*w->mark));
	w->list = mem_new(set->n_steps + 1, sizeof(*w->list));
	w->stack = mem_new(set->n_steps + 1, sizeof(*w->stack));
}

void
walk_done(struct walk *w)
{
	free(w->mark);
	free(w->list);
	free(w->stack);
}

void
walk_clear(struct walk *w)
{
	w->n = 0;
	if (++w->round == 0) {
		memset(w->mark, 0, w->set->n_steps * sizeof(*w->mark));
		w->round = 1;
	}
}

static bool
assertion_holds(uint32_t a, const struct here *here)
{
	switch ((enum assertion)a) {
	case ASSERT_BORDER:
		return here->border;
	case ASSERT_NOT_BORDER:
		return !here->border;
	case ASSERT_START:
		return here->start;
	case ASSERT_END:
	default:
		return here->end;
	}
}

static uint32_t
push(struct walk *w, uint32_t depth, uint32_t step)
{
	if (w->mark[step] == w->round) {
		return depth;
	}
	w->mark[step] = w->round;
	w->stack[depth] = step;
	return depth + 1;
}

void
walk_put(struct walk *w, uint32_t step, const struct here *here)
{
	uint32_t depth = push(w, 0, step);

	while (depth > 0) {
		uint32_t at = w->stack[--depth];
		const struct step *s = &w->set->steps[at];

		if (s->op == OP_SPLIT) {
			depth = push(w, depth, s->arg);
			depth = push(w, depth, s->next);
		} else if (s->op != OP_ASSERT || here == NULL) {
			w->list[w->n++] = at;
		} else if (assertion_holds(s->arg, here)) {
			depth = push(w, depth, s->next);
		}
	}
}

/* ---- states: sets of steps that texts have led to ---- */

#define STATE_START 0                    /* nothing read yet */
#define FOUND       UINT32_C(0x80000000) /* in `next`: something is found on the way */
#define NOW         UINT32_C(0x80000000) /* in `found`: ends here; without it, one byte before */

struct state {
	uint64_t hash;
	uint32_t at, n_steps, n_found; /* in the pool: the steps, then what is found on entering */
	enum front front;              /* what the last byte was */
};

struct runner {
	const struct automaton *set; /* borrowed */
	size_t limit;
	struct state *states; /* owned */
	uint32_t *next;       /* owned: state * stride + class -> state + 1 | FOUND; 0: not built */
	size_t n_states, room_states, stride;
	uint32_t *pool; /* owned */
	size_t n_pool, room_pool;
	uint32_t *slots; /* owned: state + 1 by hash; 0: free */
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
	return s->n_states * (sizeof(*s->states) + s->stride * sizeof(*s->next)) +
	       s->n_pool * sizeof(*s->pool) + s->n_slots * sizeof(*s->slots);
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

static bool
state_is(const struct runner *s, const struct state *a, enum front front)
{
	const uint32_t *p = s->pool + a->at;

	return a->n_steps == s->to.n && a->n_found == s->n_found && a->front == front &&
	       memcmp(p, s->to.list, s->to.n * sizeof(*p)) == 0 &&
	       memcmp(p + a->n_steps, s->found, s->n_found * sizeof(*p)) == 0;
}

static void
pool_add(struct runner *s, const uint32_t *p, size_t n)
{
	while (s->n_pool + n > s->room_pool) {
		s->room_pool = s->room_pool * 2 + 4096;
		s->pool = mem_grow(s->pool, s->room_pool, sizeof(*s->pool));
	}
	memcpy(s->pool + s->n_pool, p, n * sizeof(*p));
	s->n_pool += n;
}

static uint32_t
state_add(struct runner *s, enum front front, uint64_t hash)
{
	struct state st = { hash, (uint32_t)s->n_pool, s->to.n, s->n_found, front };

	pool_add(s, s->to.list, s->to.n);
	pool_add(s, s->found, s->n_found);
	if (s->n_states == s->room_states) {
		s->room_states = s->room_states * 2 + 256;
		s->states = mem_grow(s->states, s->room_states, sizeof(*s->states));
		s->next = mem_grow(s->next, s->room_states * s->stride, sizeof(*s->next));
	}
	memset(s->next + s->n_states * s->stride, 0, s->stride * sizeof(*s->next));
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
	s->n_pool = 0;
	slots_make(s, 1024);
	walk_clear(&s->to);
	s->n_found = 0;
	(void)state_get(s, FRONT_START);
}

/* ---- one step that was not taken before ---- */

static int
word_cmp(const void *pa, const void *pb)
{
	const uint32_t *a = pa;
	const uint32_t *b = pb;

	return *a < *b ? -1 : *a > *b;
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
		walk_put(&s->from, s->pool[st->at + i], &here);
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
	qsort(s->to.list, s->to.n, sizeof(*s->to.list), word_cmp);
	if (s->n_found > 1) {
		qsort(s->found, s->n_found, sizeof(*s->found), word_cmp);
	}
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
		s->next[state * s->stride + k] = to;
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
	s->stride = set->n_classes + 1;
	walk_init(&s->from, set);
	walk_init(&s->to, set);
	s->found = mem_new(set->n_patterns * 2 + 1, sizeof(*s->found));
	s->room_pool = 4096;
	s->pool = mem_new(s->room_pool, sizeof(*s->pool));
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
		free(s->next);
		free(s->pool);
		free(s->slots);
		free(s->found);
		free(s);
		*ps = NULL;
	}
}

static void
report(const struct runner *s, uint32_t state, size_t end, match_hit *hit, void *context)
{
	const struct state *st = &s->states[state];

	for (uint32_t i = 0; i < st->n_found; i++) {
		uint32_t found = s->pool[st->at + st->n_steps + i];

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
		uint32_t to = s->next[state * s->stride + k];

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
