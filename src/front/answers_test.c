/* SPDX-License-Identifier: Apache-2.0 */
#include "front/answers.h"
#include "front/door.h"
#include "front/status_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define NOW 1600000000u
#define COX                                                                               \
	"host cxr.mx.a.cloudfilter.net[192.0.2.1] said: 550 5.1.1 <a@cox.net> Recipient " \
	"rejected. AUP#CXRCPT (in reply to RCPT TO command)"

static const struct hash_key key = { 1, 2 };

static uint64_t
hash(const char *address)
{
	return hash_sip(&key, sv_from(address));
}

static void
give(struct answers *a, struct front_row r)
{
	struct buf b;

	buf_init(&b, 0);
	front_row_write(&r, &b);
	assert_true(answers_take(a, buf_view(&b), 5));
	buf_done(&b);
}

static void
begin(struct answers *a)
{
	give(a, (struct front_row){ .kind = FRONT_CLEAR, .hash = key.k0, .id = key.k1 });
}

static void
recipient(struct answers *a, const char *address, enum standing s, uint32_t until_s)
{
	give(a, (struct front_row){ .kind = FRONT_RECIPIENT,
		    .hash = hash(address),
		    .state = s,
		    .id = 7,
		    .since_s = NOW - 100,
		    .until_s = until_s,
		    .text = SV("because") });
}

static int
set_up(void **state)
{
	struct answers *a = malloc(sizeof(*a));

	answers_init(a);
	begin(a);
	recipient(a, "gone@cox.net", STANDING_BOUNCED, 0);
	recipient(a, "rests@cox.net", STANDING_RESTING, NOW + 100);
	recipient(a, "asked@cox.net", STANDING_ASKED, 0);
	give(a, (struct front_row){ .kind = FRONT_WHOLE });
	*state = a;
	return 0;
}

static int
tear_down(void **state)
{
	answers_done(*state);
	free(*state);
	return 0;
}

/* ---- the table ---- */

static void
a_new_table_takes_the_place_of_the_old_when_it_is_whole(void **state)
{
	struct answers *a = *state;

	assert_non_null(answers_recipient(a, SV("GONE@cox.net"), NOW));
	begin(a);
	recipient(a, "other@cox.net", STANDING_BOUNCED, 0);
	assert_non_null(answers_recipient(a, SV("gone@cox.net"), NOW));
	assert_null(answers_recipient(a, SV("other@cox.net"), NOW));
	give(a, (struct front_row){ .kind = FRONT_WHOLE });
	assert_null(answers_recipient(a, SV("gone@cox.net"), NOW));
	assert_non_null(answers_recipient(a, SV("other@cox.net"), NOW));
	recipient(a, "other@cox.net", STANDING_OPEN, 0);
	assert_null(answers_recipient(a, SV("other@cox.net"), NOW));
}

static void
a_table_is_too_old_when_the_engine_is_not_heard_of(void **state)
{
	struct answers *a = *state;
	struct answers none;

	assert_true(answers_fresh(a, 105, 100));
	assert_false(answers_fresh(a, 106, 100));
	give(a, (struct front_row){ .kind = FRONT_BEAT });
	answers_init(&none);
	assert_false(answers_fresh(&none, 0, 1000));
	assert_null(answers_recipient(&none, SV("gone@cox.net"), NOW));
	give(&none, (struct front_row){ .kind = FRONT_HOLD, .text = SV("cox") });
	assert_false(answers_holds_any(&none));
	assert_false(answers_take(&none, SV("no rows"), 1));
	answers_done(&none);
}

/* ---- the status filter ---- */

static struct sv
provider(void *context, struct sv host, uint32_t now_s)
{
	(void)context;
	(void)now_s;
	return sv_ends(host, SV("cloudfilter.net")) ? SV("cox") : (struct sv){ 0 };
}

static bool
is_unknown_user(void *context, const struct filter_question *q)
{
	(void)context;
	return sv_find(q->reply.text, SV("ecipient")) >= 0;
}

static bool
is_of_the_sender(void *context, const struct filter_question *q)
{
	(void)context;
	return sv_find(q->reply.text, SV("CXCNCT")) >= 0;
}

