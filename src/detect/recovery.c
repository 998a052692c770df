/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>

/*
 * The end of an incident: the test run backwards, with real mail only.
 */

#define CLOSE_RECIPIENTS 3   /* different ones that must have been accepted */
#define STILL_LEAST      10  /* retests in a row that must be refused, and */
#define STILL_SHARE      0.1 /* of the good recipients that were */

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
	/* Clear of the null; of a list, whose null is rough, no further than what was seen. */
	double clear = i->sig == SIG_N ? fmin(3 * null, severity) : 3 * null;
	double p1 = fmin(fmax(fmax(0.6 * severity, clear), 0.015), 0.9);

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

static void
drop_banks(struct map *banks, unsigned signals)
{
	for (size_t i = banks->n; i-- > 0;) {
		if ((signals >> (banks->keys[i] % SIG_COUNT) & 1u) != 0) {
			map_drop(banks, banks->keys[i]);
		}
	}
}

/* The tests of its signal begin anew. */
static void
cool_signal(struct provider_state *p, enum signal q)
{
	if (q == SIG_U || q == SIG_T) {
		bank_cool(q == SIG_U ? &p->unknown : &p->temp);
		excursion_stop(&p->excursions[q][0]);
		excursion_stop(&p->excursions[q][1]);
	}
	drop_banks(&p->mx_banks, 1u << q);
}

/* A purge, or mailboxes that did not move along: the refusals are true, and how it is from now on. */
static void
take_back(
    struct detector *d, struct provider_state *p, struct incident *i, const struct detect_event *e)
{
	baseline_accept(p, i->a / (i->a + i->b));
	cool_signal(p, SIG_U);
	i->open = false;
	i->cause = CAUSE_GONE;
	if (purge_is_move(i) && e->mx != NAME_NONE) { /* a host where they moved to */
		i->scope = SCOPE_MX;
		i->who = e->mx;
	}
	incident_emit(d, p, i, DETECT_RETRACT, e->t);
}

static void
close_incident(struct detector *d, struct provider_state *p, struct incident *i, double t)
{
	i->open = false;
	i->end = i->v_since;
	if (i->cause == CAUSE_FALSE_UNKNOWN || i->cause == CAUSE_OUTAGE) {
		p->closed_at = t;
	}
	cool_signal(p, i->sig);
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

/*
 * A part of a directory that is broken refuses the same users again and again, and when all of
 * them were called unknown once, what is left is accepted: that is no end.  A purge looks like
 * that, too; but more than purge_share at once was never one.
 */
static bool
is_still_refused(const struct detector *d, const struct incident *i, double t)
{
	return i->cause == CAUSE_FALSE_UNKNOWN && i->a > d->set.purge_share * (i->a + i->b) &&
	       i->still >= fmax(STILL_LEAST, STILL_SHARE * i->refused) &&
	       t - i->opened < d->set.purge_after_s;
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
incidents_step(struct detector *d, struct provider_state *p, const struct step *s)
{
	const struct detect_event *e = s->e;
	const double need = log(1 / d->set.beta);
	bool any_closed = false;

	for (size_t j = 0; j < p->n_incidents; j++) {
		struct incident *i = &p->incidents[j];
		struct reading r = { .stratum = s->stratum, .dead = s->dead };

		if (i->open && !s->dead && !is_elsewhere(i, e) && purge_is_likely(d, p, i, s)) {
			take_back(d, p, i, e);
		}
		if (i->open && speaks(d, p, i, e, &r)) {
			reverse_step(i, e, r.failed, r.null);
			if (i->v > need && is_still_refused(d, i, e->t)) {
				i->v_since = e->t;
				i->n_accepted = 0;
			}
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
