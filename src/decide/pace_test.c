/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h needs the three above. */
#include <cmocka.h>

static const struct pace_policy policy = {
	.start_connections = 20,
	.down_factor = 0.5,
	.down_every_s = 60,
	.down_count = 3,
	.down_share = 0.05,
	.up_every_s = 120,
	.up_accepted = 20,
	.up_step = 1,
	.retry_s = 300,
	.retry_max_s = 3600,
	.pause_share = 0.9,
	.pause_count = 10,
	.pause_s = 600,
	.pause_max_s = 7200,
};

struct world {
	struct pace pace;
	struct pace_decision last; /* that was one */
	double t;
	unsigned decisions;
};

static void
happens(struct world *w, enum pace_event_kind kind)
{
	struct pace_decision d;

	pace_event(&policy, kind, w->t, &w->pace, &d);
	if (d.kind != DECISION_NONE) {
		w->last = d;
		w->decisions++;
	}
}

static void
many(struct world *w, enum pace_event_kind kind, int n, double every_s)
{
	for (int i = 0; i < n; i++) {
		happens(w, kind);
		w->t += every_s;
	}
}

static void
it_goes_down_once_a_minute_and_up_slowly(void **state)
{
	struct world w = { .t = 1e9 };

	(void)state;
	many(&w, PACE_ACCEPTED, 10, 1);
	assert_int_equal(w.decisions, 0);
	many(&w, PACE_LIMITED, 2, 0);
	assert_int_equal(w.decisions, 0);
	many(&w, PACE_LIMITED, 50, 1); /* within a minute: one step */
	assert_int_equal(w.decisions, 1);
	assert_int_equal(w.last.kind, DECISION_PACE_DOWN);
	assert_float_equal(w.last.after, 10, 0);
	many(&w, PACE_LIMITED, 20, 1);
	assert_int_equal(w.decisions, 2);
	assert_float_equal(w.pace.level, 5, 0);
	many(&w, PACE_ACCEPTED, 110, 1);
	assert_int_equal(w.decisions, 2);
	many(&w, PACE_ACCEPTED, 30, 1);
	assert_int_equal(w.last.kind, DECISION_PACE_UP);
	assert_float_equal(w.pace.level, 6, 0);
}

/* A provider that refuses above `limit`: what share of the last hours was at each level? */
static void
it_settles_below_what_was_refused(void **state)
{
	struct world w = { .t = 1e9 };
	const double limit = 10;
	double lowest = 100;
	double highest = 0;

	(void)state;
	for (int s = 0; s < 3 * 3600; s++, w.t += 1) {
		double level = w.pace.level == 0 ? 20 : w.pace.level;

		happens(&w, PACE_ACCEPTED);
		if (level > limit) {
			happens(&w, PACE_LIMITED);
		}
		if (s > 3600) {
			lowest = level < lowest ? level : lowest;
			highest = level > highest ? level : highest;
		}
	}
	assert_int_equal((int)highest, 11);
	assert_true(w.decisions < 40);
	assert_true(lowest >= 10); /* one try above in an hour, and back to what was borne */
}

static void
it_ends_when_all_is_taken(void **state)
{
	struct world w = { .t = 1e9 };

	(void)state;
	many(&w, PACE_LIMITED, 5, 1);
	assert_float_equal(w.pace.level, 10, 0);
	many(&w, PACE_ACCEPTED, 2 * 3600, 1);
	assert_int_equal(w.last.kind, DECISION_PACE_FREE);
	assert_float_equal(w.pace.level, 0, 0);
}

static void
what_is_refused_at_the_slowest_is_paused(void **state)
{
	struct world w = { .t = 1e9 };
	double until;

	(void)state;
	many(&w, PACE_LIMITED, 900, 1);
	assert_float_equal(w.pace.level, PACE_FLOOR, 0);
	assert_int_equal(w.last.kind, DECISION_PAUSE);
	until = w.pace.paused_until_s;
	assert_true(pace_is_paused(&w.pace, until - 1));
	assert_false(pace_is_paused(&w.pace, until));
	w.t = until;
	many(&w, PACE_LIMITED, 15, 30); /* the probes are refused: longer */
	assert_int_equal(w.last.kind, DECISION_PAUSE);
	assert_float_equal(w.pace.pause_s, 1200, 0);
}

static void
other_refusals_and_single_ones_count_for_nothing(void **state)
{
	struct world w = { .t = 1e9 };

	(void)state;
	many(&w, PACE_OTHER, 1000, 1);
	assert_int_equal(w.decisions, 0);
	for (int i = 0; i < 1000; i++) { /* one in a hundred: somebody's own limit */
		many(&w, PACE_ACCEPTED, 99, 0.01);
		happens(&w, PACE_LIMITED);
	}
	assert_int_equal(w.decisions, 0);
}

static void
levels_have_limits(void **state)
{
	static const struct {
		double level;
		unsigned connections;
		double delay_s;
	} cases[] = { { 0, 0, 0 }, { 20, 20, 0 }, { 2.5, 2, 0 }, { 2, 2, 0 }, { 1.25, 1, 1 },
		{ 0.625, 1, 5 }, { 0.25, 1, 30 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned connections;
		double delay_s;

		pace_limits(cases[i].level, &connections, &delay_s);
		assert_int_equal(connections, cases[i].connections);
		assert_float_equal(delay_s, cases[i].delay_s, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_down_once_a_minute_and_up_slowly),
		cmocka_unit_test(it_settles_below_what_was_refused),
		cmocka_unit_test(it_ends_when_all_is_taken),
		cmocka_unit_test(what_is_refused_at_the_slowest_is_paused),
		cmocka_unit_test(other_refusals_and_single_ones_count_for_nothing),
		cmocka_unit_test(levels_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
