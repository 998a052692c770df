/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static void
what_a_file_does_not_name_has_its_default(void **state)
{
	struct settings s;
	struct why why;

	(void)state;
	assert_int_equal(settings_read("f", SV("# only this\n"), &s, &why), ERR_OK);
	assert_string_equal(s.store, "/var/lib/carom/carom.db");
	assert_int_equal(s.log.n, 1);
	assert_string_equal(s.log.all[0], "/var/log/mail.log");
	assert_int_equal(s.max_age_s, 600);
	assert_string_equal(s.postfix_chroot, "");
	settings_done(&s);
	assert_int_equal(settings_read("f",
			     SV("journal: true\nlog: []\nconnections: 7\n"
				"transactional_senders: [shop.example, a@b.example]\n"),
			     &s, &why),
	    ERR_OK);
	assert_true(s.journal);
	assert_int_equal(s.log.n, 0);
	assert_int_equal(s.connections, 7);
	assert_int_equal(s.transactional.n, 2);
	assert_string_equal(s.transactional.all[1], "a@b.example");
	settings_done(&s);
}

static void
what_is_wrong_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text, *place, *words;
	} rows[] = {
		{ "connections: 0\n", "f:1:", "from 1 to 500000" },
		{ "\nconnections: many\n", "f:2:", "whole number" },
		{ "store: carom.db\n", "f:1:", "begins with /" },
		{ "log: [mail.log]\n", "f:1:", "begin with /" },
		{ "journal: yes\n", "f:1:", "true or false" },
		{ "map_type: pcre\n", "f:1:", "hash btree lmdb cdb" },
		{ "storage: /x\n", "f:1:", "unknown key 'storage'" },
		{ "idle: 5\nidle: 6\n", "f:2:", "idle" },
		{ "log: []\n", "f:", "name a log" },
		{ "store: [\n", "f:", "" },
		{ "- a\n", "f:1:", "mapping" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings s;
		struct why why;

		assert_int_equal(settings_read("f", sv_from(rows[i].text), &s, &why), ERR_DATA);
		if (!sv_starts(sv_from(why.text), sv_from(rows[i].place)) ||
		    sv_find(sv_from(why.text), sv_from(rows[i].words)) < 0) {
			fail_msg("%s: %s", rows[i].text, why.text);
		}
	}
}

static void
what_is_printed_can_be_read_again(void **state)
{
	struct settings s;
	struct settings again;
	struct buf a;
	struct buf b;
	struct why why;

	(void)state;
	buf_init(&a, 0);
	buf_init(&b, 0);
	assert_int_equal(
	    settings_read("f", SV("log: ['/a \"b\"', /c]\npolicy: 'x\\y'\n"), &s, &why), ERR_OK);
	settings_print(&s, &a);
	assert_int_equal(settings_read("g", buf_view(&a), &again, &why), ERR_OK);
	settings_print(&again, &b);
	assert_string_equal(a.p, b.p);
	assert_string_equal(again.log.all[0], "/a \"b\"");
	assert_string_equal(again.policy, "x\\y");
	settings_done(&s);
	settings_done(&again);
	buf_done(&a);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_file_does_not_name_has_its_default),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(what_is_printed_can_be_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
