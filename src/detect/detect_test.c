/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "detect/private.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define PROVIDER 1
#define KEPT_MAX 4096

struct world { /* a detector, what it said, and a traffic generator */
	struct detector *d;
	struct detect_decision said[64];
	size_t n_said;
	struct detect_item items[KEPT_MAX]; /* of the last amendment */
	size_t n_items;
	uint64_t rng, id;
	double t;
	uint32_t next_recipient;
};

static void
listen(void *context, const struct detect_decision *d)
{
	struct world *w = context;

	assert_true(w->n_said < 64);
	w->said[w->n_said++] = *d;
	if (d->what == DETECT_AMEND) {
		assert_true(d->n_items <= KEPT_MAX);
		w->n_items = d->n_items;
		memcpy(w->items, d->items, d->n_items * sizeof(*d->items));
	}
}

static struct world *
world_new(void)
{
	struct world *w = mem_new(1, sizeof(*w));

	w->d = detector_new(&detect_defaults, listen, w);
	w->rng = 88172645463325252u;
	w->t = 1.7e9;
	w->next_recipient = 1000;
	return w;
}

static void
world_free(struct world *w)
{
	detector_free(&w->d);
	free(w);
}

static double
chance(struct world *w)
{
	w->rng ^= w->rng << 13;
	w->rng ^= w->rng >> 7;
	w->rng ^= w->rng << 17;
	return (double)(w->rng >> 11) / 9007199254740992.0;
}

static struct detect_event
mail(struct world *w, enum detect_class klass)
{
	uint32_t sender = 10 + (uint32_t)(chance(w) * 4);

	w->t += 2.0;
	return (struct detect_event){ .id = ++w->id,
		.t = w->t,
		.provider = PROVIDER,
		.domain = 50,
		.mx = 60 + (uint32_t)(chance(w) * 3),
		.sender = sender,
		.campaign = 100 + sender,
		.transactional = true,
		.recipient = w->next_recipient++,
		.attempt = 1,
		.klass = klass,
		.good_days = 1.0,
		.since_unknown_s = -1 };
}

/* n events, of which this share fails as `klass`. */
static void
traffic(struct world *w, unsigned n, double share, enum detect_class klass)
{
	for (unsigned i = 0; i < n; i++) {
		struct detect_event e = mail(w, chance(w) < share ? klass : DETECT_OK);

		detector_event(w->d, &e);
	}
}

static const struct detect_decision *
first(const struct world *w, enum detect_what what)
{
	for (size_t i = 0; i < w->n_said; i++) {
		if (w->said[i].what == what) {
			return &w->said[i];
		}
	}
	return NULL;
}

static struct provider_state *
state(struct world *w)
{
	struct provider_state **p = map_get(&w->d->providers, PROVIDER);

	return *p;
}

/* ---- the e-detector ---- */

static void
bank_adds_what_the_equation_says(void **unused)
{
	struct bank b;
	struct bank_step s = { .t = 1000, .null = 0.01, .failed = true };

	(void)unused;
	bank_init(&b, SIG_T, true); /* 0.2, 0.45, 0.9 */
	bank_update(&b, &s, &detect_defaults);
	assert_true(fabs(b.log_sr[2] - (log(3600 / MONTH_S) + log(0.9 / 0.01))) < 1e-9);
	s.t += 10;
	s.failed = false;
	bank_update(&b, &s, &detect_defaults);
	assert_true(
	    fabs(exp(b.log_sr[0]) - ((3600 / MONTH_S) * 20 + 10 / MONTH_S) * 0.8 / 0.99) < 1e-12);
}

static void
bank_clamps_one_event(void **unused)
{
	struct bank b;
	const struct bank_step s = { .t = 1000, .null = 1e-5, .failed = true };

	(void)unused;
	bank_init(&b, SIG_U, true);
	bank_update(&b, &s, &detect_defaults);
	for (unsigned i = 0; i < b.n; i++) {
		assert_true(fabs(b.log_sr[i] - (log(3600 / MONTH_S) + 6.0)) < 1e-9);
	}
}

