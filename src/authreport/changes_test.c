/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/test_words.h"

#define NEWEST 20013
#define WEEK   20007

static const struct alert_policy policy = { .source_messages = 10,
	.sources_most = 2,
	.daily_days = 7,
	.daily_share = 0.9,
	.silent_days = 3 };

static void
put(void *context, const struct view_alert *a)
{
	buf_fmt(
	    context, "%.*s: %.*s: %.*s\n", SV_ARG(a->kind), SV_ARG(a->subject), SV_ARG(a->says));
}

static void
expect(const struct view *v, int32_t today, const char *want)
{
	struct buf b;

	buf_init(&b, 0);
	buf_str(&b, "");
	view_changes(v, today, put, &b);
	assert_string_equal(b.p, want);
	buf_done(&b);
}

static struct view *
view_of_a_domain(void)
{
	const struct auth_domain d = {
		.domain = SV("example.com"), .first_day = 19900, .last_day = NEWEST
	};
	struct view *v = view_new(words, &policy, NEWEST, WEEK);

	view_add_domain(v, &d);
	return v;
}

/* A source with messages of this week and of the one before, and so many that failed. */
static void
add(struct view *v, unsigned char byte, int32_t first_day, uint64_t failed, uint64_t failed_before)
{
	const struct auth_counts week = { .all = failed + 1, .failed = failed };
	const struct auth_counts before = { .all = 5, .failed = failed_before };
	const struct auth_source s = { .domain = SV("example.com"),
		.ip = { 192, 0, 2, byte },
		.ip_bytes = 4,
		.spans = { week, week, first_day < WEEK ? before : (struct auth_counts){ 0 } },
		.first_day = first_day,
		.last_day = NEWEST,
		.auth = SV("[]"),
		.reasons = byte == 9 ? SV("mailing_list") : SV("") };

	view_add_source(v, &s);
}

static void
a_source_that_is_new_and_fails_is_told(void **state)
{
	struct view *v = view_of_a_domain();

	(void)state;
	add(v, 1, 20008, 10, 0); /* new */
	add(v, 2, 19990, 12, 0); /* passed before */
	add(v, 3, 20008, 9, 0);  /* too few */
	add(v, 4, 19990, 50, 3); /* failed before, too */
	add(v, 9, 20008, 99, 0); /* a mailing list */
	expect(v, NEWEST + 1,
	    "new failing source: example.com 192.0.2.1: 10 of 11 messages of the last week failed "
	    "DMARC (own)\n"
	    "source fails now: example.com 192.0.2.2: 12 of 13 messages of the last week failed "
	    "DMARC (own)\n");
	view_free(&v);
}

static void
many_are_told_as_one(void **state)
{
	struct view *v = view_of_a_domain();
	struct buf b;

	(void)state;
	for (unsigned char i = 20; i < 30; i++) {
		add(v, i, 20009, 100, 0);
	}
	buf_init(&b, 0);
	view_changes(v, NEWEST, put, &b);
	assert_non_null(strstr(b.p, "192.0.2.20"));
	assert_non_null(strstr(b.p, "192.0.2.21"));
	assert_null(strstr(b.p, "192.0.2.22"));
	assert_non_null(strstr(b.p, "many failing sources: example.com: 8 more addresses"));
	buf_done(&b);
	view_free(&v);
}

static void
who_stopped_reporting_is_told(void **state)
{
	struct view *v = view_of_a_domain();
	const struct auth_reporter rows[] = {
		{ SV("daily"), 9, 0, 20000, 20009 },
		{ SV("still"), 14, 0, 20000, NEWEST },
		{ SV("rare"), 3, 0, 20000, 20009 },
		{ SV("young"), 3, 0, 20007, 20009 },
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		view_add_reporter(v, &rows[i]);
	}
	expect(v, NEWEST,
	    "reports stopped: daily: sent a report on nearly every day until 2024-10-13, and none "
	    "since\n");
	/* When nobody's come any more, it is not the receivers. */
	expect(v, NEWEST + 3,
	    "reports stopped: all receivers: no report of a day after 2024-10-17 was taken in: is "
	    "the mailbox read, and is rua= in place?\n");
	view_free(&v);
}

static void
without_reports_nothing_has_stopped(void **state)
{
	struct view *v = view_new(words, &policy, -1, -7);

	(void)state;
	expect(v, NEWEST, "");
	view_free(&v);
}

static void
what_is_kept_apart_is_told(void **state)
{
	struct view *v = view_of_a_domain();
	struct auth_apart a = { SV("evil.example"), SV("google.com"), SV("example.com"),
		SV("the signature"), 2, 5000, WEEK, WEEK };

	(void)state;
	view_add_apart(v, &a);
	a.author = SV("old.example");
	a.last_day = WEEK - 1;
	view_add_apart(v, &a);
	expect(v, NEWEST,
	    "report kept apart: evil.example as google.com: 2 reports about example.com counted "
	    "nowhere, as the mail failed: the signature\n");
	view_free(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_that_is_new_and_fails_is_told),
		cmocka_unit_test(many_are_told_as_one),
		cmocka_unit_test(who_stopped_reporting_is_told),
		cmocka_unit_test(without_reports_nothing_has_stopped),
		cmocka_unit_test(what_is_kept_apart_is_told),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
