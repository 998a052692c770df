/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_reports.h"

#include <unistd.h>

static void
keep_domain(void *context, const struct auth_domain *d)
{
	struct auth_domain *out = context;

	assert_true(sv_eq(d->domain, SV("example.com")));
	assert_true(sv_eq(d->p, SV("none")));
	*out = *d;
}

static void
add_row(void *context, const struct sv *cells, size_t n)
{
	struct buf *b = context;

	for (size_t i = 0; i < n; i++) {
		buf_sv(b, cells[i]);
		buf_char(b, i + 1 < n ? '|' : '\n');
	}
}

static int32_t
newest_day(struct taking *t, int32_t until, uint64_t *later_out)
{
	const struct reports_range range = { .until = until };

	return reports_newest_day(t->store, &range, later_out);
}

static void
a_report_counts_once(void **state)
{
	struct taking t;
	struct auth_domain d = { .reports = 0 };
	uint64_t later;

	(void)state;
	taking_open(&t, NULL);
	assert_int_equal(take(&t, "1", 1727740800, false), REPORTS_NEW);
	assert_int_equal(take(&t, "1", 1727740800, false), REPORTS_DUPLICATE);
	assert_int_equal(take(&t, "1", 1727740800, true), REPORTS_DUPLICATE);
	/* Receivers use an id again on another day. */
	assert_int_equal(take(&t, "1", 1727827200, false), REPORTS_NEW);
	assert_int_equal(take(&t, "2", 1728000000, true), REPORTS_NEW);
	assert_int_equal(reports_domains(t.store, &always, keep_domain, &d, NULL), ERR_OK);
	assert_int_equal(d.reports, 3);
	assert_int_equal(d.records, 6);
	assert_int_equal(d.spans[AUTH_ALL].all, 39);
	assert_int_equal(d.spans[AUTH_ALL].dkim, 30);
	assert_int_equal(d.spans[AUTH_ALL].failed, 9);
	assert_int_equal(d.spans[AUTH_ALL].forgiven, 9);
	assert_int_equal(d.spans[AUTH_ALL].quarantined, 9);
	/* Day 20000 is 2024-10-04. */
	assert_int_equal(d.spans[AUTH_WEEK].all, 13);
	assert_int_equal(d.spans[AUTH_WEEK_BEFORE].all, 26);
	assert_int_equal(d.days, 3);
	assert_int_equal(newest_day(&t, 20001, &later), 20000);
	assert_int_equal(later, 0);
	assert_int_equal(newest_day(&t, 20000, &later), 19998);
	assert_int_equal(later, 1);
	assert_int_equal(newest_day(&t, 0, &later), -1);
	taking_close(&t);
}

static void
add_forgiven(void *context, const struct auth_domain *d)
{
	uint64_t *sums = context;

	sums[0] += d->spans[AUTH_ALL].forgiven;
	sums[1] += d->spans[AUTH_ALL].forgiven_reject;
}

/* What is forgiven under p=none, or where no policy is told, says nothing of p=reject. */
static void
forgiven_is_told_by_policy(void **state)
{
	static const char *const policies[] = { "none", "quarantine", "reject", "" };
	uint64_t sums[2] = { 0, 0 };
	struct taking t;

	(void)state;
	taking_open(&t, NULL);
	for (long i = 0; i < 4; i++) {
		published = policies[i];
		assert_int_equal(take(&t, "1", 1727740800 + i * 86400, false), REPORTS_NEW);
	}
	published = "none";
	assert_int_equal(reports_domains(t.store, &always, add_forgiven, sums, NULL), ERR_OK);
	assert_int_equal(sums[0], 12);
	assert_int_equal(sums[1], 3);
	taking_close(&t);
}

