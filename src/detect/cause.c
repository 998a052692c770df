/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>

/*
 * Log Bayes factors against "nothing happens": Beta-Binomial with a uniform
 * prior against the inflated null, from the counts since the excursion began.
 */

#define NOT_SUPPORTED (-1e9)

struct support { /* of one signal */
	double all, mixed, sender, host, campaign;
	uint32_t worst_sender, worst_host, worst_campaign;
};

static double
log_beta(double k, double n)
{
	return lgamma(k + 1) + lgamma(n - k + 1) - lgamma(n + 2);
}

struct null {
	double l1, l0; /* log of the null probability, and of its complement */
};

static double
gain(struct tally2 c, struct null null)
{
	return log_beta(c.k, c.n) - c.k * null.l1 - (c.n - c.k) * null.l0;
}

static double
null_of(const struct detector *d, const struct provider_state *p, enum signal q)
{
	if (q == SIG_U) {
		return fmin(fmax(2 * base_mixed(d, p, 0, 2), 1e-3), 0.05);
	}
	if (q == SIG_N) {
		return fmin(fmax(1.5 * base_mixed(d, p, STRATUM_OLD, STRATUM_NEW), 0.02), 0.3);
	}
	return null_rate(d, p, q) / 2;
}

/* The place that speaks most against the null, at the price of having looked at so many.  Who is in no
 * place of his own (no host answered, or the table was full) is none: it would not be well again. */
static double
best_place(
    const struct map *places, enum signal q, struct null null, double choices, uint32_t *who_out)
{
	double best = NOT_SUPPORTED;

	for (size_t i = 0; i < places->n; i++) {
		struct tally2 c = ((const struct tallies *)map_at(places, i))->of[q];
		double v;

		if (c.k == 0 || places->keys[i] == NAME_NONE) {
			continue;
		}
		v = gain(c, null) - log(choices);
		if (v > best) {
			best = v;
			*who_out = (uint32_t)places->keys[i];
		}
	}
	return best;
}

/* Senders with rates of their own: needs a third sender that is clearly hit. */
static double
mixed_senders(const struct map *senders, enum signal q, struct null null, double base)
{
	double top[3] = { NOT_SUPPORTED, NOT_SUPPORTED, NOT_SUPPORTED };
	double sum = -base - (double)senders->n;

	for (size_t i = 0; i < senders->n; i++) {
		struct tally2 c = ((const struct tallies *)map_at(senders, i))->of[q];
		double v;

		if (c.n == 0) {
			continue;
		}
		sum += log_beta(c.k, c.n);
		v = c.k > 0 ? gain(c, null) : NOT_SUPPORTED;
		for (int j = 0; j < 3; j++) {
			if (v > top[j]) {
				double pushed = top[j];

				top[j] = v;
				v = pushed;
			}
		}
	}
	return top[2] > 1.0 ? sum : NOT_SUPPORTED;
}

static double
best_campaign(const struct map *campaigns, struct null null, uint32_t *who_out)
{
	double best = NOT_SUPPORTED;
	double choices = campaigns->n > 2 ? (double)campaigns->n : 2;

	for (size_t i = 0; i < campaigns->n; i++) {
		const struct tally2 *c = map_at(campaigns, i);
		double v;

		if (c->k == 0) {
			continue;
		}
		v = gain(*c, null) - log(choices);
		if (v > best) {
			best = v;
			*who_out = (uint32_t)campaigns->keys[i];
		}
	}
	return campaigns->n > 1 ? best : NOT_SUPPORTED;
}

static void
support_of(const struct detector *d, const struct provider_state *p, const struct excursion *x,
    enum signal q, struct support *out)
{
	struct tally2 c = x->total.of[q];
	double p0 = null_of(d, p, q);
	struct null null = { log(p0), log(1 - p0) };
	double base = c.k * null.l1 + (c.n - c.k) * null.l0;
	double senders = x->senders.n > 2 ? (double)x->senders.n : 2;
	double hosts = p->hosts.n > 2 ? (double)p->hosts.n : 2;

