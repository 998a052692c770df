/* SPDX-License-Identifier: Apache-2.0 */
#include "fact/event.h"
#include "fact/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static void
addresses_are_masked(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "jordan@example.com", "jo***@example.com" },
		{ "jo@example.com", "j***@example.com" },
		{ "j@example.com", "***@example.com" },
		{ "@example.com", "***@example.com" },
		{ "postmaster", "po***" },
		{ "\xc3\xa9\xc3\xa9x@example.com", "\xc3\xa9\xc3\xa9***@example.com" },
		{ "\xff\xfe@b", "***@b" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&b);
		address_mask(sv_from(cases[i].in), &b);
		assert_string_equal(b.p, cases[i].out);
	}
	buf_done(&b);
	assert_true(sv_eq(address_domain(SV("\"a@b\"@c.d")), SV("c.d")));
	assert_int_equal(address_domain(SV("x")).n, 0);
}

static void
names_and_values_agree(void **state)
{
	enum fault f;
	enum lasting l;
	enum quirk q;

	(void)state;
	for (int i = FAULT_NONE; i <= FAULT_NETWORK; i++) {
		assert_true(fault_find(sv_from(fault_name((enum fault)i)), &f));
		assert_int_equal(f, i);
	}
	for (int i = LASTING_NONE; i <= LASTING_BY_CODE; i++) {
		assert_true(lasting_find(sv_from(lasting_name((enum lasting)i)), &l));
		assert_int_equal(l, i);
	}
	assert_true(quirk_find(SV("may_be_false"), &q));
	assert_int_equal(q, QUIRK_MAY_BE_FALSE);
	assert_non_null(quirk_sentence(QUIRK_TEXT_MISLEADS));
	assert_false(fault_find(SV("nobody"), &f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_masked),
		cmocka_unit_test(names_and_values_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
