/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "remember/recipients.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define DAY 86400.0

static const struct hash_key key = { 3, 4 };

static uint32_t
put(struct recipients *r, unsigned i)
{
	struct buf b;
	uint32_t number;

	buf_init(&b, 0);
	buf_fmt(&b, "user%u@example.com", i);
	number = recipients_put(r, buf_view(&b));
	buf_done(&b);
	return number;
}

static void
addresses_keep_their_number(void **unused)
{
	struct recipients r;

	(void)unused;
	recipients_init(&r, &key, 1000000);
	for (unsigned i = 0; i < 100000; i++) {
		assert_int_equal(put(&r, i), i);
	}
	for (unsigned i = 0; i < 100000; i++) {
		assert_int_equal(put(&r, i), i);
	}
	assert_int_equal(r.n, 100000);
	assert_int_equal(recipients_find(&r, SV("USER17@Example.COM")), 17);
	assert_int_equal(recipients_find(&r, SV("nobody@example.com")), RECIPIENT_NONE);
	recipients_done(&r);
}

static void
expected_room_changes_nothing(void **unused)
{
	struct recipients r;

	(void)unused;
	recipients_init(&r, &key, 1000000);
	assert_int_equal(put(&r, 1), 0);
	recipients_expect(&r, 50000);
	assert_int_equal(put(&r, 1), 0);
	assert_int_equal(put(&r, 2), 1);
	recipients_done(&r);
}

static void
memory_is_bounded_and_the_used_stay(void **unused)
{
	struct recipients r;
	size_t bytes;

	(void)unused;
	recipients_init(&r, &key, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		recipient_accepted(recipients_at(&r, put(&r, i)), 100.0);
	}
	bytes = recipients_bytes(&r);
	assert_int_equal(r.forgotten, 0);
	for (unsigned i = 1000; i < 20000; i++) {
		(void)put(&r, 7); /* in use all the time */
		(void)put(&r, i);
	}
	assert_int_equal(r.n, 1000);
	assert_int_equal(r.forgotten, 19000);
	assert_int_equal(recipients_bytes(&r), bytes);
	assert_int_equal(recipients_find(&r, SV("user7@example.com")), 7);
	assert_int_equal(recipients_at(&r, 7)->accepted_s, 100);
	assert_int_equal(recipients_find(&r, SV("user8@example.com")), RECIPIENT_NONE);
	/* Every one that is there is found under its own number. */
	for (unsigned i = 19990; i < 20000; i++) {
		uint32_t number = put(&r, i);

		assert_true(number < 1000 && recipients_at(&r, number)->accepted_s == 0);
	}
	recipients_done(&r);
}

static void
a_recipient_is_small(void **unused)
{
	struct recipients r;

	(void)unused;
	recipients_init(&r, &key, 1u << 20);
	for (unsigned i = 0; i < 1u << 20; i++) {
		(void)put(&r, i);
	}
	assert_true(recipients_bytes(&r) <= 120 * r.n);
	assert_int_equal(recipients_bytes(&r) / r.n, 64);
	recipients_done(&r);
}

static void
a_run_has_count_and_span(void **unused)
{
	struct recipient p = { 0 };

	(void)unused;
	assert_true(recipient_good_days(&p, 5) < 0);
	recipient_accepted(&p, 1000 * DAY);
	recipient_refused(&p, REFUSAL_FULL, 1001 * DAY);
	recipient_refused(&p, REFUSAL_FULL, 1011 * DAY);
	recipient_refused(&p, REFUSAL_GONE, 1012 * DAY);
	assert_int_equal(p.counts[REFUSAL_FULL], 2);
	assert_true(recipient_span_s(&p, REFUSAL_FULL) == 10 * DAY);
	assert_int_equal(p.counts[REFUSAL_GONE], 1);
	assert_int_equal(p.counts[REFUSAL_SOFT], 0);
	assert_true(recipient_good_days(&p, 1013 * DAY) == 13);
	assert_true(recipient_since_gone_s(&p, 1013 * DAY) == DAY);
	recipient_accepted(&p, 1020 * DAY);
	assert_int_equal(p.counts[REFUSAL_FULL], 0);
	assert_int_equal(p.counts[REFUSAL_GONE], 0);
	assert_true(recipient_span_s(&p, REFUSAL_FULL) == 0);
	/* That it was once called gone is kept: a retest may have found it. */
	assert_true(recipient_since_gone_s(&p, 1020 * DAY) == 8 * DAY);
}

static void
late_events_take_nothing_back(void **unused)
{
	struct recipient in_order = { 0 };
	struct recipient late = { 0 };

	(void)unused;
	recipient_refused(&in_order, REFUSAL_GONE, 100);
	recipient_accepted(&in_order, 200);
	recipient_refused(&in_order, REFUSAL_FULL, 300);
	recipient_refused(&late, REFUSAL_FULL, 300);
	recipient_accepted(&late, 200);
	recipient_refused(&late, REFUSAL_GONE, 100);
	assert_memory_equal(&in_order, &late, sizeof(late));
	recipient_accepted(&late, 150);
	assert_int_equal(late.accepted_s, 200);
	assert_true(recipient_good_days(&late, 150) == 0);
}

static void
counts_do_not_wrap(void **unused)
{
	struct recipient p = { 0 };

	(void)unused;
	for (unsigned i = 0; i < 70000; i++) {
		recipient_refused(&p, REFUSAL_SOFT, 100 + i);
	}
	assert_int_equal(p.counts[REFUSAL_SOFT], UINT16_MAX);
	recipient_refused(&p, REFUSAL_SOFT, 1e300);
	assert_int_equal(p.runs[REFUSAL_SOFT].last_s, UINT32_MAX);
	recipient_refused(&p, REFUSAL_SOFT, -5);
	assert_int_equal(p.runs[REFUSAL_SOFT].first_s, 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_keep_their_number),
		cmocka_unit_test(expected_room_changes_nothing),
		cmocka_unit_test(memory_is_bounded_and_the_used_stay),
		cmocka_unit_test(a_recipient_is_small),
		cmocka_unit_test(a_run_has_count_and_span),
		cmocka_unit_test(late_events_take_nothing_back),
		cmocka_unit_test(counts_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
