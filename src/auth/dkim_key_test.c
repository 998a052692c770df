/* SPDX-License-Identifier: Apache-2.0 */

/* Keys as they are published, and what may be signed with them. */

#include "auth/dkim_signature.h"
#include "auth/test_messages.h"
#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define NOW (INT64_C(1795568400) * US_PER_SECOND)

static const struct hash_key hash_key = { 9, 12 };

/* Verifies with another key at k1. */
static struct dkim_verdict
verify_with(const char *message, const char *key)
{
	const struct zone_line zone[] = { { "k1._domainkey.shop.example", DNS_TXT, key } };
	struct book *book = book_new(&hash_key);
	struct arena *arena = arena_new((size_t)1 << 24);
	struct dkim_message m;
	struct dkim_verdict v;
	size_t at = 0;

	assert_true(dkim_message_read(sv_from(message), arena, &m));
	while (!sv_ieq(m.fields[at].name, SV("DKIM-Signature"))) {
		at++;
	}
	dkim_verify(book, arena, &m, at, NOW, &v);
	assert_int_equal(v.result, DKIM_PENDING);
	zone_answer(book, zone, 1);
	dkim_verify(book, arena, &m, at, NOW, &v);
	v.signature = (struct dkim_signature){ 0 }; /* its views end here */
	v.key = (struct dkim_lookup){ 0 };
	book_free(&book);
	arena_free(&arena);
	return v;
}

#define RSA512                                                                             \
	"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANhZ7DzHBYtC1YOR64Kto944zIg7Y67IqeQgfSYrNvLlq25w" \
	"tHfc5g2dtYcqTdaPq2One9CKYlRSD3YL+eJRKK8CAwEAAQ=="
#define TLS_FIELDS "TLS-Report-Domain: a.example\r\nTLS-Report-Submitter: shop.example\r\n"

static void
keys_must_be_good_for_what_they_sign(void **state)
{
	struct dkim_verdict v;
	struct buf b;

	(void)state;
	v = verify_with(relaxed_relaxed, "v=DKIM1; p=" OUR_KEY);
	assert_int_equal(v.result, DKIM_PASS);
	v = verify_with(relaxed_relaxed, "v=DKIM1; p=" RSA512); /* RFC 8301 section 3.2 */
	assert_int_equal(v.result, DKIM_PERMERROR);
	assert_non_null(strstr(v.reason, "1024"));
	v = verify_with(relaxed_relaxed, "v=DKIM1; h=sha1; p=" OUR_KEY);
	assert_int_equal(v.result, DKIM_PERMERROR);
	v = verify_with(relaxed_relaxed, "v=DKIM1; p=");
	assert_non_null(strstr(v.reason, "revoked"));
	/* A key for TLS reports signs those, and nothing else. */
	v = verify_with(relaxed_relaxed, "v=DKIM1; s=tlsrpt; p=" OUR_KEY);
	assert_int_equal(v.result, DKIM_PERMERROR);
	buf_init(&b, 0);
	buf_str(&b, TLS_FIELDS);
	buf_str(&b, relaxed_relaxed);
	v = verify_with(b.p, "v=DKIM1; s=tlsrpt; p=" OUR_KEY);
	assert_int_equal(v.result, DKIM_PASS);
	v = verify_with(b.p, "v=DKIM1; s=tlsrpt; p=" RSA512);
	assert_int_equal(v.result, DKIM_PERMERROR);
	v = verify_with(b.p, "v=DKIM1; s=other; p=" OUR_KEY);
	assert_int_equal(v.result, DKIM_PERMERROR);
	buf_done(&b);
}

static void
keys_are_measured(void **state)
{
	static const struct {
		const char *text;
		bool usable;
		enum dkim_key_type type;
		unsigned bits, flaws;
	} rows[] = {
		{ "v=DKIM1; p=" OUR_KEY, true, DKIM_RSA, 2048, 0 },
		{ "k=rsa; p=" OUR_KEY "; t=y:s", true, DKIM_RSA, 2048, DKIM_KEY_NO_V },
		{ "v=DKIM1; k=rsa; "
		  "p=MIIBCgKCAQEArLuYxY/"
		  "R3kz43nchDc0CwpcCAj+v9b+kPxhlTyHwSGMFjZ7a3oLsoE+"
		  "5owCsku0Z6E3pCcpB9uFZYqZOojW6QTuAmBPpGGcE91bSJLr1ynNGzRufOakltbwbAl1d/"
		  "LdKDEsXJyNa7rdtMrFaIqPFMuTe47q6gw7Ph5zLhh+V0jg+"
		  "KGNdSc1qWaiP32ETxxYo4vF2GRjdkRhnwRGbhwq8XKfPKszj/CkNyKBDdz/"
		  "wuDwPrPn8szRofIWwiqG5rwcUY6jkNYuqDyAXxEZEcGMq6LdOz6qFYlTlhkuIGpDFEskWGxNTSsKNf4K"
		  "mzI9r/iTzljBfDCZtrjzrG8JksJk3cQIDAQAB",
		    true, DKIM_RSA, 2048, DKIM_KEY_RSA_BARE },
		{ "v=DKIM1; "
		  "p="
		  "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANhZ7DzHBYtC1YOR64Kto944zIg7Y67IqeQgfSYrNvLlq25w"
		  "tHfc5g2dtYcqTdaPq2One9CKYlRSD3YL+eJRKK8CAwEAAQ==",
		    false, DKIM_RSA, 512, 0 },
		{ "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", true,
		    DKIM_ED25519, 256, 0 },
		{ "v=DKIM1; k=ed25519; "
		  "p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		    false, DKIM_ED25519, 256, DKIM_KEY_ED_WRAPPED },
		{ "v=DKIM1; k=ed25519; p=" OUR_KEY, false, DKIM_ED25519, 256, 0 },
		{ "v=DKIM1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", false, DKIM_RSA, 0,
		    0 },
		{ "v=DKIM1; p=", true, DKIM_RSA, 0, 0 },
		{ "v=DKIM1; k=rsa", false, DKIM_RSA, 0, 0 },
		{ "v=DKIM1; p=%%%", false, DKIM_RSA, 0, 0 },
		{ "v=DKIM2; p=" OUR_KEY, false, DKIM_RSA, 0, 0 },
		{ "v=DKIM1; h=sha1; p=" OUR_KEY, false, DKIM_RSA, 2048, DKIM_KEY_SHA1_ONLY },
		{ "v=DKIM1; s=other; p=" OUR_KEY, false, DKIM_RSA, 2048, DKIM_KEY_NOT_EMAIL },
		{ "v=DKIM1; g=*; p=" OUR_KEY "; junk", true, DKIM_RSA, 2048,
		    DKIM_KEY_OLD_G | DKIM_KEY_NO_TAG },
	};
	struct arena *arena = arena_new((size_t)1 << 24);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dkim_key k;
		bool usable = dkim_key_read(sv_from(rows[i].text), arena, &k);

		if (usable != rows[i].usable || (rows[i].bits != 0 && k.bits != rows[i].bits) ||
		    k.flaws != rows[i].flaws) {
			print_message("%.40s: %d %u %x %s\n", rows[i].text, usable, k.bits, k.flaws,
			    k.fault == NULL ? "" : k.fault);
			fail();
		}
		if (usable) {
			assert_int_equal(k.type, rows[i].type);
		}
	}
	assert_false(dkim_is_key(SV("v=spf1 -all")));
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_must_be_good_for_what_they_sign),
		cmocka_unit_test(keys_are_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
