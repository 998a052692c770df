/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "mail/tlsrpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

struct reading {
	struct arena *arena;
	struct tlsrpt t;
	struct sv problem;
	bool ok;
};

static void
read_text(struct reading *x, const char *text)
{
	x->arena = arena_new(1 << 24);
	x->ok = tlsrpt_read(sv_from(text), x->arena, &x->t, &x->problem);
}

#define RANGE                                                                                     \
	"\"date-range\":{\"start-datetime\":\"2024-01-09T00:00:00Z\",\"end-datetime\":\"2024-01-" \
	"09T23:59:59Z\"}"

static void
a_report_is_read_whole(void **state)
{
	struct reading x;
	const struct tlsrpt_policy *p;

	(void)state;
	read_text(&x,
	    "{\"organization-name\":\"O\",\"contact-info\":\"c@o.example\",\"report-id\":"
	    "\"7\"," RANGE
	    ",\"policies\":[{\"policy\":{\"policy-type\":\"STS\",\"policy-domain\":\"Example.com\","
	    "\"policy-string\":[\"version: STSv1\",\"mode: testing\"],\"mx-host\":[\"a.example\","
	    "\"b.example\"]},\"summary\":{\"total-successful-session-count\":10,"
	    "\"total-failure-session-count\":3},\"failure-details\":[{\"result-type\":"
	    "\"certificate-expired\",\"receiving-mx-hostname\":\"A.example\",\"failed-session-"
	    "count\":2,"
	    "\"sending-mta-ip\":\"192.0.2.1\",\"failure-reason-code\":\"x\"}]}]}");
	assert_true(x.ok);
	assert_false(x.t.damaged);
	assert_true(sv_eq(x.t.org, SV("O")));
	assert_int_equal(x.t.begin_s, 1704758400);
	assert_int_equal(x.t.n_policies, 1);
	p = &x.t.policies[0];
	assert_true(sv_eq(p->type, SV("sts")));
	assert_true(sv_eq(p->domain, SV("example.com")));
	assert_true(sv_eq(p->text, SV("version: STSv1; mode: testing")));
	assert_true(sv_eq(p->hosts, SV("a.example b.example")));
	assert_int_equal(p->succeeded, 10);
	assert_int_equal(p->failed, 3);
	assert_int_equal(p->n_details, 1);
	assert_true(sv_eq(p->details[0].result, SV("certificate-expired")));
	assert_true(sv_eq(p->details[0].mx, SV("a.example")));
	assert_int_equal(p->details[0].count, 2);
	arena_free(&x.arena);
}

static void
what_is_odd_is_read_and_said(void **state)
{
	static const struct {
		const char *text;
		const char *problem; /* "": none */
		uint64_t failed;
	} cases[] = {
		{ "{\"report-id\":\"1\",\"contact-info\":null," RANGE
		  ",\"policies\":[{\"policy\":{\"policy-type\":\"new\",\"policy-domain\":\"a\","
		  "\"mx-host-pattern\":\"*.a\"},\"summary\":{\"total-successful-session-count\":1,"
		  "\"total-failure-session-count\":\"4\"}}]}",
		    "", 4 },
		{ "{\"report-id\":\"1\",\"policies\":[{\"policy\":{\"policy-domain\":\"a\"},"
		  "\"summary\":{"
		  "\"total-successful-session-count\":1,\"total-failure-session-count\":1}}]}",
		    "start-datetime is no date and time: ''", 1 },
		{ "{\"report-id\":\"1\"," RANGE
		  ",\"policies\":[{\"policy\":{\"policy-domain\":\"a\"}}]}",
		    "a policy has no summary", 0 },
		{ "{\"report-id\":\"1\"," RANGE
		  ",\"policies\":[{\"policy\":{\"policy-domain\":\"a\"},"
		  "\"summary\":{\"total-successful-session-count\":9223372036854775807,"
		  "\"total-failure-session-count\":-2}}]}",
		    "total-successful-session-count is no count that can be; 0 is taken", 0 },
		{ "{\"report-id\":\"1\"," RANGE
		  ",\"policies\":[{\"policy\":{\"policy-domain\":\"a\"},"
		  "\"summary\":{\"total-successful-session-count\":9223372036854775808,"
		  "\"total-failure-session-count\":2}}]}",
		    "total-successful-session-count is no count that can be; 0 is taken", 2 },
		{ "{\"report-id\":\"1\"," RANGE ",\"policies\":[3]}", "no object", 0 },
		{ "{\"report-id\":\"\xfc\"," RANGE ",\"policies\":[]}", "not in UTF-8", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading x;

		read_text(&x, cases[i].text);
		if (!x.ok || x.t.damaged != (cases[i].problem[0] != '\0') ||
		    sv_find(x.t.problem, sv_from(cases[i].problem)) < 0) {
			fail_msg(
			    "case %zu: '%.*s' '%.*s'", i, SV_ARG(x.t.problem), SV_ARG(x.problem));
		}
		if (x.t.n_policies > 0) {
			assert_int_equal(x.t.policies[0].failed, cases[i].failed);
		}
		arena_free(&x.arena);
	}
}

static void
what_is_no_report_says_why(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "{\"a\":1}", "no TLS report" },
		{ "[]", "no TLS report" },
		{ "{\"report-id\":\"1\",\n\"policies\":[{\"policy\":", "broken JSON: line 2" },
		{ "", "broken JSON" },
		{ "{\"version\":1.0,\"policies\":[]}", "no TLS report" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading x;

		read_text(&x, cases[i].text);
		assert_false(x.ok);
		assert_true(sv_find(x.problem, sv_from(cases[i].problem)) >= 0);
		arena_free(&x.arena);
	}
}

static void
limits_hold(void **state)
{
	struct reading x;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_str(&b, "{\"report-id\":\"1\"," RANGE ",\"policies\":[");
	for (int i = 0; i < 3000; i++) {
		buf_str(&b, i == 0 ? "{}" : ",{}");
	}
	buf_str(&b, "]}");
	read_text(&x, b.p);
	assert_true(x.ok);
	assert_int_equal(x.t.n_policies, TLSRPT_POLICIES_MAX);
	assert_true(sv_find(x.t.problem, SV("more than 1000 policies")) >= 0);
	arena_free(&x.arena);
	buf_clear(&b);
	for (int i = 0; i < 100000; i++) {
		buf_char(&b, '[');
	}
	read_text(&x, b.p);
	assert_false(x.ok);
	arena_free(&x.arena);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_read_whole),
		cmocka_unit_test(what_is_odd_is_read_and_said),
		cmocka_unit_test(what_is_no_report_says_why),
		cmocka_unit_test(limits_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
