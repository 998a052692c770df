/* SPDX-License-Identifier: Apache-2.0 */
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