	*out = (struct support){ NOT_SUPPORTED, NOT_SUPPORTED, NOT_SUPPORTED, NOT_SUPPORTED,
		NOT_SUPPORTED, NAME_NONE, NAME_NONE, NAME_NONE };
	if (c.n == 0 || c.k == 0) {
		return;
	}
	out->all = log_beta(c.k, c.n) - base;
	out->mixed = mixed_senders(&x->senders, q, null, base);
	out->sender = best_place(&x->senders, q, null, senders, &out->worst_sender);
	out->host = best_place(&x->hosts, q, null, hosts, &out->worst_host);
	if (q == SIG_U) {
		out->campaign = best_campaign(&x->campaigns, null, &out->worst_campaign);
	}
}

static double
positive(double v)
{
	return v > 0 ? v : 0;
}

/* A stable insertion: equal scores keep the order in which they are proposed. */
static void
propose(struct explanation *list, size_t *n, struct explanation e)
{
	size_t at = *n;

	while (at > 0 && list[at - 1].score < e.score) {
		list[at] = list[at - 1];
		at--;
	}
	list[at] = e;
	(*n)++;
}

size_t
explain(const struct detector *d, const struct provider_state *p, const struct excursion *x,
    struct explanation out[EXPLANATIONS_MAX])
{
	struct support s[SIG_COUNT];
	const struct support *u = &s[SIG_U];
	const struct support *t = &s[SIG_T];
	size_t n = 0;

	for (int q = 0; q < SIG_COUNT; q++) {
		support_of(d, p, x, (enum signal)q, &s[q]);
	}
	propose(out, &n,
	    (struct explanation){
		fmax(u->all, u->mixed) + positive(fmax(s[SIG_N].all, s[SIG_N].mixed)),
		CAUSE_FALSE_UNKNOWN, SCOPE_ALL, NAME_NONE, SIG_U });
	if (p->hosts.n > 1) {
		propose(out, &n,
		    (struct explanation){ u->host + positive(s[SIG_N].host), CAUSE_FALSE_UNKNOWN,
			SCOPE_MX, u->worst_host, SIG_U });
	}
	propose(out, &n,
	    (struct explanation){
		fmax(t->all, t->mixed), CAUSE_OUTAGE, SCOPE_ALL, NAME_NONE, SIG_T });
	if (p->hosts.n > 1) {
		propose(out, &n,
		    (struct explanation){ t->host, CAUSE_OUTAGE, SCOPE_MX, t->worst_host, SIG_T });
	}
	if (x->senders.n >= 2) {
		propose(out, &n,
		    (struct explanation){ u->sender + positive(s[SIG_N].sender) - 1.0,
			CAUSE_SENDER_BLOCK, SCOPE_SENDER, u->worst_sender, SIG_U });
		propose(out, &n,
		    (struct explanation){
			t->sender - 0.5, CAUSE_SENDER_TEMP, SCOPE_SENDER, t->worst_sender, SIG_T });
	}
	propose(out, &n,
	    (struct explanation){ fmax(s[SIG_H].all, s[SIG_H].sender), CAUSE_THROTTLE, SCOPE_SENDER,
		s[SIG_H].worst_sender, SIG_H });
	propose(out, &n,
	    (struct explanation){ fmax(s[SIG_B].all, s[SIG_B].sender), CAUSE_SENDER_BLOCK,
		SCOPE_SENDER, s[SIG_B].worst_sender, SIG_B });
	propose(out, &n,
	    (struct explanation){
		s[SIG_N].sender, CAUSE_BAD_LIST, SCOPE_SENDER, s[SIG_N].worst_sender, SIG_N });
	propose(out, &n,
	    (struct explanation){
		u->campaign - 1.5, CAUSE_BAD_LIST, SCOPE_CAMPAIGN, u->worst_campaign, SIG_U });
	return n;
}
