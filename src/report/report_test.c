/* SPDX-License-Identifier: Apache-2.0 */
#include "report/heard.h"
#include "report/histogram.h"
#include "report/interval.h"
#include "report/render_private.h"
#include "report/trend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>

/* Values of the Wilson interval from Newcombe (1998), table I. */
static void
shares_have_wilson_intervals(void **state)
{
	struct share s = share_of(81, 263);
	struct share none = share_of(0, 20);
	struct share high = share_of(40, 100);
	struct share low = share_of(5, 1000);

	(void)state;
	assert_true(fabs(s.low - 0.2553) < 5e-4 && fabs(s.high - 0.3662) < 5e-4);
	assert_true(none.low == 0.0 && fabs(none.high - 0.1611) < 5e-4);
	assert_true(share_disproportionate(&high, &low));
	assert_false(share_disproportionate(&low, &high));
	high = share_of(4, 10); /* too few to say so */
	assert_false(share_disproportionate(&high, &low));
}

static void
percentiles_are_close(void **state)
{
	struct histogram *h = calloc(1, sizeof(*h));

	(void)state;
	for (int64_t ms = 1; ms <= 100000; ms++) {
		histogram_add(h, ms * 1000);
	}
	assert_true(fabs((double)histogram_at(h, 500) / 50e6 - 1) < 0.045);
	assert_true(fabs((double)histogram_at(h, 990) / 99e6 - 1) < 0.045);
	histogram_add(h, -5);
	histogram_add(h, INT64_MAX / 32);
	free(h);
}

static void
trends_keep_every_count(void **state)
{
	struct trend t = { 0 };
	uint64_t cells[10];
	uint64_t sum = 0;
	int64_t day = INT64_C(1600646400) * US_PER_SECOND;

	(void)state;
	for (int64_t i = 0; i < 5000; i++) {
		trend_add(&t, day + (i * 7919 % 5000) * 60 * US_PER_SECOND);
	}
	trend_add(&t, day - 3 * US_PER_DAY);
	trend_counts(&t, t.first_us, t.last_us, 10, cells);
	for (int i = 0; i < 10; i++) {
		sum += cells[i];
	}
	assert_int_equal(sum, 5001);
	assert_int_equal(t.first_us, day - 3 * US_PER_DAY);
}

static void
heard_recipients_are_bounded(void **state)
{
	struct hash_key key = { 1, 2 };
	struct heard *h = heard_new(64, &key);
	char text[32];

	(void)state;
	assert_true(heard_put(h, SV("User@Example.com")));
	assert_false(heard_put(h, SV("user@example.com")));
	assert_true(heard_has(h, SV("USER@EXAMPLE.COM")));
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(text, sizeof(text), "u%d@example.com", i);
		(void)heard_put(h, sv_from(text));
	}
	assert_true(heard_has(h, SV("u999@example.com")));
	assert_int_equal(heard_count(h) + heard_forgotten(h), 1001);
	heard_free(&h);
}

/* Masked names are alike: one line for all of a form, with how many. */
static void
doubts_are_shown_once_a_form(void **state)
{
	char name[] = "a.test", ann[] = "anna@a.test", anton[] = "anton@a.test",
	     bob[] = "bob@b.test";
	char *list[] = { ann, anton, bob };
	struct group g = {
		.name = name, .unknown = 4, .doubts = 4, .doubt_list = list, .n_doubt_list = 3
	};
	struct render r = { .tally = tally_new(NULL, &(struct hash_key){ 1, 2 }), .width = 80 };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	text_group(&r, &b, &g);
	assert_non_null(strstr(b.p, "an***@a.test (2 of that form)\n           bo***@b.test\n"));
	assert_non_null(strstr(b.p, "... and 1 more\n           (--show-addresses"));
	r.addresses = true;
	b.n = 0;
	text_group(&r, &b, &g);
	assert_non_null(
	    strstr(b.p, "anna@a.test\n           anton@a.test\n           bob@b.test\n"));
	buf_done(&b);
	tally_free(&r.tally);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_have_wilson_intervals),
		cmocka_unit_test(percentiles_are_close),
		cmocka_unit_test(trends_keep_every_count),
		cmocka_unit_test(heard_recipients_are_bounded),
		cmocka_unit_test(doubts_are_shown_once_a_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
