/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/test_words.h"

#include <stdio.h>

static const struct alert_policy policy = { .daily_days = 7, .daily_share = 0.9, .silent_days = 3 };

static void
services_are_known_by_domain_and_address(void **state)
{
	static const unsigned char google[4] = { 209, 85, 220, 41 };
	static const unsigned char nobody[4] = { 192, 0, 2, 1 };
	const struct service *s;

	(void)state;
	s = service_by_domain(words, SV("eu-west-1.amazonses.com"), SV(""));
	assert_non_null(s);
	assert_string_equal(s->id, "amazonses");
	s = service_by_domain(words, SV(""), SV("em123.sendgrid.net"));
	assert_non_null(s);
	assert_string_equal(s->id, "sendgrid");
	assert_null(service_by_domain(words, SV("notamazonses.com"), SV("example.com")));
	s = service_by_address(words, google, 4);
	assert_non_null(s);
	assert_string_equal(s->id, "google");
	assert_null(service_by_address(words, nobody, 4));
	assert_null(service_by_address(words, google, 0));
	/* Every type of RFC 8460 section 4.3 has its words. */
	assert_non_null(tls_words_of(words, SV("starttls-not-supported")));
	assert_non_null(tls_words_of(words, SV("sts-webpki-invalid")));
	assert_null(tls_words_of(words, SV("new-type")));
}

static struct auth_counts
counts(uint64_t all, uint64_t failed, uint64_t forgiven)
{
	return (struct auth_counts){
		.all = all, .dkim = all - failed, .failed = failed, .forgiven = forgiven
	};
}

static struct auth_source
source(unsigned last_byte, struct auth_counts all, const char *auth, const char *reasons)
{
	return (struct auth_source){ .domain = SV("example.com"),
		.ip = { 192, 0, 2, (unsigned char)last_byte },
		.ip_bytes = 4,
		.spans = { all, all, { .all = 0 } },
		.first_day = 20000,
		.last_day = 20013,
		.reporters = 1,
		.header_from = SV("example.com"),
		.auth = sv_from(auth),
		.reasons = sv_from(reasons) };
}

static void
sources_get_their_role(void **state)
{
	static const struct {
		uint64_t all, failed, forgiven;
		const char *auth, *reasons;
		enum source_role role;
	} cases[] = {
		{ 10, 0, 0, "[{\"dkim\":\"example.com\",\"result\":\"pass\"}]", "", ROLE_ALIGNED },
		{ 10, 2, 0, "[{\"dkim\":\"example.com\",\"result\":\"pass\"}]", "", ROLE_OWN },
		{ 9, 9, 0, "[{\"dkim\":\"amazonses.com\",\"result\":\"pass\"}]", "", ROLE_SERVICE },
		{ 9, 9, 0, "[{\"dkim\":\"amazonses.com\",\"result\":\"fail\"}]", "", ROLE_UNKNOWN },
		{ 9, 9, 4, "[]", "mailing_list: l.example", ROLE_FORWARDER },
		{ 9, 9, 0, "[{\"dkim\":\"googlegroups.com\",\"result\":\"pass\"}]", "",
		    ROLE_FORWARDER },
		{ 9, 9, 0,
		    "[{\"dkim\":\"example.com\",\"result\":\"fail\"},{\"spf\":\"other.example\","
		    "\"result\":\"pass\"}]",
		    "", ROLE_FORWARDER },
		{ 9, 9, 0, "[{\"spf\":\"other.example\",\"result\":\"pass\"}]", "", ROLE_UNKNOWN },
		/* Strict alignment: the domain's own key or SPF, and DMARC fails all the same. */
		{ 9, 9, 0, "[{\"dkim\":\"news.example.com\",\"result\":\"pass\"}]", "", ROLE_OWN },
		{ 9, 9, 0,
		    "[{\"dkim\":\"amazonses.com\",\"result\":\"pass\"},"
		    "{\"spf\":\"b.example.com\",\"result\":\"pass\"}]",
		    "", ROLE_OWN },
		{ 9, 9, 0, "[{\"spf\":\"b.example.com\",\"result\":\"softfail\"}]", "",
		    ROLE_UNKNOWN },
		{ 9, 9, 0, "not JSON", "", ROLE_UNKNOWN },
	};
	const struct auth_domain d = {
		.domain = SV("example.com"), .first_day = 20000, .last_day = 20013, .p = SV("none")
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct view *v = view_new(words, &policy, 20013, 20007);
		struct auth_source s =
		    source(1, counts(cases[i].all, cases[i].failed, cases[i].forgiven),
			cases[i].auth, cases[i].reasons);

		view_add_domain(v, &d);
		view_add_source(v, &s);
		if (v->domains[0].sources[0].role != cases[i].role) {
			fail_msg("case %zu: %s, want %s", i,
			    source_role_name(v->domains[0].sources[0].role),
			    source_role_name(cases[i].role));
		}
		view_free(&v);
	}
}

