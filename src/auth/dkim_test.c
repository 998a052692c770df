/* SPDX-License-Identifier: Apache-2.0 */

/* The messages and keys are in test_messages.h. */

#include "auth/base64.h"
#include "auth/dkim_signature.h"
#include "auth/test_messages.h"
#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define NOW (INT64_C(1795568400) * US_PER_SECOND)

static const struct hash_key hash_key = { 9, 10 };

struct kit {
	struct book *book;
	struct arena *arena;
};

static int
set_up(void **state)
{
	static struct kit kit;

	kit = (struct kit){ book_new(&hash_key), arena_new((size_t)1 << 24) };
	*state = &kit;
	return 0;
}

static int
tear_down(void **state)
{
	struct kit *kit = *state;

	book_free(&kit->book);
	arena_free(&kit->arena);
	return 0;
}

/* Verifies the field at `index` of the message with `lines` of another zone beside ours. */
static struct dkim_verdict
verify(struct kit *kit, struct sv bytes, size_t index)
{
	struct dkim_message m;
	struct dkim_verdict v;

	assert_true(dkim_message_read(bytes, kit->arena, &m));
	assert_true(sv_ieq(m.fields[index].name, SV("DKIM-Signature")));
	dkim_verify(kit->book, kit->arena, &m, index, NOW, &v);
	if (v.result == DKIM_PENDING) {
		zone_answer(kit->book, message_zone, N_MESSAGE_ZONE);
		dkim_verify(kit->book, kit->arena, &m, index, NOW, &v);
	}
	return v;
}

