/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/batv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define PLAIN "bounces+angry=three.example@shop.example"

/* The signature is that of Python's hmac module. */
static void
only_what_is_signed_with_the_key_holds(void **state)
{
	static const struct {
		const char *address, *key;
		bool holds;
	} cases[] = {
		{ "prvs=4330e3640a=" PLAIN, "secret", true },
		{ "<PRVS=4330e3640a=" PLAIN ">", "secret", true },
		{ "prvs=4330e3640a=" PLAIN, "Secret", false },
		{ "prvs=4330e3640a=" PLAIN, "", false },
		{ "prvs=4331e3640a=" PLAIN, "secret", false }, /* another day */
		{ "prvs=4330e3640a=bounces+other=three.example@shop.example", "secret", false },
		{ "prvs=4330ffffff=" PLAIN, "secret", false },
		{ "prvs=433e3640a=" PLAIN, "secret", false },
		{ "prvs=4330e3640a", "secret", false },
		{ "prvs=4330e3640a=nobody", "secret", false },
		{ PLAIN, "secret", false },
		{ "", "secret", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char room[BATV_ADDRESS_MAX];
		struct sv plain = { 0 };

		if (batv_holds(sv_from(cases[i].address), sv_from(cases[i].key), room, &plain) !=
		    cases[i].holds) {
			fail_msg("%s", cases[i].address);
		}
		if (cases[i].holds) {
			assert_true(sv_eq(plain, SV(PLAIN)));
		}
	}
	assert_true(batv_is(SV("prvs=4330ffffff=" PLAIN)));
	assert_false(batv_is(SV(PLAIN)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_signed_with_the_key_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
