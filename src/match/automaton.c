/* SPDX-License-Identifier: Apache-2.0 */
#include "match/private.h"

#include <stdio.h>
#include <stdlib.h>

#define NO_STEP UINT32_MAX

struct automaton *
automaton_new(void)
{
	return mem_new(1, sizeof(struct automaton));
}

void
automaton_free(struct automaton **pset)
{
	struct automaton *set = *pset;

	if (set == NULL) {
		return;
	}
	for (size_t i = 0; set->start_lists != NULL && i < (size_t)FRONTS * set->n_classes; i++) {
		free(set->start_lists[i].steps);
	}
	free(set->start_lists);
	free(set->steps);
	free(set->sets);
	free(set->starts);
	free(set);
	*pset = NULL;
}

size_t
automaton_count(const struct automaton *set)
{
	return set->n_patterns;
}

/* ---- a tree becomes steps, from the last to the first ---- */

struct writer {
	struct automaton *set;
	size_t limit; /* of n_steps */
};

/* NO_STEP when the expression is larger than its limit. */
static uint32_t
put_step(struct writer *w, struct step s)
{
	struct automaton *set = w->set;

	if (set->n_steps >= w->limit || s.next == NO_STEP ||
	    (s.op == OP_SPLIT && s.arg == NO_STEP)) {
		return NO_STEP;
	}
	LIST_ROOM(set->steps, set->n_steps, set->room_steps);
	set->steps[set->n_steps] = s;
	return (uint32_t)set->n_steps++;
}

static unsigned
lowest(const struct bytes *b)
{
	for (unsigned i = 0; i < 4; i++) {
		if (b->bit[i] != 0) {
			return i * 64 + (unsigned)__builtin_ctzll(b->bit[i]);
		}
	}
	return 0;
}

/* The sets are few: letters in both cases, some classes. */
static uint32_t
put_bytes(struct automaton *set, const struct bytes *b)
{
	uint32_t *last = &set->last_set[lowest(b)];

	if (*last < set->n_sets && memcmp(&set->sets[*last], b, sizeof(*b)) == 0) {
		return *last;
	}
	for (size_t i = 0; i < set->n_sets; i++) {
		if (memcmp(&set->sets[i], b, sizeof(*b)) == 0) {
			*last = (uint32_t)i;
			return (uint32_t)i;
		}
	}
	*last = (uint32_t)set->n_sets;
	LIST_ROOM(set->sets, set->n_sets, set->room_sets);
	set->sets[set->n_sets] = *b;
	return (uint32_t)set->n_sets++;
}

static uint32_t put_node(struct writer *w, const struct node *n, uint32_t next);

static uint32_t
put_repeat(struct writer *w, const struct node *n, uint32_t next)
{
	uint32_t at = next;

	if (n->max == REPEAT_NO_END) {
		uint32_t body;

		at = put_step(w, (struct step){ OP_SPLIT, 0, next });
		body = at == NO_STEP ? NO_STEP : put_node(w, n->child, at);
		if (body == NO_STEP) {
			return NO_STEP;
		}
		w->set->steps[at].arg = body;
	} else {
		for (uint32_t i = n->min; i < n->max && at != NO_STEP; i++) {
			at =
			    put_step(w, (struct step){ OP_SPLIT, put_node(w, n->child, at), next });
		}
	}
	for (uint32_t i = 0; i < n->min && at != NO_STEP; i++) {
		at = put_node(w, n->child, at);
	}
	return at;
}

/* The first step of what `n` is, when `next` follows it. */
static uint32_t
put_node(struct writer *w, const struct node *n, uint32_t next)
{
	uint32_t at = next;

	switch (n->kind) {
	case NODE_BYTES:
		return put_step(w, (struct step){ OP_BYTES, put_bytes(w->set, &n->bytes), next });
	case NODE_ASSERT:
		return put_step(w, (struct step){ OP_ASSERT, n->assertion, next });
	case NODE_REPEAT:
		return put_repeat(w, n, next);
	case NODE_CAT:
		for (const struct node *c = n->child; c != NULL && at != NO_STEP; c = c->next) {
			at = put_node(w, c, at);
		}
		return at;
	case NODE_ALT:
	default:
		at = put_node(w, n->child, next);
		for (const struct node *c = n->child->next; c != NULL && at != NO_STEP;
		     c = c->next) {
			at = put_step(w, (struct step){ OP_SPLIT, put_node(w, c, next), at });
		}
		return at;
	}
}

static bool
refuse(struct match_error *error, const char *text)
{
	(void)snprintf(error->text, sizeof(error->text), "%s", text);
	error->at = 0;
	return false;
}

bool
automaton_add(struct automaton *set, const struct node *root, struct match_error *error_out)
{
	struct writer w = { set, set->n_steps + MATCH_POSITIONS_MAX };
	size_t before = set->n_steps;
	uint32_t end;
	uint32_t start;

	check(!set->finished);
	if (w.limit > MATCH_SET_MAX) {
		return refuse(error_out, "all expressions together are larger than their limit");
	}
	end = put_step(&w, (struct step){ OP_MATCH, (uint32_t)set->n_patterns, 0 });
	start = put_node(&w, root, end);
	if (start == NO_STEP) {
		set->n_steps = before;
		return refuse(error_out, "the repeats make the expression too large");
	}
	LIST_ROOM(set->starts, set->n_patterns, set->room_patterns);
	set->starts[set->n_patterns++] = start;
	return true;
}

/* ---- bytes that no expression tells apart are one class ---- */

