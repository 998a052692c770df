/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define DAY 86400.0

static const struct policy policy = { .good_days = 365,
	.rest_days = 7,
	.rest_confirm_hours = 24,
	.hard_count = 1,
	.full_count = 3,
	.full_days = 30,
	.soft_count = 5,
	.soft_days = 15 };

static struct decision
happen(struct memory *m, enum happening_kind kind, double day)
{
	struct happening h = { .kind = kind, .t = 1e9 + day * DAY, .permanent = true };
	struct decision d;

	decide_recipient(&policy, &h, m, &d);
	return d;
}

static struct decision
refused_while_held(struct memory *m, double day)
{
	const struct happening h = {
		.kind = HAPPENED_GONE, .t = 1e9 + day * DAY, .permanent = true, .held = true
	};
	struct decision d;

	decide_recipient(&policy, &h, m, &d);
	return d;
}

static void
a_stranger_called_gone_is_suppressed(void **state)
{
	struct memory m = { 0 };

	(void)state;
	assert_int_equal(happen(&m, HAPPENED_GONE, 0).kind, DECISION_SUPPRESS);
	assert_int_equal(m.state, RECIPIENT_SUPPRESSED);
	assert_int_equal(happen(&m, HAPPENED_GONE, 1).kind, DECISION_NONE);
	assert_int_equal(happen(&m, HAPPENED_ACCEPTED, 2).kind, DECISION_UNSUPPRESS);
	assert_int_equal(m.state, RECIPIENT_GOOD);
}

static void
a_good_one_rests_and_is_suppressed_when_it_is_gone_a_day_later(void **state)
{
	struct memory m = { 0 };
	struct decision d;

	(void)state;
	assert_int_equal(happen(&m, HAPPENED_ACCEPTED, 0).kind, DECISION_NONE);
	assert_int_equal(m.state, RECIPIENT_GOOD);
	d = happen(&m, HAPPENED_GONE, 10);
	assert_int_equal(d.kind, DECISION_REST);
	assert_int_equal(d.until_s - d.t_s, 7 * DAY);
	assert_int_equal(decide_state_at(&m, 1e9 + 16 * DAY), RECIPIENT_RESTING);
	assert_int_equal(decide_state_at(&m, 1e9 + 17 * DAY), RECIPIENT_RELEASED);
	assert_int_equal(happen(&m, HAPPENED_GONE, 10.9).kind, DECISION_NONE);
	assert_int_equal(m.state, RECIPIENT_RESTING);
	assert_int_equal(happen(&m, HAPPENED_GONE, 17).kind, DECISION_SUPPRESS);
}

static void
rest_ends_when_it_accepts(void **state)
{
	struct memory m = { 0 };

	(void)state;
	(void)happen(&m, HAPPENED_ACCEPTED, 0);
	(void)happen(&m, HAPPENED_GONE, 10);
	assert_int_equal(happen(&m, HAPPENED_ACCEPTED, 11).kind, DECISION_RELEASE);
	assert_int_equal(happen(&m, HAPPENED_GONE, 20).kind, DECISION_REST);
}

static void
long_ago_is_not_good(void **state)
{
	struct memory m = { 0 };

	(void)state;
	(void)happen(&m, HAPPENED_ACCEPTED, 0);
	assert_int_equal(happen(&m, HAPPENED_GONE, 400).kind, DECISION_SUPPRESS);
}

static void
soft_refusals_need_count_and_span(void **state)
{
	struct memory m = { 0 };

	(void)state;
	for (int i = 0; i < 8; i++) {
		assert_int_equal(happen(&m, HAPPENED_SOFT, 1.0 + i * 0.1).kind, DECISION_NONE);
	}
	assert_int_equal(m.state, RECIPIENT_DOUBTFUL);
	assert_int_equal(happen(&m, HAPPENED_SOFT, 15.9).kind, DECISION_NONE);
	assert_int_equal(happen(&m, HAPPENED_SOFT, 16).kind, DECISION_SUPPRESS);

	m = (struct memory){ 0 };
	(void)happen(&m, HAPPENED_FULL, 0);
	assert_int_equal(happen(&m, HAPPENED_FULL, 31).kind, DECISION_NONE);
	assert_int_equal(happen(&m, HAPPENED_FULL, 32).kind, DECISION_SUPPRESS);

	m = (struct memory){ 0 };
	(void)happen(&m, HAPPENED_FULL, 0);
	(void)happen(&m, HAPPENED_ACCEPTED, 20);
	(void)happen(&m, HAPPENED_FULL, 31);
	assert_int_equal(happen(&m, HAPPENED_FULL, 40).kind, DECISION_NONE);
}

/* A filter's "user unknown" counts as soft, and is remembered as said. */
static void
called_unknown_by_a_filter_is_soft(void **state)
{
	const struct happening h = {
		.kind = HAPPENED_SOFT, .t = 1e9 + DAY, .called_unknown = true
	};
	struct memory m = { 0 };
	struct decision d;

	(void)state;
	(void)happen(&m, HAPPENED_ACCEPTED, 0);
	decide_recipient(&policy, &h, &m, &d);
	assert_int_equal(d.kind, DECISION_NONE);
	assert_int_equal(m.state, RECIPIENT_DOUBTFUL);
	assert_int_equal(m.run.counts[REFUSAL_GONE], 0);
	assert_int_equal(m.run.counts[REFUSAL_SOFT], 1);
	assert_true(recipient_since_gone_s(&m.run, 1e9 + 2 * DAY) == DAY);
}

