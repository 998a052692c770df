/* SPDX-License-Identifier: Apache-2.0 */
#include "source/test_report_input.h"

static void
a_folder_is_read(void **state)
{
	struct got g;

	(void)state;
	got_init(&g);
	read_path(&g, CAROM_SOURCE_DIR "/tests/reports");
	assert_int_equal(g.n_records, 6); /* the same report plain and in a mail */
	assert_int_equal(g.reports, 3);
	assert_int_equal(g.messages, 2 * 975);
	assert_false(g.damaged);
	assert_string_equal(g.tls.p,
	    "Receiver Example 2025-11-20-example.com 1763596800-1763683199\n"
	    "example.com sts +812 -7\n  certificate-expired mx1.example.com 5\n"
	    "  starttls-not-supported mx2.example.com 2\n");
	assert_string_equal(
	    g.nothing.p, "it is neither XML, JSON nor a mail; it begins with '# Sample reports'\n");
	got_done(&g);
}

static void
what_holds_no_report_says_why(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "it is empty\n" },
		{ "unused", "it is neither XML, JSON nor a mail; it begins with 'unused'\n" },
		{ "<html><p>no</p></html>",
		    "it is XML, but no DMARC report: its first element is <html>\n" },
		{ "{\"a\": 1}", "it is JSON, but no TLS report (RFC 8460)\n" },
		{ "Subject: hello\n\nno report here\n", "a mail without a report: it is neither "
							"XML, JSON nor a mail; it begins with 'no "
							"report here'\n" },
		{ "7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive, which is not read\n" },
		{ "From: fbl@x.example\nContent-Type: multipart/report; "
		  "report-type=feedback-report;"
		  " boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type:"
		  " message/feedback-report\n\nFeedback-Type: abuse\nSource-IP: "
		  "192.0.2.1\n\n--b--\n",
		    "a complaint about one message (ARF), which carom parse reads\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[] = "/tmp/report_input_test.XXXXXX";
		int fd = mkstemp(name);
		size_t n = strlen(cases[i].text);
		struct got g;

		assert_true(fd >= 0);
		assert_int_equal(write(fd, cases[i].text, n), (ssize_t)n);
		(void)close(fd);
		got_init(&g);
		read_path(&g, name);
		(void)unlink(name);
		assert_int_equal(g.reports, 0);
		assert_string_equal(g.nothing.p, cases[i].why);
		got_done(&g);
	}
	{
		struct got g;

		got_init(&g);
		read_path(&g, "/nonexistent");
		assert_string_equal(g.nothing.p, "No such file or directory\n");
		got_done(&g);
	}
}

/* ---- the mail around it ---- */

static void
note_mail(void *context, struct sv where, struct sv mail)
{
	struct got *g = context;

	(void)where;
	buf_str(&g->org, mail.n > 0 ? "<mail " : ">");
}

static void
a_mail_is_told_before_and_behind_its_reports(void **state)
{
	struct got g;
	const struct report_sink sink = { on_record, on_dmarc, on_tls, on_failure, on_nothing, &g,
		note_mail };
	struct report_input *in = report_input_new(&sink);

	(void)state;
	got_init(&g);
	report_input_path(in, CAROM_SOURCE_DIR "/tests/reports/example-receiver.eml");
	report_input_path(in, CAROM_SOURCE_DIR "/tests/reports/example-receiver.xml");
	assert_string_equal(g.org.p, "<mail Receiver Example>Receiver Example");
	report_input_free(&in);
	got_done(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_is_read),
		cmocka_unit_test(what_holds_no_report_says_why),
		cmocka_unit_test(a_mail_is_told_before_and_behind_its_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
