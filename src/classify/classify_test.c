/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Precedence, dates and suppress, on small knowledge written into a temporary folder; the real
 * share/ has its own test.
 */

#include "classify/test_knowledge.h"

static int
setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	struct why why;

	make_folders(f);
	if (load(f, &why) != ERR_OK || classifier_new(f->k, &f->c, &why) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	classifier_free(&f->c);
	knowledge_free(&f->k);
	remove_folders(f);
	free(f);
	return 0;
}

static const char *
rule_of(struct fixture *f, const char *host, const char *reply)
{
	struct question q;

	question_from_text(sv_from(reply), &q);
	q.host = sv_from(host);
	classify(f->c, &q, &f->v);
	return f->v.rule == NULL ? "-" : f->v.rule->id;
}

#define COX "cxr.mx.a.cloudfilter.net"

static void
the_tier_decides_before_everything(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(rule_of(f, COX, "550 5.1.1 user unknown AUP#X"), "t");
	assert_string_equal(rule_of(f, COX, "550 5.1.1 User Unknown"), "w");
	assert_string_equal(rule_of(f, "", "550 5.1.1 user unknown"), "g1");
	assert_string_equal(rule_of(f, "", "550 5.1.1 whatever"), "s1");
	assert_string_equal(rule_of(f, "", "550 5.1.7 whatever"), "s2");
	assert_string_equal(rule_of(f, "", "550 whatever"), "c1");
	assert_string_equal(rule_of(f, "", "551 whatever"), "c2");
	assert_string_equal(rule_of(f, "", "whatever"), "-");
	assert_string_equal(f->v.cause->name, "undetermined");
	assert_string_equal(rule_of(f, "mta5.am0.yahoodns.net", "550 5.7.1 user unknown"), "y");
	assert_string_equal(rule_of(f, "mta5.am0.yahoodns.net", "550 5.1.1 user unknown"), "g1");
}

static void
a_token_is_known_everywhere_and_whole(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(rule_of(f, "", "550 user unknown AUP#X"), "t");
	assert_string_equal(f->v.provider->id, "cox");
	assert_string_equal(rule_of(f, "mta5.am0.yahoodns.net", "550 no AUP#X"), "t");
	assert_int_equal(f->v.tier, TIER_FOREIGN_TOKEN);
	assert_string_equal(f->v.provider->id, "yahoo");
	assert_string_equal(rule_of(f, "", "550 AUP#XY"), "c1");
}

static void
bits_are_read_from_the_token(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	assert_string_equal(rule_of(f, COX, "550 blocked IPBL1001"), "f");
	assert_int_equal(f->v.flags, 9);
	buf_init(&b, 0);
	verdict_says(&f->v, &b);
	assert_string_equal(b.p, "on CSI, Spamhaus");
	buf_clear(&b);
	assert_string_equal(rule_of(f, COX, "550 blocked IPBL00001"), "f");
	verdict_says(&f->v, &b);
	assert_string_equal(b.p, "on Spamhaus");
	buf_done(&b);
}

static void
conditions_and_exceptions_hold(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(rule_of(f, "", "554 blocked using spamlist"), "g2");
	assert_string_equal(rule_of(f, "", "554 you are not blocked by us"), "c2");
	assert_string_equal(
	    rule_of(f, "", "host a[192.0.2.1] said: 450 slow down (in reply to RCPT TO command)"),
	    "g3");
	assert_string_equal(
	    rule_of(f, "", "host a[192.0.2.1] said: 450 slow down (in reply to MAIL FROM command)"),
	    "-");
	assert_string_equal(rule_of(f, "", "550 slow down"), "c1");
}

static void
suppress_needs_a_permanent_word(void **state)
{
	struct fixture *f = *state;

	(void)rule_of(f, "", "550 5.1.1 user unknown");
	assert_true(f->v.suppress);
	(void)rule_of(f, "", "450 4.1.1 user unknown");
	assert_false(f->v.suppress);
	assert_int_equal(f->v.lasting, LASTING_TEMPORARY);
	(void)rule_of(f, "", "550 whatever");
	assert_false(f->v.suppress);
	(void)rule_of(f, COX, "550 AUP#X");
	assert_true(f->v.disagrees); /* 550 that passes */
}

