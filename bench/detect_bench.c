/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "base/map.h"
#include "detect/private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * detect_bench: what the test itself costs, without reading and classifying.  Events of one
 * provider with 4 senders and 4 hosts, quiet traffic and then an incident, from memory.  The
 * limit beside it: the logarithms and exponentials that the equations ask for, and nothing else.
 */

#define EVENTS 1000000
#define ROUNDS 5

static void
ignore(void *context, const struct detect_decision *d)
{
	size_t *n = context;

	(*n)++;
	(void)d;
}

static double
now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t
draw(uint64_t *rng)
{
	*rng ^= *rng << 13;
	*rng ^= *rng >> 7;
	*rng ^= *rng << 17;
	return (uint32_t)(*rng >> 32);
}

/* One in `in` is refused as unknown, one in 100 for now. */
static struct detect_event *
make_events(unsigned in)
{
	struct detect_event *e = mem_new(EVENTS, sizeof(*e));
	uint64_t rng = 88172645463325252u;

	for (uint32_t i = 0; i < EVENTS; i++) {
		uint32_t r = draw(&rng);

		e[i] = (struct detect_event){ .id = i,
			.t = 1.7e9 + i * 0.1,
			.provider = 1,
			.domain = 2,
			.mx = 10 + r % 4,
			.sender = 20 + (r >> 2) % 4,
			.campaign = 30 + (r >> 2) % 4,
			.transactional = true,
			.recipient = i,
			.attempt = 1,
			.klass = draw(&rng) % in == 0    ? DETECT_UNKNOWN
				 : draw(&rng) % 100 == 0 ? DETECT_TEMP
							 : DETECT_OK,
			.good_days = 1,
			.since_unknown_s = -1 };
	}
	return e;
}

static double
best_us(const struct detect_event *e, size_t *said)
{
	double best = 1e9;

	for (int round = 0; round < ROUNDS; round++) {
		struct detector *d = detector_new(&detect_defaults, ignore, said);
		double from = now_s();

		*said = 0;
		for (size_t i = 0; i < EVENTS; i++) {
			detector_event(d, &e[i]);
		}
		best = fmin(best, (now_s() - from) * 1e6 / EVENTS);
		detector_free(&d);
	}
	return best;
}

/* The four and three alternatives of the provider's U and T, two each of host and sender: 15 of them. */
static double
limit_us(void)
{
	volatile double x = 0.37;
	double best = 1e9;
	double sum = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double from = now_s();

		for (size_t i = 0; i < EVENTS / 10; i++) {
			for (int k = 0; k < 15; k++) {
				sum += log(x) + log1p(exp(-x));
			}
		}
		best = fmin(best, (now_s() - from) * 1e6 / (EVENTS / 10));
	}
	return sum == 0 ? 0 : best;
}

int
main(void)
{
	struct detect_event *quiet = make_events(1000);
	struct detect_event *broken = make_events(3);
	size_t said;
	double quiet_us = best_us(quiet, &said);
	double broken_us = best_us(broken, &said);

	(void)printf(
	    "detect        %.2f us an event in quiet traffic, %.2f us in an incident, for all "
	    "signals and scopes (the equations' logarithms alone: %.2f us)\n",
	    quiet_us, broken_us, limit_us());
	(void)printf(
	    "detect state  %zu bytes a provider and signal: a test and its two excursions\n",
	    sizeof(struct bank) + 2 * sizeof(struct excursion));
	free(quiet);
	free(broken);
	return 0;
}
