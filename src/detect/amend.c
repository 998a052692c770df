/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>
#include <stdlib.h>

/*
 * After a window of false unknowns: what becomes of each of its refusals.
 */

#define DOUBT_REFUSALS 3.0 /* times the usual time between two refusals of the incident */
#define DOUBT_MAX_S    (6 * 3600.0)
#define CAMPAIGN_SEEN  20.0 /* attempts before it is compared */
#define NEW_NULL       0.06 /* of a recipient that nobody knew */

void
unknown_keep(struct provider_state *p, const struct unknown *u)
{
	if (p->n_unknowns == p->room_unknowns) {
		p->room_unknowns = p->room_unknowns == 0 ? 64 : p->room_unknowns * 2;
		p->unknowns = mem_grow(p->unknowns, p->room_unknowns, sizeof(*p->unknowns));
	}
	p->unknowns[p->n_unknowns++] = *u;
	if (p->n_unknowns > DETECT_UNKNOWNS_MAX) { /* the older half goes */
		size_t gone = DETECT_UNKNOWNS_MAX / 2;

		p->n_unknowns -= gone;
		memmove(p->unknowns, p->unknowns + gone, p->n_unknowns * sizeof(*p->unknowns));
	}
}

static void
emit_items(struct detector *d, const struct provider_state *p, const struct incident *i, double t,
    const struct detect_item *items, size_t n)
{
	const struct detect_decision out = {
		.what = DETECT_AMEND,
		.incident = i->id,
		.provider = p->id,
		.t = t,
		.on = i->on,
		.end = i->end,
		.cause = i->cause,
		.scope = i->scope,
		.who = i->who,
		.items = items,
		.n_items = n,
	};

	d->sink(d->context, &out);
}

void
amend_pending(struct detector *d, struct provider_state *p, struct incident *i, double t)
{
	bool were_false = i->flips_after >= 0.5 * i->retests_after;

	for (size_t j = 0; !were_false && j < i->n_pending; j++) {
		i->pending[j].action = AMEND_KEEP;
	}
	if (!were_false) { /* it is how things are from now on, and no reason to alarm soon again */
		baseline_accept(p, i->a / (i->a + i->b));
		p->closed_at = -1e18;
	}
	emit_items(d, p, i, t, i->pending, i->n_pending);
	incident_drop(i);
}

static bool
in_window(const struct unknown *u, const struct incident *i, double margin)
{
	return u->t >= i->on - margin && u->t <= i->end + margin &&
	       !(i->scope == SCOPE_MX && u->mx != i->who);
}

/* So far from where they are dated its true ends may lie: refusals are rare when few are hit. */
static double
doubtful_margin(const struct provider_state *p, const struct incident *i, double margin)
{
	double severity = i->a / (i->a + i->b);

	return fmin(DOUBT_MAX_S, fmax(margin, DOUBT_REFUSALS * p->unknown.tau / severity));
}

/* A bound of a share that one in twenty lies beyond. */
static double
bound(struct tally2 c, double sign)
{
	double share = c.k / c.n;

	return share + sign * 1.64 * sqrt(share * (1 - share) / c.n);
}

/*
 * How many of such recipients would have been refused anyway: by the stratum, by what the campaign
 * showed before, and by how much more than all others it was refused meanwhile, for it may be an
 * aged list that began then.  `all`: of all campaigns, while refusals were doubted.
 */
static double
natural(const struct detector *d, const struct provider_state *p, const struct unknown *u,
    struct tally2 all)
{
	double null = natural_unknown(d, p, u->stratum, u->campaign);
	const struct campaign *c =
	    u->campaign == NAME_NONE ? NULL : map_get(&p->campaigns, u->campaign);
	struct tally2 own;
	struct tally2 rest;
	double usual;

	if (c == NULL || c->open_n < CAMPAIGN_SEEN || all.n - c->open_n < CAMPAIGN_SEEN) {
		return null;
	}
	own = (struct tally2){ c->open_n, c->open_k };
	rest = (struct tally2){ all.n - own.n, all.k - own.k };
	usual = fmin(bound(rest, 1), 0.99);
	return fmax(null, (bound(own, -1) - usual) / (1 - usual));
}

struct amendment {
	struct map first; /* recipient -> struct detect_item: its first verdict of the window */
	struct tally2 all;
};

/* The verdict on one refusal; false: it has none (a repeat of one outside the window). */
static bool
judge(const struct detector *d, const struct provider_state *p, const struct incident *i,
    const struct unknown *u, struct amendment *of, struct detect_item *out)
{
	double severity = i->a / (i->a + i->b);
	double null = u->stratum < STRATUM_NEW ? natural(d, p, u, of->all) : NEW_NULL;
	struct detect_item *known = map_get(&of->first, u->recipient);

	if (u->dead) { /* a repeat follows the first verdict of the window */
		if (known == NULL) {
			return false;
		}
		*out = *known;
		out->event = u->event;
		return true;
	}
	*out = (struct detect_item){ u->event, u->recipient, AMEND_RETEST,
		severity / (severity + null * (1 - severity) + 1e-9) };
	if (u->stratum != STRATUM_NEW && out->p_false >= d->set.amend_p) {
		out->action = AMEND_UNSUPPRESS;
	}
	*(struct detect_item *)map_put(&of->first, u->recipient, NULL) = *out;
	return true;
}

void
incident_amend(struct detector *d, struct provider_state *p, struct incident *i, double t)
{
	double margin = fmin(120.0, fmax(3.0, 20 * p->unknown.tau));
	double doubtful = doubtful_margin(p, i, margin);
	struct detect_item *items = mem_new(p->n_unknowns, sizeof(*items));
	struct amendment of = { .all = { 0, 0 } };
	size_t n = 0;

	map_init(&of.first, sizeof(struct detect_item));
	for (size_t j = 0; j < p->campaigns.n; j++) {
		const struct campaign *c = map_at(&p->campaigns, j);

		of.all.n += c->open_n;
		of.all.k += c->open_k;
	}
	for (size_t j = 0; j < p->n_unknowns; j++) {
		if (!in_window(&p->unknowns[j], i, doubtful) ||
		    !judge(d, p, i, &p->unknowns[j], &of, &items[n])) {
			continue;
		}
		if (!in_window(&p->unknowns[j], i, margin)) {
			items[n].action = AMEND_RETEST;
		}
		n++;
	}
	map_done(&of.first);
	/* Retests while it lasted that mostly failed, or too few of them: wait for those after the end. */
	if ((i->retests >= 5 && i->flips < 0.3 * i->retests) || (i->retests < 5 && n >= 5)) {
		i->pending = mem_new(n, sizeof(*items));
		if (n > 0) {
			memcpy(i->pending, items, n * sizeof(*items));
		}
		i->n_pending = n;
		for (size_t j = 0; j < n; j++) {
			items[j].action = AMEND_RETEST;
		}
	}
	emit_items(d, p, i, t, items, n);
	free(items);
}
