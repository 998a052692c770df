/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>
#include <stdlib.h>

#define PURGE_REFUSED    20  /* good recipients refused before a purge is thought of */
#define PURGE_RETESTS    10  /* without one accepted: what is refused stays refused */
#define PURGE_DOUBT      0.7 /* of the severity seen, which an alarm overstates at first */
#define CLOSE_RECIPIENTS 3   /* different ones that must have been accepted */

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
counts_of(const struct explanation *e, const struct excursion *x)
{
	const struct tallies *c;

	if (x == NULL) {
		return (struct tally2){ 1, 1 };
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

void
incident_open(struct detector *d, struct provider_state *p, const struct opening *o)
{
	struct tally2 c = counts_of(&o->why, o->x);
	struct incident i = {
		.id = ++d->next_id,
		.cause = o->why.cause,
		.scope = o->why.scope,
		.who = o->why.scope == SCOPE_ALL ? NAME_NONE : o->why.who,
		.sig = o->why.sig,
		.open = true,
		.opened = o->t,
		.on = o->x == NULL ? o->t : o->x->t0,
		.margin = o->margin,
		.a = c.k,
		.b = c.n - c.k + 0.5,
		.v_since = o->t,
	};

	if (i.sig >= SIG_T && i.sig <= SIG_B) {
		p->n_windows[i.sig - SIG_T] = 0;
	}
	if (i.sig == SIG_U) {
		baseline_drop_waiting(p);
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

	if (e->since_unknown_s < 0 || (!ok && e->klass != DETECT_UNKNOWN)) {
		return;
	}
	for (size_t i = 0; i < p->n_incidents; i++) {
		struct incident *x = &p->incidents[i];

		if (x->open && x->sig == SIG_U) {
			x->flips += ok;
			x->retests++;
		}
	}
	if (p->has_closed && e->t - p->last_closed.end < DAY_S && e->t >= p->last_closed.end) {
		p->last_closed.retests_after++;
		p->last_closed.flips_after += ok;
		if (p->last_closed.n_pending > 0 && p->last_closed.retests_after >= 5) {
			amend_pending(d, p, &p->last_closed, e->t);
		}
	}
}

/* ---- the end ---- */

struct reading { /* of one event, for one incident */
	unsigned stratum;
	bool dead;
	bool failed;
	double null; /* how likely a failure would be if all were well */
};

static bool
is_elsewhere(const struct incident *i, const struct detect_event *e)
{
	return (i->scope == SCOPE_MX && e->mx != i->who) ||
	       (i->scope == SCOPE_SENDER && i->who != NAME_NONE && e->sender != i->who) ||
	       (i->scope == SCOPE_CAMPAIGN && e->campaign != i->who);
}

static bool
speaks_of_recipients(const struct detector *d, const struct provider_state *p,
    const struct incident *i, const struct detect_event *e, struct reading *r)
{
	double base = base_unknown(d, p, r->stratum);

	if (e->klass != DETECT_OK && e->klass != DETECT_UNKNOWN && e->klass != DETECT_FULL) {
		return false;
	}
	r->failed = e->klass == DETECT_UNKNOWN;
	if ((i->sig == SIG_N && r->stratum < STRATUM_OLD) ||
	    (i->sig == SIG_U && r->stratum >= STRATUM_OLD && !r->dead) ||
	    (r->dead && r->failed)) { /* a retest that still fails speaks about the mailbox */
		return false;
	}
	r->null =
	    i->sig == SIG_N ? fmin(fmax(1.5 * base, 0.03), 0.3) : fmax(r->dead ? 2e-3 : base, 2e-3);
	return true;
}

/* Whether the event speaks about this incident, as a failure or a success. */
static bool
speaks(const struct detector *d, const struct provider_state *p, const struct incident *i,
    const struct detect_event *e, struct reading *r)
{
	static const enum detect_class failing[] = { DETECT_UNKNOWN, DETECT_TEMP, DETECT_THROTTLE,
		DETECT_BLOCK };

	if (is_elsewhere(i, e)) {
		return false;
	}
	if (i->sig == SIG_U || i->sig == SIG_N) {
		return speaks_of_recipients(d, p, i, e, r);
	}
	if (e->klass == DETECT_GREY) {
		return false;
	}
	r->failed = e->klass == failing[i->sig] || (i->sig == SIG_T && e->klass == DETECT_CONN);
	r->null = fmax(null_rate(d, p, i->sig) / 4 + 0.005, 2e-3);
	return true;
}

static void
note_accepted(struct incident *i, uint32_t recipient)
{
	for (unsigned j = 0; j < i->n_accepted; j++) {
		if (i->accepted[j] == recipient) {
			return;
		}
	}
	if (i->n_accepted < sizeof(i->accepted) / sizeof(i->accepted[0])) {
		i->accepted[i->n_accepted++] = recipient;
	}
}

/* Null of the reversed test: it still fails with the severity seen. */
static void
reverse_step(struct incident *i, const struct detect_event *e, bool failed, double null)
{
	double total = i->a + i->b;
	double severity = i->a / total;
	double p1 = fmin(fmax(fmax(0.6 * severity, 3 * null), 0.015), 0.9);

	if (failed) {
		i->v = fmax(0.0, i->v + fmax(log(null / p1), -4.0));
		if (i->v == 0.0) {
			i->v_since = e->t;
			i->n_accepted = 0;
		}
	} else {
		if (i->v == 0.0) {
			i->v_since = e->t;
		}
		i->v += log((1 - null) / (1 - p1));
		note_accepted(i, e->recipient);
	}
	if (i->v < 2.0) { /* good stretches stay out of the severity */
		i->a += failed;
		i->b += !failed;
		if (total > 400) {
			i->a *= 0.995;
			i->b *= 0.995;
		}
	}
}

/*
 * A broken directory refuses new recipients as well as old ones; a purge takes old ones
 * only.  What new recipients tell counts when a refusal of a good one follows, that is
 * while it is still going on.  True: the refusals are true.
 */
static bool
is_purge(const struct detector *d, const struct provider_state *p, struct incident *i,
    const struct detect_event *e, const struct reading *r)
{
	double severity = i->a / (i->a + i->b);
	double natural = base_unknown(d, p, STRATUM_NEW);
	double either = natural + PURGE_DOUBT * severity * (1 - natural);

	if (i->cause != CAUSE_FALSE_UNKNOWN || e->attempt != 1 || r->dead) {
		return false;
	}
	if (r->stratum == STRATUM_NEW &&
	    (e->klass == DETECT_OK || e->klass == DETECT_UNKNOWN || e->klass == DETECT_FULL)) {
		i->fresh_waits.n++;
		i->fresh_waits.k += e->klass == DETECT_UNKNOWN;
	} else if (r->stratum < STRATUM_OLD && e->klass == DETECT_UNKNOWN) {
		i->refused++;
		i->fresh.n += i->v < 2.0 ? i->fresh_waits.n : 0;
		i->fresh.k += i->v < 2.0 ? i->fresh_waits.k : 0;
		i->fresh_waits = (struct tally2){ 0, 0 };
	}
	if (i->retests >= PURGE_RETESTS && i->flips == 0 && e->t - i->opened > d->set.purge_after_s) {
		return true;
	}
	return i->refused >= PURGE_REFUSED && severity <= d->set.purge_share &&
	       i->flips <= 0.1 * i->retests &&
	       i->fresh.k * log(natural / either) +
			   (i->fresh.n - i->fresh.k) * log((1 - natural) / (1 - either)) >
		   d->set.purge_gain;
}

static void
drop_banks(struct map *banks, unsigned signals)
{
	for (size_t i = banks->n; i-- > 0;) {
		if ((signals >> (banks->keys[i] % SIG_COUNT) & 1u) != 0) {
			map_drop(banks, banks->keys[i]);
		}
	}
}

static void
close_incident(struct detector *d, struct provider_state *p, struct incident *i, double t)
{
	i->open = false;
	i->end = i->v_since;
	if (i->cause == CAUSE_FALSE_UNKNOWN || i->cause == CAUSE_OUTAGE) {
		p->closed_at = t;
	}
	if (i->sig == SIG_U) {
		bank_cool(&p->unknown);
	} else if (i->sig == SIG_T) {
		bank_cool(&p->temp);
	}
	drop_banks(&p->mx_banks, 1u << i->sig);
	if (i->sig == SIG_U || i->sig == SIG_T) {
		excursion_stop(&p->excursions[i->sig][0]);
		excursion_stop(&p->excursions[i->sig][1]);
	}
	if (i->cause == CAUSE_FALSE_UNKNOWN) {
		drop_banks(&p->sender_banks, 1u << SIG_N | 1u << SIG_U);
	}
	incident_emit(d, p, i, DETECT_CLOSE, t);
	if (i->cause == CAUSE_FALSE_UNKNOWN) {
		incident_amend(d, p, i, t);
		if (p->has_closed) {
			incident_drop(&p->last_closed);
		}
		p->last_closed = *i;
		p->has_closed = true;
		i->pending = NULL;
	}
}

static void
sweep(struct provider_state *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n_incidents; i++) {
		if (p->incidents[i].open) {
			p->incidents[kept++] = p->incidents[i];
		} else {
			incident_drop(&p->incidents[i]);
		}
	}
	p->n_incidents = kept;
}

void
incidents_step(struct detector *d, struct provider_state *p, const struct detect_event *e,
    unsigned stratum, bool dead)
{
	const double need = log(1 / d->set.beta);
	bool any_closed = false;

	for (size_t j = 0; j < p->n_incidents; j++) {
		struct incident *i = &p->incidents[j];
		struct reading r = { .stratum = stratum, .dead = dead };

		if (i->open && !is_elsewhere(i, e) && is_purge(d, p, i, e, &r)) {
			baseline_accept(p, i->a / (i->a + i->b));
			bank_cool(&p->unknown);
			drop_banks(&p->mx_banks, 1u << SIG_U);
			excursion_stop(&p->excursions[SIG_U][0]);
			excursion_stop(&p->excursions[SIG_U][1]);
			i->open = false;
			incident_emit(d, p, i, DETECT_RETRACT, e->t);
		}
		if (i->open && speaks(d, p, i, e, &r)) {
			reverse_step(i, e, r.failed, r.null);
			if (i->v > need && i->n_accepted >= CLOSE_RECIPIENTS &&
			    e->t - i->v_since >= d->set.close_min_s) {
				close_incident(d, p, i, e->t);
			}
		}
		any_closed = any_closed || !i->open;
	}
	if (any_closed) {
		sweep(p);
	}
}
