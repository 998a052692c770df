/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>

/*
 * A test of the provider or of a host is over its limit: is there a cause that is clear enough?
 */

#define HOLD_AGAIN_S 1800.0
#define SUPPORT_MIN  3.0
#define RECAUSE_S    (6 * 3600.0)

static const struct excursion *
excursion_of(const struct provider_state *p, enum signal q)
{
	const struct bank *b = q == SIG_U ? &p->unknown : &p->temp;
	unsigned fast = bank_best(b) < (q == SIG_U ? 2u : 1u) ? 0 : 1;
	const struct excursion *x = &p->excursions[q][fast];

	x = x->active ? x : &p->excursions[q][1 - fast];
	return x->active ? x : NULL;
}

/* An incident of this signal is open already: it may get a better cause, within hours and by a clear lead. */
static bool
already_open(struct detector *d, struct provider_state *p, const struct explanation *top,
    double margin, double t)
{
	for (size_t i = 0; i < p->n_incidents; i++) {
		struct incident *x = &p->incidents[i];

		if (!x->open || x->sig != top->sig) {
			continue;
		}
		if ((x->cause != top->cause || x->scope != top->scope) &&
		    margin > d->set.margin + 3.0 && t - x->opened < RECAUSE_S) {
			x->cause = top->cause;
			x->scope = top->scope;
			x->who = top->scope == SCOPE_ALL ? NAME_NONE : top->who;
			x->margin = fmin(margin, top->score);
			incident_emit(d, p, x, DETECT_CAUSE, t);
		}
		return true;
	}
	return false;
}

/* One sender's word is not enough while others are mailing the same provider. */
static bool
senders_agree(const struct detector *d, const struct provider_state *p,
    const struct explanation *top, const struct excursion *x, double margin)
{
	double all = 0;
	double most = 0;
	unsigned hit = 0;

	if ((top->scope != SCOPE_ALL && top->scope != SCOPE_MX) || p->senders.n < 2) {
		return true;
	}
	for (size_t i = 0; i < p->senders.n; i++) {
		double n = *(const double *)map_at(&p->senders, i);

		all += n;
		most = fmax(most, n);
	}
	for (size_t i = 0; i < x->senders.n; i++) {
		hit += ((const struct tallies *)map_at(&x->senders, i))->of[top->sig].k > 0;
	}
	if (most / all >= 0.9) {
		return true;
	}
	return (hit >= 2 || (top->scope == SCOPE_MX && margin >= 6.0)) && margin >= d->set.margin;
}

static void
hold(struct detector *d, struct provider_state *p, double t, double on)
{
	const struct detect_decision out = {
		.what = DETECT_HOLD, .provider = p->id, .t = t, .on = on, .who = NAME_NONE
	};

	if (!p->held || t > p->held_at + HOLD_AGAIN_S) {
		p->held = true;
		p->held_at = t;
		d->sink(d->context, &out);
	}
}

static void
candidate(struct detector *d, struct provider_state *p, double t, enum signal q)
{
	const struct excursion *x = excursion_of(p, q);
	struct explanation all[EXPLANATIONS_MAX];
	const struct explanation *top = NULL;
	const struct explanation *second = NULL;
	struct opening o;
	size_t n;

	if (x == NULL || x->n_recipients < d->set.min_recipients) {
		return;
	}
	n = explain(d, p, x, all);
	for (size_t i = 0; i < n; i++) {
		if (all[i].sig != q) {
			continue;
		}
		if (top == NULL) {
			top = &all[i];
		} else if (second == NULL && all[i].cause != top->cause) {
			second = &all[i];
		}
	}
	if (top == NULL || top->score < SUPPORT_MIN) {
		return;
	}
	o = (struct opening){ *top, t, top->score - (second == NULL ? 0.0 : second->score), x };
	if (already_open(d, p, top, o.margin, t)) {
		return;
	}
	if (q == SIG_U) {
		hold(d, p, t,
		    x->t0); /* good recipients are protected at once, whoever is to blame */
	}
	if ((top->scope != SCOPE_ALL && o.margin < d->set.margin) ||
	    !senders_agree(d, p, top, x, o.margin)) {
		return;
	}
	incident_open(d, p, &o);
}

void
alarms_raise(struct detector *d, struct provider_state *p, const struct step *s)
{
	int failed = s->marks.failed;
	const struct bank *host;

	if ((failed != SIG_U && failed != SIG_T) || s->over_cap) {
		return;
	}
	host = map_get(&p->mx_banks, bank_key(s->e->mx, (enum signal)failed));
	if (bank_stat(failed == SIG_U ? &p->unknown : &p->temp) > log(d->set.a_provider) ||
	    (host != NULL && bank_stat(host) > log(d->set.a_mx * (double)p->hosts.n))) {
		candidate(d, p, s->e->t, (enum signal)failed);
	}
}
