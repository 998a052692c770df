/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/report_mail.h"
#include "auth/test_messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static const char *const our[] = { "mx.example.com" };
static const char *const vendors[] = { "vendor.example" };

#define FROM "From: DMARC <reports@mail.a.example>\r\nSubject: r\r\n\r\nbody\r\n"
#define AR   "Authentication-Results: "

static struct report_mail
judge(const char *mail, const struct report_trust *trust, const struct zone_line *zone, size_t n)
{
	static const struct hash_key key = { 9, 11 };
	struct book *book = book_new(&key);
	struct arena *arena = arena_new((size_t)1 << 22);
	struct report_mail m;

	if (!report_mail_judge(book, arena, sv_from(mail), trust, &m)) {
		zone_answer(book, zone, n);
		arena_reset(arena);
		assert_true(report_mail_judge(book, arena, sv_from(mail), trust, &m));
	}
	book_free(&book);
	arena_free(&arena);
	return m;
}

static void
expect(const struct report_mail *m, enum report_proof proof, const char *by, const char *why)
{
	if (m->proof != proof || strcmp(m->by, by) != 0 || strstr(m->why, why) == NULL) {
		fail_msg("%s by '%s': %s; expected %s by '%s': %s", report_proof_name(m->proof),
		    m->by, m->why, report_proof_name(proof), by, why);
	}
}

static char *
tampered(const char *mail)
{
	char *copy = mem_dup(mail, strlen(mail));
	char *at = strstr(copy, "line two");

	assert_non_null(at);
	at[0] = 'L';
	return copy;
}

static void
a_signature_of_the_author_proves(void **state)
{
	const struct report_trust trust = { .keys = true };
	const struct report_trust no_keys = { .keys = false };
	static const struct zone_line silent[] = { { "k1._domainkey.shop.example", DNS_TXT,
	    NULL } };
	char *other = tampered(relaxed_relaxed);
	struct report_mail m;

	(void)state;
	m = judge(relaxed_relaxed, &trust, message_zone, N_MESSAGE_ZONE);
	expect(&m, REPORT_PROOF_PASS, "dkim", "shop.example signed it");
	assert_string_equal(m.author, "shop.example");
	/* An organisation, not only a domain: From is below d=. */
	m = judge(rfc6376, &trust, message_zone, N_MESSAGE_ZONE);
	expect(&m, REPORT_PROOF_PASS, "dkim", "football.example.com signed it");
	m = judge(other, &trust, message_zone, N_MESSAGE_ZONE);
	expect(&m, REPORT_PROOF_FAIL, "dkim", "changed after it was signed");
	/* A key that is gone, or that nobody tells, is no proof against anybody. */
	m = judge(relaxed_relaxed, &trust, NULL, 0);
	expect(&m, REPORT_PROOF_UNKNOWN, "", "no key at that selector");
	m = judge(relaxed_relaxed, &trust, silent, 1);
	expect(&m, REPORT_PROOF_UNKNOWN, "", "shop.example: ");
	m = judge(relaxed_relaxed, &no_keys, message_zone, N_MESSAGE_ZONE);
	expect(&m, REPORT_PROOF_UNKNOWN, "", "no signature was looked at");
	m = judge(FROM, &trust, NULL, 0);
	expect(&m, REPORT_PROOF_UNKNOWN, "", "and no signature");
	free(other);
}

static void
another_ones_signature_proves_nothing(void **state)
{
	const struct report_trust trust = { .keys = true };
	char *copy = mem_dup(simple_relaxed_l, strlen(simple_relaxed_l));
	char *from = strstr(copy, "news@shop.example");
	struct report_mail m;

	(void)state;
	/* h= of this one covers From; a From put in the mail of another must not pass. */
	memcpy(from, "news@okay.example", 17);
	m = judge(copy, &trust, message_zone, N_MESSAGE_ZONE);
	expect(&m, REPORT_PROOF_UNKNOWN, "", "does not fit");
	free(copy);
}

