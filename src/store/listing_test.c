/* SPDX-License-Identifier: Apache-2.0 */
#include "store/listing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* The five above are needed by cmocka.h. */
#include <cmocka.h>

static char path[64];

static int
set_up(void **state)
{
	const struct store_options opt = { .path = path, .create = true };
	struct store *s = NULL;

	(void)snprintf(path, sizeof(path), "/tmp/carom-listing.%d.db", (int)getpid());
	(void)unlink(path);
	if (store_open(&opt, &s, NULL) != ERR_OK) {
		return -1;
	}
	*state = s;
	return 0;
}

static int
tear_down(void **state)
{
	struct store *s = *state;

	store_close(&s);
	return unlink(path);
}

static void
seen(struct store *s, const char *target, int64_t t_s, bool is_new)
{
	const struct stored_listing l = { .target = sv_from(target),
		.zone = SV_INIT("zen.example"),
		.says = SV_INIT("spam"),
		.seen_s = t_s };

	store_begin(s);
	assert_int_equal(store_listing_seen(s, &l), is_new);
	assert_int_equal(store_commit(s, NULL), ERR_OK);
}

static bool
count_row(void *context, const struct stored_listing *l)
{
	int64_t *sum = context;

	sum[0]++;
	sum[1] += l->cleared_s;
	return true;
}

static void
test_a_listing_has_a_beginning_and_an_end(void **state)
{
	struct store *s = *state;
	int64_t sum[2] = { 0 };

	assert_int_equal(store_listing_since(s, SV("192.0.2.1"), SV("zen.example")), 0);
	seen(s, "192.0.2.1", 100, true);
	seen(s, "192.0.2.1", 200, false);
	seen(s, "192.0.2.2", 200, true);
	assert_int_equal(store_listing_since(s, SV("192.0.2.1"), SV("zen.example")), 100);
	store_begin(s);
	assert_true(store_listing_cleared(s, SV("192.0.2.1"), SV("zen.example"), 300));
	assert_false(store_listing_cleared(s, SV("192.0.2.1"), SV("zen.example"), 301));
	assert_false(store_listing_cleared(s, SV("192.0.2.9"), SV("zen.example"), 301));
	assert_int_equal(store_commit(s, NULL), ERR_OK);
	assert_int_equal(store_listing_since(s, SV("192.0.2.1"), SV("zen.example")), 0);
	seen(s, "192.0.2.1", 400, true);
	store_listings(s, count_row, sum);
	assert_int_equal(sum[0], 3);
	assert_int_equal(sum[1], 300);
}

static void
test_health_counts_only_while_good(void **state)
{
	struct store *s = *state;
	struct stored_health h = { .zone = SV_INIT("zen.example"), .checked_s = 5, .good = true };

	store_health_put(s, &h);
	assert_int_equal(store_health_good_s(s, h.zone), 5);
	h.good = false;
	h.checked_s = 6;
	store_health_put(s, &h);
	assert_int_equal(store_health_good_s(s, h.zone), 0);
}

static void
test_a_record_that_changed(void **state)
{
	struct store *s = *state;
	struct stored_record r = { SV_INIT("a.example"), SV_INIT("dkim"), SV_INIT("s._domainkey.a"),
		SV_INIT("p=A"), 0, 10 };
	struct buf old;

	buf_init(&old, 0);
	assert_false(store_record_seen(s, &r, &old));
	r.last_s = 20;
	buf_clear(&old);
	assert_false(store_record_seen(s, &r, &old));
	assert_int_equal(store_record_since(s, r.kind, r.name), 10);
	r.last_s = 30;
	r.value = SV("p=B");
	buf_clear(&old);
	assert_true(store_record_seen(s, &r, &old));
	assert_string_equal(old.p, "p=A");
	assert_int_equal(store_record_since(s, r.kind, r.name), 30);
	buf_done(&old);
}

static bool
alert_row(void *context, const struct stored_alert *a)
{
	assert_true(sv_eq(a->kind, SV("listing")));
	*(int64_t *)context += a->t_s;
	return true;
}

static void
test_alerts_come_in_order(void **state)
{
	struct store *s = *state;
	struct stored_alert a = { 0, 7, SV_INIT("listing"), SV_INIT("192.0.2.1"), SV_INIT("x") };
	int64_t sum = 0;

	store_alerts(s, 0, alert_row, &sum);
	assert_int_equal(sum, 0);
	store_alert_put(s, &a);
	a.t_s = 9;
	store_alert_put(s, &a);
	store_alerts(s, 8, alert_row, &sum);
	assert_int_equal(sum, 9);
}

static void
test_an_alert_is_not_told_twice(void **state)
{
	struct store *s = *state;
	struct stored_alert a = { 0, 100 * 86400, SV_INIT("listing"), SV_INIT("a"), SV_INIT("x") };

	assert_true(store_alert_once(s, &a, 30));
	a.says = SV("y"); /* other figures, the same thing */
	a.t_s += 29 * 86400;
	assert_false(store_alert_once(s, &a, 30));
	a.subject = SV("b");
	assert_true(store_alert_once(s, &a, 30));
	a.subject = SV("a");
	a.t_s += 86400;
	assert_true(store_alert_once(s, &a, 30));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_listing_has_a_beginning_and_an_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_health_counts_only_while_good, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_record_that_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_alerts_come_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_alert_is_not_told_twice, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
