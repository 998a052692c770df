/* SPDX-License-Identifier: Apache-2.0 */

/* What is known of the mail that a report came in decides what it counts for. */

#include "store/test_reports.h"

#include <sqlite3.h>
#include <unistd.h>

#define DAY 1727740800 /* 2024-10-01, day 19997 */

static const struct report_mail proven = { REPORT_PROOF_PASS, "dkim", "o.example",
	"o.example signed it" };
static const struct report_mail unknown = { REPORT_PROOF_UNKNOWN, "", "o.example", "no key" };
static const struct report_mail failed = { REPORT_PROOF_FAIL, "dkim", "evil.example",
	"evil.example sent it" };

static void
add_messages(void *context, const struct auth_domain *d)
{
	*(uint64_t *)context += d->spans[AUTH_ALL].all;
}

static uint64_t
messages(struct taking *t, bool apart)
{
	const struct reports_range range = { .until = 100000, .week = 20000, .apart = apart };
	uint64_t n = 0;

	assert_int_equal(reports_domains(t->store, &range, add_messages, &n, NULL), ERR_OK);
	return n;
}

static void
print_proof(void *context, const struct auth_proof *p)
{
	buf_fmt(context, "%s/%.*s:%llu ", report_proof_name(p->proof), SV_ARG(p->by),
	    (unsigned long long)p->reports);
}

static void
expect_proofs(struct taking *t, const char *want)
{
	struct buf b;

	buf_init(&b, 0);
	buf_str(&b, "");
	assert_int_equal(reports_proofs(t->store, &always, print_proof, &b, NULL), ERR_OK);
	assert_string_equal(b.p, want);
	buf_done(&b);
}

static enum reports_outcome
take_in(struct taking *t, const struct report_mail *m, const char *id, unsigned n)
{
	reports_in_mail(t->store, m);
	return take_report(t, id, DAY, false, n);
}

static void
print_apart(void *context, const struct auth_apart *a)
{
	buf_fmt(context, "%.*s as %.*s about %.*s: %llu/%llu, %.*s", SV_ARG(a->author),
	    SV_ARG(a->org), SV_ARG(a->domain), (unsigned long long)a->reports,
	    (unsigned long long)a->messages, SV_ARG(a->why));
}

static void
what_failed_is_in_no_sum(void **state)
{
	const struct reports_range apart = { .until = 100000, .apart = true };
	struct taking t;
	struct buf b;
	uint64_t later;

	(void)state;
	taking_open(&t, NULL);
	assert_int_equal(take_in(&t, &failed, "1", 1000), REPORTS_NEW);
	assert_int_equal(take_in(&t, &failed, "1", 1000), REPORTS_DUPLICATE);
	assert_int_equal(reports_newest_day(t.store, &always, &later), -1);
	assert_int_equal(reports_newest_day(t.store, &apart, &later), 19997);
	assert_int_equal(messages(&t, false), 0);
	assert_int_equal(messages(&t, true), 1003);
	expect_proofs(&t, "fail/dkim:1 ");
	buf_init(&b, 0);
	assert_int_equal(reports_apart(t.store, &always, print_apart, &b, NULL), ERR_OK);
	assert_string_equal(
	    b.p, "evil.example as O about example.com: 1/1003, evil.example sent it");
	buf_done(&b);
	taking_close(&t);
}

static void
what_failed_does_not_stand_in_the_way(void **state)
{
	struct taking t;

	(void)state;
	taking_open(&t, NULL);
	assert_int_equal(take_in(&t, &failed, "1", 1000), REPORTS_NEW);
	assert_int_equal(take_in(&t, &proven, "1", 10), REPORTS_NEW);
	assert_int_equal(messages(&t, false), 13);
	assert_int_equal(messages(&t, true), 1003);
	/* What is counted already is not kept apart a second time. */
	assert_int_equal(take_in(&t, &failed, "1", 7), REPORTS_DUPLICATE);
	expect_proofs(&t, "fail/dkim:1 pass/dkim:1 ");
	taking_close(&t);
}

static void
what_is_proven_takes_the_place_of_what_is_not(void **state)
{
	struct taking t;

	(void)state;
	taking_open(&t, NULL);
	/* The same report as a file, then in its mail. */
	assert_int_equal(take_in(&t, NULL, "1", 10), REPORTS_NEW);
	expect_proofs(&t, "no mail/:1 ");
	assert_int_equal(take_in(&t, &unknown, "1", 10), REPORTS_DUPLICATE);
	expect_proofs(&t, "no mail/:1 ");
	assert_int_equal(take_in(&t, &proven, "1", 10), REPORTS_DUPLICATE);
	expect_proofs(&t, "pass/dkim:1 ");
	/* Somebody was faster with other figures. */
	assert_int_equal(take_in(&t, &unknown, "2", 5000), REPORTS_NEW);
	assert_int_equal(messages(&t, false), 13 + 5003);
	assert_int_equal(take_in(&t, &proven, "2", 20), REPORTS_NEW);
	assert_int_equal(messages(&t, false), 13 + 23);
	assert_int_equal(take_in(&t, &unknown, "2", 5000), REPORTS_DUPLICATE);
	assert_int_equal(messages(&t, false), 13 + 23);
	taking_close(&t);
}

