/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_place.h"

/* What the store keeps for a while, and what it keeps back until the end of a transaction. */

static void
put_events(struct store *s, int64_t day, size_t n)
{
	struct why why;

	store_begin(s);
	for (size_t i = 0; i < n; i++) {
		struct stored_event e = { .t_us = day * LANE_DAY * 1000000 + (int64_t)i };

		store_event_put(s, &e);
		store_sent_put(s, e.id, 1, e.id);
	}
	assert_int_equal(store_commit(s, &why), ERR_OK);
}

static bool
count_event(void *context, const struct stored_event *e)
{
	(void)e;
	++*(size_t *)context;
	return true;
}

static void
events_are_forgotten_by_age_and_a_clock_that_jumps_forgets_none(void **state)
{
	const int64_t age_us = INT64_C(30) * LANE_DAY * 1000000;
	struct place p;
	struct store *s;
	struct sent sent;
	size_t n = 0;

	(void)state;
	place_new(&p);
	s = open_at(&p, false);
	put_events(s, 18000, 500);
	put_events(s, 90000, 10); /* it is not that day */
	put_events(s, 18001, 1001);
	store_begin(s);
	assert_int_equal(store_events_forget(s, age_us), 0);
	assert_int_equal(store_commit(s, NULL), ERR_OK);
	put_events(s, 18032, 1001); /* the 18000th is older than 30 days, the 18002nd is not */
	store_begin(s);
	assert_int_equal(store_events_forget(s, age_us), 500);
	assert_int_equal(store_events_forget(s, age_us), 0);
	assert_int_equal(store_commit(s, NULL), ERR_OK);
	store_events(s, 0, count_event, &n);
	assert_int_equal(n, 10 + 1001 + 1001);
	n = 0;
	store_events_after(s, 511, count_event, &n);
	assert_int_equal(n, 1001 + 1001 - 1);
	assert_int_equal(store_sent(s, 500, &sent, 1), 0);
	assert_int_equal(store_sent(s, 501, &sent, 1), 1);
	store_close(&s);
	place_done(&p);
}

static void
the_state_is_of_the_last_event_and_of_its_transaction(void **state)
{
	struct place p;
	struct store *s;
	struct buf b;
	uint64_t event = 0;

	(void)state;
	place_new(&p);
	buf_init(&b, 0);
	s = open_at(&p, false);
	assert_false(store_state_get(s, &event, &b));
	put_events(s, 18000, 7);
	store_begin(s);
	store_state_put(s, SV("one"));
	assert_int_equal(store_commit(s, NULL), ERR_OK);
	store_begin(s);
	store_state_put(s, SV("two"));
	store_rollback(s);
	assert_true(store_state_get(s, &event, &b));
	assert_int_equal(event, 7);
	assert_true(sv_eq(buf_view(&b), SV("one")));
	buf_done(&b);
	store_close(&s);
	place_done(&p);
}

static void
a_message_is_found_before_the_commit_and_its_later_event_counts(void **state)
{
	struct place p;
	struct store *s;
	struct sent sent[3];
	struct why why;
	uint64_t event = 0;

	(void)state;
	place_new(&p);
	s = open_at(&p, false);
	store_begin(s);
	store_sent_put(s, UINT64_MAX, 5, 12); /* as the hashes: any 64 bits */
	store_sent_put(s, 7, 5, 11);
	store_sent_put(s, UINT64_MAX, 5, 10);
	store_sent_put(s, UINT64_MAX, 6, 13);
	assert_true(store_was_sent(s, UINT64_MAX, 5, &event));
	assert_int_equal(event, 12);
	store_sent_put(s, 7, 5, 14);
	assert_int_equal(store_commit(s, &why), ERR_OK);
	assert_int_equal(store_sent(s, UINT64_MAX, sent, 3), 2);
	assert_true(store_was_sent(s, 7, 5, &event));
	assert_int_equal(event, 14);
	store_begin(s);
	store_sent_put(s, 8, 5, 15);
	store_rollback(s);
	store_begin(s);
	assert_int_equal(store_commit(s, &why), ERR_OK);
	assert_false(store_was_sent(s, 8, 5, &event));
	store_close(&s);
	place_done(&p);
}

static void
more_messages_than_may_wait_are_all_there(void **state)
{
	const uint64_t n = 70000;
	struct place p;
	struct store *s;
	struct why why;

	(void)state;
	place_new(&p);
	s = open_at(&p, false);
	store_begin(s);
	for (uint64_t i = 0; i < n; i++) {
		store_sent_put(s, (i * 48271) % n, i, i + 1);
	}
	assert_int_equal(store_commit(s, &why), ERR_OK);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t event = 0;

		assert_true(store_was_sent(s, (i * 48271) % n, i, &event));
		assert_int_equal(event, i + 1);
	}
	store_close(&s);
	place_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_forgotten_by_age_and_a_clock_that_jumps_forgets_none),
		cmocka_unit_test(the_state_is_of_the_last_event_and_of_its_transaction),
		cmocka_unit_test(a_message_is_found_before_the_commit_and_its_later_event_counts),
		cmocka_unit_test(more_messages_than_may_wait_are_all_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
