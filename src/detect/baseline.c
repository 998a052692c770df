/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>

/* What is believed of a stratum before anything was seen, and of rates. */
static const double rate_prior[] = { 0.01, 0.005, 0.002 };
static const double rate_floor[] = { 0.0, 0.05, 0.02 }; /* temp: a setting */

#define RATE_STRENGTH  300.0
#define NULL_MAX       0.3
#define WINDOW_S       300.0
#define WINDOW_EVENTS  30
#define WINDOW_TRUST_S 7200.0 /* a window is believed two hours later, if no incident came */
#define QUANTILE_DECAY 0.99983
#define QUANTILE_MAX   0.15
#define GLOBAL_FORGET  0.999995
#define ACCEPT_WEIGHT  3000.0 /* ten times the strength of the mean over providers */

double
base_unknown(const struct detector *d, const struct provider_state *p, unsigned stratum)
{
	const double *g = d->global[stratum];
	const double *ab = p->ab[stratum];
	double mean = g[0] / (g[0] + g[1]);

	return (ab[0] + mean * d->set.strength) / (ab[0] + ab[1] + d->set.strength);
}

/* What this campaign itself showed before: its last epoch, else the running one. */
static double
of_campaign(const struct detector *d, const struct campaign *c, double base)
{
	double n = c->before_n > 0 ? c->before_n : c->good_n;
	double k = c->before_n > 0 ? c->before_k : c->good_k;

	return (d->set.campaign_strength * base + k) / (d->set.campaign_strength + n);
}

double
natural_unknown(
    const struct detector *d, const struct provider_state *p, unsigned stratum, uint32_t campaign)
{
	double base = base_unknown(d, p, stratum);
	const struct campaign *c = campaign == NAME_NONE ? NULL : map_get(&p->campaigns, campaign);

	return c == NULL ? base : fmax(base, of_campaign(d, c, base));
}

double
null_unknown(
    const struct detector *d, const struct provider_state *p, unsigned stratum, uint32_t campaign)
{
	double base = base_unknown(d, p, stratum);
	double null =
	    fmax((campaign == NAME_NONE ? d->set.kappa_stream : d->set.kappa) * base, d->set.floor);
	const struct campaign *c = campaign == NAME_NONE ? NULL : map_get(&p->campaigns, campaign);

	if (c != NULL) {
		double own = d->set.kappa_campaign * of_campaign(d, c, base);

		null = fmax(null, fmin(own, d->set.campaign_cap));
	}
	return fmin(null, NULL_MAX);
}

double
null_rate(const struct detector *d, const struct provider_state *p, enum signal s)
{
	unsigned i = (unsigned)(s - SIG_T);
	double mean =
	    (p->rate[i][1] + rate_prior[i] * RATE_STRENGTH) / (p->rate[i][0] + RATE_STRENGTH);
	double low = s == SIG_T ? d->set.temp_floor : rate_floor[i];

	return fmin(fmax(fmax(low, 3 * mean), 1.2 * p->quantile[i]), NULL_MAX);
}

double
base_mixed(const struct detector *d, const struct provider_state *p, unsigned first, unsigned last)
{
	double all = 0;
	double sum = 0;
	double plain = 0;

	for (unsigned i = first; i <= last; i++) {
		double n = p->ab[i][0] + p->ab[i][1] + 1e-9;
		double base = base_unknown(d, p, i);

		all += n;
		sum += base * n;
		plain += base / (last - first + 1);
	}
	return all < 50 ? plain : sum / all;
}

static void
forget(struct detector *d, struct provider_state *p, double t)
{
	double keep;

	if (!p->learned) {
		p->learned = true;
		p->learned_at = t;
		return;
	}
	if (t <= p->learned_at + 3600) {
		return;
	}
	keep = pow(0.5, (t - p->learned_at) / DAY_S / d->set.half_life_days);
	p->learned_at = t;
	for (unsigned i = 0; i < STRATA; i++) {
		p->ab[i][0] *= keep;
		p->ab[i][1] *= keep;
	}
	for (unsigned i = 0; i < 3; i++) {
		p->rate[i][0] *= keep;
		p->rate[i][1] *= keep;
	}
}

