/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>

/*
 * The tests of each signal: of the provider, of the host that answered, of the sender.
 */

#define REOPEN_S      (48 * 3600.0)
#define SEEN_ATTEMPTS 20.0
#define LIST_MASS_S   (8 * 3600.0)

uint64_t
bank_key(uint32_t who, enum signal q)
{
	return (uint64_t)who * SIG_COUNT + (uint64_t)q;
}

/* The provider's own test of U and T, and that of the host that answered. */
static void
test_provider(struct detector *d, struct provider_state *p, const struct step *s, enum signal q,
    const struct bank_step *step)
{
	struct bank *b = q == SIG_U ? &p->unknown : &p->temp;
	unsigned slow = q == SIG_U ? 2 : 1; /* alternatives that are slow to see */
	struct bank *host;
	bool fresh = false;

	struct bank_step own = *step;

	own.ratio = q == SIG_U ? d->set.ratio_unknown : 0;
	bank_update(b, &own, &d->set);
	if (step->failed && bank_all_cold(b, 0, slow)) {
		excursion_start(&p->excursions[q][0], step->t);
	}
	if (step->failed && bank_all_cold(b, slow, b->n)) {
		excursion_start(&p->excursions[q][1], step->t);
	}
	if (p->hosts.n < 2 || s->e->mx == NAME_NONE) {
		return;
	}
	host = map_get(&p->mx_banks, bank_key(s->e->mx, q));
	if (host == NULL && step->failed) {
		host = map_put(&p->mx_banks, bank_key(s->e->mx, q), &fresh);
		bank_init(host, q, false);
	}
	if (host != NULL) {
		bank_update(host, step, &d->set);
	}
}

/* Temporary failures of one sender: the others must be clearly better off since it began. */
static bool
others_are_well(const struct detector *d, const struct provider_state *p, uint32_t sender)
{
	const double *snap = map_get(&p->snapshots, sender);
	const struct tally2 *own = map_get(&p->sender_attempts, sender);
	double n;
	double k;
	double rate;
	double null;

	if (p->sender_attempts.n < 2 || snap == NULL || own == NULL) {
		return false;
	}
	n = (p->attempts[0] - snap[0]) - (own->n - snap[2]);
	k = (p->attempts[1] - snap[1]) - (own->k - snap[3]);
	null = null_rate(d, p, SIG_T) / 2;
	rate = (own->k - snap[3] + 0.5) / (own->n - snap[2] + 1);
	return n >= 10 &&
	       k * log(rate / null) + (n - k) * log((1 - fmin(rate, 0.98)) / (1 - null)) <= -3.0;
}

static void
sender_alarm(struct detector *d, struct provider_state *p, const struct step *s, enum signal q,
    struct bank *b)
{
	static const enum detect_cause causes[] = { CAUSE_FALSE_UNKNOWN, CAUSE_SENDER_TEMP,
		CAUSE_THROTTLE, CAUSE_SENDER_BLOCK, CAUSE_BAD_LIST };
	uint32_t sender = s->e->sender;
	struct opening o = {
		.why = { bank_stat(b), causes[q], SCOPE_SENDER, sender, q },
		.t = s->e->t,
		.margin = bank_stat(b),
		/* How many there were is not kept; the best alternative says how they were. */
		.seen = { SEEN_ATTEMPTS, SEEN_ATTEMPTS * b->grid[bank_best(b)] },
	};

	if (q == SIG_U || (q == SIG_T && !others_are_well(d, p, sender))) {
		return; /* decided by comparing at the provider */
	}
	for (size_t i = 0; i < p->n_incidents; i++) {
		const struct incident *x = &p->incidents[i];

		if (x->open && ((x->cause == causes[q] && x->who == sender) ||
				   (q == SIG_N && x->cause == CAUSE_FALSE_UNKNOWN))) {
			return;
		}
	}
	if (q == SIG_N && bank_stat(&p->unknown) > 2.0) {
		return; /* good recipients fail as well: the provider's verdict comes first */
	}
	incident_open(d, p, &o);
	bank_cool(b);
}