static void
what_is_committed_is_there_again(void **state)
{
	char path[] = "/tmp/reports_test.XXXXXX";
	struct taking t;
	struct buf b;
	struct why why;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	taking_open(&t, path);
	assert_int_equal(take(&t, "1", 1727740800, false), REPORTS_NEW);
	assert_int_equal(reports_commit(t.store, &why), ERR_OK);
	assert_int_equal(take(&t, "2", 1727740800, false), REPORTS_NEW);
	taking_close(&t); /* without a commit */
	taking_open(&t, path);
	assert_int_equal(take(&t, "1", 1727740800, false), REPORTS_DUPLICATE);
	buf_init(&b, 0);
	assert_int_equal(reports_rows(t.store, &always, add_row, &b, &why), ERR_OK);
	assert_string_equal(b.p, "example.com|O|a@o.example|1|2024-10-01T00:00:00Z|2024-10-01T23:"
				 "59:59Z|0|none|||192.0.2.1|10|"
				 "none|1|0||example.com||0||[{\"dkim\":\"example.com\","
				 "\"selector\":\"s1\",\"result\":\"pass\"}]|no mail||"
				 "\nexample.com|O|a@o.example|1|2024-10-01T00:00:00Z|2024-10-01T23:"
				 "59:59Z|0|none|||2001:db8::1"
				 "|3|quarantine|0|0|mailing_list|example.com||0||[]|no mail||\n");
	buf_done(&b);
	taking_close(&t);
	(void)unlink(path);
	assert_int_not_equal(reports_open("/nonexistent/x", &key, &t.store, &why), ERR_OK);
	assert_non_null(strstr(why.text, "/nonexistent/x: "));
}

static void
keep_failure(void *context, const struct tls_failure *f)
{
	buf_fmt(context, "%.*s %.*s %.*s %llu/%llu\n", SV_ARG(f->domain), SV_ARG(f->result),
	    SV_ARG(f->mx), (unsigned long long)f->sessions, (unsigned long long)f->reporters);
}

static void
keep_selector(void *context, const struct auth_selector *a)
{
	buf_fmt(context, "%.*s %.*s %llu\n", SV_ARG(a->domain), SV_ARG(a->selector),
	    (unsigned long long)a->passed);
}

static void
keep_source(void *context, const struct auth_source *s)
{
	buf_fmt(context, "%zu %llu %llu %.*s %.*s\n", s->ip_bytes,
	    (unsigned long long)s->spans[AUTH_ALL].all, (unsigned long long)s->reporters,
	    SV_ARG(s->header_from), SV_ARG(s->reasons));
}

static void
sums_are_given(void **state)
{
	static const struct tlsrpt_detail details[] = {
		{ .result = SV_INIT("certificate-expired"),
		    .mx = SV_INIT("mx.example.com"),
		    .count = 5 },
		{ .result = SV_INIT("certificate-expired"),
		    .mx = SV_INIT("mx.example.com"),
		    .count = 2 },
	};
	static const struct tlsrpt_policy policy = { .type = SV_INIT("sts"),
		.domain = SV_INIT("example.com"),
		.succeeded = 9,
		.failed = 7,
		.details = details,
		.n_details = 2 };
	const struct tlsrpt report = { .org = SV("O"),
		.begin_s = 1728000000,
		.end_s = 1728086399,
		.policies = &policy,
		.n_policies = 1 };
	enum reports_outcome outcome;
	struct taking t;
	struct buf b;

	(void)state;
	taking_open(&t, NULL);
	buf_init(&b, 0);
	(void)take(&t, "1", 1727740800, false);
	assert_int_equal(reports_tls(t.store, &report, SV("t"), &outcome, NULL), ERR_OK);
	assert_int_equal(outcome, REPORTS_NEW);
	assert_int_equal(reports_tls(t.store, &report, SV("t"), &outcome, NULL), ERR_OK);
	assert_int_equal(outcome, REPORTS_DUPLICATE);
	assert_int_equal(reports_tls_failures(t.store, &always, keep_failure, &b, NULL), ERR_OK);
	assert_string_equal(b.p, "example.com certificate-expired mx.example.com 7/1\n");
	buf_clear(&b);
	assert_int_equal(reports_selectors(t.store, &always, keep_selector, &b, NULL), ERR_OK);
	assert_string_equal(b.p, "example.com s1 10\n");
	buf_clear(&b);
	assert_int_equal(reports_sources(t.store, &always, keep_source, &b, NULL), ERR_OK);
	assert_string_equal(b.p, "16 3 1 example.com mailing_list\n4 10 1 example.com \n");
	buf_done(&b);
	taking_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_counts_once),
		cmocka_unit_test(forgiven_is_told_by_policy),
		cmocka_unit_test(what_is_committed_is_there_again),
		cmocka_unit_test(sums_are_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