static const struct filter_judge judge = { NULL, provider, is_unknown_user, is_of_the_sender };

static void
filter_is(const struct answers *a, const char *ask, const char *expect)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(status_filter(a, &judge, sv_from(ask), NOW, &b), expect != NULL);
	assert_string_equal(b.p == NULL ? "" : b.p, expect == NULL ? "" : expect);
	buf_done(&b);
}

static void
a_refusal_of_the_sender_is_known_whatever_is_held(void **state)
{
	static const struct {
		const char *key;
		bool expect;
	} rows[] = {
		{ "4.0.0 host h.example[192.0.2.1] refused to talk to me: 421 no AUP#CXCNCT",
		    true },
		{ "4.7.1 host h.example[192.0.2.1] said: 421 4.7.1 AUP#CXCNCT (in reply to RCPT TO "
		  "command)",
		    true },
		{ "4.2.0 host h.example[192.0.2.1] said: 450 4.2.0 Greylisted (in reply to RCPT TO "
		  "command)",
		    false },
		{ "2.0.0 250 2.0.0 AUP#CXCNCT", false },
		{ "4.4.1 connect to h.example[192.0.2.1]:25: Connection refused", false },
		{ "4.7.0 host /run/carom/pause[/run/carom/pause] said: 450 4.7.0 AUP#CXCNCT "
		  "[carom:p7] (in reply to RCPT TO command)",
		    false },
		{ "AUP#CXCNCT", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    status_filter_of_the_sender(&judge, sv_from(rows[i].key), NOW), rows[i].expect);
	}
}

static void
a_doubtful_refusal_of_a_held_provider_becomes_a_deferral(void **state)
{
	struct answers *a = *state;

	filter_is(a, "5.1.1 " COX, NULL);
	give(a, (struct front_row){ .kind = FRONT_HOLD,
		    .id = 12,
		    .since_s = NOW,
		    .until_s = NOW + 9,
		    .text = SV("cox") });
	filter_is(a, "5.1.1 " COX,
	    "4.1.1 host cxr.mx.a.cloudfilter.net[192.0.2.1] said: 550 5.1.1 <a@cox.net> Recipient "
	    "rejected. AUP#CXRCPT [carom:i12] (in reply to RCPT TO command)");
	give(a,
	    (struct front_row){
		.kind = FRONT_HOLD, .id = 12, .since_s = NOW, .until_s = NOW, .text = SV("cox") });
	filter_is(a, "5.1.1 " COX, NULL);
}

static void
everything_else_stays_as_it_is(void **state)
{
	struct answers *a = *state;

	give(a,
	    (struct front_row){ .kind = FRONT_HOLD, .id = 12, .since_s = NOW, .text = SV("cox") });
	filter_is(a, "2.0.0 250 2.0.0 ok", NULL);
	filter_is(a, "4.1.1 " COX, NULL);
	filter_is(a, "5.7.1 host h.cloudfilter.net[192.0.2.1] said: 554 5.7.1 spam", NULL);
	filter_is(a, "5.1.1 host mx.other.example[192.0.2.1] said: 550 5.1.1 Recipient", NULL);
	filter_is(a, "5.4.4 Host or domain name not found", NULL);
	filter_is(
	    a, "5.1.1 host h.cloudfilter.net[192.0.2.1] said: 550 <gone@cox.net> Recipient", NULL);
	filter_is(a, "", NULL);
	filter_is(a, "5.1.1", NULL);
	filter_is(a, "5.1.1 host h.cloudfilter.net[192.0.2.1] said: 550 <rests@cox.net> Recipient",
	    "4.1.1 host h.cloudfilter.net[192.0.2.1] said: 550 <rests@cox.net> Recipient "
	    "[carom:i12]");
}