static void
count_temp(struct provider_state *p, const struct step *s, const struct bank *b, bool failed)
{
	struct tally2 *own;

	if (p->sender_attempts.n > DETECT_SENDERS_MAX) {
		map_clear(&p->sender_attempts);
		map_clear(&p->snapshots);
	}
	own = map_put(&p->sender_attempts, s->e->sender, NULL);

	p->attempts[0]++;
	p->attempts[1] += failed;
	own->n++;
	own->k += failed;
	if (failed && b != NULL && bank_all_cold(b, 0, b->n)) {
		double *snap = map_put(&p->snapshots, s->e->sender, NULL);

		snap[0] = p->attempts[0] - 1;
		snap[1] = p->attempts[1] - 1;
		snap[2] = own->n - 1;
		snap[3] = own->k - 1;
	}
}

static bool
provider_incident_is_open(const struct provider_state *p)
{
	for (size_t i = 0; i < p->n_incidents; i++) {
		if (p->incidents[i].open && (p->incidents[i].cause == CAUSE_FALSE_UNKNOWN ||
						p->incidents[i].cause == CAUSE_OUTAGE)) {
			return true;
		}
	}
	return false;
}

/*
 * A list is tried out when a campaign begins, so there the test gets some mass at once: as
 * much as time has brought since the last one began, so that the bound holds with half of A.
 */
static double
list_begins(struct provider_state *p, const struct step *s)
{
	double *last;
	double extra;
	bool fresh;

	if (s->e->transactional || map_get(&p->campaigns, s->e->campaign) != NULL) {
		return 0;
	}
	if (p->lists.n > DETECT_SENDERS_MAX) {
		map_clear(&p->lists);
	}
	last = map_put(&p->lists, s->e->sender, &fresh);
	extra = fresh ? LIST_MASS_S : fmin(fmax(s->e->t - *last, 0), LIST_MASS_S);
	*last = fmax(*last, s->e->t);
	return extra;
}

static void
test_sender(struct detector *d, struct provider_state *p, const struct step *s, enum signal q,
    struct bank_step step, bool provider_open)
{
	uint64_t key = bank_key(s->e->sender, q);
	struct bank *b = map_get(&p->sender_banks, key);

	if (b == NULL && step.failed) {
		if (p->sender_banks.n > DETECT_SENDERS_MAX) {
			map_clear(&p->sender_banks);
		}
		b = map_put(&p->sender_banks, key, NULL);
		bank_init(b, q, false);
	}
	if (q == SIG_T) {
		count_temp(p, s, b, step.failed);
	}
	if (b == NULL || (q == SIG_N && provider_open)) {
		return;
	}
	step.gain = 0;
	if (q == SIG_N) {
		step.null = fmin(
		    fmax(d->set.kappa_list * base_unknown(d, p, s->stratum), d->set.list_floor),
		    d->set.list_cap);
		step.ratio = d->set.list_ratio;
		step.extra_s = list_begins(p, s);
	}
	bank_update(b, &step, &d->set);
	if (step.failed && bank_stat(b) > log(q == SIG_N ? d->set.a_list : d->set.a_sender)) {
		sender_alarm(d, p, s, q, b);
	}
}

void
signals_test(struct detector *d, struct provider_state *p, const struct step *s)
{
	/* In the order in which an event's signals are named: who was asked for, then the rest. */
	static const enum signal order[] = { SIG_U, SIG_N, SIG_T, SIG_H, SIG_B };
	double gain = s->e->t - p->closed_at < REOPEN_S ? d->set.reopen_gain : 0.0;
	bool provider_open = provider_incident_is_open(p);

	for (size_t i = 0; i < SIG_COUNT; i++) {
		enum signal q = order[i];
		struct bank_step step = { .t = s->e->t, .gain = gain, .failed = s->marks.k[q] };

		if (!s->marks.n[q] || (q == SIG_U && step.failed && s->over_cap)) {
			continue;
		}
		step.null = q == SIG_U   ? null_unknown(d, p, s->stratum,
                                             s->e->transactional ? NAME_NONE : s->e->campaign)
			    : q == SIG_N ? 0.0
					 : null_rate(d, p, q);
		if (q == SIG_U || q == SIG_T) {
			test_provider(d, p, s, q, &step);
		}
		test_sender(d, p, s, q, step, provider_open);
	}
}
