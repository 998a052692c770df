/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/json_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

/* "NAME=VALUE,...;" of each object that has a member "email". */
static bool
tell(void *context, const struct csv *names, const struct csv *values)
{
	struct buf *out = context;
	bool is_row = false;

	for (size_t i = 0; i < names->n; i++) {
		is_row = is_row || sv_eq(names->fields[i], SV("email"));
	}
	for (size_t i = 0; is_row && i < names->n; i++) {
		buf_sv(out, names->fields[i]);
		buf_char(out, '=');
		buf_sv(out, values->fields[i]);
		buf_char(out, ',');
	}
	if (is_row) {
		buf_fmt(out, "%u;", names->line);
	}
	return is_row;
}

static void
expect(const char *text, const char *rows, unsigned bad_line)
{
	struct buf out;
	char expected[JSON_LIST_WHY] = "";
	unsigned line;
	bool fine;

	buf_init(&out, 0);
	assert_true(json_list_is(sv_from(text)));
	fine = json_list_each(sv_from(text), tell, &out, &line, expected);
	buf_char(&out, '\0');
	assert_string_equal(out.p, rows);
	assert_int_equal(fine ? 0 : line, bad_line);
	assert_true(fine || expected[0] != '\0');
	buf_done(&out);
}

static void
arrays_objects_with_arrays_and_lines_are_lists(void **state)
{
	(void)state;
	expect(" [{\"email\":\"a@x\",\"at\":12},\n{\"email\":\"b@x\"}]",
	    "email=a@x,at=12,1;email=b@x,1;", 0);
	expect("{\"paging\":{\"next\":\"\"},\"items\":[{\"email\":\"a@x\",\"tags\":[\"*\"],\"at\":"
	       "7.9}]}",
	    "email=a@x,tags=,at=7,1;", 0);
	expect("\xef\xbb\xbf{\"email\":\"a@x\"}\r\n\n{\"email\":\"b@x\",\"none\":null}\n",
	    "email=a@x,1;email=b@x,none=,3;", 0);
	expect("[[],[[{\"email\":\"\\u00e4@x\"}]],3]", "email=\xc3\xa4@x,1;", 0);
}

static void
what_is_broken_is_told_with_its_line(void **state)
{
	(void)state;
	expect("{\"email\":\"a@x\"}\n{\"email\":\"b@x\"\n", "email=a@x,1;", 3);
	expect("{\"email\":\"a@x\"}\n\n{email}\n", "email=a@x,1;", 3);
	expect("[", "", 1);
}

static void
what_lies_too_deep_is_left_out(void **state)
{
	(void)state;
	expect("[[[[[[[{\"email\":\"a@x\"}]]]]]]]", "email=a@x,1;", 0);
	expect("[[[[[[[[{\"email\":\"a@x\"}]]]]]]]]", "", 0);
}

static void
csv_is_no_json(void **state)
{
	(void)state;
	assert_false(json_list_is(SV("email,created\n{,}")));
	assert_false(json_list_is(SV("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_objects_with_arrays_and_lines_are_lists),
		cmocka_unit_test(what_is_broken_is_told_with_its_line),
		cmocka_unit_test(what_lies_too_deep_is_left_out),
		cmocka_unit_test(csv_is_no_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