/* The lower confidence value of the last five minutes' rate is remembered; it counts two hours later. */
static void
close_window(struct provider_state *p, unsigned i, double t)
{
	double n = p->window[i][0];
	double k = p->window[i][1];
	unsigned gone = 0;

	if (n >= WINDOW_EVENTS && p->n_windows[i] < RATE_WINDOWS) {
		p->windows[i][p->n_windows[i]].t = t;
		p->windows[i][p->n_windows[i]].r = fmax(0.0, k - 1.5 * sqrt(k)) / n;
		p->n_windows[i]++;
	}
	while (gone < p->n_windows[i] && p->windows[i][gone].t < t - WINDOW_TRUST_S) {
		p->quantile[i] = fmin(
		    fmax(p->quantile[i] * QUANTILE_DECAY, p->windows[i][gone].r), QUANTILE_MAX);
		gone++;
	}
	if (gone > 0) {
		p->n_windows[i] -= gone;
		memmove(p->windows[i], p->windows[i] + gone,
		    p->n_windows[i] * sizeof(p->windows[i][0]));
	}
	p->window[i][0] = p->window[i][1] = 0;
}

/* Lessons count when their bucket, and the one after it, were filled without an incident. */
static void
believe_waiting(struct detector *d, struct provider_state *p, double t)
{
	double n = 0;

	for (unsigned i = 0; i < STRATA; i++) {
		n += p->waiting[0][i][0] + p->waiting[0][i][1];
	}
	if (t <= p->waiting_since + d->set.learn_delay_s && n < d->set.learn_delay_events) {
		return;
	}
	for (unsigned i = 0; i < STRATA; i++) {
		p->ab[i][0] += p->waiting[1][i][0];
		p->ab[i][1] += p->waiting[1][i][1];
	}
	memcpy(p->waiting[1], p->waiting[0], sizeof(p->waiting[0]));
	memset(p->waiting[0], 0, sizeof(p->waiting[0]));
	p->waiting_since = t;
}

void
baseline_drop_waiting(struct provider_state *p)
{
	memset(p->waiting, 0, sizeof(p->waiting));
}

void
baseline_accept(struct provider_state *p, double share)
{
	for (unsigned i = 0; i < STRATUM_OLD; i++) {
		p->ab[i][0] += share * ACCEPT_WEIGHT;
		p->ab[i][1] += (1 - share) * ACCEPT_WEIGHT;
	}
}

/* While little is known, everything counts at once. */
static void
learn_unknown(struct detector *d, struct provider_state *p, const struct lesson *l)
{
	double x = l->k[SIG_U] || l->k[SIG_N] ? 1 : 0;
	double *g = d->global[l->stratum];
	double *ab = p->ab[l->stratum];

	if (ab[0] + ab[1] >= d->set.learn_at_once) {
		ab = p->waiting[0][l->stratum];
	}
	ab[0] += x * l->weight;
	ab[1] += (1 - x) * l->weight;
	g[0] = g[0] * GLOBAL_FORGET + x * l->weight;
	g[1] = g[1] * GLOBAL_FORGET + (1 - x) * l->weight;
}

void
baseline_learn(struct detector *d, struct provider_state *p, const struct lesson *l)
{
	forget(d, p, l->t);
	believe_waiting(d, p, l->t);
	if (l->n[SIG_U] || l->n[SIG_N]) {
		learn_unknown(d, p, l);
	}
	if (!p->window_started) {
		p->window_started = true;
		p->window_at = l->t;
	}
	if (l->t > p->window_at + WINDOW_S) {
		for (unsigned i = 0; i < 3; i++) {
			close_window(p, i, l->t);
		}
		p->window_at = l->t;
	}
	for (unsigned i = 0; i < 3; i++) {
		if (l->n[SIG_T + i]) {
			double k = l->k[SIG_T + i] ? 1 : 0;

			p->rate[i][0]++;
			p->rate[i][1] += k;
			p->window[i][0]++;
			p->window[i][1] += k;
		}
	}
}
