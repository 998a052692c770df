/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pause.h"
#include "front/policy_request.h"
#include "front/socketmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define assert_sv(s, text) assert_true(sv_eq((s), sv_from(text)))

/* ---- socketmap ---- */

static void
a_request_is_cut_into_map_and_key(void **state)
{
	struct sv in = SV("19:status 5.1.1 a b  c,10:status 2.0,");
	struct socketmap_request r;

	(void)state;
	assert_int_equal(socketmap_take(&in, &r), TAKEN_ONE);
	assert_sv(r.map, "status");
	assert_sv(r.key, "5.1.1 a b  c");
	assert_int_equal(socketmap_take(&in, &r), TAKEN_ONE);
	assert_sv(r.key, "2.0");
	assert_int_equal(in.n, 0);
	assert_int_equal(socketmap_take(&in, &r), TAKEN_MORE);
}

static void
every_beginning_of_a_request_waits_for_more(void **state)
{
	static const char whole[] = "11:status a\n\0b,";

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 2; n++) {
		struct sv in = sv_make(whole, n);
		struct socketmap_request r;

		assert_int_equal(socketmap_take(&in, &r), TAKEN_MORE);
		assert_int_equal(in.n, n);
	}
}

static void
what_is_no_netstring_is_bad(void **state)
{
	static const struct {
		const char *text;
		enum taken expect;
	} rows[] = {
		{ "x", TAKEN_BAD },
		{ ":a,", TAKEN_BAD },
		{ "-1:a,", TAKEN_BAD },
		{ " 1:a,", TAKEN_BAD },
		{ "01:a,", TAKEN_BAD },
		{ "00", TAKEN_BAD },
		{ "1 :a,", TAKEN_BAD },
		{ "1:ab", TAKEN_BAD },
		{ "GET / HTTP/1.1\r\n", TAKEN_BAD },
		{ "100000:", TAKEN_TOO_BIG },
		{ "999999999999999999999999", TAKEN_TOO_BIG },
		{ "16385:", TAKEN_TOO_BIG },
		{ "16384:", TAKEN_MORE },
		{ "0:,", TAKEN_ONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sv in = sv_from(rows[i].text);
		struct socketmap_request r;

		assert_int_equal(socketmap_take(&in, &r), rows[i].expect);
	}
}

static void
answers_are_netstrings(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	socketmap_ok(&b, SV("4.1.1 later"));
	socketmap_not_found(&b);
	assert_string_equal(b.p, "14:OK 4.1.1 later,9:NOTFOUND ,");
	buf_done(&b);
}

/* ---- policy ---- */

static void
a_policy_request_is_read_whatever_the_order(void **state)
{
	struct sv in =
	    SV("request=smtpd_access_policy\nfuture=1=2\nrecipient=b=x@example.com\n"
	       "sender=\nprotocol_state=RCPT\r\nrecipient=second@example.com\n\nrequest=");
	struct policy_request r;

	(void)state;
	assert_int_equal(policy_request_take(&in, &r), TAKEN_ONE);
	assert_sv(r.request, "smtpd_access_policy");
	assert_sv(r.recipient, "b=x@example.com");
	assert_sv(r.protocol_state, "RCPT");
	assert_int_equal(r.sender.n, 0);
	assert_sv(in, "request=");
	assert_int_equal(policy_request_take(&in, &r), TAKEN_MORE);
	assert_sv(in, "request=");
}

static void
a_policy_request_without_form_or_end_is_refused(void **state)
{
	static char long_one[POLICY_REQUEST_MAX + 10];
	struct sv in = SV("hello\n");
	struct policy_request r;

	(void)state;
	assert_int_equal(policy_request_take(&in, &r), TAKEN_BAD);
	in = SV("=x\n\n");
	assert_int_equal(policy_request_take(&in, &r), TAKEN_BAD);
	memset(long_one, 'a', sizeof(long_one));
	in = sv_make(long_one, POLICY_REQUEST_MAX - 1);
	assert_int_equal(policy_request_take(&in, &r), TAKEN_MORE);
	in = sv_make(long_one, sizeof(long_one));
	assert_int_equal(policy_request_take(&in, &r), TAKEN_TOO_BIG);
}

static void
an_answer_is_one_line(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	policy_answer(&b, SV("REJECT a\nb\r"));
	assert_string_equal(b.p, "action=REJECT a b \n\n");
	buf_done(&b);
}

/* ---- pauses ---- */

static void
paused(struct answers *a, const char *domain_and_reason, uint32_t until_s)
{
	const struct front_row rows[] = { { .kind = FRONT_CLEAR },
		{ .kind = FRONT_PAUSE,
		    .id = 7,
		    .until_s = until_s,
		    .text = sv_from(domain_and_reason) },
		{ .kind = FRONT_WHOLE } };
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < 3; i++) {
		front_row_write(&rows[i], &b);
	}
	assert_true(answers_take(a, buf_view(&b), 1));
	buf_done(&b);
}

static void
a_pause_defers_every_recipient_with_the_reason(void **state)
{
	struct sv in =
	    SV("LHLO mx.example\r\nMAIL FROM:<a@b.example> SIZE=5\r\n"
	       "RCPT TO:<x@COX.net> ORCPT=rfc822;x@cox.net\r\nrcpt to:<y@other.example>\r\n"
	       "DATA\r\nHELP\r\nQUIT\r\nMAIL");
	struct answers a;
	struct buf b;

	(void)state;
	answers_init(&a);
	paused(&a, "cox.net too many refusals", 100);
	buf_init(&b, 0);
	pause_greet(&b);
	while (pause_take(&a, 50, &in, &b) == TAKEN_ONE) {
	}
	assert_string_equal(b.p,
	    "220 carom LMTP: paused providers' mail waits here\r\n"
	    "250-carom\r\n250 ENHANCEDSTATUSCODES\r\n250 2.1.0 ok\r\n"
	    "450 4.7.0 carom waits: too many refusals [carom:p7]\r\n"
	    "450 4.7.0 carom waited; the next attempt goes through [carom:p0]\r\n"
	    "503 5.5.1 no recipient was taken\r\n500 5.5.2 unknown command\r\n221 2.0.0 bye\r\n");
	assert_sv(in, "MAIL");
	assert_null(answers_pause(&a, SV("cox.net"), 100));
	paused(&a, "cox.net x", 1);
	assert_null(answers_pause(&a, SV("cox.net"), 50));
	answers_done(&a);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_cut_into_map_and_key),
		cmocka_unit_test(every_beginning_of_a_request_waits_for_more),
		cmocka_unit_test(what_is_no_netstring_is_bad),
		cmocka_unit_test(answers_are_netstrings),
		cmocka_unit_test(a_policy_request_is_read_whatever_the_order),
		cmocka_unit_test(a_policy_request_without_form_or_end_is_refused),
		cmocka_unit_test(an_answer_is_one_line),
		cmocka_unit_test(a_pause_defers_every_recipient_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