static void
a_policy_is_advised_by_stage(void **state)
{
	static const struct {
		const char *p;
		int32_t days;
		uint64_t all, own_fails;
		enum readiness readiness;
		const char *advice;
	} cases[] = {
		{ "none", 14, 10000, 0, READINESS_READY, "publish p=quarantine" },
		{ "none", 14, 10000, 50, READINESS_NEARLY, "then p=quarantine" },
		{ "none", 3, 10000, 500, READINESS_NOT, "stay at p=none; first mend" },
		{ "none", 13, 10000, 0, READINESS_TOO_LITTLE, "two weeks" },
		{ "none", 14, 50, 0, READINESS_TOO_LITTLE, "two weeks" },
		{ "quarantine", 14, 10000, 0, READINESS_READY, "p=reject is possible" },
		{ "quarantine", 14, 10000, 900, READINESS_NOT, "goes to spam now" },
		{ "reject", 14, 10000, 0, READINESS_READY, "nothing to do" },
		{ "reject", 14, 10000, 900, READINESS_NOT, "is refused now" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct view *v = view_new(words, &policy, 20013, 20007);
		struct auth_domain d = { .domain = SV("example.com"),
			.p = sv_from(cases[i].p),
			.first_day = 20000,
			.last_day = 20000 + cases[i].days - 1,
			.days = cases[i].days,
			.spans = { counts(cases[i].all, cases[i].own_fails, 0) } };
		struct auth_source s =
		    source(1, counts(cases[i].all, cases[i].own_fails, 0), "[]", "");

		view_add_domain(v, &d);
		view_add_source(v, &s);
		view_finish(v);
		assert_int_equal(v->domains[0].readiness, cases[i].readiness);
		if (strstr(v->domains[0].advice, cases[i].advice) == NULL) {
			fail_msg("case %zu: '%s'", i, v->domains[0].advice);
		}
		view_free(&v);
	}
}

/* What a receiver forgave under a policy that asks for less says nothing of p=reject. */
static void
steps_cost_different_mail(void **state)
{
	struct view *v = view_new(words, &policy, 20013, 20007);
	struct auth_domain d = { .domain = SV("example.com"),
		.p = SV("quarantine"),
		.first_day = 20000,
		.last_day = 20013,
		.days = 14 };
	struct auth_source list = source(1, counts(500, 400, 300), "[]", "mailing_list: l.example");
	struct auth_source forger = source(2, counts(50, 50, 0), "[]", "");
	struct buf out;

	(void)state;
	list.spans[AUTH_ALL].forgiven_reject = 100;
	d.spans[AUTH_ALL] = counts(10000, 450, 300);
	d.spans[AUTH_ALL].forgiven_reject = 100;
	view_add_domain(v, &d);
	view_add_source(v, &list);
	view_add_source(v, &forger);
	view_finish(v);
	assert_int_equal(v->domains[0].losing[STEP_QUARANTINE][ROLE_FORWARDER], 100);
	assert_int_equal(v->domains[0].losing[STEP_REJECT][ROLE_FORWARDER], 300);
	assert_int_equal(v->domains[0].losing[STEP_QUARANTINE][ROLE_UNKNOWN], 50);
	assert_int_equal(v->domains[0].losing[STEP_REJECT][ROLE_UNKNOWN], 50);
	assert_non_null(strstr(v->domains[0].advice, "stay at p=quarantine"));
	buf_init(&out, 0);
	view_policy_text(v, &out);
	assert_non_null(strstr(out.p, "150 messages (1.50 %) would go to spam: 100 passed on"));
	assert_non_null(strstr(out.p, "350 messages (3.50 %) would be refused: 300 passed on"));
	assert_non_null(strstr(out.p, "      500       100       300   192.0.2.1 "));
	assert_non_null(strstr(out.p, "200 of them are forgiven"));
	buf_done(&out);
	view_free(&v);
}

static void
changes_are_seen(void **state)
{
	struct view *v = view_new(words, &policy, 20013, 20007);
	const struct auth_domain d = {
		.domain = SV("example.com"), .first_day = 20000, .last_day = 20013
	};
	struct auth_source s = source(1, counts(30, 3, 0), "[]", "");
	const struct auth_reporter daily = { SV("daily"), 9, 0, 20000, 20009 };
	const struct auth_reporter still = { SV("still"), 14, 0, 20000, 20013 };
	const struct auth_reporter rare = { SV("rare"), 3, 0, 20000, 20009 };

	(void)state;
	view_add_domain(v, &d);
	s.first_day = 20008;
	view_add_source(v, &s);
	assert_true(v->domains[0].sources[0].is_new);
	s.first_day = 20000;
	s.spans[AUTH_WEEK_BEFORE] = counts(30, 0, 0);
	view_add_source(v, &s);
	assert_false(v->domains[0].sources[1].is_new);
	assert_true(v->domains[0].sources[1].went_bad);
	s.spans[AUTH_WEEK] = counts(0, 0, 0);
	view_add_source(v, &s);
	assert_true(v->domains[0].sources[2].gone);
	assert_true(reporter_is_silent(v, &daily, 20013));
	assert_false(reporter_is_silent(v, &still, 20013));
	assert_false(reporter_is_silent(v, &rare, 20013));
	view_free(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_known_by_domain_and_address),
		cmocka_unit_test(sources_get_their_role),
		cmocka_unit_test(a_policy_is_advised_by_stage),
		cmocka_unit_test(steps_cost_different_mail),
		cmocka_unit_test(changes_are_seen),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