/* Under the null the mean over all outcomes is the mass that came with time: the bound of false alarms. */
static void
bank_is_a_martingale_under_the_null(void **unused)
{
	const double null = 0.05;
	double mean = 0;

	(void)unused;
	for (unsigned outcome = 0; outcome < 1u << 12; outcome++) {
		struct bank b;
		struct bank_step s = { .t = 1000, .null = null };
		double p = 1;

		bank_init(&b, SIG_U, true);
		for (unsigned i = 0; i < 12; i++) {
			s.failed = (outcome >> i & 1u) != 0;
			s.t += 100;
			p *= s.failed ? null : 1 - null;
			bank_update(&b, &s, &detect_defaults);
		}
		mean += p * exp(bank_stat(&b));
	}
	assert_true(fabs(mean - (3600 + 11 * 100) / MONTH_S) < 1e-9);
}

static void
bank_mass_of_a_list_is_added(void **unused)
{
	struct bank b;
	const struct bank_step s = { .t = 5, .null = 0.05, .failed = true, .extra_s = 7200 };

	(void)unused;
	bank_init(&b, SIG_N, false); /* 0.15, 0.3, 0.7 */
	bank_update(&b, &s, &detect_defaults);
	assert_true(fabs(b.log_sr[2] - (log(10800 / MONTH_S) + log(0.7 / 0.05))) < 1e-9);
}

/* ---- baselines ---- */

static void
teach(struct world *w, struct provider_state *p, double t, unsigned n, unsigned failed)
{
	for (unsigned i = 0; i < n; i++) {
		struct lesson l = { .t = t, .weight = 1, .stratum = 0 };

		l.n[SIG_U] = true;
		l.k[SIG_U] = i < failed;
		baseline_learn(w->d, p, &l);
	}
}

static void
baseline_shrinks_to_the_mean(void **unused)
{
	struct world *w = world_new();
	struct provider_state *p;
	double mean;

	(void)unused;
	traffic(w, 1, 0, DETECT_OK);
	p = state(w);
	memset(p->ab, 0, sizeof(p->ab));
	assert_true(fabs(base_unknown(w->d, p, 2) - 5e-3) < 1e-9); /* nothing seen: the prior */
	teach(w, p, w->t, 300, 30);
	mean = w->d->global[0][0] / (w->d->global[0][0] + w->d->global[0][1]);
	assert_true(mean > 0.01 && mean < 0.02);
	assert_true(fabs(base_unknown(w->d, p, 0) - (30 + 300 * mean) / 600) < 1e-9);
	world_free(w);
}

static void
lessons_wait_and_are_dropped(void **unused)
{
	struct world *w = world_new();
	const double bucket = detect_defaults.learn_delay_s + 1;
	struct provider_state *p;
	double before;

	(void)unused;
	traffic(w, 1, 0, DETECT_OK);
	p = state(w);
	teach(w, p, w->t, 600, 0); /* more than count at once */
	before = p->ab[0][0];
	teach(w, p, w->t, 100, 50);
	assert_true(p->ab[0][0] == before);
	teach(w, p, w->t + bucket, 1, 0); /* the first bucket is full, and waits */
	assert_true(p->ab[0][0] <= before);
	teach(w, p, w->t + 2 * bucket, 1, 0);
	assert_true(p->ab[0][0] > before + 45);
	before = p->ab[0][0];
	teach(w, p, w->t + 2 * bucket, 100, 50);
	baseline_drop_waiting(p);
	teach(w, p, w->t + 3 * bucket, 1, 0);
	teach(w, p, w->t + 4 * bucket, 1, 0);
	assert_true(p->ab[0][0] <= before);
	world_free(w);
}

static void
baseline_of_a_purge_is_accepted(void **unused)
{
	struct world *w = world_new();

	(void)unused;
	traffic(w, 1, 0, DETECT_OK);
	baseline_accept(state(w), 0.05);
	assert_true(fabs(base_unknown(w->d, state(w), 0) - 0.05) < 0.006);
	world_free(w);
}

/* ---- the cause ---- */

struct scene {
	uint32_t senders, hosts, campaigns; /* how many */
	/* Which fail: of the sender, host, campaign with number 0, or all (-1). */
	int sender, host, campaign;
	enum signal sig;
};

static struct explanation
best_of(const struct scene *s)
{
	struct world *w = world_new();
	struct excursion x = { 0 };
	struct explanation all[EXPLANATIONS_MAX];
	struct explanation best;

	traffic(w, 50, 0, DETECT_OK);
	excursion_start(&x, w->t);
	for (unsigned i = 0; i < 240; i++) {
		struct detect_event e = mail(w, DETECT_OK);
		struct marks m = { .failed = -1 };
		bool hit;

		e.sender = 10 + i % s->senders;
		e.mx = 60 + (i / 7) % s->hosts;
		e.campaign = 200 + (i / 3) % s->campaigns;
		hit = (s->sender < 0 || e.sender == 10) && (s->host < 0 || e.mx == 60) &&
		      (s->campaign < 0 || e.campaign == 200) && i % 2 == 0;
		m.n[SIG_U] = m.n[SIG_T] = m.n[SIG_H] = m.n[SIG_B] = true;
		m.k[s->sig] = hit;
		m.failed = hit ? (int)s->sig : -1;
		excursion_add(&x, &m, &e);
	}
	assert_true(explain(w->d, state(w), &x, all) > 0);
	best = all[0];
	excursion_stop(&x);
	world_free(w);
	return best;
}

