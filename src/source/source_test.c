/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "source/postfix_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define QID "4BcXyz1234z5Rk"

struct files {
	char dir[64];
	char path[8][96];
	size_t n;
};

static void
files_new(struct files *f)
{
	*f = (struct files){ 0 };
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/carom-source-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
}

static void
files_done(struct files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		(void)remove(f->path[i]);
	}
	(void)rmdir(f->dir);
}

/* mtime 0: now. */
static const char *
put(struct files *f, const char *name, const char *bytes, size_t n, time_t mtime)
{
	char *path = f->path[f->n++];
	char dir[sizeof(f->dir)];
	struct timespec times[2] = { { mtime, 0 }, { mtime, 0 } };
	FILE *out;

	memcpy(dir, f->dir, sizeof(dir));
	(void)snprintf(path, sizeof(f->path[0]), "%s/%s", dir, name);
	out = fopen(path, "wbe");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
	if (mtime != 0) {
		assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	}
	return path;
}

static struct postfix_log *
open_log(const char *const *paths, size_t n)
{
	const struct log_options opt = { .paths = paths,
		.n_paths = n,
		.key = { 1, 2 },
		.now_us = INT64_C(1609459200000000),
		.since_us = TIME_NONE,
		.until_us = TIME_NONE };
	struct postfix_log *log = NULL;
	struct why why;

	if (postfix_log_open(&opt, &log, &why) != ERR_OK) {
		fail_msg("%s", why.text);
	}
	return log;
}

#define DELIVERY(date, to, status)                              \
	date " mx postfix/smtp[9]: " QID ": to=<" to            \
	     ">, relay=mx.example.net[192.0.2.7]:25, delay=1, " \
	     "delays=0/0/0/1, dsn=2.0.0, status=" status " (250 2.0.0 Ok)\n"

static void
a_message_is_joined(void **state)
{
	static const char text[] =
	    "Sep 21 10:00:00 mx postfix/smtpd[1]: " QID ": client=a[192.0.2.1]\n"
	    "Sep 21 10:00:00 mx postfix/cleanup[1]: " QID ": message-id=<m@a>\r\n"
	    "Sep 21 10:00:00 mx postfix/qmgr[1]: " QID
	    ": from=<s@a>, size=1234, nrcpt=2 (queue active)\n" DELIVERY(
		"Sep 21 10:00:01", "x@b", "deferred") DELIVERY("Sep 21 10:05:01", "x@b",
		"sent") "Sep 21 10:05:01 mx postfix/qmgr[1]: " QID ": removed\n"
			"Sep 21 10:05:01 mx sshd[1]: hello\n"
			"\0binary \xff garbage\n"
			"Sep 21 10:05:02 mx postfix/smtp[1]: " QID ": words nobody knows 17\n";
	struct files f;
	struct postfix_log *log;
	struct event e;
	const char *path;
	const struct log_counts *c;

	(void)state;
	files_new(&f);
	path = put(&f, "mail.log", text, sizeof(text) - 1, 1600700000); /* 2020-09-21 */
	log = open_log(&path, 1);
	assert_true(postfix_log_next(log, &e));
	assert_int_equal(e.kind, EVENT_DEFERRED);
	assert_true(e.has_sender && sv_eq(e.sender, SV("s@a")));
	assert_true(sv_eq(e.message_id, SV("<m@a>")));
	assert_int_equal(e.size_bytes, 1234);
	assert_int_equal(e.nrcpt, 2);
	assert_true(e.first_attempt);
	assert_int_equal(civil_from_us(e.time_us).year, 2020);
	assert_true(postfix_log_next(log, &e));
	assert_int_equal(e.kind, EVENT_ACCEPTED);
	assert_int_equal(e.earlier_deferrals, 1);
	assert_false(postfix_log_next(log, &e));
	c = postfix_log_counts(log);
	assert_int_equal(c->lines, 9);
	assert_int_equal(c->other_lines, 1);
	assert_int_equal(c->garbage_lines, 1);
	assert_int_equal(c->unknown_lines, 1);
	postfix_log_close(&log);
	files_done(&f);
}

