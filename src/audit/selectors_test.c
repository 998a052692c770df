/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/selectors.h"
#include "audit/test_texts.h"
#include "auth/test_messages.h"

static void
lines_of_signing_software_are_read(void **state)
{
	static const struct {
		const char *line, *domain, *selector;
	} rows[] = {
		{ "Nov 20 10:00:00 mx opendkim[811]: 4Zx1: DKIM-Signature field added (s=k2025, "
		  "d=shop.example)",
		    "shop.example", "k2025" },
		{ "2025-11-20 10:00:00 #812(rspamd_proxy) <a1b2c3>; proxy; rspamd_task_write_log: "
		  "id: <1@shop.example>, [-0.10/15.00] [MIME_GOOD(-0.10){text/plain;},"
		  "DKIM_SIGNED(0.00){shop.example:s=rsa1;},FROM_EQ_ENVFROM(0.00){}]",
		    "shop.example", "rsa1" },
		{ "Nov 20 10:00:00 mx amavis[9]: (9-01) dkim: signing (author), From: "
		  "<a@shop.example>, KEY.key_ind=>0, a=>rsa-sha256, c=>relaxed/simple, "
		  "d=>shop.example, s=>am1, ttl=>1814400",
		    "shop.example", "am1" },
		/* The words come twice, and only the second are a signature. */
		{ "x DKIM-Signature field added (s=, d=a) DKIM-Signature field added (s=b, "
		  "d=c.example)",
		    "c.example", "b" },
		{ "mx opendkim[811]: 4Zx1: signing table references unknown key 'default'", NULL,
		    NULL },
		{ "DKIM-Signature field added (s=a b, d=shop.example)", NULL, NULL },
		{ "DKIM-Signature field added (s=k", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sv domain = { 0 };
		struct sv selector = { 0 };
		bool found = selector_of_line(texts, sv_from(rows[i].line), &domain, &selector);

		if (found != (rows[i].domain != NULL) ||
		    (found && (!sv_eq(domain, sv_from(rows[i].domain)) ||
				  !sv_eq(selector, sv_from(rows[i].selector))))) {
			fail_msg("row %zu: %.*s %.*s", i, SV_ARG(domain), SV_ARG(selector));
		}
	}
}

static void
add(void *context, struct sv domain, struct sv selector)
{
	buf_fmt(context, "%.*s %.*s\n", SV_ARG(domain), SV_ARG(selector));
}

static void
signatures_of_a_mail_name_selectors(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 20);
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_str(&b, "");
	selectors_of_mail(sv_from(rfc8463), arena, add, &b);
	assert_string_equal(b.p, "football.example.com brisbane\nfootball.example.com test\n");
	buf_clear(&b);
	selectors_of_mail(SV("From: a@b.example\r\n\r\nx"), arena, add, &b);
	assert_int_equal(b.n, 0);
	buf_done(&b);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_signing_software_are_read),
		cmocka_unit_test(signatures_of_a_mail_name_selectors),
	};

	return cmocka_run_group_tests(tests, load_texts, unload_texts);
}
