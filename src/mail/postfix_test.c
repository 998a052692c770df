/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "mail/postfix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

#define T(s) sv_from(s)

static void
read_line(const char *text, struct syslog_head *head, struct postfix_line *out)
{
	struct sv instance;

	assert_true(syslog_head_take(T(text), head));
	postfix_line_read(postfix_daemon_of(head->tag, &instance), head->message, out);
}

static void
a_delivery_is_read_whole(void **state)
{
	struct syslog_head h;
	struct postfix_line l;

	(void)state;
	read_line("Sep 21 10:00:01 mx postfix-out/smtp[99]: 4BcXyz1234z5Rk: to=<\"a, b\"@cox.net>, "
		  "orig_to=<x@y>, "
		  "relay=cxr.mx.a.cloudfilter.net[192.0.2.7]:25, conn_use=3, delay=1.25, "
		  "delays=0.1/0/0.5/0.65, "
		  "dsn=4.1.1, status=deferred (host cxr.mx.a.cloudfilter.net[192.0.2.7] said: 550 "
		  "5.1.1 no (in reply to RCPT TO command))",
	    &h, &l);
	assert_int_equal(h.month, 9);
	assert_int_equal(l.kind, POSTFIX_DELIVERY);
	assert_int_equal(l.daemon, POSTFIX_SMTP);
	assert_true(sv_eq(l.queue_id, SV("4BcXyz1234z5Rk")));
	assert_true(sv_eq(l.recipient, SV("\"a, b\"@cox.net")));
	assert_true(sv_eq(l.orig_to, SV("x@y")));
	assert_true(sv_eq(l.relay_host, SV("cxr.mx.a.cloudfilter.net")));
	assert_true(sv_eq(l.relay_ip, SV("192.0.2.7")));
	assert_int_equal(l.relay_port, 25);
	assert_int_equal(l.conn_use, 3);
	assert_int_equal(l.delay_us, 1250000);
	assert_int_equal(l.delays_us[3], 650000);
	assert_int_equal(l.dsn.klass, 4);
	assert_int_equal(l.outcome, POSTFIX_DEFERRED);
	assert_true(sv_ends(l.reason, SV("RCPT TO command)")));
}