static void
the_word_of_a_named_server_proves(void **state)
{
	const struct report_trust trust = { .servers = our, .n_servers = 1 };
	static const struct {
		const char *head;
		enum report_proof proof;
		const char *by;
	} rows[] = {
		{ AR "mx.example.com; dmarc=pass header.from=mail.a.example\r\n",
		    REPORT_PROOF_PASS, "authentication-results" },
		{ AR "mx.example.com; dkim=pass header.d=a.example\r\n", REPORT_PROOF_PASS,
		    "authentication-results" },
		{ AR "MX.example.com; spf=pass smtp.mailfrom=b@a.example\r\n", REPORT_PROOF_PASS,
		    "authentication-results" },
		{ AR "mx.example.com; dkim=pass header.d=b.example; spf=pass "
		     "smtp.mailfrom=b.example\r\n",
		    REPORT_PROOF_FAIL, "authentication-results" },
		{ AR "mx.example.com; spf=pass smtp.mailfrom=a.example; dmarc=fail "
		     "header.from=a.example\r\n",
		    REPORT_PROOF_FAIL, "authentication-results" },
		{ AR "mx.example.com; dkim=temperror header.d=a.example; spf=none\r\n",
		    REPORT_PROOF_UNKNOWN, "authentication-results" },
		{ AR "mx.example.com; dkim=pass; spf=pass\r\n", REPORT_PROOF_FAIL,
		    "authentication-results" },
		{ AR "mx.example.com; none\r\n", REPORT_PROOF_FAIL, "authentication-results" },
		/* The sender's own, and one of nobody we know. */
		{ AR "mx.a.example; dmarc=pass header.from=a.example\r\n", REPORT_PROOF_FAIL, "" },
		/* The topmost counts: the second was in the mail when it came. */
		{ AR "mx.example.com; dmarc=fail header.from=a.example\r\n" AR
		     "mx.example.com; dmarc=pass header.from=a.example\r\n",
		    REPORT_PROOF_FAIL, "authentication-results" },
		{ AR "other.example; none\r\n" AR
		     "mx.example.com; dmarc=pass header.from=a.example\r\n",
		    REPORT_PROOF_PASS, "authentication-results" },
		{ "", REPORT_PROOF_FAIL, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report_mail m;
		struct buf b;

		buf_init(&b, 0);
		buf_str(&b, rows[i].head);
		buf_str(&b, FROM);
		m = judge(b.p, &trust, NULL, 0);
		expect(&m, rows[i].proof, rows[i].by, "");
		buf_done(&b);
	}
}

static void
nobody_is_trusted_unless_named(void **state)
{
	const struct report_trust trust = { .n_servers = 0 };
	struct report_mail m = judge(
	    AR "mx.example.com; dmarc=pass header.from=a.example\r\n" FROM, &trust, NULL, 0);

	(void)state;
	expect(&m, REPORT_PROOF_UNKNOWN, "", "no server is trusted");
}

static void
a_mail_has_one_author(void **state)
{
	const struct report_trust trust = { .servers = our, .n_servers = 1 };
	struct report_mail m =
	    judge(AR "mx.example.com; dmarc=pass header.from=a.example\r\nFrom: x@b.example\r\n" FROM,
		&trust, NULL, 0);

	(void)state;
	expect(&m, REPORT_PROOF_FAIL, "", "2 From fields");
	m = judge("Subject: x\r\n\r\n", &trust, NULL, 0);
	expect(&m, REPORT_PROOF_FAIL, "", "0 From fields");
}

static void
a_report_names_its_author(void **state)
{
	const struct report_trust trust = { .senders = vendors, .n_senders = 1 };
	static const struct {
		const char *author, *address, *org;
		bool passes;
	} rows[] = {
		{ "dmarc.a.example", "reports@a.example", "A Inc.", true },
		{ "a.example", "", "a.example", true },
		{ "a.example", "", "mail.a.example", true },
		{ "a.example", "reports@b.example", "B", false },
		{ "a.example", "", "A", false },
		{ "a.example", "a.example@b.example", "b.example", false },
		/* A public suffix is nobody's organisation but its own. */
		{ "a.co.uk", "x@b.co.uk", "b", false },
		{ "mail.vendor.example", "reports@b.example", "B", true },
		{ "evilvendor.example", "reports@b.example", "B", false },
	};
	struct arena *arena = arena_new((size_t)1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report_mail m = { .proof = REPORT_PROOF_PASS, .by = "dkim" };

		(void)strcpy(m.author, rows[i].author); // NOLINT: of the table above
		report_mail_names(
		    &m, sv_from(rows[i].address), sv_from(rows[i].org), &trust, arena);
		if ((m.proof == REPORT_PROOF_PASS) != rows[i].passes) {
			fail_msg("row %zu: %s", i, m.why);
		}
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_of_the_author_proves),
		cmocka_unit_test(another_ones_signature_proves_nothing),
		cmocka_unit_test(the_word_of_a_named_server_proves),
		cmocka_unit_test(nobody_is_trusted_unless_named),
		cmocka_unit_test(a_mail_has_one_author),
		cmocka_unit_test(a_report_names_its_author),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
