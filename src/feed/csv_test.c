/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static void
expect(struct csv *c, unsigned line, const char *a, const char *b)
{
	assert_true(csv_next(c));
	assert_int_equal(c->line, line);
	assert_int_equal(c->n, 2);
	assert_true(sv_eq(c->fields[0], sv_from(a)));
	assert_true(sv_eq(c->fields[1], sv_from(b)));
}

static void
quotes_line_ends_and_the_mark_are_read(void **state)
{
	struct csv c;

	(void)state;
	csv_init(&c, SV("\xef\xbb\xbf"
			"a,b\r\n\r\n\"x\"\"y\", z \n\"two\nlines\",\nlast,\"open"));
	expect(&c, 1, "a", "b");
	expect(&c, 3, "x\"y", "z");
	expect(&c, 4, "two\nlines", "");
	expect(&c, 6, "last", "open");
	assert_false(csv_next(&c));
	csv_done(&c);
}

static void
semicolons_and_tabs_are_told_by_the_first_line(void **state)
{
	struct csv c;

	(void)state;
	csv_init(&c, SV("a;b\nx,y;z\n"));
	expect(&c, 1, "a", "b");
	expect(&c, 2, "x,y", "z");
	csv_done(&c);
	csv_init(&c, SV("a\tb\n"));
	expect(&c, 1, "a", "b");
	csv_done(&c);
}

static void
too_many_fields_are_left_out(void **state)
{
	struct csv c;
	char text[300];

	(void)state;
	memset(text, ',', sizeof(text));
	csv_init(&c, sv_make(text, sizeof(text)));
	assert_true(csv_next(&c));
	assert_int_equal(c.n, CSV_FIELDS_MAX);
	assert_false(csv_next(&c));
	csv_done(&c);
}

static void
what_is_written_is_read_back(void **state)
{
	static const char *const texts[] = { "a@b.example", "\"x,y\"@b.example", "a;b",
		"two\nlines", "" };
	struct buf b;
	struct csv c;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_clear(&b);
		csv_cell(&b, sv_from(texts[i]));
		buf_str(&b, ",end\n");
		csv_init(&c, buf_view(&b));
		expect(&c, 1, texts[i], "end");
		csv_done(&c);
	}
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_line_ends_and_the_mark_are_read),
		cmocka_unit_test(semicolons_and_tabs_are_told_by_the_first_line),
		cmocka_unit_test(too_many_fields_are_left_out),
		cmocka_unit_test(what_is_written_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
