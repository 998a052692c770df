/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/auth_failure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static const char whole[] = "Feedback-Type: auth-failure\n"
			    "User-Agent: Reporter/1.0\n"
			    "Version: 1\n"
			    "Original-Mail-From: <bounce@Mail.Example>\n"
			    "Arrival-Date: Tue, 3 Mar 2026 08:14:00 +0000\n"
			    "Source-IP: 192.0.2.10 (host.example)\n"
			    "Reported-Domain: Shop.Example\n"
			    "Auth-Failure: DMARC\n"
			    "Identity-Alignment: dkim,\n spf\n"
			    "Delivery-Result: reject (policy)\n"
			    "DKIM-Domain: other.example\n"
			    "Incidents: 3\n";
static const char head[] = "From: News <news@Shop.example>\nMessage-ID: <m-1@shop.example>\n";

static bool
is(struct sv s, const char *text)
{
	return sv_eq(s, sv_from(text));
}

static void
test_a_whole_report(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct auth_failure f;

	(void)state;
	assert_int_equal(auth_failure_read(SV(whole), SV(head), arena, &f), FEEDBACK_AUTH_FAILURE);
	assert_true(is(f.source, "192.0.2.10") && is(f.domain, "shop.example"));
	assert_true(is(f.failure, "dmarc") && is(f.result, "reject"));
	assert_true(is(f.alignment, "dkim, spf"));
	assert_true(is(f.mail_from, "mail.example") && is(f.dkim_domain, "other.example"));
	assert_true(is(f.message_id, "<m-1@shop.example>"));
	assert_int_equal(f.incidents, 3);
	assert_false(f.damaged);
	arena_free(&arena);
}

static void
test_what_is_one_and_what_is_none(void **state)
{
	static const struct {
		const char *text;
		enum auth_failure_kind kind;
		bool damaged;
	} cases[] = {
		{ "Feedback-Type: abuse\nSource-IP: 192.0.2.1\nAuth-Failure: dmarc\n",
		    FEEDBACK_COMPLAINT, false },
		{ "Feedback-Type: abuse\nFeedback-Type: auth-failure\nAuth-Failure: dmarc\n",
		    FEEDBACK_COMPLAINT, false },
		{ "Feedback-Type: not-spam\n", FEEDBACK_COMPLAINT, false },
		{ "Source-IP: 192.0.2.1\nAuth-Failure: dmarc\n", FEEDBACK_UNTYPED, false },
		{ "", FEEDBACK_UNTYPED, false },
		{ "feedback-type: Auth-Failure\nauth-failure: spf\n", FEEDBACK_AUTH_FAILURE,
		    false },
		{ "Feedback-Type: auth-failure\nIncidents: 99999999999999999999\n",
		    FEEDBACK_AUTH_FAILURE, true },
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct auth_failure f;

		assert_int_equal(
		    auth_failure_read(sv_from(cases[i].text), SV(head), arena, &f), cases[i].kind);
		assert_int_equal(f.damaged, cases[i].damaged);
		assert_int_equal(f.incidents, 1);
		if (cases[i].kind == FEEDBACK_AUTH_FAILURE) {
			assert_true(is(f.domain, "shop.example"));
		}
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_report),
		cmocka_unit_test(test_what_is_one_and_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
