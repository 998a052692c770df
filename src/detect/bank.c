/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>

/* Alternatives: the share of failures while something is wrong. */
static const double grid_unknown[] = { 0.03, 0.12, 0.4, 0.9 };
static const double grid_temp[] = { 0.2, 0.45, 0.9 };
static const double grid_one[] = { 0.3, 0.9 };       /* one host, one sender */
static const double grid_new[] = { 0.15, 0.3, 0.7 }; /* a sender's new recipients */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void
bank_init(struct bank *b, enum signal s, bool provider_level)
{
	*b = (struct bank){ .tau = 60.0 };
	if (provider_level) {
		b->grid = s == SIG_U ? grid_unknown : grid_temp;
		b->n = s == SIG_U ? COUNT(grid_unknown) : COUNT(grid_temp);
	} else {
		b->grid = s == SIG_N ? grid_new : grid_one;
		b->n = s == SIG_N ? COUNT(grid_new) : COUNT(grid_one);
	}
	for (unsigned i = 0; i < b->n; i++) {
		b->cold[i] = true;
	}
	bank_cool(b);
}

void
bank_cool(struct bank *b)
{
	for (unsigned i = 0; i < b->n; i++) {
		b->log_sr[i] = COLD_LOG;
	}
}

static double
log_add(double a, double b)
{
	double high = a > b ? a : b;
	double low = a > b ? b : a;

	return low > high - 30 ? high + log1p(exp(low - high)) : high;
}

/*
 * L <- log(exp(L) + dt / month) + log-likelihood ratio of the event.  New mass
 * enters by time, not by event: that is what makes the bound hold at any volume.
 */
void
bank_update(struct bank *b, const struct bank_step *s, const struct detect_settings *set)
{
	double dt = b->started ? s->t - b->last : 3600.0;
	double ratio = s->ratio > 0 ? s->ratio : set->ratio;
	double mass;
	double rest;

	dt = dt < 1e-3 ? 1e-3 : dt;
	if (!b->started || s->t > b->last) {
		b->last = s->t;
	}
	b->started = true;
	b->tau += 0.05 * (dt - b->tau);
	mass = log((dt + s->extra_s) / MONTH_S) + s->gain;
	rest = log(b->tau / MONTH_S) + s->gain + 1.5;
	for (unsigned i = 0; i < b->n; i++) {
		double p1 = b->grid[i] < ratio * s->null ? fmin(ratio * s->null, 0.97) : b->grid[i];
		double down = log((1 - p1) / (1 - s->null));
		double l;

		b->cold[i] =
		    b->log_sr[i] < rest - log(-down); /* at its equilibrium without failures */
		l = log_add(b->log_sr[i], mass);
		l += s->failed ? fmin(log(p1 / s->null), set->clamp) : down;
		b->log_sr[i] = l > COLD_LOG ? l : COLD_LOG;
	}
}

double
bank_stat(const struct bank *b)
{
	double high = b->log_sr[0];
	double sum = 0;

	for (unsigned i = 1; i < b->n; i++) {
		high = fmax(high, b->log_sr[i]);
	}
	for (unsigned i = 0; i < b->n; i++) {
		sum += exp(b->log_sr[i] - high);
	}
	return high + log(sum / b->n);
}

/* The mean is at most the largest: most often nothing has to be added up. */
bool
bank_above(const struct bank *b, double limit)
{
	double high = b->log_sr[0];

	for (unsigned i = 1; i < b->n; i++) {
		high = b->log_sr[i] > high ? b->log_sr[i] : high;
	}
	return high > limit && bank_stat(b) > limit;
}

unsigned
bank_best(const struct bank *b)
{
	unsigned best = 0;

	for (unsigned i = 1; i < b->n; i++) {
		best = b->log_sr[i] > b->log_sr[best] ? i : best;
	}
	return best;
}

bool
bank_all_cold(const struct bank *b, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to && i < b->n; i++) {
		if (!b->cold[i]) {
			return false;
		}
	}
	return true;
}
