/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/test_world.h"

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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bank_adds_what_the_equation_says),
		cmocka_unit_test(bank_clamps_one_event),
		cmocka_unit_test(bank_is_a_martingale_under_the_null),
		cmocka_unit_test(bank_mass_of_a_list_is_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
