/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_BY_HAND_H
#define CAROM_ENGINE_BY_HAND_H

/*
 * What did not come from an input: a person's word, an imported list, an amnesty.
 * Inside a transaction of the caller.
 */

#include "knowledge/knowledge.h"
#include "store/store.h"

/* Changes the recipient, keeps the decision (`out`; kind NONE: nothing changed). */
void by_hand(struct store *s, const struct policy *p, struct sv address, const struct happening *h,
    struct decision *out);

struct amnesty {
	const struct knowledge *k; /* borrowed */
	struct sv provider;        /* id of the knowledge, or a domain */
	uint32_t from_s, to_s;     /* when they were suppressed or sent to rest */
	uint32_t now_s;
	bool dry_run;
};

typedef void amnesty_row(void *context, struct sv address, const struct memory *m);
/* Lifts what rests only on refusals of the provider in the window; calls `row` for each
 * with what it was before.  Returns how many. */
size_t amnesty_run(struct store *s, const struct policy *p, const struct amnesty *a,
    amnesty_row *row, void *context);

#endif
