/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <string.h>

static const struct pace_policy policy = { .ceiling_connections = 20,
	.floor_delay_s = 30,
	.down_factor = 0.5,
	.down_every_s = 60,
	.down_refusals = 3,
	.down_share = 0.05,
	.up_every_s = 300,
	.up_every_max_s = 3600,
	.up_again_s = 120,
	.up_accepted = 20,
	.up_connections = 1,
	.up_rate = 0.1,
	.pause_refusals = 20,
	.pause_s = 600,
	.pause_factor = 2,
	.pause_max_s = 7200,
	.probes = 3,
	.probe_delay_s = 5 };

#define T0 1e9

static void
answer(const struct pace_policy *by, double ceiling, enum pace_answer a, double t_s, struct pace *p,
    struct pace_decision *out)
{
	const struct pace_heard h = { .answer = a, .t_s = t_s };

	pace_answer(by, ceiling, &h, p, out);
}

/* `n` answers in a second; the last decision that was one. */
static struct pace_decision
say(struct pace *p, enum pace_answer a, int n, double t_s)
{
	struct pace_decision last = { .kind = PACE_NOTHING };

	for (int i = 0; i < n; i++) {
		struct pace_decision d;

		answer(&policy, 5, a, T0 + t_s, p, &d);
		if (d.kind != PACE_NOTHING) {
			assert_int_equal(last.kind, PACE_NOTHING);
			last = d;
		}
	}
	return last;
}

static void
other_refusals_never_slow_down(void **state)
{
	struct pace p = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(say(&p, PACE_REFUSED, 10, i * 10).kind, PACE_NOTHING);
		assert_int_equal(say(&p, PACE_BLOCKED, 10, i * 10).kind, PACE_NOTHING);
	}
	assert_int_equal(p.phase, PACE_FREE);
}

static void
a_step_down_needs_count_and_share_and_a_minute(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d;

	(void)state;
	assert_int_equal(say(&p, PACE_THROTTLED, 2, 0).kind, PACE_NOTHING);
	assert_int_equal(say(&p, PACE_ACCEPTED, 1000, 1).kind, PACE_NOTHING);
	assert_int_equal(say(&p, PACE_THROTTLED, 40, 2).kind, PACE_NOTHING); /* 4 % */
	d = say(&p, PACE_THROTTLED, 20, 3);
	assert_int_equal(d.kind, PACE_DOWN);
	assert_true(d.before.connections == 5 && d.after.connections == 2);
	assert_true(d.throttled >= 3 && d.throttled >= 0.05 * d.attempts);
	assert_int_equal(say(&p, PACE_THROTTLED, 500, 50).kind, PACE_NOTHING);
	d = say(&p, PACE_THROTTLED, 500, 63);
	assert_int_equal(d.kind, PACE_DOWN);
	assert_true(d.after.connections == 1 && d.after.delay_s == 0);
}

static void
it_stops_at_the_floor_and_returns_to_the_ceiling(void **state)
{
	struct pace p = { 0 };
	int last_s = -60;
	int t = 0;
	int ups = 0;

	(void)state;
	for (; t < 3600; t++) {
		if (say(&p, PACE_THROTTLED, 1, t).kind == PACE_DOWN) {
			assert_true(t - last_s >= 60);
			last_s = t;
		}
	}
	assert_true(p.speed.connections == 1 && p.speed.delay_s == 30);
	last_s = t;
	for (; t < 40000; t++) {
		struct pace_decision d = say(&p, PACE_ACCEPTED, 1, t);

		if (d.kind == PACE_UP) {
			assert_true(t - last_s >= 299);
			assert_true(d.attempts >= 20);
			last_s = t;
			ups++;
		}
	}
	assert_int_equal(p.phase, PACE_FREE);
	assert_true(p.speed.connections == 5 && p.speed.delay_s == 0);
	assert_int_equal(
	    ups, 10 + 4); /* 1/30 a second by tenths to 1, then 2, 3, 4, 5 connections */
	assert_true(pace_at(&policy, &p, T0 + t).speed.connections == 0);
}