/* As carom serve has them, with the services that it adds to Postfix. */
static void
lines_come_one_by_one_and_services_share_a_queue(void **state)
{
	static const char *const lines[] = {
		"2020-09-21T10:00:00+00:00 mx postfix/qmgr[1]: " QID
		": from=<s@a>, size=1234, nrcpt=3 (queue active)",
		"2020-09-21T10:00:01+00:00 mx postfix/carom-4/smtp[1]: " QID
		": to=<x@b>, relay=mx.b[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=4.1.1, "
		"status=deferred "
		"(host mx.b[192.0.2.7] said: 550 5.1.1 <x@b> unknown [carom:i7] (in reply to RCPT "
		"TO command))",
		"2020-09-21T10:00:03+00:00 mx postfix/smtp[1]: " QID
		": to=<z@b>, relay=mx.b[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, "
		"status=bounced "
		"(host mx.b[192.0.2.7] said: 550 5.1.1 <z@b> unknown [carom:i7] (in reply to RCPT "
		"TO command))",
		"2020-09-21T10:00:02+00:00 mx postfix/carom-pause/lmtp[1]: " QID
		": to=<y@b>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred "
		"(connect to mx[/run/carom/pause]: Connection refused)",
	};
	const struct log_options opt = { .since_us = TIME_NONE, .until_us = TIME_NONE };
	struct postfix_log *log = postfix_log_live(&opt);
	uint32_t file = postfix_log_input(
	    log, "/var/log/mail.log", postfix_log_identity_of(sv_from(lines[0])), 0);
	struct event e;

	(void)state;
	assert_false(postfix_log_line(log, sv_from(lines[0]), 0, &e));
	for (int i = 1; i < 4; i++) {
		assert_true(postfix_log_line(log, sv_from(lines[i]), 100 * (uint64_t)i, &e));
		assert_true(e.has_sender && sv_eq(e.sender, SV("s@a")));
		assert_int_equal(e.ours, i != 2); /* a mark that the host itself said */
		assert_int_equal(e.offset, 100 * i);
		assert_int_equal(e.reply.code, i == 3 ? 0 : 550);
	}
	assert_string_equal(postfix_log_file(log, file), "/var/log/mail.log");
	assert_true(postfix_log_identity(log, file) != 0);
	postfix_log_close(&log);
}

static void
rotated_files_come_in_order_across_new_year(void **state)
{
	static const char older[] =
	    DELIVERY("Dec 31 23:59:58", "a@b", "sent") DELIVERY("Jan  1 00:00:01", "b@b", "sent");
	static const char newer[] = DELIVERY("Jan  1 00:00:02", "c@b", "sent");
	static const int years[] = { 2020, 2021, 2021 };
	const char *paths[2];
	struct files f;
	struct postfix_log *log;
	struct event e;

	(void)state;
	files_new(&f);
	paths[1] = put(&f, "mail.log.1", older, sizeof(older) - 1, 1609459300);
	paths[0] = put(&f, "mail.log", newer, sizeof(newer) - 1, 1609462800);
	log = open_log(paths, 2);
	for (int i = 0; i < 3; i++) {
		assert_true(postfix_log_next(log, &e));
		assert_int_equal(e.recipient.p[0], 'a' + i);
		assert_int_equal(civil_from_us(e.time_us).year, years[i]);
	}
	assert_false(postfix_log_next(log, &e));
	postfix_log_close(&log);
	files_done(&f);
}

