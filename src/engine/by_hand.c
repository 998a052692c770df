/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/by_hand.h"

#include "base/buf.h"
#include "fact/event.h"

#include <stdlib.h>

static void
apply(struct store *s, const struct policy *p, const struct happening *h, struct memory *m,
    struct decision *out)
{
	decide_recipient(p, h, m, out);
	if (out->kind != DECISION_NONE) {
		struct stored_decision d = { .recipient = m->run.hash, .d = *out };

		store_decision_put(s, &d);
		m->decision = d.id;
	}
}

void
by_hand(struct store *s, const struct policy *p, struct sv address, const struct happening *h,
    struct decision *out)
{
	struct memory m;

	bool known = store_recipient_get(s, store_hash(s, address), &m);

	apply(s, p, h, &m, out);
	store_recipient_put(s, address, &m, known);
}

/* ---- amnesty ---- */

struct pardoned {
	struct memory m;
	size_t at, n; /* of the address */
};

struct search {
	struct store *s;
	const struct amnesty *a;
	struct pardoned *found; /* owned */
	size_t n, room;
	struct buf addresses;
};

/* Who refused: said by the event behind the decision, else by the address. */
static bool
is_provider(const struct search *f, const struct stored_decision *d, struct sv address)
{
	const struct provider *p;
	struct stored_event e;
	struct place place = { .domain = address_domain(address),
		.time_us = (int64_t)d->d.t_s * US_PER_SECOND };

	if (d->event != 0 && store_event_get(f->s, d->event, &e)) {
		return sv_ieq(store_name_text(f->s, e.provider), f->a->provider) ||
		       sv_ieq(store_name_text(f->s, e.domain), f->a->provider);
	}
	p = place.domain.n == 0 ? NULL : knowledge_provider_find(f->a->k, &place);
	return sv_ieq(place.domain, f->a->provider) ||
	       (p != NULL && sv_ieq(sv_from(p->id), f->a->provider));
}

static bool
look_at(void *context, struct sv address, const struct memory *m)
{
	struct search *f = context;
	const struct refusal_run *run = &m->run.runs[REFUSAL_GONE];
	struct stored_decision d;

	if (m->complained_s != 0 || m->unsubscribed_s != 0 || m->by_hand_s != 0 ||
	    run->first_s == 0 || run->first_s < f->a->from_s || run->last_s > f->a->to_s) {
		return true;
	}
	if (!store_decision_get(f->s, m->decision, &d) || !is_provider(f, &d, address)) {
		return true;
	}
	if (f->n == f->room) {
		f->room = f->room * 2 + 64;
		f->found = mem_grow(f->found, f->room, sizeof(*f->found));
	}
	f->found[f->n++] = (struct pardoned){ *m, f->addresses.n, address.n };
	buf_sv(&f->addresses, address);
	return true;
}

size_t
amnesty_run(struct store *s, const struct policy *p, const struct amnesty *a, amnesty_row *row,
    void *context)
{
	const struct happening h = { .kind = HAPPENED_AMNESTY, .t = (double)a->now_s };
	struct search f = { .s = s, .a = a };
	size_t n;

	buf_init(&f.addresses, 0);
	store_recipients(s, 1u << RECIPIENT_SUPPRESSED | 1u << RECIPIENT_RESTING, look_at, &f);
	n = f.n;
	for (size_t i = 0; i < n; i++) {
		struct sv address = sv_make(f.addresses.p + f.found[i].at, f.found[i].n);
		struct decision d;

		row(context, address, &f.found[i].m);
		if (!a->dry_run) {
			apply(s, p, &h, &f.found[i].m, &d);
			store_recipient_put(s, address, &f.found[i].m, true);
		}
	}
	free(f.found);
	buf_done(&f.addresses);
	return n;
}
