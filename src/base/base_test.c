/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/civil.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "base/num.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

static void
capitals_become_small_and_nothing_else_changes(void **state)
{
	char all[256 + 5];
	char room[sizeof(all)];
	struct sv low;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++) { /* each byte at each place of a word */
		all[i] = (char)(i * 7);
	}
	for (size_t at = 0; at < 9; at++) {
		struct sv s = sv_from_at(sv_make(all, sizeof(all)), at);

		low = sv_lower(s, room, sizeof(room));
		assert_int_equal(low.n, s.n);
		for (size_t i = 0; i < s.n; i++) {
			assert_int_equal(low.p[i], char_lower(s.p[i]));
		}
	}
	assert_int_equal(sv_lower(SV("TOO LONG"), room, 3).n, 3);
	assert_memory_equal(room, "too", 3);
}

static void
views_are_cut_and_found(void **state)
{
	struct sv s = SV("a=1, b=2");
	struct sv head;

	(void)state;
	assert_true(sv_cut_sv(&s, SV(", "), &head));
	assert_true(sv_eq(head, SV("a=1")));
	assert_true(sv_eq(s, SV("b=2")));
	assert_false(sv_cut(&s, ',', &head));
	assert_int_equal(sv_rfind(SV("abcabc"), SV("bc")), 4);
	assert_int_equal(sv_rfind(SV("a@b@c"), SV("@")), 3);
	assert_int_equal(sv_rfind(SV("abc"), SV("@")), -1);
	assert_int_equal(sv_rfind((struct sv){ 0 }, SV("@")), -1);
	assert_int_equal(sv_ifind(SV("Host SAID: x"), SV("said")), 5);
	assert_int_equal(sv_find(SV("ab"), SV("abc")), -1);
	assert_true(sv_eq(sv_trim(SV(" \t x \r\n")), SV("x")));
	assert_int_equal(sv_trim((struct sv){ NULL, 0 }).n, 0);
	assert_true(sv_cmp(SV("a"), SV("ab")) < 0);
}

