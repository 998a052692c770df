/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"

#include <math.h>

static int64_t
us_of(double t)
{
	return (int64_t)(t * 1e6);
}

/* ---- which providers are not believed ---- */

bool
ingest_is_held(const struct ingest *in, uint32_t provider, double t)
{
	const struct ingest_hold *h = map_get(&in->held, provider);

	return h != NULL && t < h->until;
}

static bool
names_false_unknowns(const struct detect_decision *d)
{
	return (d->what == DETECT_OPEN || d->what == DETECT_CAUSE) &&
	       d->cause == CAUSE_FALSE_UNKNOWN;
}

static void
hold(struct ingest *in, const struct detect_decision *d)
{
	bool begins = names_false_unknowns(d) || d->what == DETECT_HOLD;
	struct ingest_hold *h =
	    begins ? map_put(&in->held, d->provider, NULL) : map_get(&in->held, d->provider);

	if (h == NULL) {
		return;
	}
	if (begins && d->t >= h->until) {
		*h = (struct ingest_hold){ .since = fmin(d->t, d->on > 0 ? d->on : d->t) };
	}
	if (names_false_unknowns(d)) {
		h->until = HUGE_VAL;
		h->incident = d->incident;
	} else if (d->what == DETECT_HOLD) { /* no cause yet; said again every half hour */
		h->until = fmax(h->until, d->t + in->opt.incidents->hold_s);
	} else if (d->what == DETECT_CLOSE || d->what == DETECT_RETRACT ||
		   d->what == DETECT_CAUSE) {
		h->until = 0;
	}
}

void
ingest_holds(const struct ingest *in, ingest_hold_row *row, void *context)
{
	for (size_t i = 0; i < in->held.n; i++) {
		row(context, store_name_text(in->opt.store, (uint32_t)in->held.keys[i]),
		    map_at(&in->held, i));
	}
}

/* ---- pardon ---- */

/* Does all that speaks against it lie in the window of the incident? */
static bool
rests_on_window(const struct memory *m, double began)
{
	return m->run.runs[REFUSAL_GONE].first_s == 0 ||
	       (double)m->run.runs[REFUSAL_GONE].first_s + 1.0 >= began;
}

static void
pardon(struct ingest *in, const struct stored_incident *incident, const struct detect_item *item,
    double t)
{
	const struct happening h = { .kind = HAPPENED_AMNESTY, .t = t };
	struct stored_event e;
	struct at_hand *r;
	struct decision d;

	if (!store_event_get(in->opt.store, item->event, &e)) {
		return; /* it is older than what is kept */
	}
	r = ingest_recipient(in, e.recipient, (struct sv){ 0 });
	if (rests_on_window(&r->m, (double)incident->began_us / 1e6)) {
		ingest_decide(in, r, &h, item->event, incident->id, &d);
		in->counts.pardoned += d.kind != DECISION_NONE;
	}
}

static void
amend(struct ingest *in, const struct detect_decision *d, struct stored_incident *incident)
{
	uint64_t before = in->counts.pardoned;

	incident->refusals = (uint32_t)d->n_items;
	for (size_t i = 0; i < d->n_items; i++) {
		if (d->items[i].action == AMEND_UNSUPPRESS) {
			pardon(in, incident, &d->items[i], d->t);
		}
	}
	incident->pardoned += (uint32_t)(in->counts.pardoned - before);
}

/* ---- the record ---- */

static void
describe(struct ingest *in, const struct detect_decision *d, struct stored_incident *i)
{
	i->cause = store_name(in->opt.store, sv_from(ingest_cause(in, d)));
	i->scope = store_name(in->opt.store, sv_from(detect_scope_name(d->scope)));
	i->who = d->who == NAME_NONE ? 0 : d->who;
	i->margin = d->margin;
	i->severity = d->severity;
}

static void
keep(struct ingest *in, const struct detect_decision *d)
{
	struct stored_incident i;
	bool known = store_incident_get(in->opt.store, d->incident, &i);

	i.provider = d->provider;
	switch (d->what) {
	case DETECT_OPEN:
		i.opened_us = us_of(d->t);
		i.began_us = us_of(d->on);
		describe(in, d, &i);
		in->counts.incidents += !known;
		break;
	case DETECT_CAUSE:
		describe(in, d, &i);
		break;
	case DETECT_CLOSE:
		i.closed_us = us_of(d->t);
		i.ended_us = us_of(d->end);
		break;
	case DETECT_RETRACT:
		i.closed_us = us_of(d->t);
		i.retracted = 1;
		if (d->cause == CAUSE_GONE) {
			describe(in, d, &i);
		}
		break;
	case DETECT_AMEND:
		amend(in, d, &i);
		break;
	case DETECT_HOLD:
	default:
		return;
	}
	i.held = i.held != 0 || names_false_unknowns(d);
	store_incident_put(in->opt.store, &i);
}

void
ingest_incident(void *context, const struct detect_decision *d)
{
	struct ingest *in = context;

	hold(in, d);
	ingest_outage(in, d);
	ingest_pace_incident(in, d);
	if (in->live && d->what != DETECT_HOLD) { /* a hold belongs to no incident yet */
		keep(in, d);
		ingest_outages_name(in);
	}
}