/* Splits the classes that hold bytes of the set and others. */
static void
split_classes(uint8_t *class_of, unsigned *n_classes, const struct bytes *b)
{
	unsigned inside
	    [256]; /* the new number of the bytes of this class that are in the set; 0: none */
	bool outside[256] = { false };

	memset(inside, 0, sizeof(inside));
	for (unsigned c = 0; c < 256; c++) {
		outside[class_of[c]] |= !bytes_has(b, c);
	}
	for (unsigned c = 0; c < 256; c++) {
		unsigned k = class_of[c];

		if (bytes_has(b, c) && outside[k]) {
			if (inside[k] == 0) {
				inside[k] = (*n_classes)++;
			}
			class_of[c] = (uint8_t)inside[k];
		}
	}
}

static void
find_classes(struct automaton *set)
{
	uint8_t split[256];
	unsigned number[256]; /* of a split class, + 1, in the order of their first bytes */
	unsigned first[256];
	unsigned n = 1;
	struct bytes words = { { 0 } };

	memset(split, 0, sizeof(split));
	memset(number, 0, sizeof(number));
	for (unsigned c = 0; c < 256; c++) {
		if (byte_is_word(c)) {
			bytes_add(&words, c);
		}
	}
	split_classes(split, &n, &words);
	for (size_t i = 0; i < set->n_sets; i++) {
		split_classes(split, &n, &set->sets[i]);
	}
	for (unsigned c = 0; c < 256; c++) {
		if (number[split[c]] == 0) {
			first[set->n_classes] = c;
			set->class_is_word[set->n_classes] = byte_is_word(c);
			number[split[c]] = ++set->n_classes;
		}
		set->class_of[c] = (uint8_t)(number[split[c]] - 1);
	}
	for (size_t i = 0; i < set->n_sets; i++) {
		struct bytes by_class = { { 0 } };

		for (unsigned k = 0; k < set->n_classes; k++) {
			if (bytes_has(&set->sets[i], first[k])) {
				bytes_add(&by_class, k);
			}
		}
		set->sets[i] = by_class;
	}
}

/* ---- what starts at a byte ---- */

/* Whether the byte is one of a word is all that the walk asks of it. */
static void
start_walk(const struct automaton *set, struct walk *from, enum front front, bool word)
{
	const struct here here = {
		.border = (front == FRONT_WORD) != word,
		.start = front == FRONT_START,
	};

	walk_clear(from);
	for (size_t i = 0; i < set->n_patterns; i++) {
		walk_put(from, set->starts[i], &here);
	}
}

struct by_class { /* the steps of a walk that take a class, one class behind the other */
	uint32_t at[257 + 1];
	uint32_t *steps; /* owned */
};

/* For each class that the walk's steps take: next[class] goes up, and says where the step goes. */
static void
by_class_walk(const struct automaton *set, const struct walk *from, uint32_t *next, uint32_t *steps)
{
	for (uint32_t i = 0; i < from->n; i++) {
		const struct step *s = &set->steps[from->list[i]];

		for (size_t k = 0; s->op == OP_BYTES && k < set->n_classes; k++) {
			uint64_t bits = set->sets[s->arg].bit[k / 64] >> k % 64;

			if (bits == 0) {
				k |= 63; /* the next word */
				continue;
			}
			k += (size_t)__builtin_ctzll(bits);
			if (steps != NULL) {
				steps[next[k]] = s->next;
			}
			next[k]++;
		}
	}
}

static void
by_class_make(const struct automaton *set, const struct walk *from, struct by_class *out)
{
	uint32_t next[257];

	memset(next, 0, sizeof(next));
	by_class_walk(set, from, next, NULL); /* counted */
	out->at[0] = 0;
	for (size_t k = 0; k < 257; k++) {
		out->at[k + 1] = out->at[k] + next[k];
		next[k] = out->at[k];
	}
	out->steps = mem_new(out->at[257] + 1, sizeof(*out->steps));
	by_class_walk(set, from, next, out->steps); /* filled in */
}

static void
start_list_make(
    struct start_list *list, struct walk *to, const struct by_class *by_class, unsigned k)
{
	walk_clear(to);
	for (uint32_t i = by_class->at[k]; i < by_class->at[k + 1]; i++) {
		walk_put(to, by_class->steps[i], NULL);
	}
	list->n = to->n;
	list->steps = mem_new(to->n + 1, sizeof(*list->steps));
	memcpy(list->steps, to->list, to->n * sizeof(*list->steps));
}

static void
start_lists_make(
    struct automaton *set, struct walk *from, struct walk *to, enum front front, bool word)
{
	struct by_class by_class;

	start_walk(set, from, front, word);
	by_class_make(set, from, &by_class);
	for (unsigned k = 0; k < set->n_classes; k++) {
		if (set->class_is_word[k] == word) {
			start_list_make(
			    &set->start_lists[front * set->n_classes + k], to, &by_class, k);
		}
	}
	free(by_class.steps);
}

void
automaton_finish(struct automaton *set)
{
	struct walk from;
	struct walk to;

	check(!set->finished);
	find_classes(set);
	set->start_lists = mem_new((size_t)FRONTS * set->n_classes, sizeof(*set->start_lists));
	walk_init(&from, set);
	walk_init(&to, set);
	for (unsigned front = 0; front < FRONTS; front++) {
		start_lists_make(set, &from, &to, (enum front)front, false);
		start_lists_make(set, &from, &to, (enum front)front, true);
	}
	walk_done(&from);
	walk_done(&to);
	set->finished = true;
}
