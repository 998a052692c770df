/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "role/follow.h"
#include "source/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

struct world {
	char dir[32], log[64], rotated[64];
	struct follow f;
	struct follow_sink sink;
	struct buf seen; /* "|" for an input, "OFFSET:LINE " */
	size_t longest;
};

static enum err
on_input(void *context, const char *path, uint64_t identity, int64_t mtime_us, struct why *why)
{
	struct world *w = context;

	(void)path;
	(void)why;
	assert_true(identity != 0 && mtime_us > 0);
	buf_char(&w->seen, '|');
	return ERR_OK;
}

static enum err
on_line(void *context, struct sv line, uint64_t offset, struct why *why)
{
	struct world *w = context;

	(void)why;
	w->longest = line.n > w->longest ? line.n : w->longest;
	buf_fmt(&w->seen, "%llu:%.*s ", (unsigned long long)offset, SV_ARG(sv_head(line, 10)));
	return ERR_OK;
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/carom-follow-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->log, sizeof(w->log), "%s/mail.log", w->dir);
	(void)snprintf(w->rotated, sizeof(w->rotated), "%s/mail.log.1", w->dir);
	buf_init(&w->seen, 0);
	w->sink = (struct follow_sink){ w, on_input, on_line };
	follow_init(&w->f, w->log, &w->sink);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	char command[64];

	follow_done(&w->f);
	buf_done(&w->seen);
	(void)snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

static void
put(const char *path, const char *mode, const char *text)
{
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
sees(struct world *w, const char *expect)
{
	bool more = true;
	struct why why;

	for (int i = 0; more && i < 100; i++) {
		assert_int_equal(follow_step(&w->f, &more, &why), ERR_OK);
	}
	assert_false(more);
	assert_string_equal(w->seen.p == NULL ? "" : w->seen.p, expect);
	buf_clear(&w->seen);
}

static void
lines_come_when_they_are_whole(void **state)
{
	struct world *w = *state;

	sees(w, "");
	put(w->log, "w", "");
	sees(w, "");
	put(w->log, "a", "one\r\ntwo\nth");
	sees(w, "|0:one 5:two ");
	put(w->log, "a", "ree\n\n");
	sees(w, "9:three 15: ");
}

static void
a_renamed_log_is_read_to_its_end(void **state)
{
	struct world *w = *state;

	put(w->log, "w", "one\n");
	sees(w, "|0:one ");
	assert_int_equal(rename(w->log, w->rotated), 0);
	put(w->rotated, "a", "two\n"); /* the writer has not been told yet */
	sees(w, "4:two ");
	put(w->log, "w", ""); /* made by logrotate, and not written to yet */
	put(w->rotated, "a", "three\n");
	sees(w, "8:three ");
	put(w->rotated, "a", "last");
	put(w->log, "a", "new\n");
	sees(w, "14:last |0:new ");
	assert_int_equal(w->f.rotations, 1);
}

static void
a_truncated_log_goes_on_in_its_copy(void **state)
{
	struct world *w = *state;

	put(w->log, "w", "one\ntwo\nthr");
	sees(w, "|0:one 4:two ");
	put(w->rotated, "w", "one\ntwo\nthree\nfour\n");
	put(w->log, "w", "new\n");
	sees(w, "|8:three 14:four |0:new ");
	assert_int_equal(w->f.truncations, 1);
	assert_int_equal(w->f.lost, 0);
	put(w->rotated, "w", "something else\n");
	put(w->log, "w", "a longer one than before, so that only its beginning tells\n");
	sees(w, "|0:a longer o ");
	assert_int_equal(w->f.lost, 1);
}

static void
the_past_is_the_newest_rotated_file(void **state)
{
	struct world *w = *state;
	char command[200];

	put(w->rotated, "w", "one\ntwo\n");
	put(w->log, "w", "three\n");
	assert_int_equal(follow_past(&w->f, NULL), ERR_OK);
	sees(w, "|0:one 4:two |0:three ");
	(void)snprintf(command, sizeof(command), "gzip -f %s", w->rotated);
	assert_int_equal(system(command), 0);
	assert_int_equal(follow_past(&w->f, NULL), ERR_OK);
	sees(w, "|0:one 4:two ");
}

static void
an_endless_line_is_cut(void **state)
{
	struct world *w = *state;
	FILE *f = fopen(w->log, "w");

	assert_non_null(f);
	for (int i = 0; i < 3000000; i++) {
		assert_int_equal(fputc('x', f), 'x');
	}
	assert_int_equal(fclose(f), 0);
	put(w->log, "a", "\nnext\n");
	sees(w, "|0:xxxxxxxxxx 3000001:next ");
	assert_int_equal(w->longest, LINES_MAX);
	assert_int_equal(w->f.long_lines, 1);
}

static void
what_is_no_file_is_told(void **state)
{
	struct world *w = *state;
	struct follow f;
	struct why why;
	bool more;

	follow_init(&f, w->dir, &w->sink);
	assert_int_equal(follow_step(&f, &more, &why), ERR_IO);
	assert_non_null(strstr(why.text, "is no file"));
	follow_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_come_when_they_are_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_renamed_log_is_read_to_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_truncated_log_goes_on_in_its_copy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    the_past_is_the_newest_rotated_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_endless_line_is_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_told, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