/* The same of mail that went by a rung of so many connections, or with such a delay. */
static enum pace_kind
say_by(struct pace *p, struct pace_speed by, enum pace_answer a, int n, double t_s)
{
	enum pace_kind last = PACE_NOTHING;

	for (int i = 0; i < n; i++) {
		const struct pace_heard h = { a, T0 + t_s, by };
		struct pace_decision d;

		pace_answer(&policy, 10, &h, p, &d);
		last = d.kind == PACE_NOTHING ? last : d.kind;
	}
	return last;
}

#define BY(n) ((struct pace_speed){ (n), 0 })

static void
mail_on_the_rung_of_before_does_not_slow_down_again(void **state)
{
	struct pace p = { 0 };

	(void)state;
	assert_int_equal(say_by(&p, BY(10), PACE_THROTTLED, 3, 0), PACE_DOWN);
	assert_true(p.speed.connections == 5);
	for (int t = 1; t < 290; t += 5) {
		assert_int_equal(say_by(&p, BY(10), PACE_THROTTLED, 50, t), PACE_NOTHING);
		assert_int_equal(say_by(&p, BY(0), PACE_THROTTLED, 2, t), PACE_NOTHING);
		/* It is refused beside the others, too: that is not its fault. */
		assert_int_equal(say_by(&p, BY(5), PACE_THROTTLED, 20, t), PACE_NOTHING);
	}
	assert_true(p.speed.connections == 5);
	/* The active queue may hold mail for hours. */
	assert_int_equal(say_by(&p, BY(10), PACE_THROTTLED, 20, 361), PACE_DOWN);
	assert_true(p.speed.connections == 2);
	/* Where the others are through, the pace of now is judged as ever. */
	assert_int_equal(say_by(&p, BY(5), PACE_ACCEPTED, 50, 390), PACE_NOTHING);
	assert_int_equal(say_by(&p, BY(2), PACE_THROTTLED, 5, 422), PACE_DOWN);
	assert_true(p.speed.connections == 1);
}

static void
mail_on_the_slower_rung_does_not_take_a_step_up_back(void **state)
{
	struct pace p = { 0 };

	(void)state;
	assert_int_equal(say_by(&p, BY(10), PACE_THROTTLED, 3, 0), PACE_DOWN);
	assert_int_equal(say_by(&p, BY(5), PACE_ACCEPTED, 100, 120), PACE_UP);
	assert_true(p.speed.connections == 7);
	/* Both together are too fast; seven (a rung of six) alone may not be. */
	assert_int_equal(say_by(&p, BY(5), PACE_THROTTLED, 50, 130), PACE_NOTHING);
	assert_int_equal(say_by(&p, BY(6), PACE_THROTTLED, 50, 131), PACE_NOTHING);
	assert_int_equal(say_by(&p, BY(6), PACE_THROTTLED, 50, 190), PACE_DOWN);
	assert_true(p.speed.connections == 5);
	/* And back there, what is on that rung is not of before. */
	assert_int_equal(say_by(&p, BY(5), PACE_THROTTLED, 50, 260), PACE_DOWN);
}

static void
mail_of_before_a_pause_does_not_prolong_it(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d;

	(void)state;
	pace_incident(&policy, 10, 77, T0, &p, &d);
	assert_int_equal(say_by(&p, BY(10), PACE_BLOCKED, 20, 0), PACE_PAUSE);
	assert_int_equal(say_by(&p, BY(10), PACE_BLOCKED, 50, 610), PACE_NOTHING);
	assert_int_equal(say_by(&p, (struct pace_speed){ 1, 5 }, PACE_BLOCKED, 1, 620), PACE_PAUSE);
}

static void
a_refusal_for_the_rate_delays_the_way_up(void **state)
{
	struct pace p = { 0 };

	(void)state;
	assert_int_equal(say(&p, PACE_THROTTLED, 3, 0).kind, PACE_DOWN);
	assert_int_equal(say(&p, PACE_ACCEPTED, 100, 110).kind, PACE_NOTHING);
	assert_int_equal(say(&p, PACE_THROTTLED, 1, 115).kind, PACE_NOTHING);
	assert_int_equal(say(&p, PACE_ACCEPTED, 100, 234).kind, PACE_NOTHING);
	assert_int_equal(say(&p, PACE_ACCEPTED, 100, 235).kind, PACE_UP); /* 2 to 3: below 5 */
	assert_int_equal(say(&p, PACE_ACCEPTED, 100, 355).kind, PACE_UP); /* 4 */
	assert_int_equal(say(&p, PACE_ACCEPTED, 100, 654).kind, PACE_NOTHING);
	assert_int_equal(say(&p, PACE_ACCEPTED, 100, 655).kind, PACE_UP); /* what was refused */
}

