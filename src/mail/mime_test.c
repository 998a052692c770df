/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/civil.h"
#include "mail/dsn.h"
#include "mail/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

#define ARENA_BYTES ((size_t)128 << 20)

static struct arena *arena;
static struct charsets *charsets;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(ARENA_BYTES);
	charsets = charsets_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	charsets_free(&charsets);
	return 0;
}

static void
is(struct sv got, const char *want)
{
	if (!sv_eq(got, sv_from(want))) {
		fail_msg("got '%.*s', want '%s'", SV_ARG(got), want);
	}
}

static void
headers_are_found_folded_and_decoded(void **state)
{
	struct sv mail =
	    SV("Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?iso-8859-1?B?IGF1cyBL9mxu?= !\n"
	       "X-Long: one\n\ttwo\n  three\nnot a header\nFrom : \"a, b\" <a@b.example>\n"
	       "subject: the second\n\nbody");
	struct mime m;
	struct sv v;

	(void)state;
	mime_read(mail, charsets, arena, &m);
	assert_int_equal(m.n_parts, 1);
	is(m.parts[0].body, "body");
	is(mime_header_text(&m, m.parts[0].head, SV("subject")), "Grüße aus Köln !");
	is(mime_header_text(&m, m.parts[0].head, SV("X-LONG")), "one two three");
	assert_true(mime_header(m.parts[0].head, SV("From"), &v));
	is(mime_address(v), "a@b.example");
	assert_false(mime_header(m.parts[0].head, SV("To"), &v));
	assert_int_equal(m.broken, 0);
}

static void
parameters_are_read(void **state)
{
	static const struct {
		const char *value, *name, *want;
	} cases[] = {
		{ "multipart/report; boundary=\"a b;c\"; x=y", "boundary", "a b;c" },
		{ "text/plain; charset=utf-8;format=flowed", "charset", "utf-8" },
		{ "text/plain; Charset = \"koi8-r\"", "charset", "koi8-r" },
		{ "text/plain;\n\tcharset=us-ascii\n", "charset", "us-ascii" },
		{ "text/plain; boundary=\"never closed", "boundary", "never closed" },
		{ "text/plain", "charset", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is(mime_param(sv_from(cases[i].value), sv_from(cases[i].name)), cases[i].want);
	}
}

static void
parts_are_a_tree(void **state)
{
	/* A multipart in a multipart, a mail in the mail; CRLF, CR and LF in one. */
	struct sv mail =
	    SV("Content-Type: multipart/mixed; boundary=out\r\n\r\npreamble\r\n"
	       "--out\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
	       "--in\r\n\r\nplain\r\n--in\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--in--\r\n"
	       "--out\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner body\n"
	       "--out\rContent-Type: text/plain\r\rlast\r--out--\repilogue");
	static const unsigned depths[] = { 0, 1, 2, 2, 1, 2, 1 };
	struct mime m;

	(void)state;
	mime_read(mail, charsets, arena, &m);
	assert_int_equal(m.n_parts, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(m.parts[i].depth, depths[i]);
	}
	is(m.parts[0].body, "preamble");
	is(m.parts[2].body, "plain");
	is(m.parts[3].body, "<p>html");
	assert_true(m.parts[4].message);
	is(mime_header_text(&m, m.parts[5].head, SV("Subject")), "inner");
	is(m.parts[6].body, "last");
	assert_int_equal(mime_end_of(&m, 1), 4);
	assert_int_equal(m.broken, 0);
}

static void
wrong_and_missing_boundaries_are_guessed(void **state)
{
	static const char *const mails[] = {
		"Content-Type: multipart/mixed; boundary=wrong\n\n--right\nContent-Type: "
		"text/plain\n\n"
		"a\n--right\nContent-Type: text/html\n\nb\n--right--\n",
		"Content-Type: multipart/mixed\n\n--right\nContent-Type: text/plain\n\na\n--right\n"
		"Content-Type: text/html\n\nb\n",
		"Subject: no type\n\n--right\nContent-Type: "
		"text/plain\n\na\n--right\nContent-Type: "
		"text/html\n\nb",
	};
	struct mime m;

	(void)state;
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
		mime_read(sv_from(mails[i]), charsets, arena, &m);
		assert_int_equal(m.n_parts, 3);
		is(m.parts[1].body, "a");
		is(sv_trim(m.parts[2].body), "b");
	}
	mime_read(
	    SV("Content-Type: multipart/mixed; boundary=x\n\nno such line\n"), charsets, arena, &m);
	assert_int_equal(m.n_parts, 1);
	assert_int_equal(m.broken, MIME_NO_BOUNDARY);
}