static void
what_is_not_about_the_recipient_changes_nothing(void **state)
{
	struct memory m = { 0 };

	(void)state;
	(void)happen(&m, HAPPENED_ACCEPTED, 0);
	for (int i = 1; i < 100; i++) {
		assert_int_equal(happen(&m, HAPPENED_NOTHING, i).kind, DECISION_NONE);
	}
	assert_int_equal(m.state, RECIPIENT_GOOD);
}

static void
a_held_refusal_suppresses_nobody(void **state)
{
	struct memory m = { 0 };

	(void)state;
	(void)happen(&m, HAPPENED_ACCEPTED, 0);
	assert_int_equal(refused_while_held(&m, 10).kind, DECISION_HOLD);
	assert_int_equal(refused_while_held(&m, 12).kind, DECISION_HOLD);
	assert_int_equal(m.state, RECIPIENT_DOUBTFUL);
	(void)happen(&m, HAPPENED_AMNESTY, 13);
	assert_int_equal(happen(&m, HAPPENED_GONE, 14).kind, DECISION_REST);
}

static void
amnesty_never_touches_complaints(void **state)
{
	struct memory m = { 0 };

	(void)state;
	(void)happen(&m, HAPPENED_GONE, 0);
	assert_int_equal(happen(&m, HAPPENED_AMNESTY, 1).kind, DECISION_UNSUPPRESS);
	assert_int_equal(m.state, RECIPIENT_RELEASED);
	assert_int_equal(happen(&m, HAPPENED_COMPLAINT, 2).kind, DECISION_SUPPRESS);
	assert_int_equal(happen(&m, HAPPENED_AMNESTY, 3).kind, DECISION_NONE);
	assert_int_equal(happen(&m, HAPPENED_RELEASED, 3).kind, DECISION_NONE);
	assert_int_equal(happen(&m, HAPPENED_ACCEPTED, 4).kind, DECISION_NONE);
	assert_int_equal(m.state, RECIPIENT_SUPPRESSED);

	m = (struct memory){ 0 };
	(void)happen(&m, HAPPENED_BY_HAND, 0);
	assert_int_equal(happen(&m, HAPPENED_AMNESTY, 1).kind, DECISION_NONE);
	assert_int_equal(happen(&m, HAPPENED_RELEASED, 2).kind, DECISION_UNSUPPRESS);
}

static void
a_late_acceptance_undoes_nothing_newer(void **state)
{
	struct memory m = { 0 };

	(void)state;
	(void)happen(&m, HAPPENED_GONE, 10);
	(void)happen(&m, HAPPENED_GONE, 12);
	assert_int_equal(happen(&m, HAPPENED_ACCEPTED, 5).kind, DECISION_NONE);
	assert_int_equal(m.state, RECIPIENT_SUPPRESSED);
}

/* In order it would have been known as good, and only rested. */
static void
a_late_acceptance_shows_who_was_no_stranger(void **state)
{
	struct memory late = { 0 };
	struct memory in_order = { 0 };

	(void)state;
	(void)happen(&late, HAPPENED_GONE, 10);
	assert_int_equal(happen(&late, HAPPENED_ACCEPTED, 5).kind, DECISION_REST);
	(void)happen(&in_order, HAPPENED_ACCEPTED, 5);
	(void)happen(&in_order, HAPPENED_GONE, 10);
	assert_int_equal(late.state, in_order.state);
	assert_int_equal(late.since_s, in_order.since_s);
	assert_int_equal(late.until_s, in_order.until_s);
	assert_int_equal(late.run.accepted_s, in_order.run.accepted_s);
	/* A year before, it would not have counted as good. */
	late = (struct memory){ 0 };
	(void)happen(&late, HAPPENED_GONE, 500);
	(void)happen(&late, HAPPENED_ACCEPTED, 5);
	assert_int_equal(late.state, RECIPIENT_SUPPRESSED);
	/* Nor does it lift what a person said. */
	late = (struct memory){ 0 };
	(void)happen(&late, HAPPENED_GONE, 10);
	(void)happen(&late, HAPPENED_COMPLAINT, 11);
	(void)happen(&late, HAPPENED_ACCEPTED, 5);
	assert_int_equal(late.state, RECIPIENT_SUPPRESSED);
}

static void
a_late_refusal_undoes_no_acceptance(void **state)
{
	struct memory m = { 0 };

	(void)state;
	(void)happen(&m, HAPPENED_ACCEPTED, 10);
	assert_int_equal(happen(&m, HAPPENED_GONE, 5).kind, DECISION_NONE);
	assert_int_equal(m.state, RECIPIENT_GOOD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stranger_called_gone_is_suppressed),
		cmocka_unit_test(a_good_one_rests_and_is_suppressed_when_it_is_gone_a_day_later),
		cmocka_unit_test(rest_ends_when_it_accepts),
		cmocka_unit_test(long_ago_is_not_good),
		cmocka_unit_test(soft_refusals_need_count_and_span),
		cmocka_unit_test(called_unknown_by_a_filter_is_soft),
		cmocka_unit_test(what_is_not_about_the_recipient_changes_nothing),
		cmocka_unit_test(a_held_refusal_suppresses_nobody),
		cmocka_unit_test(amnesty_never_touches_complaints),
		cmocka_unit_test(a_late_acceptance_undoes_nothing_newer),
		cmocka_unit_test(a_late_acceptance_shows_who_was_no_stranger),
		cmocka_unit_test(a_late_refusal_undoes_no_acceptance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
