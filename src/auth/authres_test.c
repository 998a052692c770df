/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/authres.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

/* "id | method=result domain, ..." */
static void
print(const struct authres *a, struct buf *out)
{
	buf_fmt(out, "%.*s |", SV_ARG(a->id));
	for (size_t i = 0; i < a->n; i++) {
		buf_fmt(out, "%s %.*s=%.*s %.*s", i == 0 ? "" : ",", SV_ARG(a->results[i].method),
		    SV_ARG(a->results[i].result), SV_ARG(a->results[i].domain));
	}
}

static void
a_field_is_read(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		/* RFC 8601 appendix B. */
		{ " example.org 1; none", "example.org |" },
		{ " example.com;\r\n           spf=pass smtp.mailfrom=example.net",
		    "example.com | spf=pass example.net" },
		{ "example.com;\r\n auth=pass (cleartext) smtp.auth=sender@example.net;\r\n"
		  " spf=pass smtp.mailfrom=example.net",
		    "example.com | auth=pass , spf=pass example.net" },
		{ "foo.example.net (foobar) 1 (baz);\r\n"
		  "    dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
		  "      policy (A dot can go here) . (like that) expired\r\n"
		  "      (this surprised me) = (as I wasn't expecting it) 1362471462",
		    "foo.example.net | dkim=fail " },
		/* What servers write. */
		{ "mx.example.com; dkim=pass (2048-bit key; secure) header.d=a.example "
		  "header.i=@sub.a.example header.s=k1; dmarc=pass (p=reject dis=none) "
		  "header.from=a.example",
		    "mx.example.com | dkim=pass a.example, dmarc=pass a.example" },
		{ "mx; dkim=pass header.i=@sub.a.example", "mx | dkim=pass sub.a.example" },
		{ "mx; spf=pass smtp.helo=h.example smtp.mailfrom=<x@a.example>",
		    "mx | spf=pass a.example" },
		{ "mx; dkim=fail reason=\"bad; very (bad) \\\" sig\" header.d=a.example",
		    "mx | dkim=fail a.example" },
		{ "mx; dmarc=pass header.from=\"a.example.\"", "mx | dmarc=pass a.example" },
		/* Damage. */
		{ "mx; =pass; dkim; dkim=; spf=pass", "mx | spf=pass " },
		{ "mx; dkim=pass (never ends header.d=a.example", "mx | dkim=pass " },
		{ "mx; dkim=\"pass", "mx | dkim=\"pass " },
	};
	struct arena *arena = arena_new((size_t)1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct authres a;
		struct buf b;

		buf_init(&b, 0);
		assert_true(authres_read(sv_from(rows[i].value), arena, &a));
		print(&a, &b);
		assert_string_equal(b.p, rows[i].want);
		buf_done(&b);
	}
	arena_free(&arena);
}

static void
a_field_without_a_server_is_none(void **state)
{
	static const char *const rows[] = { "", " ", ";", "; dkim=pass", "(only a comment)" };
	struct arena *arena = arena_new((size_t)1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct authres a;

		assert_false(authres_read(sv_from(rows[i]), arena, &a));
	}
	arena_free(&arena);
}

static void
too_many_results_are_cut(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 20);
	struct authres a;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_str(&b, "mx");
	for (int i = 0; i < AUTHRES_RESULTS_MAX + 1; i++) {
		buf_str(&b, "; dkim=fail");
	}
	assert_true(authres_read(buf_view(&b), arena, &a));
	assert_int_equal(a.n, AUTHRES_RESULTS_MAX);
	assert_true(a.cut);
	buf_done(&b);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_is_read),
		cmocka_unit_test(a_field_without_a_server_is_none),
		cmocka_unit_test(too_many_results_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
