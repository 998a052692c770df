/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/test_world.h"

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

/* ---- the same users, for days ---- */

/* Each recipient is mailed `rounds` times; `share` of them are called unknown each time. */
static void
same_users(struct world *w, unsigned rounds, double share, double *refused_at)
{
	for (unsigned i = 0; i < rounds * 500; i++) {
		uint32_t who = i % 500;
		bool refused = who * 7919 % 500 < share * 500;
		struct detect_event e = mail(w, refused ? DETECT_UNKNOWN : DETECT_OK);

		e.recipient = 1000000 + who;
		e.since_unknown_s = refused_at[who] > 0 ? e.t - refused_at[who] : -1;
		e.good_days = refused_at[who] > 0 ? (e.t - 1.7e9) / DAY_S + 1 : 1;
		if (!refused) {
			refused_at[who] = 0;
		} else if (refused_at[who] <= 0) {
			refused_at[who] = e.t;
		}
		detector_event(w->d, &e);
	}
}

static void
users_that_stay_refused_keep_the_incident_open(void **unused)
{
	static double refused_at[500];
	struct world *w = world_new();
	const struct detect_decision *open;
	double repaired;

	(void)unused;
	traffic(w, 3000, 0.001, DETECT_UNKNOWN);
	same_users(w, 15, 0.4, refused_at);
	open = first(w, DETECT_OPEN);
	assert_non_null(open);
	assert_null(first(w, DETECT_CLOSE));
	assert_null(first(w, DETECT_RETRACT));
	repaired = w->t;
	same_users(w, 2, 0.01, refused_at); /* some of them are truly gone */
	assert_non_null(first(w, DETECT_CLOSE));
	assert_true(first(w, DETECT_CLOSE)->t > repaired + detect_defaults.close_min_s);
	world_free(w);
}

/* Fewer may be a purge, and are said to be what they look like. */
static void
users_that_stay_refused_may_be_gone(void **unused)
{
	static double refused_at[500];
	struct world *w = world_new();

	(void)unused;
	traffic(w, 3000, 0.001, DETECT_UNKNOWN);
	same_users(w, 15, 0.15, refused_at);
	assert_non_null(first(w, DETECT_CLOSE));
	world_free(w);
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
		cmocka_unit_test(quiet_traffic_says_nothing),
		cmocka_unit_test(false_unknowns_open_soon_and_end_by_evidence),
		cmocka_unit_test(one_recipient_does_not_end_an_incident),
		cmocka_unit_test(outage_is_told_from_a_block_of_one),
		cmocka_unit_test(new_recipients_speak_about_the_list),
		cmocka_unit_test(one_domain_of_many_raises_no_alarm),
		cmocka_unit_test(tables_are_bounded),
		cmocka_unit_test(unknowns_are_bounded),
		cmocka_unit_test(users_that_stay_refused_keep_the_incident_open),
		cmocka_unit_test(users_that_stay_refused_may_be_gone),
		cmocka_unit_test(test_state_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
