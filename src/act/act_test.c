/* SPDX-License-Identifier: Apache-2.0 */
#include "act/ladder.h"
#include "act/map_file.h"
#include "act/program.h"
#include "act/release.h"
#include "act/route.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static void
the_ladder_goes_down_and_no_rung_is_faster_than_asked(void **state)
{
	size_t n;
	const struct rung *all = ladder(&n);

	(void)state;
	for (size_t i = 1; i < n; i++) {
		assert_true(all[i].connections <= all[i - 1].connections);
		assert_true(all[i].delay_s >= all[i - 1].delay_s);
	}
	assert_string_equal(ladder_rung(10, 0)->transport, "carom-4");
	assert_string_equal(ladder_rung(9, 0)->transport, "carom-5");
	assert_string_equal(ladder_rung(0, 0)->transport, "carom-1");
	assert_string_equal(ladder_rung(1, 0)->transport, "carom-11");
	assert_string_equal(ladder_rung(20, 2)->transport, "carom-12");
	assert_string_equal(ladder_rung(1, 1e9)->transport, "carom-13");
	for (unsigned i = 1; i <= n; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "postfix-out/%s", all[i - 1].transport);
		assert_int_equal(ladder_number(sv_from(name)), i);
		assert_ptr_equal(ladder_numbered(i), &all[i - 1]);
	}
	assert_null(ladder_numbered(0));
	assert_null(ladder_numbered((unsigned)n + 1));
	assert_int_equal(ladder_number(SV("postfix")), 0);
	assert_int_equal(ladder_number(SV("carom-4")), 0); /* an instance may have any name */
	assert_int_equal(ladder_number(SV("postfix/carom-pause")), 0);
	assert_int_equal(ladder_number(SV("postfix/carom-41")), 0);
	assert_int_equal(ladder_number(SV("")), 0);
}

static void
route_is(struct route r, const char *expect)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(route_write(&r, &b), expect != NULL);
	assert_string_equal(b.p == NULL ? "" : b.p, expect == NULL ? "" : expect);
	buf_done(&b);
}

static void
a_route_is_one_line_and_only_for_domains(void **state)
{
	const struct rung *five = ladder_rung(8, 0);

	(void)state;
	route_is((struct route){ .domain = SV("Cox.net"), .rung = five }, "cox.net carom-5:\n");
	route_is(
	    (struct route){ .domain = SV("a.example"), .rung = five, .nexthop = SV("cox.net") },
	    "a.example carom-5:cox.net\n");
	route_is((struct route){ .domain = SV("cox.net"), .nexthop = SV("/run/carom/pause") },
	    "cox.net carom-pause:unix:/run/carom/pause\n");
	route_is((struct route){ .domain = SV("*"), .rung = five }, NULL);
	route_is((struct route){ .domain = SV("a.b c"), .rung = five }, NULL);
	route_is((struct route){ .domain = SV("a.b\nc.d"), .rung = five }, NULL);
	route_is((struct route){ .domain = SV(".example"), .rung = five }, NULL);
	route_is((struct route){ .domain = SV("[192.0.2.1]"), .rung = five }, NULL);
	route_is(
	    (struct route){ .domain = SV("cox.net"), .rung = five, .nexthop = SV("[x]") }, NULL);
	route_is((struct route){ .rung = five }, NULL);
}

/* Copies, as postmap does in principle. */
static const char postmap[] =
    "#!/bin/sh\ncase $3 in hash:*) cp \"${3#hash:}\" \"${3#hash:}.db\" ;; esac\n"
    "[ \"$2\" = /etc/postfix ] || { echo \"no such folder\" >&2; exit 1; }\n";

static void
put(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
holds(const char *path, const char *text)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(file_read(path, &b, NULL), ERR_OK);
	assert_string_equal(b.p, text);
	buf_done(&b);
}

static void
a_map_is_replaced_whole_or_not_at_all(void **state)
{
	char dir[] = "/tmp/carom-map-XXXXXX";
	char program[64];
	char maps[64];
	char path[100];
	struct map_file m = { maps, "hash", program, "/etc/postfix" };
	struct why why;
	bool changed;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(program, sizeof(program), "%s/postmap", dir);
	(void)snprintf(maps, sizeof(maps), "%s/maps", dir);
	(void)snprintf(path, sizeof(path), "%s/transport.db", maps);
	put(program, postmap, 0755);
	assert_int_equal(map_file_replace(&m, SV(""), &changed, &why), ERR_OK);
	assert_true(changed);
	holds(path, "");
	assert_int_equal(map_file_replace(&m, SV("a.b carom-1:\n"), &changed, &why), ERR_OK);
	assert_true(changed);
	holds(path, "a.b carom-1:\n");
	assert_int_equal(map_file_replace(&m, SV("a.b carom-1:\n"), &changed, &why), ERR_OK);
	assert_false(changed);
	m.postfix_config = "/nowhere";
	assert_int_equal(map_file_replace(&m, SV("c.d carom-1:\n"), &changed, &why), ERR_IO);
	assert_non_null(strstr(why.text, "no such folder"));
	holds(path, "a.b carom-1:\n");
	m.postmap = "/nowhere/postmap";
	assert_int_equal(map_file_replace(&m, SV("c.d carom-1:\n"), &changed, &why), ERR_IO);
	holds(path, "a.b carom-1:\n");
	(void)snprintf(path, sizeof(path), "rm -rf %s", dir);
	assert_int_equal(system(path), 0);
}

static void
a_program_that_hangs_is_killed(void **state)
{
	const char *const argv[] = { "/bin/sleep", "100", NULL };
	struct why why;

	(void)state;
	assert_int_equal(program_run(argv, 1, &why), ERR_IO);
	assert_non_null(strstr(why.text, "within 1 s"));
}

static void
a_release_grows_while_it_is_accepted(void **state)
{
	struct release r;

	(void)state;
	release_init(&r, 5, 2, 10);
	assert_int_equal(release_due(&r, 100), 5);
	assert_int_equal(release_due(&r, 105), 0);
	assert_int_equal(release_due(&r, 110), 5); /* nothing was heard of the first */
	release_outcome(&r, true);
	assert_int_equal(release_due(&r, 120), 10);
	release_outcome(&r, true);
	release_outcome(&r, false);
	assert_int_equal(release_due(&r, 130), 20);
	release_outcome(&r, false);
	assert_int_equal(release_due(&r, 140), 5);
	release_outcome(&r, false);
	assert_int_equal(release_due(&r, 159), 0);
	assert_int_equal(release_due(&r, 160), 5);
	for (double t = 1000; t < 1100; t++) {
		release_outcome(&r, true);
		(void)release_due(&r, t * 10);
	}
	assert_int_equal(r.batch, RELEASE_BATCH_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ladder_goes_down_and_no_rung_is_faster_than_asked),
		cmocka_unit_test(a_route_is_one_line_and_only_for_domains),
		cmocka_unit_test(a_map_is_replaced_whole_or_not_at_all),
		cmocka_unit_test(a_program_that_hangs_is_killed),
		cmocka_unit_test(a_release_grows_while_it_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
