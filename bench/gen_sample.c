/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "gen_mail.h"

#include <stdlib.h>

/*
 * The sample: a shop's mail on Sunday 20 and Monday 21 September 2020.  Sunday
 * 09:00 a newsletter reaches everybody, the readers at cox.net too.  Monday 14:00
 * the next one goes out, and from 13:40 to 17:30 Cox calls most of its living
 * users unknown, throttles and blocks.  In the evening the same users accept
 * mail again.  Orders trickle all the time.
 */

#define MINUTE     (INT64_C(60) * US_PER_SECOND)
#define HOUR       (60 * MINUTE)
#define AT(day, h) (SAMPLE_START + INT64_C(24) * (day)*HOUR + (h))
#define PLAN_MAX   1000

struct readers { /* how many subscribers a provider has */
	const char *provider;
	uint32_t n;
};

static const struct readers readers[] = {
	{ "gmail", 36 },
	{ "cox", 42 },
	{ "yahoo", 16 },
	{ "outlook", 16 },
	{ "icloud", 8 },
	{ "comcast", 10 },
	{ "charter", 9 },
	{ "office", 9 },
	{ "gmx", 5 },
	{ "orange", 3 },
	{ "small", 10 },
	{ "mimecast", 3 },
	{ "proofpoint", 4 },
	{ "silent", 1 },
	{ "dead", 2 },
};
#define N_READERS (sizeof(readers) / sizeof(readers[0]))

struct plan {
	struct order *orders; /* owned by the caller in the end */
	size_t n;
	uint64_t rng;
};

/* The k-th subscriber at a provider: always the same person. */
static struct rcpt
reader(const struct readers *at, uint32_t k)
{
	struct rcpt r = { .at = world_provider(sv_from(at->provider)) };
	uint32_t domains = 1;

	while (domains < 6 && r.at->domains[domains].n > 0) {
		domains++;
	}
	r.user = 1000 + (k * 7919 + (uint32_t)at->provider[0] * 101) % 8999;
	r.domain = (uint8_t)(k % domains);
	return r;
}

static struct rcpt
reader_any(struct plan *p)
{
	uint32_t all = 0;
	uint32_t roll;
	size_t i = 0;

	for (size_t k = 0; k < N_READERS; k++) {
		all += readers[k].n;
	}
	roll = random_below(&p->rng, all);
	while (i + 1 < N_READERS && roll >= readers[i].n) {
		roll -= readers[i].n;
		i++;
	}
	return reader(&readers[i], roll < readers[i].n ? roll : 0);
}

static void
plan_add(struct plan *p, int64_t at_us, uint32_t stream, struct rcpt r)
{
	check(p->n < PLAN_MAX);
	p->orders[p->n++] =
	    (struct order){ .at_us = at_us, .stream = stream, .n_rcpt = 1, .rcpt = { r } };
}

/* Everybody once, spread over the time given. */
static void
plan_newsletter(struct plan *p, int64_t from_us, int64_t minutes)
{
	for (size_t i = 0; i < N_READERS; i++) {
		for (uint32_t k = 0; k < readers[i].n; k++) {
			int64_t at =
			    from_us +
			    (int64_t)random_below(&p->rng, (uint32_t)minutes * 60000U) * 1000;

			plan_add(p, at, 0, reader(&readers[i], k));
		}
	}
}

/* A colleague writes to several people. */
static void
plan_desk(struct plan *p, int64_t at_us)
{
	struct order *o;

	plan_add(p, at_us, 2, reader_any(p));
	o = &p->orders[p->n - 1];
	o->n_rcpt = 2 + random_below(&p->rng, 3);
	for (uint32_t k = 1; k < o->n_rcpt; k++) {
		o->rcpt[k] = reader_any(p);
	}
}

