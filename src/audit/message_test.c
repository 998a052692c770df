/* SPDX-License-Identifier: Apache-2.0 */

/* Messages and what must be found in each; every finding of messages has one. */

#include "audit/message.h"
#include "audit/test_find.h"
#include "auth/author.h"
#include "auth/test_messages.h"

static const struct hash_key key = { 13, 14 };

#define LIST  "List-Unsubscribe: <https://x.example/u>\r\n"
#define POST  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
#define PLAIN "From: a@plain.example\r\n\r\nx\r\n"

static const struct {
	const char *before, *message;
	enum finding_id want[WANT_MAX];
	bool passes;
} messages[] = {
	{ "", rfc8463, { W(msg_unsubscribe_missing), END }, true },
	{ LIST POST, rfc8463, { W(msg_unsubscribe_unsigned), END }, true },
	{ "", relaxed_relaxed, { END }, true },
	{ "", simple_relaxed_l, { W(msg_body_open), W(msg_from_open), END }, true },
	{ "", rfc6376, { W(msg_from_open), END }, true },
	{ LIST "List-Unsubscribe-Post: Yes\r\n", rfc8463, { W(msg_unsubscribe_broken), END },
	    true },
	{ "List-Unsubscribe: <mailto:u@x.example>\r\n" POST, rfc8463,
	    { W(msg_unsubscribe_broken), END }, true },
	{ "Reply-To: x@x.example\r\n", rfc8463, { W(msg_fields_open), END }, true },
	{ "", PLAIN, { W(msg_unsigned), W(msg_dmarc_fails), END }, false },
	{ "From: eve@evil.example\r\n", rfc8463, { W(msg_from_several), W(msg_signature), END },
	    false },
	{ "From: Ann <a@x.example>, Bob <b@y.example>\r\n", "\r\nx", { W(msg_from_several), END },
	    false },
};

static void
messages_have_their_findings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct book *book = book_new(&key);
		struct arena *arena = arena_new((size_t)1 << 24);
		struct audit *a = mem_new(1, sizeof(*a));
		struct message_audit *m = mem_new(1, sizeof(*m));
		struct message_request q = { .now_us = INT64_C(1795568400000000) };
		struct buf bytes;
		struct buf out;

		buf_init(&bytes, 0);
		buf_init(&out, 0);
		buf_str(&bytes, messages[i].before);
		buf_str(&bytes, messages[i].message);
		q.bytes = buf_view(&bytes);
		do {
			zone_answer(book, message_zone, N_MESSAGE_ZONE);
			audit_message(book, arena, &q, m, a);
		} while (a->pending);
		for (size_t k = 0; messages[i].want[k] != END; k++) {
			must_find(a, messages[i].want[k], messages[i].message);
		}
		assert_int_equal(m->dmarc_passes, messages[i].passes);
		message_render_text(&q, m, &out);
		assert_non_null(
		    strstr(out.p, messages[i].passes ? "DMARC     pass" : "DMARC     fail"));
		buf_done(&out);
		buf_done(&bytes);
		free(m);
		free(a);
		arena_free(&arena);
		book_free(&book);
	}
}

/* A signature that holds, for another organisation than that of From. */
static void
strangers_do_not_align(void **state)
{
	struct book *book = book_new(&key);
	struct arena *arena = arena_new((size_t)1 << 24);
	struct audit *a = mem_new(1, sizeof(*a));
	struct message_audit *m = mem_new(1, sizeof(*m));
	struct message_request q = { .bytes = sv_from(rfc8463),
		.now_us = INT64_C(1795568400000000) };
	struct zone_line zone[N_MESSAGE_ZONE + 2];

	(void)state;
	/* From is of football.example.com, which says that it is an organisation by itself; the
	 * signature of RFC 6376 is of example.com. */
	memcpy(zone, message_zone, sizeof(message_zone));
	zone[N_MESSAGE_ZONE] = (struct zone_line){ "_dmarc.football.example.com", DNS_TXT,
		"v=DMARC1; p=reject; psd=n" };
	zone[N_MESSAGE_ZONE + 1] =
	    (struct zone_line){ "_dmarc.example.com", DNS_TXT, "v=DMARC1; p=none" };
	q.bytes = sv_from(rfc6376);
	q.has_spf = true;
	q.spf.from = SV("x@example.com");
	assert_true(ip_read(SV("192.0.2.1"), &q.spf.ip));
	do {
		zone_answer(book, zone, N_MESSAGE_ZONE + 2);
		audit_message(book, arena, &q, m, a);
	} while (a->pending);
	must_find(a, FINDING_msg_not_aligned, "rfc6376");
	must_find(a, FINDING_msg_dmarc_fails, "rfc6376");
	assert_int_equal(m->spf.result, SPF_NONE);
	assert_false(m->dmarc_passes);
	assert_int_equal(m->dmarc.tree.policy, DMARC_REJECT);
	free(m);
	free(a);
	arena_free(&arena);
	book_free(&book);
}

static void
authors_are_found(void **state)
{
	static const struct {
		const char *from, *domain; /* NULL: not just one */
	} rows[] = {
		{ " a@x.example", "x.example" },
		{ "\"Eve <eve@y.example>\" <a@x.example>", "x.example" },
		{ "Ann (or eve@y.example (really)) <a@x.example>", "x.example" },
		{ "\"a@b\"@x.example", "x.example" },
		{ "a@x.example, b@x.example", NULL },
		{ "nobody", NULL },
		{ "\"open <a@x.example>", NULL },
		{ "a@", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sv domain;
		bool one = author_of_field(sv_from(rows[i].from), &domain);

		assert_int_equal(one, rows[i].domain != NULL);
		assert_true(!one || sv_eq(domain, sv_from(rows[i].domain)));
	}
}

static void
every_finding_has_a_message(void **state)
{
	(void)state;
	for (unsigned i = FINDING_msg_unsigned; i <= FINDING_msg_unsubscribe_unsigned; i++) {
		if (!reached[i]) {
			print_message("no message ends at %s\n", finding_name((enum finding_id)i));
			fail();
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_have_their_findings),
		cmocka_unit_test(strangers_do_not_align),
		cmocka_unit_test(authors_are_found),
		cmocka_unit_test(every_finding_has_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
