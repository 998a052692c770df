/* SPDX-License-Identifier: Apache-2.0 */

/* Knowledge that is broken is refused, with its place and what was expected there. */

#include "classify/test_knowledge.h"

static void
a_cause_names_stages_and_causes_that_are_there(void **state)
{
	static const struct {
		const char *at, *want;
	} cases[] = { { "{ dtaa: b }", "expected connect, helo" }, { "{ data: b }", "not there" },
		{ "data", "expected stages and causes" } };
	struct fixture f = { 0 };
	struct why why = { "" };

	(void)state;
	make_folders(&f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[400];

		(void)snprintf(text, sizeof(text),
		    "causes:\n" CAUSE("undetermined", "none", "by_code", ", at: %s"), cases[i].at);
		put(&f, "causes.yaml", text);
		assert_int_not_equal(load(&f, &why), ERR_OK);
		if (strstr(why.text, cases[i].want) == NULL) {
			fail_msg("case %zu: got \"%s\", want \"%s\"", i, why.text, cases[i].want);
		}
	}
	remove_folders(&f);
}

static void
a_broken_file_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "rules:\n  - { id: a, tokn: [x] }\n",
		    "bad.yaml:2:14: error: unknown key 'tokn'" },
		{ "rules:\n  - id: a\n    text: [xx]\n    cause: nobody\n",
		    "bad.yaml:4:12: error: 'nobody' is no cause" },
		{ "rules:\n  - { id: a, text: [xx], match: [yy] }\n",
		    "here is 'match' beside 'text'" },
		{ "rules:\n  - { id: a, text: [xx], cause: blocked, " CASES " }\n",
		    "'sources' is missing here" },
		{ "rules:\n  - { id: a, text: [xx], cause: blocked, " SOURCES ", cases: [] }\n",
		    "at least one case" },
		{ "rules:\n  - { id: g1, text: [xx], cause: blocked, " SOURCES ", " CASES " }\n",
		    "stands in rules/" },
		{ "rules:\n  - id: a\n    match: ['(unclosed']\n    cause: blocked\n    " SOURCES
		  "\n    " CASES "\n",
		    "rules/bad.yaml:3:14: error: expected ')' to end the group" },
		{ "rules:\n\t- a\n", "rules/bad.yaml:2:1: error: a tab or control byte" },
		{ "rules: []\n%a: b\n", "rules/bad.yaml:2:1: error: a line that begins with '%'" },
		{ "rules:\n  - { id: a, code: [650], cause: blocked, " SOURCES ", " CASES " }\n",
		    "expected a reply code" },
		{ "rules:\n  - { id: a, status: [5.1], cause: blocked, " SOURCES ", " CASES " }\n",
		    "expected an enhanced code" },
		{ "rules: [\n", "bad.yaml:" },
		{ "", "is empty" },
		{ "rules:\n  - { id: A b, text: [xx] }\n", "lower case letters" },
		{ "rules:\n  - { id: a, flags: { prefix: X, digits: [4], bits: { 3: y } } }\n",
		    "cannot stand in this kind of file" },
	};
	struct fixture f = { 0 };
	struct why why = { "" };

	(void)state;
	make_folders(&f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(&f, "rules/bad.yaml", cases[i].text);
		assert_int_not_equal(load(&f, &why), ERR_OK);
		if (strstr(why.text, cases[i].want) == NULL) {
			fail_msg("case %zu: got \"%s\", want \"%s\"", i, why.text, cases[i].want);
		}
	}
	remove_folders(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cause_names_stages_and_causes_that_are_there),
		cmocka_unit_test(a_broken_file_is_refused_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
