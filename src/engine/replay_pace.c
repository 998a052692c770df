/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/replay.h"

#include <stdlib.h>

/*
 * Two lists of decisions about paces, one beside the other: those that were made at the same
 * time about the same provider and with the same outcome are the same, whatever led to them.
 */

struct list {
	struct store *s;
	struct stored_pace *rows; /* owned */
	size_t n, room;
	bool cut;
};

static bool
gather(void *context, const struct stored_pace *p)
{
	struct list *l = context;

	if (stored_pace_by_hand(p)) { /* no policy made it */
		return true;
	}
	if (l->n == REPLAY_PACES_MAX) {
		l->cut = true;
		return false;
	}
	if (l->n == l->room) {
		l->room = l->room * 2 + 64;
		l->rows = mem_grow(l->rows, l->room, sizeof(*l->rows));
	}
	l->rows[l->n++] = *p;
	return true;
}

static int
by_number(double a, double b)
{
	return a < b ? -1 : a > b;
}

/* By time, provider and outcome.  Names of two stores have other numbers, so texts count. */
static int
compare(const struct list *la, const struct stored_pace *a, const struct list *lb,
    const struct stored_pace *b)
{
	int c = by_number(a->d.t_s, b->d.t_s);

	c = c != 0
		? c
		: sv_cmp(store_name_text(la->s, a->provider), store_name_text(lb->s, b->provider));
	c = c != 0 ? c : (int)a->d.kind - (int)b->d.kind;
	c = c != 0 ? c : by_number(a->d.after.connections, b->d.after.connections);
	c = c != 0 ? c : by_number(a->d.after.delay_s, b->d.after.delay_s);
	return c != 0 ? c : by_number(a->d.until_s, b->d.until_s);
}

static int
in_order(const void *a, const void *b, void *list)
{
	return compare(list, a, list, b);
}

static void
sort(struct list *l)
{
	if (l->n > 0) {
		qsort_r(l->rows, l->n, sizeof(*l->rows), in_order, l);
	}
}

void
replay_compare_paces(struct store *now, struct store *then, replay_pace_row *row, void *context,
    struct replay_paces *out)
{
	struct list a = { .s = now };
	struct list b = { .s = then };
	size_t i = 0;
	size_t k = 0;

	*out = (struct replay_paces){ .same = 0 };
	store_paces(now, gather, &a);
	store_paces(then, gather, &b);
	sort(&a);
	sort(&b);
	while (i < a.n || k < b.n) {
		int c = i == a.n ? 1 : k == b.n ? -1 : compare(&a, &a.rows[i], &b, &b.rows[k]);

		out->same += c == 0;
		out->only_now += c < 0;
		out->only_then += c > 0;
		if (c != 0) {
			const struct list *l = c < 0 ? &a : &b;
			const struct stored_pace *p = c < 0 ? &a.rows[i] : &b.rows[k];

			row(context, c > 0, store_name_text(l->s, p->provider), p);
		}
		i += c <= 0;
		k += c >= 0;
	}
	out->cut = a.cut || b.cut;
	free(a.rows);
	free(b.rows);
}
