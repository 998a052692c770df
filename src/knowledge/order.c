/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/knowledge.h"
#include "knowledge/private.h"

#include <stdlib.h>

/* Which rule wins: the order of all of them, by what they state and never by their files. */

/* Codes without placeholders are longer than those with. */
static unsigned
code_length(const struct rule *r)
{
	unsigned least = 99;

	for (size_t i = 0; i < r->n_codes && r->tier == TIER_CODE; i++) {
		unsigned width = (unsigned)(r->codes[i].high - r->codes[i].low);
		unsigned n = width == 0 ? 3 : width < 10 ? 2 : 1;

		least = n < least ? n : least;
	}
	for (size_t i = 0; i < r->n_statuses && r->tier != TIER_CODE; i++) {
		const struct status_glob *g = &r->statuses[i];
		unsigned n = (g->klass != STATUS_ANY) + 2u * (g->subject != STATUS_ANY) +
			     4u * (g->detail != STATUS_ANY);

		least = n < least ? n : least;
	}
	return least;
}

static int
rule_cmp(const void *pa, const void *pb)
{
	const struct rule *a = *(const struct rule *const *)pa;
	const struct rule *b = *(const struct rule *const *)pb;

	if (a->rank != b->rank) {
		return a->rank > b->rank ? -1 : 1;
	}
	if (a->length != b->length) {
		return a->length > b->length ? -1 : 1;
	}
	if (a->conditions != b->conditions) {
		return a->conditions > b->conditions ? -1 : 1;
	}
	return strcmp(a->id, b->id);
}

static int
id_cmp(const void *pa, const void *pb)
{
	return strcmp((*(const struct rule *const *)pa)->id, (*(const struct rule *const *)pb)->id);
}

static enum err
ids_are_unique(struct knowledge *k, struct why *why)
{
	qsort(k->rules, k->n_rules, sizeof(*k->rules), id_cmp);
	for (size_t i = 1; i < k->n_rules; i++) {
		const struct rule *a = k->rules[i - 1];
		const struct rule *b = k->rules[i];

		if (strcmp(a->id, b->id) == 0) {
			return why_set(why, ERR_DATA,
			    "%s:%d: error: the rule '%s' stands in %s:%d already", b->file, b->line,
			    b->id, a->file, a->line);
		}
	}
	return ERR_OK;
}

static void
code_rules_add(struct code_rules *list, const struct rule *r)
{
	list->rows = mem_grow(list->rows, list->n + 1, sizeof(const struct rule *));
	list->rows[list->n++] = r;
}

enum err
rules_finish(struct knowledge *k, struct why *why)
{
	enum err e = ids_are_unique(k, why);

	if (e != ERR_OK) {
		return e;
	}
	for (size_t i = 0; i < k->n_rules; i++) {
		struct rule *r = (struct rule *)(uintptr_t)k->rules[i];

		if (r->tier == TIER_CODE || r->tier == TIER_STATUS ||
		    r->tier == TIER_PROVIDER_CODE) {
			r->length = code_length(r);
		}
	}
	qsort(k->rules, k->n_rules, sizeof(*k->rules), rule_cmp);
	k->provider_codes = mem_new(k->n_providers, sizeof(*k->provider_codes));
	for (size_t i = 0; i < k->n_rules; i++) {
		struct rule *r = (struct rule *)(uintptr_t)k->rules[i];

		r->index = (unsigned)i;
		if (r->tier == TIER_PROVIDER_CODE) {
			code_rules_add(&k->provider_codes[r->provider->index], r);
		} else if (r->tier == TIER_STATUS) {
			code_rules_add(&k->status_rules, r);
		} else if (r->tier == TIER_CODE) {
			code_rules_add(&k->reply_rules, r);
		}
	}
	return ERR_OK;
}