static void
a_pause_needs_an_incident_and_a_row(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d;

	(void)state;
	assert_int_equal(say(&p, PACE_BLOCKED, 19, 0).kind, PACE_NOTHING);
	pace_incident(&policy, 5, 77, T0 + 1, &p, &d);
	assert_int_equal(d.kind, PACE_NOTHING);
	assert_int_equal(say(&p, PACE_ACCEPTED, 1, 2).kind, PACE_NOTHING);
	assert_int_equal(say(&p, PACE_BLOCKED, 19, 3).kind, PACE_NOTHING);
	d = say(&p, PACE_BLOCKED, 1, 4);
	assert_int_equal(d.kind, PACE_PAUSE);
	assert_int_equal(d.incident, 77);
	assert_true(d.throttled == 20 && d.until_s == T0 + 604);
	assert_int_equal(pace_at(&policy, &p, T0 + 603).phase, PACE_PAUSED);
	assert_int_equal(pace_at(&policy, &p, T0 + 604).phase, PACE_PROBING);
	assert_int_equal(say(&p, PACE_BLOCKED, 100, 10).kind, PACE_NOTHING); /* was on its way */
}

static void
probes_end_a_pause_or_double_it(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d;

	(void)state;
	pace_incident(&policy, 5, 77, T0, &p, &d);
	assert_int_equal(say(&p, PACE_BLOCKED, 20, 0).kind, PACE_PAUSE);
	assert_int_equal(say(&p, PACE_ACCEPTED, 2, 600).kind, PACE_NOTHING);
	d = say(&p, PACE_BLOCKED, 1, 601);
	assert_int_equal(d.kind, PACE_PAUSE);
	assert_true(d.until_s == T0 + 601 + 1200 && d.attempts == 3 && d.throttled == 1);
	for (int t = 2000; t < 100000; t += 10) {
		(void)say(&p, PACE_THROTTLED, 1, t);
		assert_true(p.until_s <= T0 + t + 7200);
	}
	assert_true(p.pause_s == 7200);
	assert_int_equal(say(&p, PACE_ACCEPTED, 2, 200000).kind, PACE_NOTHING);
	d = say(&p, PACE_ACCEPTED, 1, 200001);
	assert_int_equal(d.kind, PACE_RESUME);
	assert_true(d.after.connections == 1 && d.after.delay_s == 1);
	assert_int_equal(p.phase, PACE_SLOW);
}

static void
the_end_of_the_incident_ends_the_pause(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d;

	(void)state;
	(void)say(&p, PACE_BLOCKED, 20, 0);
	pace_incident(&policy, 5, 77, T0, &p, &d);
	assert_int_equal(d.kind, PACE_PAUSE);
	pace_incident(&policy, 5, 0, T0 + 100, &p, &d);
	assert_int_equal(d.kind, PACE_RESUME);
	assert_int_equal(p.phase, PACE_SLOW);
}

static void
a_clock_that_jumps_back_gives_no_extra_step(void **state)
{
	struct pace p = { 0 };

	(void)state;
	assert_int_equal(say(&p, PACE_THROTTLED, 3, 1000).kind, PACE_DOWN);
	assert_int_equal(say(&p, PACE_THROTTLED, 100, -5000).kind, PACE_NOTHING);
	assert_int_equal(say(&p, PACE_THROTTLED, 3, 1060).kind, PACE_DOWN);
}

static void
without_a_stated_limit_the_policy_is_the_ceiling(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d = { .kind = PACE_NOTHING };

	(void)state;
	for (int i = 0; i < 3; i++) {
		answer(&policy, 0, PACE_THROTTLED, T0, &p, &d);
	}
	assert_int_equal(d.kind, PACE_DOWN);
	assert_true(d.before.connections == 20 && d.after.connections == 10);
	/* Some state more than Postfix would ever open: the way back would have no end. */
	p = (struct pace){ 0 };
	for (int i = 0; i < 3; i++) {
		answer(&policy, 1000, PACE_THROTTLED, T0, &p, &d);
	}
	assert_true(d.before.connections == 20 && d.after.connections == 10);
	assert_true(strlen(d.reason) > 0 && strlen(pace_undo(d.kind)) > 0);
}

