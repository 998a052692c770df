/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/answer_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static void
an_answer_comes_back_as_it_was(void **state)
{
	struct dns_record records[] = { { .data = SV("v=DKIM1; p=A"), .lengths = SV("\x0c") },
		{ .data = SV(""), .lengths = SV("") } };
	const struct dns_answer a = { .records = records, .n = 2, .status = DNS_OK, .aliases = 1 };
	const struct dns_answer none = { .status = DNS_NO_NAME };
	struct arena *arena = arena_new((size_t)1 << 20);
	struct dns_answer got;
	struct buf b;

	(void)state;
	buf_init(&b, ANSWER_PACKED_MAX);
	dns_answer_pack(&a, &b);
	assert_true(dns_answer_unpack(buf_view(&b), arena, &got));
	assert_int_equal(got.n, 2);
	assert_int_equal(got.aliases, 1);
	assert_true(sv_eq(got.records[0].data, SV("v=DKIM1; p=A")));
	assert_int_equal(got.records[0].lengths.n, 1);
	assert_int_equal(got.records[1].data.n, 0);
	/* Cut anywhere, it is none. */
	for (size_t i = 0; i < b.n; i++) {
		assert_false(dns_answer_unpack(sv_head(buf_view(&b), i), arena, &got));
		assert_int_equal(got.status, DNS_BROKEN);
	}
	buf_char(&b, 'x');
	assert_false(dns_answer_unpack(buf_view(&b), arena, &got));
	buf_clear(&b);
	dns_answer_pack(&none, &b);
	assert_true(dns_answer_unpack(buf_view(&b), arena, &got));
	assert_int_equal(got.status, DNS_NO_NAME);
	buf_done(&b);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_back_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
