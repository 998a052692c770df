/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "source/input_kind.h"
#include "source/mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/carom-mailbox-XXXXXX";

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static const char *
put(const char *name, const char *text)
{
	static char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fwrite(text, 1, strlen(text), f) == strlen(text));
	assert_int_equal(fclose(f), 0);
	return path;
}

struct seen {
	struct buf text; /* "[mail]" one after the other */
	int troubles;
	int stop_after;
};

static bool
on_mail(void *context, const char *name, struct sv mail, bool cut)
{
	struct seen *s = context;

	(void)name;
	buf_fmt(&s->text, "[%.*s%s]", SV_ARG(mail), cut ? "..." : "");
	return --s->stop_after != 0;
}

static void
on_trouble(void *context, const char *name, const char *why)
{
	struct seen *s = context;

	assert_true(name[0] != '\0' && why[0] != '\0');
	s->troubles++;
}

static void
reads(const char *path, const char *want)
{
	struct seen s = { .troubles = 0 };
	const struct mailbox_reader r = { on_mail, on_trouble, &s };

	buf_init(&s.text, 0);
	(void)mailbox_read(path, &r);
	assert_string_equal(s.text.p == NULL ? "" : s.text.p, want);
	assert_int_equal(s.troubles, 0);
	buf_done(&s.text);
}

static void
one_mail_is_given_byte_for_byte(void **state)
{
	(void)state;
	reads(put("one", "A: b\r\rFrom the start\r\n"), "[A: b\r\rFrom the start\r\n]");
	reads(put("short", "A:"), "[A:]");
	reads(put("cr", "From a@b\rA: b\r\rtext\r"), "[From a@b\rA: b\r\rtext\r]");
	reads(put("empty", ""), "");
}

static void
all_four_dialects_of_mbox_are_read(void **state)
{
	(void)state;
	/* mboxo, mboxrd: "From " behind an empty line only; '>' comes off. */
	reads(put("mboxrd", "From a@b Thu Jan  1 00:00:00 2026\nA: 1\n\none\nFrom here on\n>From "
			    "x\n>>From y\n\n"
			    "From a@b Thu Jan  1 00:00:00 2026\nA: 2\n\ntwo\n"),
	    "[A: 1\n\none\nFrom here on\nFrom x\n>From y\n\n][A: 2\n\ntwo\n]");
	/* mboxcl2: the length counts, nothing is escaped. */
	reads(
	    put("mboxcl2",
		"From a@b Thu Jan  1 00:00:00 2026\nContent-Length: 19\n\none\n\nFrom me\n>From\n\n"
		"From a@b Thu Jan  1 00:00:00 2026\nContent-Length: 4\n\ntwo\n"),
	    "[Content-Length: 19\n\none\n\nFrom me\n>From\n\n][Content-Length: 4\n\ntwo\n]");
	/* A length that is wrong, too small or too large, swallows nobody. */
	reads(put("small", "From a@b x\nContent-Length: 1\n\none\n\nFrom a@b x\nA: 2\n\ntwo\n"),
	    "[Content-Length: 1\n\none\n\n][A: 2\n\ntwo\n]");
	reads(put("large", "From a@b x\nContent-Length: 20\n\none\n\nFrom a@b x\nA: 2\n\ntwo\n\n"
			   "From a@b x\nA: 3\n\nthree\n"),
	    "[Content-Length: 20\n\none\n\n][A: 2\n\ntwo\n\n][A: 3\n\nthree\n]");
	reads(put("huge", "From a@b x\nContent-Length: 99999\n\none\n\nFrom a@b x\nA: 2\n\ntwo\n"),
	    "[Content-Length: 99999\n\none\n\n][A: 2\n\ntwo\n]");
}

static void
folders_are_read_in_order(void **state)
{
	char path[256];

	(void)state;
	static const char *const names[] = { "md", "md/cur", "md/new", "md/tmp", "plain",
		"plain/sub" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	(void)put("md/cur/2:2,S", "A: 2\n");
	(void)put("md/new/1", "A: 3\n");
	(void)put("md/tmp/0", "A: unfinished\n");
	(void)put("md/dovecot.index", "no mail");
	(void)snprintf(path, sizeof(path), "%s/md", folder);
	reads(path, "[A: 2\n][A: 3\n]");
	(void)put("plain/b", "B: 1\n");
	(void)put("plain/.hidden", "C: 1\n");
	(void)put("plain/sub/a", "A: 1\n");
	(void)snprintf(path, sizeof(path), "%s/plain", folder);
	reads(path, "[B: 1\n][A: 1\n]");
}

static void
what_cannot_be_read_is_said(void **state)
{
	struct seen s = { .stop_after = 1 };
	const struct mailbox_reader r = { on_mail, on_trouble, &s };

	(void)state;
	buf_init(&s.text, 0);
	assert_true(mailbox_read("/nowhere/at/all", &r));
	assert_int_equal(s.troubles, 1);
	assert_false(mailbox_read(put("stop", "From a x\nA: 1\n\nFrom a x\nA: 2\n"), &r));
	assert_string_equal(s.text.p, "[A: 1\n\n]");
	buf_done(&s.text);
}

static void
mails_are_told_from_logs(void **state)
{
	static const struct {
		const char *text;
		bool mails;
	} cases[] = {
		{ "From MAILER-DAEMON  Thu Jul  2 12:05:05 2020\nReceived: x\n", true },
		{ "Return-Path: <>\r\nReceived: by x\r\n", true },
		{ "\nX-Original-To: a@b.example\n", true },
		{ "Sep 21 10:00:00 mx postfix/smtp[1]: 4X: to=<a@b.example>\n", false },
		{ "2020-09-21T10:00:00.1+02:00 mx postfix/smtp[1]: 4X: to=<a@b.example>\n", false },
		{ "<22>Sep 21 10:00:00 mx postfix/smtp[1]: 4X: x\n", false },
		{ "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1\n", false },
		{ "{\"MESSAGE\":\"x\"}\n", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (text_has_mails(sv_from(cases[i].text)) != cases[i].mails) {
			fail_msg("%s", cases[i].text);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_mail_is_given_byte_for_byte),
		cmocka_unit_test(all_four_dialects_of_mbox_are_read),
		cmocka_unit_test(mails_are_told_from_logs),
		cmocka_unit_test(folders_are_read_in_order),
		cmocka_unit_test(what_cannot_be_read_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