static void
cause_is_where_the_failures_are(void **unused)
{
	static const struct {
		struct scene scene;
		enum detect_cause cause;
		enum detect_scope scope;
		uint32_t who;
	} rows[] = {
		{ { 5, 3, 7, -1, -1, -1, SIG_U }, CAUSE_FALSE_UNKNOWN, SCOPE_ALL, NAME_NONE },
		{ { 5, 3, 7, -1, 0, -1, SIG_U }, CAUSE_FALSE_UNKNOWN, SCOPE_MX, 60 },
		{ { 5, 3, 7, 0, -1, -1, SIG_U }, CAUSE_SENDER_BLOCK, SCOPE_SENDER, 10 },
		{ { 5, 3, 7, -1, -1, 0, SIG_U }, CAUSE_BAD_LIST, SCOPE_CAMPAIGN, 200 },
		{ { 5, 3, 7, -1, -1, -1, SIG_T }, CAUSE_OUTAGE, SCOPE_ALL, NAME_NONE },
		{ { 5, 3, 7, -1, 0, -1, SIG_T }, CAUSE_OUTAGE, SCOPE_MX, 60 },
		{ { 5, 3, 7, 0, -1, -1, SIG_T }, CAUSE_SENDER_TEMP, SCOPE_SENDER, 10 },
		{ { 5, 3, 7, 0, -1, -1, SIG_H }, CAUSE_THROTTLE, SCOPE_SENDER, 10 },
		{ { 5, 3, 7, 0, -1, -1, SIG_B }, CAUSE_SENDER_BLOCK, SCOPE_SENDER, 10 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct explanation best = best_of(&rows[i].scene);

		if (best.cause != rows[i].cause || best.scope != rows[i].scope ||
		    (rows[i].who != NAME_NONE && best.who != rows[i].who)) {
			fail_msg("row %zu: %s, %s, %u", i, detect_cause_name(best.cause),
			    detect_scope_name(best.scope), best.who);
		}
	}
}

/* ---- whole incidents ---- */

static void
quiet_traffic_says_nothing(void **unused)
{
	struct world *w = world_new();

	(void)unused;
	traffic(w, 60000, 0.001, DETECT_UNKNOWN);
	traffic(w, 60000, 0.012, DETECT_TEMP);
	assert_int_equal(w->n_said, 0);
	world_free(w);
}

static void
false_unknowns_open_soon_and_end_by_evidence(void **unused)
{
	struct world *w = world_new();
	double began;
	double ended;
	const struct detect_decision *open;
	const struct detect_decision *close;

	(void)unused;
	traffic(w, 3000, 0.001, DETECT_UNKNOWN);
	began = w->t;
	traffic(w, 400, 0.5, DETECT_UNKNOWN);
	ended = w->t;
	traffic(w, 400, 0.001, DETECT_UNKNOWN);
	open = first(w, DETECT_OPEN);
	assert_non_null(open);
	assert_int_equal(open->cause, CAUSE_FALSE_UNKNOWN);
	assert_int_equal(open->scope, SCOPE_ALL);
	assert_true(open->t - began <= 2 * 40);
	assert_true(fabs(open->on - began) <= 2 * 8);
	assert_non_null(first(w, DETECT_HOLD));
	close = first(w, DETECT_CLOSE);
	assert_non_null(close);
	assert_true(close->t >= ended + 20 && close->t - close->end >= 60);
	assert_true(fabs(close->end - ended) <= 2 * 20);
	world_free(w);
}

/* One recipient that is accepted again and again is no proof for the others. */
static void
one_recipient_does_not_end_an_incident(void **unused)
{
	struct world *w = world_new();

	(void)unused;
	traffic(w, 3000, 0.001, DETECT_UNKNOWN);
	traffic(w, 200, 0.9, DETECT_UNKNOWN);
	for (unsigned i = 0; i < 300; i++) {
		struct detect_event e = mail(w, DETECT_OK);

		e.recipient = 7;
		detector_event(w->d, &e);
	}
	assert_null(first(w, DETECT_CLOSE));
	traffic(w, 3, 0, DETECT_OK);
	assert_non_null(first(w, DETECT_CLOSE));
	world_free(w);
}

static void
outage_is_told_from_a_block_of_one(void **unused)
{
	struct world *w = world_new();
	struct world *v = world_new();

	(void)unused;
	traffic(w, 2000, 0.01, DETECT_TEMP);
	traffic(w, 60, 0.9, DETECT_TEMP);
	assert_int_equal(first(w, DETECT_OPEN)->cause, CAUSE_OUTAGE);
	traffic(v, 2000, 0.01, DETECT_TEMP);
	for (unsigned i = 0; i < 400; i++) {
		struct detect_event e = mail(v, DETECT_OK);

		e.klass = e.sender == 11 ? DETECT_BLOCK : DETECT_OK;
		detector_event(v->d, &e);
	}
	assert_int_equal(first(v, DETECT_OPEN)->cause, CAUSE_SENDER_BLOCK);
	assert_int_equal(first(v, DETECT_OPEN)->who, 11);
	world_free(w);
	world_free(v);
}

static void
new_recipients_speak_about_the_list(void **unused)
{
	struct world *w = world_new();

	(void)unused;
	traffic(w, 2000, 0.001, DETECT_UNKNOWN);
	for (unsigned i = 0; i < 800; i++) {
		struct detect_event e = mail(w, chance(w) < 0.2 ? DETECT_UNKNOWN : DETECT_OK);

		e.sender = 12;
		e.campaign = 999;
		e.transactional = false;
		e.good_days = -1;
		detector_event(w->d, &e);
	}
	assert_int_equal(w->n_said, 1);
	assert_int_equal(w->said[0].what, DETECT_OPEN);
	assert_int_equal(w->said[0].cause, CAUSE_BAD_LIST);
	assert_int_equal(w->said[0].who, 12);
	world_free(w);
}

/* One customer of a hosted provider that moves away is not the provider's fault. */
static void
one_domain_of_many_raises_no_alarm(void **unused)
{
	struct world *w = world_new();

	(void)unused;
	for (unsigned i = 0; i < 6000; i++) {
		struct detect_event e = mail(w, DETECT_OK);

		e.domain = 300 + i % 60;
		e.klass = i > 3000 && e.domain == 300 ? DETECT_UNKNOWN : DETECT_OK;
		detector_event(w->d, &e);
	}
	assert_int_equal(w->n_said, 0);
	world_free(w);
}

/* ---- the amendment ---- */

static void
retest(struct world *w, unsigned n, enum detect_class klass)
{
	for (unsigned i = 0; i < n; i++) {
		struct detect_event e = mail(w, klass);

		e.since_unknown_s = 3000;
		detector_event(w->d, &e);
	}
}

static void
count_actions(const struct world *w, size_t out[3])
{
	memset(out, 0, 3 * sizeof(*out));
	for (size_t i = 0; i < w->n_items; i++) {
		out[w->items[i].action]++;
	}
}

/* Without retests, the last word waits for those after the end. */
static struct world *
amended_world(enum detect_class retests_find)
{
	struct world *w = world_new();

	traffic(w, 3000, 0.001, DETECT_UNKNOWN);
	traffic(w, 300, 0.6, DETECT_UNKNOWN);
	traffic(w, 200, 0, DETECT_UNKNOWN);
	assert_non_null(first(w, DETECT_CLOSE));
	retest(w, 6, retests_find);
	return w;
}

static void
amendment_takes_back_what_was_false(void **unused)
{
	struct world *w = amended_world(DETECT_OK);
	size_t n[3];

	(void)unused;
	count_actions(w, n);
	assert_true(n[AMEND_UNSUPPRESS] >= 160 && n[AMEND_UNSUPPRESS] <= 200);
	assert_int_equal(n[AMEND_KEEP], 0);
	for (size_t i = 0; i < w->n_items; i++) {
		assert_true(w->items[i].p_false > 0.9);
	}
	world_free(w);
}

static void
amendment_keeps_what_retests_confirm(void **unused)
{
	struct world *w = amended_world(DETECT_UNKNOWN);
	size_t n[3];

	(void)unused;
	count_actions(w, n);
	assert_int_equal(n[AMEND_UNSUPPRESS], 0);
	assert_true(n[AMEND_KEEP] >= 160);
	world_free(w);
}

/* ---- the purge ---- */

static struct world *
purge_world(bool new_ones_too)
{
	struct world *w = world_new();

	traffic(w, 3000, 0.001, DETECT_UNKNOWN);
	for (unsigned i = 0; i < 6000; i++) {
		bool fresh = i % 4 == 0;
		struct detect_event e = mail(w, DETECT_OK);

		e.good_days = fresh ? -1 : 1;
		e.klass =
		    chance(w) < (fresh && !new_ones_too ? 0.02 : 0.1) ? DETECT_UNKNOWN : DETECT_OK;
		detector_event(w->d, &e);
	}
	assert_non_null(first(w, DETECT_OPEN));
	return w;
}

static void
purge_takes_old_recipients_only(void **unused)
{
	struct world *w = purge_world(false);
	struct world *v = purge_world(true);

	(void)unused;
	assert_non_null(first(w, DETECT_RETRACT));
	assert_true(base_unknown(w->d, state(w), 0) > 0.05);
	assert_null(first(v, DETECT_RETRACT));
	world_free(w);
	world_free(v);
}

/* ---- bounds ---- */

static void
tables_are_bounded(void **unused)
{
	struct world *w = world_new();

	(void)unused;
	for (uint32_t i = 0; i < 30000; i++) {
		struct detect_event e = mail(w, i % 3 == 0 ? DETECT_UNKNOWN : DETECT_TEMP);

		e.mx = i;
		e.sender = i;
		e.campaign = i;
		e.transactional = false;
		e.domain = i;
		w->n_said = 0;
		detector_event(w->d, &e);
	}
	assert_true(state(w)->hosts.n <= DETECT_HOSTS_MAX);
	assert_true(state(w)->senders.n <= DETECT_SENDERS_MAX);
	assert_true(state(w)->mx_banks.n <= DETECT_HOSTS_MAX + 1);
	assert_true(state(w)->sender_banks.n <= DETECT_SENDERS_MAX + 1);
	assert_true(state(w)->sender_attempts.n <= DETECT_SENDERS_MAX + 1);
	assert_true(state(w)->campaigns.n <= DETECT_CAMPAIGNS_MAX + 1);
	assert_true(state(w)->domains.n <= DETECT_DOMAINS_MAX + 1);
	world_free(w);
}

static void
unknowns_are_bounded(void **unused)
{
	struct provider_state p = { 0 };

	(void)unused;
	for (uint64_t i = 0; i < 3 * (uint64_t)DETECT_UNKNOWNS_MAX; i++) {
		const struct unknown u = { .event = i };

		unknown_keep(&p, &u);
	}
	assert_true(p.n_unknowns <= DETECT_UNKNOWNS_MAX);
	assert_int_equal(p.unknowns[p.n_unknowns - 1].event, 3 * DETECT_UNKNOWNS_MAX - 1);
	free(p.unknowns);
}

/* ---- state of the test itself, a provider and signal ---- */

static void
test_state_is_small(void **unused)
{
	(void)unused;
	assert_true(sizeof(struct bank) + 2 * sizeof(struct excursion) <= 1024);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bank_adds_what_the_equation_says),
		cmocka_unit_test(bank_clamps_one_event),
		cmocka_unit_test(bank_is_a_martingale_under_the_null),
		cmocka_unit_test(bank_mass_of_a_list_is_added),
		cmocka_unit_test(baseline_shrinks_to_the_mean),
		cmocka_unit_test(lessons_wait_and_are_dropped),
		cmocka_unit_test(baseline_of_a_purge_is_accepted),
		cmocka_unit_test(cause_is_where_the_failures_are),
		cmocka_unit_test(quiet_traffic_says_nothing),
		cmocka_unit_test(false_unknowns_open_soon_and_end_by_evidence),
		cmocka_unit_test(one_recipient_does_not_end_an_incident),
		cmocka_unit_test(outage_is_told_from_a_block_of_one),
		cmocka_unit_test(new_recipients_speak_about_the_list),
		cmocka_unit_test(one_domain_of_many_raises_no_alarm),
		cmocka_unit_test(amendment_takes_back_what_was_false),
		cmocka_unit_test(amendment_keeps_what_retests_confirm),
		cmocka_unit_test(purge_takes_old_recipients_only),
		cmocka_unit_test(tables_are_bounded),
		cmocka_unit_test(unknowns_are_bounded),
		cmocka_unit_test(test_state_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