/* A provider that refuses above ten connections: how far does the pace swing? */
static void
it_settles_below_the_limit(void **state)
{
	struct pace p = { 0 };
	double lowest = 100;
	double highest = 0;
	int refused_seconds = 0;

	(void)state;
	for (int s = 0; s < 12 * 3600; s++) {
		struct pace_decision d;
		double connections = p.phase == PACE_FREE ? 20 : p.speed.connections;

		answer(&policy, 0, PACE_ACCEPTED, T0 + s, &p, &d);
		if (connections > 10) {
			answer(&policy, 0, PACE_THROTTLED, T0 + s, &p, &d);
		}
		if (s >= 2 * 3600) {
			lowest = connections < lowest ? connections : lowest;
			highest = connections > highest ? connections : highest;
			refused_seconds += connections > 10;
		}
	}
	assert_true(lowest == 10 && highest == 11);
	assert_in_range(refused_seconds, 1, 12 * 3); /* a few seconds at each try */
}

/* Halving went too far below a limit of `limit`: when is the pace back within a fifth of it? */
static int
seconds_until_settled(double ceiling, double limit)
{
	struct pace p = { 0 };
	int since = -1;

	for (int s = 0; s < 3600; s++) {
		struct pace_decision d;
		double connections = p.phase == PACE_FREE ? ceiling : p.speed.connections;

		for (int i = 0; i < (connections > limit ? limit : connections); i++) {
			answer(&policy, ceiling, PACE_ACCEPTED, T0 + s, &p, &d);
		}
		for (int i = 0; i < connections - limit; i++) {
			answer(&policy, ceiling, PACE_THROTTLED, T0 + s, &p, &d);
		}
		if (connections < 0.8 * limit || connections > limit + 1) {
			since = -1;
		} else if (since < 0) {
			since = s;
		}
	}
	return since;
}

static void
it_is_soon_back_where_halving_went_too_far(void **state)
{
	(void)state;
	assert_in_range(seconds_until_settled(10, 4), 0, 6 * 60); /* 10, 5, 2, 3, 4 */
	assert_in_range(seconds_until_settled(10, 9), 0, 6 * 60); /* 10, 5, 7, 8 */
	assert_in_range(seconds_until_settled(20, 12), 0, 6 * 60);
}

/*
 * A limit of eight messages a second, and three connections are all that they come by: twenty
 * were refused by name only, so half of that is no pace that was borne.
 */
static void
what_was_accepted_a_second_bounds_the_way_back(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d;
	int t = 0;

	(void)state;
	pace_incident(&policy, 0, 77, T0, &p, &d);
	for (; t < 60; t++) {
		for (int i = 0; i < 8; i++) {
			answer(&policy, 0, PACE_ACCEPTED, T0 + t, &p, &d);
		}
	}
	for (int i = 0; i < 20; i++) {
		answer(&policy, 0, PACE_BLOCKED, T0 + t, &p, &d);
	}
	assert_int_equal(d.kind, PACE_PAUSE);
	for (t = 700; t < 1300; t++) {
		for (int i = 0; i < (p.speed.connections == 1 ? 1 : p.speed.connections * 3.5);
		     i++) {
			answer(&policy, 0, PACE_ACCEPTED, T0 + t, &p, &d);
		}
		/* Two connections after two minutes, and no third before up_every_s. */
		assert_true(p.speed.connections == 2 || t < 820 || t > 1000);
		assert_true(p.speed.connections <= 3);
	}
}

