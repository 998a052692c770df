/* SPDX-License-Identifier: Apache-2.0 */
#include "match/private.h"

#include <stdlib.h>

/* Texts over a set: all pieces first, then, if asked, an expression read whole. */

#define WHOLE_BYTES ((size_t)512 << 10) /* states kept for one expression read whole */

struct place { /* of a piece, in the text of this number */
	uint32_t text;
	uint32_t first, last; /* where it ends */
};

struct match_scan {
	const struct match_set *set; /* borrowed */
	struct runner *pieces;       /* owned */
	struct place *places;        /* owned, one a piece */
	uint32_t *found;             /* owned: the pieces that are there */
	size_t n_found;
	uint32_t *seen;  /* owned, one a pattern: the text it was last found in */
	uint32_t *maybe; /* owned: patterns with all pieces there */
	size_t n_maybe;
	struct runner **wholes; /* owned, one a pattern, made when it is first needed */
	uint32_t text_number;
};

struct match_scan *
match_scan_new(const struct match_set *set, size_t bytes)
{
	struct match_scan *s = mem_new(1, sizeof(*s));

	s->set = set;
	s->pieces = runner_new(set->pieces, bytes == 0 ? MATCH_STATES_BYTES : bytes);
	s->places = mem_new(automaton_count(set->pieces) + 1, sizeof(*s->places));
	s->found = mem_new(automaton_count(set->pieces) + 1, sizeof(*s->found));
	s->seen = mem_new(set->n_patterns + 1, sizeof(*s->seen));
	s->maybe = mem_new(set->n_patterns + 1, sizeof(*s->maybe));
	s->wholes = mem_new(set->n_patterns + 1, sizeof(struct runner *));
	return s;
}

void
match_scan_free(struct match_scan **ps)
{
	struct match_scan *s = *ps;

	if (s == NULL) {
		return;
	}
	for (size_t i = 0; i < s->set->n_patterns; i++) {
		runner_free(&s->wholes[i]);
	}
	runner_free(&s->pieces);
	free(s->places);
	free(s->found);
	free(s->seen);
	free(s->maybe);
	free(s->wholes);
	free(s);
	*ps = NULL;
}

static void
on_piece(void *context, unsigned number, size_t end)
{
	struct match_scan *s = context;
	struct place *p = &s->places[number];

	if (p->text != s->text_number) {
		*p = (struct place){ s->text_number, (uint32_t)end, 0 };
		s->found[s->n_found++] = number;
	}
	p->last = (uint32_t)end;
}

/* Could they stand one behind the other?  What overlaps or is too far apart is seen later. */
static bool
row_may_be(const struct match_scan *s, const struct row *row)
{
	const uint32_t *pieces = s->set->row_pieces + row->first;
	uint32_t behind = 0;

	for (uint32_t i = 0; i < row->n; i++) {
		const struct place *p = &s->places[pieces[i]];

		if (p->text != s->text_number || p->last <= behind) {
			return false;
		}
		behind = p->first > behind ? p->first : behind;
	}
	return true;
}

static void
ask_rows(struct match_scan *s, uint32_t piece, match_hit *hit, void *context)
{
	const struct match_set *set = s->set;

	for (uint32_t i = set->asks_at[piece]; i < set->asks_at[piece + 1]; i++) {
		const struct row *row = &set->rows[set->asks[i]];

		if (s->seen[row->pattern] == s->text_number || !row_may_be(s, row)) {
			continue;
		}
		s->seen[row->pattern] = s->text_number;
		if (row->gaps) {
			s->maybe[s->n_maybe++] = row->pattern;
		} else {
			hit(context, row->pattern, s->places[piece].first);
		}
	}
}

static void
on_whole(void *context, unsigned number, size_t end)
{
	size_t *first = context;

	(void)number;
	*first = end < *first ? end : *first;
}

bool
match_scan_confirm(struct match_scan *s, struct sv text, unsigned pattern, size_t *end_out)
{
	size_t end = SIZE_MAX;

	if (s->wholes[pattern] == NULL) {
		s->wholes[pattern] = runner_new(s->set->wholes[pattern], WHOLE_BYTES);
	}
	runner_run(s->wholes[pattern], text, on_whole, &end);
	if (end == SIZE_MAX) {
		return false;
	}
	*end_out = end;
	return true;
}

/* What is sure is told at once, what is not is kept in `maybe`. */
static void
scan(struct match_scan *s, struct sv text, match_hit *hit, void *context)
{
	if (++s->text_number == 0) {
		memset(s->seen, 0, s->set->n_patterns * sizeof(*s->seen));
		memset(s->places, 0, automaton_count(s->set->pieces) * sizeof(*s->places));
		s->text_number = 1;
	}
	s->n_found = 0;
	s->n_maybe = 0;
	runner_run(s->pieces, text, on_piece, s);
	for (size_t i = 0; i < s->n_found; i++) {
		ask_rows(s, s->found[i], hit, context);
	}
}

void
match_scan_find(struct match_scan *s, struct sv text, match_hit *hit, void *context)
{
	scan(s, text, hit, context);
	for (size_t i = 0; i < s->n_maybe; i++) {
		hit(context, s->maybe[i], MATCH_MAYBE);
	}
}

void
match_scan_run(struct match_scan *s, struct sv text, match_hit *hit, void *context)
{
	size_t end;

	scan(s, text, hit, context);
	for (size_t i = 0; i < s->n_maybe; i++) {
		if (match_scan_confirm(s, text, s->maybe[i], &end)) {
			hit(context, s->maybe[i], end);
		}
	}
}

void
match_scan_stats(const struct match_scan *s, struct match_stats *out)
{
	runner_stats(s->pieces, out);
	for (size_t i = 0; i < s->set->n_patterns; i++) {
		struct match_stats one;

		if (s->wholes[i] != NULL) {
			runner_stats(s->wholes[i], &one);
			out->states += one.states;
			out->drops += one.drops;
			out->bytes += one.bytes;
		}
	}
}
