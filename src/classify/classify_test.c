/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Precedence, dates, suppress and the loader's complaints, on small knowledge
 * written into a temporary folder; the real share/ has its own test.
 */

#include "base/buf.h"
#include "classify/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCES "sources: [\"RFC 3463\"]"
#define CASES   "cases: [{ reply: x }]"
#define CAUSE(name, fault, lasting, more)                                               \
	"  " name ": { group: g, scope: recipient, fault: " fault ", lasting: " lasting \
	", action: review, says: S, do: D" more " }\n"

static const char causes[] = "causes:\n" CAUSE("undetermined", "none", "by_code", "") CAUSE(
    "no_such_user", "recipient", "permanent", ", suppressible: true, at: { end_of_data: filtered }")
    CAUSE("filtered", "message", "by_code", "") CAUSE("rate_limited", "sender", "temporary", "")
	CAUSE("blocked", "sender", "by_code", "");

static const char cox[] =
    "provider: cox\nname: Cox\nkind: mailbox\nchecked: 2026-01-01\nsources: [\"x\"]\n"
    "hosts: [{ suffix: mx.a.cloudfilter.net }]\n"
    "domains: [{ name: cox.net, until: 2024-10-01 }]\n"
    "rules:\n"
    "  - { id: t, token: [\"AUP#X\"], cause: rate_limited, " SOURCES ", " CASES " }\n"
    "  - { id: w, text: [user unknown], cause: blocked, " SOURCES ", " CASES " }\n"
    "  - { id: f, flags: { prefix: IPBL, digits: [4, 5], bits: { 8: CSI, 1: Spamhaus } },"
    " says: \"on {flags}\", cause: blocked, " SOURCES ", " CASES " }\n"
    "  - { id: old, token: [OLD1], until: 2020-01-01, cause: blocked, " SOURCES ", " CASES " }\n";

static const char yahoo[] =
    "provider: yahoo\nname: Yahoo\nkind: mailbox\nchecked: 2026-01-01\nsources: [\"x\"]\n"
    "hosts: [{ suffix: .yahoodns.net }]\n"
    "domains: [{ name: yahoo.com }, { name: cox.net, from: 2024-10-01 }]\n"
    "rules:\n"
    "  - { id: y, status: [5.7.x], cause: blocked, " SOURCES ", " CASES " }\n";

static const char neutral[] =
    "rules:\n"
    "  - { id: g1, text: [user unknown], rank: 90, cause: no_such_user, " SOURCES ", " CASES " }\n"
    "  - { id: g2, match: ['blocked (by|using) [a-z]+'], unless: ['not blocked'], cause: "
    "blocked, " SOURCES ", " CASES " }\n"
    "  - { id: g3, text: [slow down], cause: rate_limited, when: { code: [4xx], stage: [rcpt] "
    "}, " SOURCES ", " CASES " }\n"
    "  - { id: s1, status: [5.1.1], cause: no_such_user, " SOURCES ", " CASES " }\n"
    "  - { id: s2, status: [x.1.x], cause: blocked, " SOURCES ", " CASES " }\n"
    "  - { id: c1, code: [550], cause: no_such_user, suppress: false, " SOURCES ", " CASES " }\n"
    "  - { id: c2, code: [5xx], cause: blocked, " SOURCES ", " CASES " }\n";

struct fixture {
	char dir[64];
	struct knowledge *k;
	struct classifier *c;
	struct verdict v;
};

static void
put(const struct fixture *f, const char *name, const char *text)
{
	char path[256];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	out = fopen(path, "wbe");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void
make_folders(struct fixture *f)
{
	static const char *const folders[] = { "providers", "rules" };
	char path[256];

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/carom-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	put(f, "causes.yaml", causes);
	put(f, "providers/cox.yaml", cox);
	put(f, "providers/yahoo.yaml", yahoo);
	put(f, "rules/neutral.yaml", neutral);
}

static enum err
load(struct fixture *f, struct why *why)
{
	const struct knowledge_options opt = { .share = f->dir };

	return knowledge_load(&opt, &f->k, why);
}

static void
remove_folders(const struct fixture *f)
{
	static const char *const names[] = { "causes.yaml", "providers/cox.yaml",
		"providers/yahoo.yaml", "rules/neutral.yaml", "rules/bad.yaml", "providers",
		"rules", "" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)remove(path);
	}
}

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

