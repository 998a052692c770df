/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

static struct knowledge *knowledge;
static struct classifier *classifier;

static int
set_up(void **state)
{
	const struct knowledge_options opt = { .share = CAROM_SOURCE_DIR "/share" };
	struct why why;

	(void)state;
	if (knowledge_load(&opt, &knowledge, &why) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	return classifier_new(knowledge, &classifier, &why) == ERR_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	classifier_free(&classifier);
	knowledge_free(&knowledge);
	return 0;
}

struct asked {
	const char *reply;
	enum bounce_kind kind;
	enum dsn_action action;
	struct status field; /* the report's own */
	bool quoted_only;
	const char *cause, *status; /* NULL: whatever it is */
	unsigned code;
	bool derived, suppress;
};

static void
check_one(const struct asked *a)
{
	struct bounce b = { .kind = a->kind, .n_recipients = 1, .quoted_only = a->quoted_only };
	struct bounced r = { .address = SV("user@shop.example"),
		.reply = sv_from(a->reply),
		.action = a->action,
		.status = a->field };
	struct judgement j;
	char status[16];

	judge(classifier, knowledge, &b, &r, &j);
	status_print(j.status, status, sizeof(status));
	if ((a->cause != NULL && strcmp(j.verdict.cause->name, a->cause) != 0) ||
	    (a->status != NULL && strcmp(status, a->status) != 0) || j.code != a->code ||
	    j.status_derived != a->derived || j.verdict.suppress != a->suppress) {
		fail_msg("%s: got %s %s %u %d %d", a->reply, j.verdict.cause->name, status, j.code,
		    j.status_derived, j.verdict.suppress);
	}
}

static void
words_codes_and_fields_come_together(void **state)
{
	static const struct asked cases[] = {
		/* The reply's own enhanced code counts more than the field. */
		{ "550 5.2.2 mailbox full", BOUNCE_BOUNCE, DSN_FAILED, { 5, 1, 1 }, false,
		    "mailbox_full", "5.2.2", 550, false, false },
		{ "550 5.0.0 no such user", BOUNCE_BOUNCE, DSN_FAILED, { 5, 1, 1 }, false,
		    "no_such_user", "5.1.1", 550, false, true },
		/* The field, where the reply has none. */
		{ "550 no such user", BOUNCE_BOUNCE, DSN_FAILED, { 5, 1, 1 }, false, "no_such_user",
		    "5.1.1", 550, false, true },
		/* Neither: by the cause, and said to be so. */
		{ "no such user", BOUNCE_BOUNCE, DSN_NO_ACTION, { 0, 0, 0 }, false, "no_such_user",
		    "5.0.911", 0, true, true },
		{ "mailbox is full: retry timeout exceeded", BOUNCE_BOUNCE, DSN_NO_ACTION,
		    { 0, 0, 0 }, false, "mailbox_full", "4.0.922", 0, true, false },
		/* A connection that never came about is what its time ran out for. */
		{ "unable to connect to remote server [192.0.2.1:25]: Operation timed\nout",
		    BOUNCE_BOUNCE, DSN_NO_ACTION, { 0, 0, 0 }, false, "network_error", "5.0.947", 0,
		    true, false },
		/* Codes that stand in the middle of words. */
		{ "Invalid Address, ERROR_CODE :550, no such user", BOUNCE_BOUNCE, DSN_NO_ACTION,
		    { 0, 0, 0 }, false, "no_such_user", NULL, 550, true, false },
		{ "we have 500 messages of 4500 bytes", BOUNCE_BOUNCE, DSN_NO_ACTION, { 5, 0, 0 },
		    false, NULL, "5.0.0", 0, false, false },
		/* Words of the program around a quoted reply. */
		{ "rejected by the server as spam is. It said: 550 5.1.1 no such user",
		    BOUNCE_BOUNCE, DSN_NO_ACTION, { 0, 0, 0 }, true, "no_such_user", "5.1.1", 550,
		    false, true },
		/* What is still being tried suppresses nobody. */
		{ "550 5.1.1 no such user", BOUNCE_DELAY, DSN_DELAYED, { 4, 0, 0 }, false,
		    "no_such_user", "5.1.1", 550, false, false },
		{ "250 2.0.0 Ok", BOUNCE_REPORT, DSN_RELAYED, { 2, 0, 0 }, false, "delivered",
		    "2.0.0", 250, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_one(&cases[i]);
	}
}

static const char *
cause_in_text(const char *text, struct bounced *r)
{
	struct bounce b = { .kind = BOUNCE_BOUNCE, .text = sv_from(text), .n_recipients = 1 };
	static struct judgement j;

	b.recipients = r;
	judge(classifier, knowledge, &b, r, &j);
	return j.verdict.cause->name;
}

/* The stage is often in the text only, and a transcript of commands sent in one go misleads. */
static void
the_stage_is_found_in_the_text(void **state)
{
	struct bounced r = { .address = SV("user@shop.example"), .reply = SV("550 no such user") };
	struct bounced agent = { .address = SV("user@shop.example"),
		.reply =
		    SV("----- Transcript of session follows -----\nmail.local: unknown user: u\n"
		       "554 <user@shop.example>... Service unavailable") };

	(void)state;
	assert_string_equal(cause_in_text("", &r), "no_such_user");
	assert_string_equal(
	    cause_in_text("<user@shop.example>: host a[192.0.2.1] said: 550 no such user (in reply "
			  "to end of DATA command)",
		&r),
	    "recipient_refused");
	assert_string_equal(
	    cause_in_text(">>> DATA\n<<< 550 no such user\n554 5.0.0 Service unavailable\n", &r),
	    "recipient_refused");
	assert_string_equal(
	    cause_in_text(">>> DATA\n<<< 550 no such user\n<<< 503 need RCPT command\n", &r),
	    "no_such_user");
	assert_string_equal(cause_in_text("The error that the other server returned\nwas: 550 550 "
					  "no such user (state\n18).",
				&r),
	    "recipient_refused");
	assert_string_equal(
	    cause_in_text("SMTP:RCPT host 192.0.2.1: 550 no such user", &r), "no_such_user");
	assert_string_equal(cause_in_text("", &agent), "no_such_user");
}

/* "User unknown" may be a filter's word after DATA: without the command and without an enhanced code
 * about the address, what another server said suppresses nobody. */
static void
words_without_a_command_are_doubted(void **state)
{
	static const struct asked cases[] = {
		{ "550 no such user", BOUNCE_BOUNCE, DSN_NO_ACTION, { 0, 0, 0 }, false,
		    "no_such_user", "5.0.910", 550, true, false },
		{ "550 no such user", BOUNCE_BOUNCE, DSN_FAILED, { 5, 0, 0 }, false, "no_such_user",
		    "5.0.0", 550, false, false },
		{ "550 5.7.1 no such user", BOUNCE_BOUNCE, DSN_FAILED, { 5, 7, 1 }, false,
		    "no_such_user", "5.7.1", 550, false, false },
		{ "550 5.2.1 no such user", BOUNCE_BOUNCE, DSN_FAILED, { 5, 0, 0 }, false,
		    "no_such_user", "5.2.1", 550, false, true },
		/* The command is told. */
		{ ">>> RCPT TO:<user@shop.example>\n<<< 550 no such user", BOUNCE_BOUNCE,
		    DSN_NO_ACTION, { 0, 0, 0 }, false, "no_such_user", "5.0.911", 550, true, true },
		/* Nobody else said it. */
		{ "unknown user: user", BOUNCE_BOUNCE, DSN_FAILED, { 5, 0, 0 }, false,
		    "no_such_user", "5.0.0", 0, false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_one(&cases[i]);
	}
}

/* What the doubt does to the advice: not "suppress", and no certainty. */
static void
a_doubt_is_said(void **state)
{
	struct bounce b = { .kind = BOUNCE_BOUNCE, .n_recipients = 1 };
	struct bounced r = { .address = SV("user@shop.example"), .reply = SV("550 no such user") };
	struct judgement j;

	(void)state;
	judge(classifier, knowledge, &b, &r, &j);
	assert_string_equal(j.verdict.action, "suppress_after_n");
	assert_true((j.verdict.quirks & QUIRK_MAY_BE_FALSE) != 0);
	r.category = SV("bad-mailbox"); /* PowerMTA saw the whole session */
	judge(classifier, knowledge, &b, &r, &j);
	assert_string_equal(j.verdict.action, "suppress");
	assert_true(j.verdict.suppress);
	/* docomo's own rule holds at RCPT only, and nobody says that it was there. */
	r = (struct bounced){ .address = SV("user@docomo.ne.jp"),
		.reply = SV("550 Unknown user user@docomo.ne.jp") };
	judge(classifier, knowledge, &b, &r, &j);
	assert_string_equal(j.verdict.rule->id, "docomo-unknown");
	assert_false(j.verdict.suppress);
}

/* PowerMTA's own name of the cause helps where the words tell nothing, and only there. */
static void
a_category_is_asked_where_words_tell_nothing(void **state)
{
	struct bounced r = { .address = SV("user@shop.example"),
		.reply = SV("550 zxq"),
		.category = SV("quota-issues") };

	(void)state;
	assert_string_equal(cause_in_text("", &r), "mailbox_full");
	r.reply = SV("550 no such user");
	assert_string_equal(cause_in_text("", &r), "no_such_user");
}

/* A category alone suppresses nobody; together with an enhanced code of the same cause it does. */
static void
a_category_and_a_code_agree(void **state)
{
	struct bounce b = { .kind = BOUNCE_BOUNCE, .n_recipients = 1 };
	struct bounced r = { .address = SV("user@shop.example"),
		.reply = SV("550 zxq"),
		.category = SV("bad-mailbox") };
	struct judgement j;

	(void)state;
	judge(classifier, knowledge, &b, &r, &j);
	assert_string_equal(j.verdict.cause->name, "no_such_user");
	assert_false(j.verdict.suppress);
	r.status = (struct status){ 5, 1, 1 };
	judge(classifier, knowledge, &b, &r, &j);
	assert_string_equal(j.verdict.cause->name, "no_such_user");
	assert_true(j.verdict.suppress);
}

static void
complaints_have_the_cause_that_they_are(void **state)
{
	struct bounce b = { .kind = BOUNCE_COMPLAINT, .cause = "complaint", .by_cause = true };
	struct bounced r = { .address = SV("user@shop.example") };
	struct judgement j;

	(void)state;
	judge(classifier, knowledge, &b, &r, &j);
	assert_string_equal(j.verdict.cause->name, "complaint");
	assert_string_equal(j.verdict.action, "complaint");
	assert_false(j.verdict.suppress);
	assert_int_equal(j.status.klass, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_codes_and_fields_come_together),
		cmocka_unit_test(the_stage_is_found_in_the_text),
		cmocka_unit_test(words_without_a_command_are_doubted),
		cmocka_unit_test(a_doubt_is_said),
		cmocka_unit_test(a_category_is_asked_where_words_tell_nothing),
		cmocka_unit_test(a_category_and_a_code_agree),
		cmocka_unit_test(complaints_have_the_cause_that_they_are),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
