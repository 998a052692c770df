/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>
#include <stdlib.h>

void
incident_emit(struct detector *d, const struct provider_state *p, const struct incident *i,
    enum detect_what what, double t)
{
	const struct detect_decision out = {
		.what = what,
		.incident = i->id,
		.provider = p->id,
		.t = t,
		.on = i->on,
		.end = i->end,
		.cause = i->cause,
		.scope = i->scope,
		.who = i->who,
		.margin = i->margin,
		.severity = i->a / (i->a + i->b),
	};

	d->sink(d->context, &out);
}

/* Counts of the part of the traffic that the incident is about. */
static struct tally2
counts_of(const struct opening *o)
{
	const struct explanation *e = &o->why;
	const struct excursion *x = o->x;
	const struct tallies *c;

	if (x == NULL) {
		return o->seen;
	}
	if (e->scope == SCOPE_CAMPAIGN) {
		const struct tally2 *v = map_get(&x->campaigns, e->who);

		return v == NULL ? (struct tally2){ 1, 1 } : *v;
	}
	c = e->scope == SCOPE_MX       ? map_get(&x->hosts, e->who)
	    : e->scope == SCOPE_SENDER ? map_get(&x->senders, e->who)
				       : NULL;
	return c == NULL ? x->total.of[e->sig] : c->of[e->sig];
}

/* Verdicts about lists that were reached inside the window of a false-unknown incident fall. */
static void
retract_lists(struct detector *d, struct provider_state *p, double on, double t)
{
	for (size_t i = 0; i < p->n_incidents; i++) {
		struct incident *j = &p->incidents[i];

		if (j->open && j->cause == CAUSE_BAD_LIST && j->opened >= on - 60) {
			j->open = false;
			incident_emit(d, p, j, DETECT_RETRACT, t);
		}
	}
}

/* What campaigns show from now on is compared with the incident. */
static void
count_campaigns_anew(struct provider_state *p)
{
	for (size_t i = 0; i < p->campaigns.n; i++) {
		struct campaign *c = map_at(&p->campaigns, i);

		c->open_n = c->open_k = 0;
	}
}

void
incident_open(struct detector *d, struct provider_state *p, const struct opening *o)
{
	struct tally2 c = counts_of(o);
	struct incident i = {
		.id = ++d->next_id,
		.cause = o->why.cause,
		.scope = o->why.scope,
		.who = o->why.scope == SCOPE_ALL ? NAME_NONE : o->why.who,
		.sig = o->why.sig,
		.open = true,
		.opened = o->t,
		.on = o->x == NULL ? o->t : o->x->t0,
		/* Where there is no other explanation: over none. */
		.margin = fmin(o->margin, o->why.score),
		.a = c.k,
		.b = c.n - c.k + 0.5,
		.v_since = o->t,
	};

	if (i.sig >= SIG_T && i.sig <= SIG_B) {
		p->n_windows[i.sig - SIG_T] = 0;
	}
	if (i.sig == SIG_U) {
		baseline_drop_waiting(p);
		count_campaigns_anew(p);
	}
	if (i.cause == CAUSE_FALSE_UNKNOWN) {
		retract_lists(d, p, i.on, o->t);
	}
	if (p->n_incidents == p->room_incidents) {
		p->room_incidents = p->room_incidents == 0 ? 4 : p->room_incidents * 2;
		p->incidents = mem_grow(p->incidents, p->room_incidents, sizeof(*p->incidents));
	}
	p->incidents[p->n_incidents++] = i;
	incident_emit(d, p, &i, DETECT_OPEN, o->t);
}

void
incident_drop(struct incident *i)
{
	free(i->pending);
	i->pending = NULL;
	i->n_pending = 0;
}

void
incidents_retest(struct detector *d, struct provider_state *p, const struct detect_event *e)
{
	bool ok = e->klass == DETECT_OK;
	bool again = bank_stat(&p->unknown) > 0;

	if (!detect_is_retest(e) || (!ok && e->klass != DETECT_UNKNOWN)) {
		return;
	}
	for (size_t i = 0; i < p->n_incidents; i++) {
		struct incident *x = &p->incidents[i];

		if (x->open && x->sig == SIG_U) {
			x->flips += ok;
			x->retests++;
			x->still = ok ? 0 : x->still + 1;
			again = true;
		}
	}
	/* While it is so again, a refusal tells nothing of the window before. */
	if (p->has_closed && (ok || !again) && e->t - p->last_closed.end < DAY_S &&
	    e->t >= p->last_closed.end) {
		p->last_closed.retests_after++;
		p->last_closed.flips_after += ok;
		if (p->last_closed.n_pending > 0 && p->last_closed.retests_after >= 5) {
			amend_pending(d, p, &p->last_closed, e->t);
		}
	}
}