static void
a_person_frees_a_pace_and_takes_it_back(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d;
	double t = T0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		answer(&policy, 8, PACE_THROTTLED, t += 1, &p, &d);
	}
	assert_int_equal(p.phase, PACE_SLOW);
	pace_by_hand((struct pace_speed){ 0, 0 }, t, &p);
	assert_int_equal(pace_at(&policy, &p, t).phase, PACE_FREE);
	assert_true(pace_at(&policy, &p, t).speed.connections == 0);
	/* From there the answers decide as before. */
	for (int i = 0; i < 4; i++) {
		answer(&policy, 8, PACE_THROTTLED, t += 1, &p, &d);
		if (d.kind == PACE_DOWN) {
			break;
		}
	}
	assert_int_equal(d.kind, PACE_DOWN);
	assert_true(d.before.connections == 8 && d.after.connections == 4);
	pace_by_hand((struct pace_speed){ 1, 5 }, t, &p);
	assert_int_equal(pace_at(&policy, &p, t).phase, PACE_SLOW);
	assert_true(pace_at(&policy, &p, t).speed.delay_s == 5);
}

/* Of refusals for the rate alone a pause needs a row that lasts, so that slower is tried first. */
static void
a_limit_by_time_is_no_reason_for_a_pause(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d;

	(void)state;
	pace_incident(&policy, 5, 77, T0, &p, &d);
	for (int t = 0; t < 600; t += 30) { /* refused for 29 s of each 30 */
		assert_int_not_equal(say(&p, PACE_THROTTLED, 100, t).kind, PACE_PAUSE);
		assert_int_not_equal(say(&p, PACE_THROTTLED, 100, t + 28).kind, PACE_PAUSE);
		(void)say(&p, PACE_ACCEPTED, 1, t + 29);
	}
	(void)say(&p, PACE_THROTTLED, 100, 600);
	d = say(&p, PACE_THROTTLED, 1, 660); /* nothing goes at the slowest pace, either */
	assert_int_equal(d.kind, PACE_PAUSE);
}

/* A pause ends at one by one: half of what was refused before it is soon reached by doubling. */
static void
after_a_pause_it_is_soon_at_speed(void **state)
{
	struct pace p = { 0 };
	struct pace_decision d;
	int t = 1;

	(void)state;
	pace_incident(&policy, 0, 77, T0, &p, &d);
	for (int i = 0; i < 20; i++) {
		answer(&policy, 0, PACE_BLOCKED, T0, &p, &d);
	}
	assert_int_equal(d.kind, PACE_PAUSE);
	pace_incident(&policy, 0, 0, T0 + 1, &p, &d);
	assert_int_equal(d.kind, PACE_RESUME);
	assert_true(p.speed.delay_s == 1);
	for (; p.speed.connections < 4; t++) {
		assert_in_range(t, 0, 4 * 60);
		answer(&policy, 0, PACE_ACCEPTED, T0 + t, &p, &d);
	}
	for (; p.speed.connections < 10; t++) {
		assert_in_range(t, 0, 10 * 60);
		answer(&policy, 0, PACE_ACCEPTED, T0 + t, &p, &d);
	}
	assert_int_equal(p.phase, PACE_SLOW); /* and what was refused is not tried yet */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_refusals_never_slow_down),
		cmocka_unit_test(a_step_down_needs_count_and_share_and_a_minute),
		cmocka_unit_test(it_stops_at_the_floor_and_returns_to_the_ceiling),
		cmocka_unit_test(mail_on_the_rung_of_before_does_not_slow_down_again),
		cmocka_unit_test(mail_on_the_slower_rung_does_not_take_a_step_up_back),
		cmocka_unit_test(mail_of_before_a_pause_does_not_prolong_it),
		cmocka_unit_test(a_refusal_for_the_rate_delays_the_way_up),
		cmocka_unit_test(a_pause_needs_an_incident_and_a_row),
		cmocka_unit_test(probes_end_a_pause_or_double_it),
		cmocka_unit_test(the_end_of_the_incident_ends_the_pause),
		cmocka_unit_test(a_clock_that_jumps_back_gives_no_extra_step),
		cmocka_unit_test(without_a_stated_limit_the_policy_is_the_ceiling),
		cmocka_unit_test(it_settles_below_the_limit),
		cmocka_unit_test(it_is_soon_back_where_halving_went_too_far),
		cmocka_unit_test(what_was_accepted_a_second_bounds_the_way_back),
		cmocka_unit_test(a_person_frees_a_pace_and_takes_it_back),
		cmocka_unit_test(a_limit_by_time_is_no_reason_for_a_pause),
		cmocka_unit_test(after_a_pause_it_is_soon_at_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