static void
the_journal_is_read_in_both_forms(void **state)
{
	static const char export[] =
	    "__REALTIME_TIMESTAMP=1600682400000000\n_HOSTNAME=mx\nSYSLOG_IDENTIFIER=postfix/smtp\n"
	    "MESSAGE\n\x7a\0\0\0\0\0\0\0" QID
	    ": to=<x@b>, relay=mx.example.net[192.0.2.7]:25, delay=1, "
	    "delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok a\nb)\n\n";
	static const char json[] =
	    "{\"__REALTIME_TIMESTAMP\":\"1600682400000000\",\"X\":{\"a\":[1,\"}\"]},\"SYSLOG_"
	    "IDENTIFIER\":\"postfix/smtp\","
	    "\"MESSAGE\":\"" QID ": to=<x@b>, relay=none, delay=1, dsn=4.4.1, status=deferred "
	    "(caf\\u00e9 \\\"q\\\")\"}\n";
	const char *paths[2];
	struct files f;
	struct postfix_log *log;
	struct event e;

	(void)state;
	files_new(&f);
	paths[0] = put(&f, "a.export", export, sizeof(export) - 1, 0);
	paths[1] = put(&f, "b.json", json, sizeof(json) - 1, 0);
	log = open_log(paths, 2);
	assert_true(postfix_log_next(log, &e));
	assert_int_equal(e.kind, EVENT_ACCEPTED);
	assert_int_equal(e.time_us, INT64_C(1600682400000000));
	assert_true(postfix_log_next(log, &e));
	assert_int_equal(e.kind, EVENT_DEFERRED);
	assert_true(sv_eq(e.reason, SV("caf\xc3\xa9 \"q\"")));
	assert_false(postfix_log_next(log, &e));
	postfix_log_close(&log);
	files_done(&f);
}

/* `gzip` and its kin are installed with the build; the test says so when they are not. */
static void
packed_files_are_read(void **state)
{
	static const char *const tools[] = { "gzip", "xz", "zstd", "bzip2" };
	static const char text[] = DELIVERY("Sep 21 10:00:01", "x@b", "sent");
	struct files f;

	(void)state;
	files_new(&f);
	for (size_t i = 0; i < 4; i++) {
		char packed[4096];
		char command[256];
		const char *path = put(&f, tools[i], text, sizeof(text) - 1, 0);
		struct postfix_log *log;
		struct event e;
		FILE *p;
		size_t n;

		(void)snprintf(command, sizeof(command), "%s -c < %s", tools[i], path);
		p = popen(command, "re"); // a test may run a shell
		assert_non_null(p);
		n = fread(packed, 1, sizeof(packed), p);
		assert_int_equal(pclose(p), 0);
		path = put(&f, "packed", packed, n, 0);
		log = open_log(&path, 1);
		assert_true(postfix_log_next(log, &e));
		assert_false(postfix_log_next(log, &e));
		postfix_log_close(&log);
		f.n--;
	}
	f.n = 5; /* the packed one was the fifth each time */
	files_done(&f);
}

static void
damaged_and_huge_inputs_are_told(void **state)
{
	static const char bad[] =
	    "\x1f\x8b\x08\0\0\0\0\0\0\x03 this is no deflate stream at all, not at all";
	struct files f;
	const char *paths[3];
	struct postfix_log *log;
	struct event e;
	size_t n = (size_t)3 * 1024 * 1024;
	char *line = calloc(n, 1);
	size_t n_problems;
	const struct log_problem *problems;

	(void)state;
	assert_non_null(line);
	memset(line, 'x', n - 200);
	(void)snprintf(line + n - 200, 200, "\n%s", DELIVERY("Sep 21 10:00:01", "x@b", "sent"));
	files_new(&f);
	paths[0] = put(&f, "bad.gz", bad, sizeof(bad) - 1, 0);
	paths[1] = put(&f, "long", line, n - 200 + strlen(line + n - 200), 0);
	paths[2] = "/nonexistent/mail.log";
	log = open_log(paths, 3);
	assert_true(postfix_log_next(log, &e));
	assert_false(postfix_log_next(log, &e));
	assert_int_equal(postfix_log_counts(log)->long_lines, 1);
	problems = postfix_log_problems(log, &n_problems);
	assert_int_equal(n_problems, 2);
	for (size_t i = 0; i < n_problems; i++) {
		assert_true(strstr(problems[i].text, "byte") != NULL ||
			    strstr(problems[i].text, "No such file") != NULL);
	}
	postfix_log_close(&log);
	free(line);
	files_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_joined),
		cmocka_unit_test(lines_come_one_by_one_and_services_share_a_queue),
		cmocka_unit_test(rotated_files_come_in_order_across_new_year),
		cmocka_unit_test(the_journal_is_read_in_both_forms),
		cmocka_unit_test(packed_files_are_read),
		cmocka_unit_test(damaged_and_huge_inputs_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