static void
numbers_are_all_or_nothing(void **state)
{
	uint64_t v = 7;
	int64_t us = 7;

	(void)state;
	assert_false(num_u64(SV("12x"), UINT64_MAX, &v));
	assert_false(num_u64(SV(""), UINT64_MAX, &v));
	assert_false(num_u64(SV("18446744073709551616"), UINT64_MAX, &v));
	assert_int_equal(v, 7);
	assert_true(num_u64(SV("18446744073709551615"), UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(num_seconds_us(SV("0.05"), &us));
	assert_int_equal(us, 50000);
	assert_true(num_seconds_us(SV("93000"), &us));
	assert_int_equal(us, INT64_C(93000000000));
	assert_false(num_seconds_us(SV("1."), &us));
	assert_false(num_seconds_us(SV("-1"), &us));
}

static void
decimals_are_all_or_nothing(void **state)
{
	static const char *const bad[] = { "", ".", ".5", "1.", "1.2.3", "-1", "1e3", " 1", "1 ",
		"1234567890123456789" };
	double v = 0;

	(void)state;
	assert_true(num_decimal(SV("0.0005"), &v) && v == 0.0005);
	assert_true(num_decimal(SV("4.605170185988092"), &v) && v == 4.605170185988092);
	assert_true(num_decimal(SV("432000"), &v) && v == 432000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(num_decimal(sv_from(bad[i]), &v));
	}
	assert_true(v == 432000);
}

static void
dates_go_both_ways(void **state)
{
	int64_t us;
	char text[32];

	(void)state;
	for (int64_t day = -800000; day < 800000; day += 97) {
		struct civil c = civil_from_us(day * US_PER_DAY + 1);

		assert_int_equal(civil_us(&c), day * US_PER_DAY + 1);
	}
	assert_true(civil_take_iso(SV("2020-12-14T14:16:00.5-08:00"), &us));
	civil_print(us, text, sizeof(text));
	assert_string_equal(text, "2020-12-14T22:16:00Z");
	assert_int_equal(us % US_PER_SECOND, 500000);
	assert_true(civil_take_iso(SV("2024-10-01"), &us));
	assert_false(civil_take_iso(SV("2024-13-01"), &us));
	assert_false(civil_take_iso(SV("2024-10-01T"), &us));
	assert_false(civil_take_iso(SV("2024-10-01T10:00:00Zjunk"), &us));
}

static void
outside_text_is_made_printable(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_printable(&b, SV("a\x1b[31m\nz\xff\xc2\x9b\xc3\xa9"), 0);
	assert_string_equal(b.p, "a\\x1b[31m\\nz\\xff\\xc2\\x9b\xc3\xa9");
	buf_clear(&b);
	buf_printable(&b, SV("abcdefgh"), 3);
	assert_string_equal(b.p, "abc...");
	assert_int_equal(utf8_columns(SV("a\xc3\xa9\xe4\xb8\xad")), 4);
	assert_int_equal(utf8_len(SV("\xed\xa0\x80")), 0); /* a surrogate */
	assert_int_equal(utf8_len(SV("\xc0\x80")), 0);     /* an overlong NUL */
	buf_done(&b);
}

static void
a_buf_keeps_its_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	for (int i = 0; i < 5; i++) {
		buf_fmt(&b, "%03d", i);
	}
	assert_true(b.cut);
	assert_string_equal(b.p, "0000010020");
	buf_done(&b);
}

static void
json_is_json(void **state)
{
	struct buf b;
	struct json j;

	(void)state;
	buf_init(&b, 0);
	json_init(&j, &b, false);
	json_open(&j, NULL, '{');
	json_sv(&j, "a", SV("q\"\\\n\xff\xc3\xa9"));
	json_open(&j, "l", '[');
	json_int(&j, NULL, -1);
	json_bool(&j, NULL, true);
	json_num(&j, NULL, 0.5, 3);
	json_close(&j, ']');
	json_str(&j, "n", NULL);
	json_close(&j, '}');
	assert_string_equal(
	    b.p, "{\"a\":\"q\\\"\\\\\\u000a\\u00ff\xc3\xa9\",\"l\":[-1,true,0.500],\"n\":null}");
	buf_done(&b);
}

static void
the_arena_says_when_it_is_full(void **state)
{
	struct arena *a = arena_new(1000);

	(void)state;
	assert_non_null(arena_alloc(a, 900));
	assert_null(arena_alloc(a, 200));
	arena_reset(a);
	assert_non_null(arena_alloc(a, 900));
	assert_null(arena_cstr(a, SV("a\0b")));
	arena_free(&a);
	assert_null(a);
}

/* The vectors of the SipHash paper are for 2-4; these are for 1-3, from its reference code. */
static void
siphash_depends_on_key_and_text(void **state)
{
	struct hash_key a = { 1, 2 };
	struct hash_key b = { 1, 3 };

	(void)state;
	assert_true(hash_sip(&a, SV("queue")) == hash_sip(&a, SV("queue")));
	assert_true(hash_sip(&a, SV("queue")) != hash_sip(&b, SV("queue")));
	assert_true(hash_sip(&a, SV("queue")) != hash_sip(&a, SV("queue\0")));
	assert_true(hash_sip(&a, SV("12345678")) != hash_sip(&a, SV("123456780")));
}

static void
a_map_keeps_its_order_and_its_values(void **state)
{
	struct map m;
	bool fresh;

	(void)state;
	map_init(&m, sizeof(uint64_t));
	for (uint64_t i = 0; i < 5000; i++) {
		*(uint64_t *)map_put(&m, i * 7919, &fresh) = i;
		assert_true(fresh);
	}
	for (uint64_t i = 0; i < 5000; i += 2) {
		map_drop(&m, i * 7919);
	}
	assert_int_equal(m.n, 2500);
	for (uint64_t i = 0; i < 5000; i++) {
		const uint64_t *v = map_get(&m, i * 7919);

		assert_int_equal(v == NULL, i % 2 == 0);
		if (v != NULL) {
			assert_int_equal(*v, i);
		}
	}
	map_clear(&m);
	assert_null(map_get(&m, 7919));
	map_done(&m);
}

static void
names_get_dense_ids(void **state)
{
	struct hash_key key = { 1, 2 };
	struct names t;
	char text[32];

	(void)state;
	names_init(&t, &key);
	assert_int_equal(names_get(&t, SV("x")), NAME_NONE);
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(text, sizeof(text), "name%u", i);
		assert_int_equal(names_put(&t, sv_from(text)), i);
	}
	assert_int_equal(names_put(&t, SV("name700")), 700);
	assert_true(sv_eq(names_text(&t, 31), SV("name31")));
	assert_int_equal(names_put(&t, SV("")), 1000);
	assert_int_equal(names_put(&t, SV("")), 1000);
	names_done(&t);
}

static void
why_is_prefixed_on_the_way_up(void **state)
{
	struct why why;

	(void)state;
	(void)why_set(&why, ERR_IO, "open: %s", why_errno(2));
	assert_int_equal(why_prefix(&why, ERR_IO, "%s", "store"), ERR_IO);
	assert_string_equal(why.text, "store: open: No such file or directory");
	assert_int_equal(why_set(NULL, ERR_DATA, "x"), ERR_DATA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capitals_become_small_and_nothing_else_changes),
		cmocka_unit_test(views_are_cut_and_found),
		cmocka_unit_test(numbers_are_all_or_nothing),
		cmocka_unit_test(dates_go_both_ways),
		cmocka_unit_test(outside_text_is_made_printable),
		cmocka_unit_test(a_buf_keeps_its_limit),
		cmocka_unit_test(json_is_json),
		cmocka_unit_test(the_arena_says_when_it_is_full),
		cmocka_unit_test(siphash_depends_on_key_and_text),
		cmocka_unit_test(decimals_are_all_or_nothing),
		cmocka_unit_test(a_map_keeps_its_order_and_its_values),
		cmocka_unit_test(names_get_dense_ids),
		cmocka_unit_test(why_is_prefixed_on_the_way_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
