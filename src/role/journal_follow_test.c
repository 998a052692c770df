/* SPDX-License-Identifier: Apache-2.0 */
#include "role/journal_follow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static uint64_t
number(struct journal_follow *j, unsigned i)
{
	char line[200];

	(void)snprintf(line, sizeof(line),
	    "{\"__CURSOR\":\"s=ab;i=%x;b=cd;m=1;t=%x;x=9\",\"__REALTIME_TIMESTAMP\":\"%u\","
	    "\"MESSAGE\":\"m\"}",
	    i, 1000 + i, 1000 + i);
	return journal_number(j, sv_from(line));
}

static void
entries_are_numbered_from_where_the_last_reading_ended(void **state)
{
	struct journal_follow j;
	struct journal_follow again;

	(void)state;
	journal_begin(&j, SV(""), 0);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(number(&j, i), i);
	}
	assert_string_equal(j.cursor, "s=ab;i=4;b=cd;m=1;t=3ec;x=9");
	journal_begin(&again, sv_from(j.cursor), 5);
	assert_int_equal(again.cursor_us, 1004);
	for (unsigned i = 2; i <= 4; i++) {
		assert_true(number(&again, i) < 5);
	}
	assert_int_equal(number(&again, 5), 5);
	assert_int_equal(number(&again, 6), 6);
}

static void
a_cursor_that_the_journal_lost_is_passed_by_its_time(void **state)
{
	struct journal_follow j;

	(void)state;
	journal_begin(&j, SV("s=other;i=1;b=cd;m=1;t=3ec;x=9"), 7);
	assert_int_equal(number(&j, 3), 0);
	assert_int_equal(number(&j, 5), 7);
	journal_begin(&j, SV("no cursor"), 7);
	assert_int_equal(number(&j, 3), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_numbered_from_where_the_last_reading_ended),
		cmocka_unit_test(a_cursor_that_the_journal_lost_is_passed_by_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