static void
the_stage_says_what_general_words_mean(void **state)
{
	static const struct {
		const char *host, *status, *command, *want;
	} cases[] = {
		{ "", "", "RCPT TO", "no_such_user" }, { "", "", "end of DATA", "filtered" },
		{ "", " 5.2.0", "end of DATA", "filtered" },
		{ "", " 5.1.1", "end of DATA",
		    "no_such_user" },                  /* the code speaks of the address */
		{ COX, "", "end of DATA", "blocked" }, /* a provider's own rule */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char reply[200];

		(void)snprintf(reply, sizeof(reply),
		    "host a[192.0.2.1] said: 550%s user unknown (in reply to %s command)",
		    cases[i].status, cases[i].command);
		(void)rule_of(f, cases[i].host, reply);
		assert_string_equal(f->v.cause->name, cases[i].want);
		assert_int_equal(f->v.suppress, strcmp(cases[i].want, "no_such_user") == 0);
	}
}

static void
dates_decide_who_answers(void **state)
{
	static const struct {
		const char *host, *domain, *time, *want;
	} cases[] = {
		{ "", "cox.net", "2020-09-21", "cox" },
		{ "", "cox.net", "2024-10-01", "yahoo" },
		{ "", "COX.NET", NULL, "yahoo" },
		{ COX ".", "cox.net", "2025-01-01", "cox" },
		{ "x.yahoodns.net", "cox.net", "2020-09-21", "yahoo" },
		{ "yahoodns.net.example.com", "example.com", NULL, NULL },
		{ "notyahoodns.net", "", NULL, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place p = { .host = sv_from(cases[i].host),
			.domain = sv_from(cases[i].domain),
			.time_us = TIME_NONE };
		const struct provider *got;

		if (cases[i].time != NULL) {
			assert_true(civil_take_iso(sv_from(cases[i].time), &p.time_us));
		}
		got = knowledge_provider_find(f->k, &p);
		assert_string_equal(
		    got == NULL ? "-" : got->id, cases[i].want == NULL ? "-" : cases[i].want);
	}
}

static void
a_rule_ends_with_its_date(void **state)
{
	struct fixture *f = *state;
	struct question q;

	question_from_text(SV("551 OLD1"), &q);
	q.host = SV(COX);
	classify(f->c, &q, &f->v);
	assert_string_equal(f->v.rule->id, "old");
	assert_true(civil_take_iso(SV("2021-01-01"), &q.time_us));
	classify(f->c, &q, &f->v);
	assert_string_equal(f->v.rule->id, "c2");
}

/* Two rules of one rank that say different things: only the longer pattern decided. */
static void
rivals_are_found(void **state)
{
	struct fixture *f = *state;
	const struct rule *rivals[4];
	struct question q;

	question_from_text(SV("450 slow down: blocked by us"), &q);
	classify(f->c, &q, &f->v);
	assert_string_equal(f->v.rule->id, "g2");
	assert_int_equal(classify_rivals(f->c, &q, &f->v, rivals, 4), 1);
	assert_string_equal(rivals[0]->id, "g3");
	assert_int_equal(classify_rivals(f->c, &q, &f->v, rivals, 0), 0);
	/* Not another rank, another tier, or what does not hold. */
	question_from_text(SV("450 user unknown, blocked by us"), &q);
	classify(f->c, &q, &f->v);
	assert_int_equal(classify_rivals(f->c, &q, &f->v, rivals, 4), 0);
	question_from_text(SV("550 slow down: blocked by us"), &q);
	classify(f->c, &q, &f->v);
	assert_int_equal(classify_rivals(f->c, &q, &f->v, rivals, 4), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_tier_decides_before_everything, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_token_is_known_everywhere_and_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(bits_are_read_from_the_token, setup, teardown),
		cmocka_unit_test_setup_teardown(conditions_and_exceptions_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(suppress_needs_a_permanent_word, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_stage_says_what_general_words_mean, setup, teardown),
		cmocka_unit_test_setup_teardown(dates_decide_who_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(rivals_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(a_rule_ends_with_its_date, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