static void
a_cause_names_stages_and_causes_that_are_there(void **state)
{
	static const struct {
		const char *at, *want;
	} cases[] = { { "{ dtaa: b }", "expected connect, helo" }, { "{ data: b }", "not there" },
		{ "data", "expected stages and causes" } };
	struct fixture f = { 0 };
	struct why why = { "" };

	(void)state;
	make_folders(&f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[400];

		(void)snprintf(text, sizeof(text),
		    "causes:\n" CAUSE("undetermined", "none", "by_code", ", at: %s"), cases[i].at);
		put(&f, "causes.yaml", text);
		assert_int_not_equal(load(&f, &why), ERR_OK);
		if (strstr(why.text, cases[i].want) == NULL) {
			fail_msg("case %zu: got \"%s\", want \"%s\"", i, why.text, cases[i].want);
		}
	}
	remove_folders(&f);
}

static void
a_broken_file_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "rules:\n  - { id: a, tokn: [x] }\n",
		    "bad.yaml:2:14: error: unknown key 'tokn'" },
		{ "rules:\n  - id: a\n    text: [xx]\n    cause: nobody\n",
		    "bad.yaml:4:12: error: 'nobody' is no cause" },
		{ "rules:\n  - { id: a, text: [xx], match: [yy] }\n",
		    "here is 'match' beside 'text'" },
		{ "rules:\n  - { id: a, text: [xx], cause: blocked, " CASES " }\n",
		    "'sources' is missing here" },
		{ "rules:\n  - { id: a, text: [xx], cause: blocked, " SOURCES ", cases: [] }\n",
		    "at least one case" },
		{ "rules:\n  - { id: g1, text: [xx], cause: blocked, " SOURCES ", " CASES " }\n",
		    "stands in rules/" },
		{ "rules:\n  - id: a\n    match: ['(unclosed']\n    cause: blocked\n    " SOURCES
		  "\n    " CASES "\n",
		    "rules/bad.yaml:3:14: error: expected ')' to end the group" },
		{ "rules:\n\t- a\n", "rules/bad.yaml:2:1: error: a tab or control byte" },
		{ "rules: []\n%a: b\n", "rules/bad.yaml:2:1: error: a line that begins with '%'" },
		{ "rules:\n  - { id: a, code: [650], cause: blocked, " SOURCES ", " CASES " }\n",
		    "expected a reply code" },
		{ "rules:\n  - { id: a, status: [5.1], cause: blocked, " SOURCES ", " CASES " }\n",
		    "expected an enhanced code" },
		{ "rules: [\n", "bad.yaml:" },
		{ "", "is empty" },
		{ "rules:\n  - { id: A b, text: [xx] }\n", "lower case letters" },
		{ "rules:\n  - { id: a, flags: { prefix: X, digits: [4], bits: { 3: y } } }\n",
		    "cannot stand in this kind of file" },
	};
	struct fixture f = { 0 };
	struct why why = { "" };

	(void)state;
	make_folders(&f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(&f, "rules/bad.yaml", cases[i].text);
		assert_int_not_equal(load(&f, &why), ERR_OK);
		if (strstr(why.text, cases[i].want) == NULL) {
			fail_msg("case %zu: got \"%s\", want \"%s\"", i, why.text, cases[i].want);
		}
	}
	remove_folders(&f);
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
		cmocka_unit_test_setup_teardown(a_rule_ends_with_its_date, setup, teardown),
		cmocka_unit_test(a_cause_names_stages_and_causes_that_are_there),
		cmocka_unit_test(a_broken_file_is_refused_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