/* The message with the first `from` replaced; both have the same length or not. */
static struct sv
changed(struct kit *kit, const char *message, const char *from, const char *to)
{
	const char *at = strstr(message, from);
	struct sv out;
	struct buf b;

	assert_non_null(at);
	buf_init(&b, 0);
	buf_add(&b, message, (size_t)(at - message));
	buf_str(&b, to);
	buf_str(&b, at + strlen(from));
	out = arena_sv(kit->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

static void
passes(struct kit *kit, struct sv bytes, size_t index)
{
	struct dkim_verdict v = verify(kit, bytes, index);

	if (v.result != DKIM_PASS) {
		print_message("%s: %s\n", dkim_result_name(v.result), v.reason);
	}
	assert_int_equal(v.result, DKIM_PASS);
}

static void
vectors_of_the_standards_pass(void **state)
{
	struct kit *kit = *state;

	passes(kit, sv_from(rfc6376), 0);
	passes(kit, sv_from(rfc8463), 0);
	passes(kit, sv_from(rfc8463), 1);
}

static void
every_pair_of_forms_passes(void **state)
{
	struct kit *kit = *state;

	passes(kit, sv_from(simple_simple), 0);
	passes(kit, sv_from(relaxed_simple), 0);
	passes(kit, sv_from(relaxed_relaxed), 0);
	passes(kit, sv_from(simple_relaxed_l), 0);
}

static void
lines_that_end_in_lf_pass_too(void **state)
{
	struct kit *kit = *state;
	struct buf b;

	buf_init(&b, 0);
	for (const char *p = simple_simple; *p != '\0'; p++) {
		if (*p != '\r') {
			buf_char(&b, *p);
		}
	}
	passes(kit, buf_view(&b), 0);
	buf_done(&b);
}

static void
changes_are_found(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(
	    verify(kit, changed(kit, rfc8463, "hungry", "angry."), 0).result, DKIM_FAIL);
	assert_int_equal(
	    verify(kit, changed(kit, rfc8463, "dinner", "supper"), 0).result, DKIM_FAIL);
	assert_int_equal(
	    verify(kit, changed(kit, rfc8463, "dinner", "supper"), 1).result, DKIM_FAIL);
	/* A second From: is refused, for h= names it once more than there are. */
	assert_int_equal(
	    verify(kit, changed(kit, rfc8463, "To: Suzie", "From: eve@x.example\r\nTo: Suzie"), 1)
		.result,
	    DKIM_FAIL);
	/* Relaxed forms do not see blanks; simple ones do. */
	passes(kit, changed(kit, relaxed_relaxed, "Line  one", "Line \t one"), 0);
	passes(kit, changed(kit, relaxed_relaxed, "To: Ann  <", "to :Ann \t<"), 0);
	assert_int_equal(
	    verify(kit, changed(kit, relaxed_simple, "Line  one", "Line one"), 0).result,
	    DKIM_FAIL);
	assert_int_equal(
	    verify(kit, changed(kit, simple_simple, "To: Ann  <", "To: Ann <"), 0).result,
	    DKIM_FAIL);
}

static void
what_is_covered_is_told(void **state)
{
	struct kit *kit = *state;
	struct dkim_verdict v = verify(kit, sv_from(relaxed_relaxed), 0);
	struct buf b;

	assert_true(v.covers_from && v.from_sealed && v.covers_unsubscribe && v.covers_post);
	v = verify(kit, sv_from(simple_simple), 0);
	assert_true(v.has_unsubscribe && v.has_post && v.covers_from);
	assert_false(v.covers_unsubscribe || v.covers_post || v.from_sealed);
	/* l= lets anybody add to the body. */
	buf_init(&b, 0);
	buf_str(&b, simple_relaxed_l);
	buf_str(&b, "<h1>spam</h1>\r\n");
	v = verify(kit, buf_view(&b), 0);
	assert_int_equal(v.result, DKIM_PASS);
	assert_int_equal(v.bytes_uncovered, 4 + 15); /* the empty lines count again */
	buf_done(&b);
}

static void
signatures_that_cannot_hold_say_why(void **state)
{
	static const struct {
		const char *from, *to;
		enum dkim_result result;
		const char *reason;
	} rows[] = {
		{ "a=rsa-sha256", "a=rsa-sha1", DKIM_PERMERROR, "RFC 8301" },
		{ "a=rsa-sha256", "a=new", DKIM_PERMERROR, "algorithm" },
		{ "v=1", "v=2", DKIM_PERMERROR, "v=" },
		{ "d=shop.example", "d=shop.test", DKIM_PERMERROR, "i=" },
		{ "h=from : to", "h=to", DKIM_PERMERROR, "From" },
		{ "s=k1", "s=k2", DKIM_PERMERROR, "no key" },
		{ "q=dns/txt", "q=http", DKIM_PERMERROR, "q=" },
		{ "q=dns/txt", "v=1", DKIM_PERMERROR, "twice" },
		{ "q=dns/txt", "x=1795568390", DKIM_FAIL, "expired" },
		{ "q=dns/txt", "x=1", DKIM_PERMERROR, "after" },
		{ "q=dns/txt", "l=5000", DKIM_FAIL, "shorter" },
		{ "q=dns/txt", "l=5", DKIM_FAIL, "body" },
		{ "c=simple/simple", "c=strict", DKIM_PERMERROR, "c=" },
	};
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dkim_verdict v =
		    verify(kit, changed(kit, simple_simple, rows[i].from, rows[i].to), 0);

		if (v.result != rows[i].result || strstr(v.reason, rows[i].reason) == NULL) {
			print_message(
			    "%s: %s: %s\n", rows[i].to, dkim_result_name(v.result), v.reason);
		}
		assert_int_equal(v.result, rows[i].result);
		assert_non_null(strstr(v.reason, rows[i].reason));
	}
}

static void
keys_are_found_in_pieces(void **state)
{
	static const struct zone_line lines[] = {
		{ "a._domainkey.x.example", DNS_TXT,
		    "v=DKIM1; k=ed25519; |p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMl"
		    "|rwIaaPcHURo=" },
		{ "b._domainkey.x.example", DNS_TXT, "v=DKIM1; p=" },
		{ "b._domainkey.x.example", DNS_TXT, "v=DKIM1; p=" },
		{ "c._domainkey.x.example", DNS_TXT, NULL },
	};
	static const enum dkim_found found[] = { DKIM_KEY, DKIM_SEVERAL_KEYS, DKIM_KEY_UNKNOWN,
		DKIM_NO_KEY };
	struct kit *kit = *state;

	for (size_t i = 0; i < 4; i++) {
		const char name = (char)('a' + (char)i);
		struct dkim_lookup l;

		dkim_key_find(kit->book, kit->arena, SV("x.example"), sv_make(&name, 1), &l);
		assert_int_equal(l.found, DKIM_KEY_PENDING);
		zone_answer(kit->book, lines, 4);
		dkim_key_find(kit->book, kit->arena, SV("x.example"), sv_make(&name, 1), &l);
		assert_int_equal(l.found, found[i]);
		if (i == 0) {
			assert_int_equal(l.strings, 3);
			assert_null(l.key.fault);
		} else if (i == 1) {
			assert_true(l.key.revoked);
		}
	}
}

static void
base64_is_strict_but_for_blanks(void **state)
{
	struct kit *kit = *state;
	struct sv out;

	assert_true(base64_decode(SV(" Zm 9v\r\n\tYg =="), kit->arena, &out));
	assert_true(sv_eq(out, SV("foob")));
	assert_true(base64_decode(SV("Zm9vYg"), kit->arena, &out));
	assert_true(base64_decode(SV(""), kit->arena, &out));
	assert_int_equal(out.n, 0);
	assert_false(base64_decode(SV("Zm9vY"), kit->arena, &out));
	assert_false(base64_decode(SV("Zm9v="), kit->arena, &out));
	assert_false(base64_decode(SV("Zm=v"), kit->arena, &out));
	assert_false(base64_decode(SV("Zm9-"), kit->arena, &out));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vectors_of_the_standards_pass),
		TEST(every_pair_of_forms_passes),
		TEST(lines_that_end_in_lf_pass_too),
		TEST(changes_are_found),
		TEST(what_is_covered_is_told),
		TEST(signatures_that_cannot_hold_say_why),
		TEST(keys_are_found_in_pieces),
		TEST(base64_is_strict_but_for_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