/* Orders by day, a few by night. */
static void
plan_trickle(struct plan *p, int64_t day)
{
	static const uint8_t by_hour[24] = { 1, 1, 0, 0, 0, 1, 1, 2, 3, 4, 4, 4, 3, 3, 4, 4, 4, 3,
		4, 5, 5, 4, 3, 1 };

	for (int64_t h = 0; h < 24; h++) {
		for (unsigned i = 0; i < by_hour[h]; i++) {
			int64_t ms = (int64_t)random_below(&p->rng, 3600000);

			if (random_below(&p->rng, 12) == 0) {
				plan_desk(p, AT(day, h * HOUR + ms * 1000));
			} else {
				plan_add(p, AT(day, h * HOUR + ms * 1000), 1, reader_any(p));
			}
		}
		if (h % 6 == 4) {
			plan_add(p, AT(day, h * HOUR + 7 * MINUTE), 3,
			    (struct rcpt){ .at = world_provider(SV("local")) });
		}
	}
}

/* Mail to readers at Cox alone: before the incident, and in the evening after it. */
static void
plan_cox(struct plan *p, int64_t from_us, int64_t until_us, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		int64_t at = from_us + (until_us - from_us) / n * i +
			     (int64_t)random_below(&p->rng, 600000) * 1000;

		plan_add(p, at, 1, reader(&readers[1], (i * 5 + 3) % readers[1].n));
	}
}

/* Every refusal that a provider knows is met at least once; what passes by itself, twice. */
static void
plan_refusals(struct plan *p)
{
	for (size_t i = 0; i < N_READERS; i++) {
		const struct answer *a = world_provider(sv_from(readers[i].provider))->answers + 1;

		for (uint32_t k = 0; a->weight > 0; a++) {
			for (int twice = a->outcome == OUTCOME_DEFERRED && !a->sticky; twice >= 0;
			     twice--) {
				int64_t minute = 6 * 60 + random_below(&p->rng, 15 * 60);
				struct rcpt r = reader(&readers[i], 50 + k++);

				r.first = a;
				plan_add(p, AT((int64_t)k % 2, minute * MINUTE), 1, r);
			}
		}
	}
}

static int
order_cmp(const void *a, const void *b)
{
	const struct order *x = a;
	const struct order *y = b;

	return x->at_us < y->at_us ? -1 : x->at_us > y->at_us;
}

struct order *
sample_plan(struct gen *g, size_t *n_out)
{
	struct plan p = { .orders = mem_new(PLAN_MAX, sizeof(struct order)), .rng = g->rng };

	/* One message has been waiting since Tuesday and is given up on Sunday. */
	plan_add(&p, AT(0, HOUR / 2), 1,
	    (struct rcpt){ .at = world_provider(SV("silent")), .user = 2718 });
	p.orders[0].age_us = 120 * HOUR - 2 * HOUR;
	plan_newsletter(&p, AT(0, 9 * HOUR), 50);
	plan_newsletter(&p, AT(1, 14 * HOUR), 70);
	plan_trickle(&p, 0);
	plan_trickle(&p, 1);
	plan_refusals(&p);
	plan_cox(&p, AT(1, 8 * HOUR), AT(1, 13 * HOUR), 8);
	plan_cox(&p, AT(1, 18 * HOUR), AT(1, 23 * HOUR), 22);
	qsort(p.orders, p.n, sizeof(*p.orders), order_cmp);

	g->rng = p.rng;
	g->plan = p.orders;
	g->n_plan = p.n;
	g->arrival_us = p.orders[0].at_us;
	g->end_us = AT(2, 0);
	g->lifetime_us = 120 * HOUR;
	g->troubled = world_provider(SV("cox"));
	g->trouble = world_cox_incident;
	g->trouble_from_us = AT(1, 13 * HOUR + 40 * MINUTE);
	g->trouble_until_us = AT(1, 17 * HOUR + HOUR / 2);
	g->noise_percent = 4;
	g->session_percent = 15;
	g->tls_percent = 5;
	g->sign_percent = 0;
	*n_out = p.n;
	return p.orders;
}
