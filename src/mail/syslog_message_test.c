/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/postfix.h"
#include "mail/syslog_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

#define NOW SV("2026-11-28T10:00:09+00:00")

static void
forms_become_lines(void **state)
{
	static const struct {
		const char *datagram;
		unsigned facility;
		const char *line;
	} cases[] = {
		{ "<22>1 2026-11-28T10:00:00.5Z mx postfix/smtp 99 - - 4Bc: removed", 2,
		    "2026-11-28T10:00:00.5Z mx postfix/smtp[99]: 4Bc: removed\n" },
		{ "<22>1 2026-11-28T10:00:00Z mx postfix/smtp 99 ID7 [a@1 b=\"c\\]\"][d e=\"]\"] "
		  "\xef\xbb\xbf"
		  "text",
		    2, "2026-11-28T10:00:00Z mx postfix/smtp[99]: text\n" },
		{ "<22>1 - - postfix/qmgr - - -", 2,
		    "2026-11-28T10:00:09+00:00 here postfix/qmgr: \n" },
		{ "<22>Nov 28 10:00:00 mx postfix/smtp[99]: a: b\n", 2,
		    "Nov 28 10:00:00 mx postfix/smtp[99]: a: b\n" },
		{ "<22>Nov  8 10:00:00 postfix/smtp[99]: a", 2,
		    "Nov  8 10:00:00 here postfix/smtp[99]: a\n" },
		{ "<134>2026-11-28T10:00:00.123456+01:00 mx.example.net out/smtp[7]: a", 16,
		    "2026-11-28T10:00:00.123456+01:00 mx.example.net out/smtp[7]: a\n" },
		{ "Nov 28 10:00:00 mx postfix/smtp: a\tb\nc", SYSLOG_FACILITY_NONE,
		    "Nov 28 10:00:00 mx postfix/smtp: a b c\n" },
		{ "<22>Nov 28 10:00:00 mx postfix/smtp[x]: no number", 2,
		    "Nov 28 10:00:00 mx postfix/smtp: no number\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct syslog_message m;
		struct syslog_head h;
		struct buf b;

		buf_init(&b, 0);
		assert_true(syslog_message_read(sv_from(cases[i].datagram), &m));
		assert_int_equal(m.facility, cases[i].facility);
		syslog_message_line(&m, NOW, SV("here"), &b);
		assert_string_equal(b.p, cases[i].line);
		assert_true(syslog_head_take(sv_trim(buf_view(&b)), &h) || m.text.n == 0);
		buf_done(&b);
	}
}

static void
what_is_none_is_refused(void **state)
{
	static const char *const cases[] = { "", "<22>", "text", "<22>text without a date",
		"<22>Nov 38 10:00:00 mx postfix/smtp[1]: a", "<22>Nov 28 10:00:00 mx no tag",
		"<22>1 2026-11-28 mx postfix/smtp 99 - - a",
		"<22>1 2026-11-28T10:00:00Z mx - 99 - - a",
		"<22>1 2026-11-28T10:00:00Z mx postfix/smtp 99 - [a b=\"c a",
		"<22>1 2026-11-28T10:00:00Z mx postfix/smtp 99 - xyz a",
		"<22>1 2026-11-28T10:00:00Z m\tx postfix/smtp 99 - - a",
		"<192>Nov 28 10:00:00 t: a" };
	struct syslog_message m;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (syslog_message_read(sv_from(cases[i]), &m)) {
			fail_msg("taken: %s", cases[i]);
		}
	}
}

static void
facilities_have_names(void **state)
{
	unsigned f = 0;

	(void)state;
	assert_true(syslog_facility_find(SV("mail"), &f) && f == 2);
	assert_true(syslog_facility_find(SV("local7"), &f) && f == 23);
	assert_true(syslog_facility_find(SV("any"), &f) && f == SYSLOG_FACILITY_NONE);
	assert_false(syslog_facility_find(SV("letters"), &f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_become_lines),
		cmocka_unit_test(what_is_none_is_refused),
		cmocka_unit_test(facilities_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