static void
every_line_has_its_kind(void **state)
{
	static const struct {
		const char *text;
		enum postfix_kind kind;
	} cases[] = {
		{ "postfix/qmgr[1]: A1B2C3D4E5: from=<a@b>, size=100, nrcpt=2 (queue active)",
		    POSTFIX_FROM },
		{ "postfix/qmgr[1]: A1B2C3D4E5: from=<>, size=100, nrcpt=2 (queue active)",
		    POSTFIX_FROM },
		{ "postfix/qmgr[1]: A1B2C3D4E5: removed", POSTFIX_REMOVED },
		{ "postfix/qmgr[1]: A1B2C3D4E5: from=<a@b>, status=expired, returned to sender",
		    POSTFIX_EXPIRED },
		{ "postfix/qmgr[1]: A1B2C3D4E5: from=<a@b>, status=force-expired, returned to "
		  "sender",
		    POSTFIX_EXPIRED },
		{ "postfix/cleanup[1]: A1B2C3D4E5: message-id=<x@y>", POSTFIX_MESSAGE_ID },
		{ "postfix/cleanup[1]: A1B2C3D4E5: resent-message-id=<x@y>", POSTFIX_MESSAGE_ID },
		{ "postfix/cleanup[1]: A1B2C3D4E5: milter-reject: END-OF-MESSAGE from x",
		    POSTFIX_REFUSED_IN },
		{ "postfix/submission/smtpd[1]: A1B2C3D4E5: client=x[192.0.2.1], sasl_username=u",
		    POSTFIX_CLIENT },
		{ "postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 554 no",
		    POSTFIX_REFUSED_IN },
		{ "postfix/smtpd[1]: connect from x[192.0.2.1]", POSTFIX_IGNORED },
		{ "postfix/smtpd[1]: warning: hostname x does not resolve", POSTFIX_TROUBLE },
		{ "postfix/smtp[1]: A1B2C3D4E5: host x[192.0.2.1] said: 450 later (in reply to "
		  "RCPT TO command)",
		    POSTFIX_IGNORED },
		{ "postfix/smtp[1]: connect to x[192.0.2.1]:25: Connection refused",
		    POSTFIX_IGNORED },
		{ "postfix/bounce[1]: A1B2C3D4E5: sender non-delivery notification: F6A7B8C9D0",
		    POSTFIX_NOTIFICATION },
		{ "postfix/pickup[1]: A1B2C3D4E5: uid=33 from=<www>", POSTFIX_PICKED_UP },
		{ "postfix/anvil[1]: statistics: max connection rate 1/60s", POSTFIX_IGNORED },
		{ "postfix/local[1]: A1B2C3D4E5: to=<r@l>, relay=local, delay=0, dsn=2.0.0, "
		  "status=sent (delivered to mailbox)",
		    POSTFIX_DELIVERY },
		{ "postfix/error[1]: A1B2C3D4E5: to=<r@l>, relay=none, delay=0, dsn=4.4.1, "
		  "status=deferred (delivery temporarily suspended: connect to x[192.0.2.1]:25: "
		  "Connection timed out)",
		    POSTFIX_DELIVERY },
		{ "postfix/smtp[1]: A1B2C3D4E5: to=<r@l>, relay=none, later=1, dsn=2.0.0, "
		  "status=sent (cut",
		    POSTFIX_DELIVERY },
		{ "postfix/smtp[1]: A1B2C3D4E5: something nobody knows", POSTFIX_UNKNOWN },
		{ "sshd[1]: A1B2C3D4E5: removed", POSTFIX_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		struct syslog_head h;
		struct postfix_line l;

		(void)snprintf(
		    text, sizeof(text), "2020-09-21T10:00:00.5+02:00 mx %s", cases[i].text);
		read_line(text, &h, &l);
		if (l.kind != cases[i].kind) {
			fail_msg("%s: got kind %d, want %d", cases[i].text, (int)l.kind,
			    (int)cases[i].kind);
		}
	}
}

static void
reasons_tell_host_and_stage(void **state)
{
	static const struct {
		const char *text;
		enum postfix_saw saw;
		enum smtp_stage stage;
		const char *host, *reply;
	} cases[] = {
		{ "host a[192.0.2.1] said: 550 no (in reply to RCPT TO command)", SAW_SAID,
		    STAGE_RCPT, "a", "550 no" },
		{ "host a[2001:db8::1] said: 550 host b[x] said: 551 no (in reply to RCPT TO "
		  "command) (in reply to end of DATA command)",
		    SAW_SAID, STAGE_END_OF_DATA, "a",
		    "550 host b[x] said: 551 no (in reply to RCPT TO command)" },
		{ "delivery temporarily suspended: host a[192.0.2.1] refused to talk to me: 421 "
		  "later",
		    SAW_REFUSED_TO_TALK, STAGE_CONNECT, "a", "421 later" },
		{ "lost connection with a[192.0.2.1] while sending RCPT TO", SAW_LOST_CONNECTION,
		    STAGE_RCPT, "a", NULL },
		{ "conversation with a[192.0.2.1] timed out while sending end of data -- message "
		  "may be sent more than once",
		    SAW_TIMED_OUT, STAGE_END_OF_DATA, "a", NULL },
		{ "connect to a[192.0.2.1]:25: Connection timed out", SAW_CONNECT_FAILED,
		    STAGE_CONNECT, "a", NULL },
		{ "Host or domain name not found. Name service error for name=a type=MX: Host not "
		  "found",
		    SAW_DNS, STAGE_NONE, "", NULL },
		{ "Domain a does not accept mail (nullMX)", SAW_DNS, STAGE_NONE, "", NULL },
		{ "TLS is required, but was not offered by host a[192.0.2.1]", SAW_TLS,
		    STAGE_STARTTLS, "a", NULL },
		{ "mail for a loops back to myself", SAW_NOTHING, STAGE_NONE, "", NULL },
		{ "connect to mx1.a.example: Connection timed out", SAW_CONNECT_FAILED,
		    STAGE_CONNECT, "mx1.a.example", NULL },
		{ "lost connection with mx1.a.example while sending RCPT TO", SAW_LOST_CONNECTION,
		    STAGE_RCPT, "mx1.a.example", NULL },
		{ "connect to private/lmtp: No such file", SAW_CONNECT_FAILED, STAGE_CONNECT, "",
		    NULL },
		{ "connect to .example", SAW_CONNECT_FAILED, STAGE_CONNECT, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct postfix_reason r;

		postfix_reason_read(T(cases[i].text), &r);
		assert_int_equal(r.saw, cases[i].saw);
		assert_int_equal(r.stage, cases[i].stage);
		assert_true(sv_eq(r.host, T(cases[i].host)));
		assert_true(cases[i].reply == NULL || sv_eq(r.reply, T(cases[i].reply)));
		assert_int_equal(r.suspended, i == 2);
	}
}

static void
replies_are_read_and_normalised(void **state)
{
	static const struct {
		const char *text;
		unsigned code, klass, detail;
		const char *normal;
	} cases[] = {
		{ "550 5.1.1 <u@example.com>: User unknown", 550, 5, 1, "<@>: User unknown" },
		{ "550-5.1.1 The account 550-5.1.1 does\n550 5.1.1 not exist", 550, 5, 1,
		    "The account does not exist" },
		{ "550 #5.1.0 Address rejected.", 550, 5, 0, "Address rejected." },
		{ "421 limit is 550 messages from 192.0.2.1", 421, 0, 0,
		    "limit is 550 messages from 0.0.0.0" },
		{ "Sorry, no mailbox here. (#5.1.1)", 0, 5, 1, "Sorry, no mailbox here. (#5.1.1)" },
		{ "blocked [2001:db8::1]", 0, 0, 0, "blocked [0.0.0.0]" },
		{ "550 5.7.1 blocked x12si2345678ejc.12 - gsmtp", 550, 5, 1,
		    "blocked 00000000 - gsmtp" },
		{ "421 4.3.2 Shutting down [AM7EUR03FT012.eop-eur03.prod.protection.outlook.com]",
		    421, 4, 2, "Shutting down [00000000.eop-eur03.prod.protection.outlook.com]" },
		{ "550 5.1.1 a AUP#IPBL00000110 b 1abcd2-000XyZ-2A c 0x80040610 d 4Xh3kz1Q2Pz9",
		    550, 5, 1, "a AUP#IPBL00000110 b 00000000 c 0x80040610 d 00000000" },
		{ "550 5.7.0 no, [2024-01-01T00:12:34.567Z 08DC0A1B2C3D4E5F] here", 550, 5, 0,
		    "no, [00000000 00000000] here" },
		{ "550 5.7.1 (sender-verification-2) AS16012611 1-800-555-1234", 550, 5, 1,
		    "(sender-verification-2) AS16012611 00000000" },
		/* words that stand beside an address without a blank */
		{ "550 \xe5\x9d\x80\xef\xbc\x88u@example.com\xef\xbc\x89\xe4\xb8\x8d", 550, 0, 0,
		    "\xe5\x9d\x80\xef\xbc\x88@\xef\xbc\x89\xe4\xb8\x8d" },
		{ "550 jos\xc3\xa9@example.com no, \xe5\x9d\x80@\xe5\x9d\x80.example no", 550, 0, 0,
		    "@ no, @ no" },
		/* the link stays a link: only its value is an address */
		{ "550 5.7.1 see http://spf.example.org/Why?s=mfrom&id=u@example.com", 550, 5, 1,
		    "see http://spf.example.org/Why?s=mfrom&id=@" },
		{ "", 0, 0, 0, "" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply r;

		reply_read(T(cases[i].text), &r);
		assert_int_equal(r.code, cases[i].code);
		assert_int_equal(r.status.klass, cases[i].klass);
		assert_int_equal(r.status.detail, cases[i].detail);
		reply_normalise(&r, &b);
		assert_string_equal(b.p, cases[i].normal);
	}
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delivery_is_read_whole),
		cmocka_unit_test(every_line_has_its_kind),
		cmocka_unit_test(reasons_tell_host_and_stage),
		cmocka_unit_test(replies_are_read_and_normalised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