static void
bodies_are_decoded(void **state)
{
	static const struct {
		const char *encoding, *charset, *body, *want;
	} cases[] = {
		{ "base64", "utf-8", "R3LDvMOf\nZQ==\n", "Grüße" },
		{ "BASE64", "iso-8859-1", "R3L832U=", "Grüße" },
		{ "quoted-printable", "windows-1252", "Gr=FC=DFe =80=\n 5", "Grüße € 5" },
		{ "quoted-printable", "utf-8", "a =3D b =\nc =XY", "a = b c =XY" },
		{ "7bit", "us-ascii",
		    "Gr\xfc\xdf"
		    "e",
		    "Grüße" },
		{ "8bit", "koi8-r", "\xee\xc5\xd4", "Нет" },
		{ "7bit", "utf-8", "\x1b$B$O$$\x1b(B", "はい" },
		{ "8bit", "../../etc/passwd", "\xe4", "ä" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b;
		struct mime m;

		buf_init(&b, 0);
		buf_fmt(&b,
		    "Content-Type: text/plain; charset=\"%s\"\nContent-Transfer-Encoding: %s\n\n%s",
		    cases[i].charset, cases[i].encoding, cases[i].body);
		mime_read(buf_view(&b), charsets, arena, &m);
		is(mime_text(&m, &m.parts[0]), cases[i].want);
		buf_done(&b);
	}
}

static void
html_becomes_text(void **state)
{
	struct mime m;

	(void)state;
	mime_read(SV("\n"), charsets, arena, &m);
	is(mime_html_text(&m, SV("<style>p{}</style>one<br>two &lt;<b>a@b.example</b>&gt; &amp; "
				 "<x@y.example> 1 < 2")),
	    "one\ntwo <a@b.example> & <x@y.example> 1 < 2");
}

static void
limits_are_said_and_kept(void **state)
{
	struct buf b;
	struct mime m;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 50; i++) { /* deeper than may be */
		buf_fmt(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	}
	mime_read(buf_view(&b), charsets, arena, &m);
	assert_true((m.broken & MIME_TOO_DEEP) != 0);
	assert_int_equal(m.n_parts, MIME_DEPTH_MAX);
	buf_clear(&b);
	buf_str(&b, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 1000; i++) { /* more than may be */
		buf_str(&b, "--b\n\nx\n");
	}
	mime_read(buf_view(&b), charsets, arena, &m);
	assert_true((m.broken & MIME_TOO_MANY_PARTS) != 0);
	assert_int_equal(m.n_parts, MIME_PARTS_MAX);
	buf_clear(&b);
	for (int i = 0; i < 40000; i++) { /* a head without an end */
		buf_str(&b, "X-More: and more\n");
	}
	buf_str(&b, "\nbody");
	mime_read(buf_view(&b), charsets, arena, &m);
	assert_true((m.broken & MIME_HEAD_TOO_LONG) != 0);
	assert_true(m.parts[0].head.n <= MIME_HEAD_MAX);
	assert_true(sv_eq(m.parts[0].body, SV("body")));
	assert_true((m.broken & MIME_HEADER_CUT) == 0);
	buf_clear(&b);
	buf_str(&b, "X-Long: ");
	for (int i = 0; i < 40000; i++) { /* one header that takes all */
		buf_str(&b, "and more ");
	}
	buf_str(&b, "\n\nbody");
	mime_read(buf_view(&b), charsets, arena, &m);
	assert_true((m.broken & MIME_HEAD_TOO_LONG) != 0);
	assert_true((m.broken & MIME_HEADER_CUT) != 0);
	assert_true(sv_eq(m.parts[0].body, SV("body")));
	buf_clear(&b);
	buf_str(&b, "To: a@b.example,\n");
	for (int i = 0; i < 2000; i++) {
		buf_str(&b, " another@b.example,\n");
	}
	buf_str(&b, "\nbody");
	mime_read(buf_view(&b), charsets, arena, &m);
	assert_int_equal(m.broken, MIME_HEADER_CUT);
	buf_clear(&b);
	buf_char(&b, '\n');
	for (int i = 0; i < 200000; i++) {
		buf_str(&b, "long body ");
	}
	mime_read(buf_view(&b), charsets, arena, &m);
	assert_int_equal(mime_text(&m, &m.parts[0]).n, MIME_DECODED_MAX);
	assert_true((m.broken & MIME_DECODED_TOO_LONG) != 0);
	buf_done(&b);
}

/* ---- delivery reports ---- */

static void
report_fields_are_read_with_their_quirks(void **state)
{
	struct sv text = SV(
	    "Reporting-MTA: dns; mx.example.org (mx)\nX-Postfix-Queue-ID: 4Bx1\n"
	    "X-Postfix-Sender: rfc822; s@sender.example\n\n"
	    "Original-Recipient: rfc822;<alias@a.example>\nFinal-Recipient: rfc822; one@a.example\n"
	    "Action: Failed\nStatus: 4.2.2 (over quota)\nRemote-MTA: DNS; [192.0.2.20]\n"
	    "Diagnostic-Code: smtp; 452 4.2.2 mailbox\n   is full\n\n"
	    "Final-Recipient : rfc/822;two@a.example\nAction : delayed\nStatus : later\n"
	    "Final-Recipient: LOCAL; three\nOriginal-Recipient: rfc822; three@a.example\n"
	    "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: X-Unix; 67\n\n"
	    "Final-Recipient: rfc822; ONE@a.example\nAction: failed\n\n");
	struct dsn d;

	(void)state;
	assert_true(dsn_read(text, arena, &d));
	is(d.reporter, "mx.example.org");
	is(d.queue_id, "4Bx1");
	is(d.sender, "s@sender.example");
	assert_int_equal(d.n_recipients, 3);
	is(d.recipients[0].address, "one@a.example");
	is(d.recipients[0].original, "alias@a.example");
	assert_int_equal(d.recipients[0].action, DSN_FAILED);
	assert_int_equal(d.recipients[0].status.klass, 4);
	is(d.recipients[0].comment, "over quota");
	is(d.recipients[0].host, "192.0.2.20");
	is(d.recipients[0].diagnostic, "452 4.2.2 mailbox is full");
	assert_true(d.recipients[0].diagnostic_smtp);
	is(d.recipients[1].address, "two@a.example");
	assert_int_equal(d.recipients[1].action, DSN_DELAYED);
	assert_int_equal(d.recipients[1].status.klass, 0);
	is(d.recipients[2].address, "three@a.example");
	assert_false(d.recipients[2].diagnostic_smtp);
	assert_false(dsn_read(SV("Action: failed\n\nnothing\n"), arena, &d));
	assert_int_equal(dsn_find(SV("Dear sir\nFinal-Recipient: rfc822; a@b.example\n")), 9);
	assert_int_equal(dsn_find(SV("the Final-Recipient: field\n")), -1);
}

static void
dates_are_read(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: it is none */
	} cases[] = {
		{ "Thu, 29 Apr 2010 23:34:45 +0900 (JST)", "2010-04-29T14:34:45Z" },
		{ "29 Apr 2010 23:34 -0000", "2010-04-29T23:34:00Z" },
		{ "Fri, 1 Jan 99 00:00:00 EST", "1999-01-01T05:00:00Z" },
		{ "Mon,  2 May 2016 01:02:03 GMT", "2016-05-02T01:02:03Z" },
		{ "Monday, 02 September 2016 01:02:03", "2016-09-02T01:02:03Z" },
		{ "2016-05-02", NULL },
		{ "Thu, 32 Apr 2010 23:34:45 +0900", NULL },
		{ "Thu, 29 Apr 2010 25:34:45", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t us;
		char got[32] = "";

		if (mime_date(sv_from(cases[i].text), &us)) {
			civil_print(us, got, sizeof(got));
		}
		assert_string_equal(got, cases[i].want == NULL ? "" : cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_found_folded_and_decoded),
		cmocka_unit_test(parameters_are_read),
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(parts_are_a_tree),
		cmocka_unit_test(wrong_and_missing_boundaries_are_guessed),
		cmocka_unit_test(bodies_are_decoded),
		cmocka_unit_test(html_becomes_text),
		cmocka_unit_test(limits_are_said_and_kept),
		cmocka_unit_test(report_fields_are_read_with_their_quirks),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