/* The mail is proven, and what it holds then names somebody else. */
static void
a_proof_can_fall_when_the_report_is_read(void **state)
{
	struct report_mail m = proven;
	struct taking t;

	(void)state;
	taking_open(&t, NULL);
	assert_int_equal(take_in(&t, NULL, "1", 10), REPORTS_NEW);
	m.proof = REPORT_PROOF_FAIL;
	assert_int_equal(take_in(&t, &m, "1", 99), REPORTS_DUPLICATE);
	assert_int_equal(messages(&t, false), 13);
	assert_int_equal(messages(&t, true), 0);
	taking_close(&t);
}

static void
run_sql(const char *path, const char *text)
{
	sqlite3 *db;
	char *error = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK) {
		fail_msg("%s", error);
	}
	(void)sqlite3_close(db);
}

static void
keep_incidents(void *context, const struct auth_failed *f)
{
	*(uint64_t *)context += f->incidents;
}

static uint64_t
incidents(struct taking *t)
{
	uint64_t n = 0;

	assert_int_equal(reports_failed(t->store, &always, keep_incidents, &n, NULL), ERR_OK);
	return n;
}

static void
failure_reports_are_kept_apart_too(void **state)
{
	const struct auth_failure f = { .domain = SV("example.com"), .incidents = 3 };
	enum reports_outcome outcome;
	struct taking t;

	(void)state;
	taking_open(&t, NULL);
	reports_in_mail(t.store, &failed);
	assert_int_equal(reports_failure(t.store, &f, SV("a"), &outcome, NULL), ERR_OK);
	assert_int_equal(incidents(&t), 0);
	reports_in_mail(t.store, &proven);
	assert_int_equal(reports_failure(t.store, &f, SV("a"), &outcome, NULL), ERR_OK);
	assert_int_equal(outcome, REPORTS_NEW);
	assert_int_equal(incidents(&t), 3);
	assert_int_equal(reports_failure(t.store, &f, SV("a"), &outcome, NULL), ERR_OK);
	assert_int_equal(outcome, REPORTS_DUPLICATE);
	taking_close(&t);
}

/* Version 1 had no mails in it. */
static const char version_1[] =
    "DROP INDEX report_key; ALTER TABLE report DROP COLUMN proof;"
    "ALTER TABLE report DROP COLUMN proof_by; ALTER TABLE report DROP COLUMN author;"
    "ALTER TABLE report DROP COLUMN proof_why;"
    "CREATE UNIQUE INDEX report_key ON report (rid, domain, begin_s, org, end_s, address, kind);"
    "ALTER TABLE auth_failure DROP COLUMN proof; ALTER TABLE auth_failure DROP COLUMN proof_by;"
    "ALTER TABLE auth_failure DROP COLUMN author;"
    "ALTER TABLE auth_failure DROP COLUMN proof_why;"
    "PRAGMA user_version = 1;";

static void
an_older_store_is_brought_up_to_date(void **state)
{
	const struct auth_failure f = { .domain = SV("example.com"), .incidents = 3 };
	char path[] = "/tmp/reports_proof_test.XXXXXX";
	enum reports_outcome outcome;
	struct taking t;
	struct why why;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	taking_open(&t, path);
	assert_int_equal(take(&t, "1", DAY, false), REPORTS_NEW);
	assert_int_equal(reports_failure(t.store, &f, SV("a"), &outcome, NULL), ERR_OK);
	assert_int_equal(reports_commit(t.store, &why), ERR_OK);
	taking_close(&t);
	run_sql(path, version_1);
	taking_open(&t, path);
	expect_proofs(&t, "unsaid/:1 ");
	assert_int_equal(messages(&t, false), 13);
	assert_int_equal(incidents(&t), 3);
	assert_int_equal(take_in(&t, &proven, "1", 10), REPORTS_DUPLICATE);
	expect_proofs(&t, "pass/dkim:1 ");
	taking_close(&t);
	run_sql(path, "PRAGMA user_version = 9;");
	assert_int_equal(reports_open(path, &key, &t.store, &why), ERR_DATA);
	assert_non_null(strstr(why.text, "version"));
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_failed_is_in_no_sum),
		cmocka_unit_test(what_failed_does_not_stand_in_the_way),
		cmocka_unit_test(what_is_proven_takes_the_place_of_what_is_not),
		cmocka_unit_test(a_proof_can_fall_when_the_report_is_read),
		cmocka_unit_test(failure_reports_are_kept_apart_too),
		cmocka_unit_test(an_older_store_is_brought_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