static void
a_provider_that_only_the_engine_knows_is_found_by_host_or_domain(void **state)
{
	struct answers *a = *state;
	const char *ask = "5.1.1 host mx.small.example[192.0.2.1] said: 550 Recipient unknown";

	give(a, (struct front_row){
		    .kind = FRONT_HOLD, .id = 1, .since_s = NOW, .text = SV("small.example") });
	filter_is(a, ask, NULL);
	give(a,
	    (struct front_row){ .kind = FRONT_HOST, .text = SV("mx.small.example small.example") });
	filter_is(a, ask,
	    "4.1.1 host mx.small.example[192.0.2.1] said: 550 Recipient unknown [carom:i1]");
	filter_is(a, "5.1.1 host h[1.2.3.4] said: 550 <x@small.example>: Recipient unknown",
	    "4.1.1 host h[1.2.3.4] said: 550 <x@small.example>: Recipient unknown [carom:i1]");
}

static void
a_long_reply_is_cut_and_keeps_its_mark(void **state)
{
	struct answers *a = *state;
	struct buf b;
	struct buf out;

	give(a,
	    (struct front_row){ .kind = FRONT_HOLD, .id = 12, .since_s = NOW, .text = SV("cox") });
	buf_init(&b, 0);
	buf_init(&out, 0);
	buf_str(&b, "5.1.1 host h.cloudfilter.net[192.0.2.1] said: 550 Recipient ");
	while (b.n < 5000) {
		buf_str(&b, "and so on ");
	}
	buf_str(&b, " (in reply to RCPT TO command)");
	assert_true(status_filter(a, &judge, buf_view(&b), NOW, &out));
	assert_true(out.n < STATUS_TEXT_MAX + 120);
	assert_true(sv_ends(buf_view(&out), SV(" [carom:i12] (in reply to RCPT TO command)")));
	buf_done(&b);
	buf_done(&out);
}

/* ---- the door ---- */

static void
door_is(const struct answers *a, const char *sender, const char *to, const char *expect)
{
	static const char *const transactional[] = { "shop.example", "robot" };
	const struct door_settings set = {
		.policy = { { DOOR_REJECT, DOOR_REJECT, DOOR_DEFER },
		    { DOOR_REJECT, DOOR_PASS, DOOR_PASS } },
		.transactional = transactional,
		.n_transactional = 2,
	};
	struct policy_request r = { .request = SV("smtpd_access_policy"),
		.sender = sv_from(sender),
		.recipient = sv_from(to) };
	struct buf b;

	buf_init(&b, 0);
	(void)door_answer(a, &set, &r, NOW, &b);
	assert_string_equal(b.p, expect);
	buf_done(&b);
}

static void
the_door_says_why_and_since_when(void **state)
{
	struct answers *a = *state;

	door_is(a, "n@news.example", "Gone@cox.net",
	    "action=REJECT 5.7.1 suppressed since 2020-09-13: because [carom:7]\n\n");
	door_is(a, "n@news.example", "rests@cox.net",
	    "action=DEFER 4.7.1 resting since 2020-09-13 until 2020-09-13: because [carom:7]\n\n");
	door_is(a, "n@shop.example", "rests@cox.net", "action=DUNNO\n\n");
	door_is(a, "n@SHOP.example", "asked@cox.net", "action=DUNNO\n\n");
	door_is(a, "n@shop.example", "gone@cox.net",
	    "action=REJECT 5.7.1 suppressed since 2020-09-13: because [carom:7]\n\n");
	door_is(a, "n@news.example", "fine@cox.net", "action=DUNNO\n\n");
	door_is(a, "", "gone@cox.net", "action=DUNNO\n\n");
	door_is(a, "n@news.example", "", "action=DUNNO\n\n");
	door_is(a, "", "Refused@carom-check.invalid",
	    "action=REJECT 5.7.1 this address is refused to try the policy service "
	    "[carom:0]\n\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_new_table_takes_the_place_of_the_old_when_it_is_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_table_is_too_old_when_the_engine_is_not_heard_of, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_doubtful_refusal_of_a_held_provider_becomes_a_deferral, set_up, tear_down),
		cmocka_unit_test_setup_teardown(everything_else_stays_as_it_is, set_up, tear_down),
		cmocka_unit_test(a_refusal_of_the_sender_is_known_whatever_is_held),
		cmocka_unit_test_setup_teardown(
		    a_provider_that_only_the_engine_knows_is_found_by_host_or_domain, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_long_reply_is_cut_and_keeps_its_mark, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    the_door_says_why_and_since_when, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
