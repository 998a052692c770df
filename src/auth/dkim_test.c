/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Messages signed by others, and by another implementation with a key of our own: RFC 6376
 * appendix A, RFC 8463 appendix A, and four of shop.example.
 */

#include "auth/base64.h"
#include "auth/dkim_signature.h"
#include "base/civil.h"
#include "dns/test_zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define BODY                                               \
	"Hi.\r\n\r\nWe lost the game. Are you hungry yet?" \
	"\r\n\r\nJoe.\r\n"

static const char rfc6376[] = "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
			      "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
			      "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
			      "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
			      "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
			      "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
			      "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
			      "      4bmp/YzhwvcubU4=;\r\n"
			      "Received: from client1.football.example.com  [192.0.2.1]\r\n"
			      "      by submitserver.example.com with SUBMISSION;\r\n"
			      "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
			      "From: Joe SixPack <joe@football.example.com>\r\n"
			      "To: Suzie Q <suzie@shopping.example.net>\r\n"
			      "Subject: Is dinner ready?\r\n"
			      "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
			      "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
			      "\r\n" BODY;

static const char rfc8463[] = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
			      " d=football.example.com; i=@football.example.com;\r\n"
			      " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
			      " subject : date : message-id : from : subject : date;\r\n"
			      " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
			      " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
			      " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
			      "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
			      " d=football.example.com; i=@football.example.com;\r\n"
			      " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
			      " date : message-id : from : subject : date;\r\n"
			      " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
			      " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
			      " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
			      " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
			      "From: Joe SixPack <joe@football.example.com>\r\n"
			      "To: Suzie Q <suzie@shopping.example.net>\r\n"
			      "Subject: Is dinner ready?\r\n"
			      "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
			      "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
			      "\r\n" BODY;

static const char simple_simple[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=shop.example;\r\n"
    " i=@shop.example; q=dns/txt; s=k1; t=1795568367; h=from : to : subject;\r\n"
    " bh=1yQa+3W6ZDWcEM7DS2DnefEDCuzzdyTvfJPwbf4ZFmc=;\r\n"
    " b=KZ1hYhO1AYqqwyFef6ID9pWTGOifZhEfsUjGr695S4lvU/pw+H7zbU74Y5bdx1b4a7WCo\r\n"
    " VT8KfNwkPl96nL09SC8RUhkaZ0ZKZrlaAZbvo06FFvSLuOwNRwQDC72HhS/9eeGPd4DluOu\r\n"
    " sg84vFmn9cODGGXjg82J6hKwJs7aGfvhCXYVjhymWk9H+v61A8nUZJVzwFiLUdVlt+d80rf\r\n"
    " 7hJOpCTrcM3fh+z4/73/RAIQGjdFVtdt63Yn4xdfp4w87aO5SOezbrFjjwdn/sVP6E+H5C7\r\n"
    " CNPW+syjyfIG6Iejdtopotoy+f6vf9q0JxXHapSoC+bQzTBizS8TQ7kw9rFw==\r\n"
    "From: Shop <news@shop.example>\r\n"
    "To: Ann  <ann@example.net>\r\n"
    "Subject: A \t folded\r\n"
    "  subject\r\n"
    "List-Unsubscribe: <https://shop.example/u/abc>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "\r\n"
    "Line  one \t\r\n"
    "\r\n"
    "line two\r\n"
    "\r\n"
    "\r\n";
static const char relaxed_simple[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=shop.example;\r\n"
    " i=@shop.example; q=dns/txt; s=k1; t=1795568367; h=from : from : to :\r\n"
    " subject : list-unsubscribe : list-unsubscribe-post;\r\n"
    " bh=1yQa+3W6ZDWcEM7DS2DnefEDCuzzdyTvfJPwbf4ZFmc=;\r\n"
    " b=AAj16g4K7ZcqtJInv3FMFCCtpa0RxoQiHUMdHFhy4yAe8E+cbdhfjsNCLeb5UeRnGdlJz\r\n"
    " UBU/NEicrHbc5FW0WqDpW4T8SQiFrcMccemRr+qg5tu2Khlm+GF0a9mziwOL0UY6qB4Hapj\r\n"
    " fgmP+6PbfJG++Ikx9TEQ6kSs85Svw+OH3Xr2G/11ho5UVLr9nnF8n1hXviFuvKXvTcuWyoO\r\n"
    " mxwo82UuYc/08Xx5Ce1G4m+KcVhp1P/NwPG5UIZPEoDIg24NKI3gSp6pstYFgP6T95gDXYD\r\n"
    " mfcN7tglvOC8lgaDAlPolmHGkhHspwVM0XNUzOGcFwe6/rqUONQlu43fqRiQ==\r\n"
    "From: Shop <news@shop.example>\r\n"
    "To: Ann  <ann@example.net>\r\n"
    "Subject: A \t folded\r\n"
    "  subject\r\n"
    "List-Unsubscribe: <https://shop.example/u/abc>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "\r\n"
    "Line  one \t\r\n"
    "\r\n"
    "line two\r\n"
    "\r\n"
    "\r\n";
static const char relaxed_relaxed[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example;\r\n"
    " i=@shop.example; q=dns/txt; s=k1; t=1795568367; h=from : from : to :\r\n"
    " subject : list-unsubscribe : list-unsubscribe-post;\r\n"
    " bh=DRS2HdZSjatOGsLz7kSpb9eNL9HtXXdB3+vF3JZO320=;\r\n"
    " b=Q8JSi/VcFAl/YgP/oeZ+YMevXYRNlAWzERrJksPHw7JhmHJXuOoNWbsFvr9CmlrfiXuji\r\n"
    " skLs6lWst76+TbrZ11wBac8cRk3H4uwC/ohUs4LIzyIaWTePTpWblGsdRdXucQXbiNyJHIx\r\n"
    " 3jlkcR6eJoClhC5V/aMffTPK+NmpwXRHUosI4tJH1fxGPEhYRC0zUNtKSdggenia9VIdXGt\r\n"
    " SyCkRqF78v7i/fmRs1GaGyWr/L34NaXzamlkmcHNbC5hxooBILn6k2me8IvxEhn5o4Zm1xp\r\n"
    " 9KoFsuLh52LYvceKpyXovMTB219+Ls+XBpdecNTHdf6GhIemD4Jfd5O92bOw==\r\n"
    "From: Shop <news@shop.example>\r\n"
    "To: Ann  <ann@example.net>\r\n"
    "Subject: A \t folded\r\n"
    "  subject\r\n"
    "List-Unsubscribe: <https://shop.example/u/abc>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "\r\n"
    "Line  one \t\r\n"
    "\r\n"
    "line two\r\n"
    "\r\n"
    "\r\n";
static const char simple_relaxed_l[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=simple/relaxed; d=shop.example;\r\n"
    " i=@shop.example; l=22; q=dns/txt; s=k1; t=1795568367; h=from :\r\n"
    " subject; bh=DRS2HdZSjatOGsLz7kSpb9eNL9HtXXdB3+vF3JZO320=;\r\n"
    " b=Ca5rPZE1N1eVRFLlmX6YTNQFCxUrTD5LPC5eJRLC7kRtEeRdOZZmHKJUdwjGNXzUfUJL2\r\n"
    " HLbQDWza2TVIFp53eyX6ki7Fjk5PZe/eaQ+mdcFOWs8lOVbVRGTmSYfB0cgCAZ/kEUdH4YM\r\n"
    " 9aQYH5iFOiGHf06FeCr9ZlUPB/VvZQoc9HWgpqONVMpaT39OF7IEY9yGfP6EgcbqGj6Jyps\r\n"
    " Z4jJhdOesdn8/sPExySywOae6nLnnIx3GT7wXvyPDQiUoY6N8MNYWIoQ/sq2tvbxqG5uYKm\r\n"
    " s8RoH3H46QRrwXt5IWhuuBaBRT2XLZ9AMrsmJw5k+M/0Vh89etgCw30eD0sA==\r\n"
    "From: Shop <news@shop.example>\r\n"
    "To: Ann  <ann@example.net>\r\n"
    "Subject: A \t folded\r\n"
    "  subject\r\n"
    "List-Unsubscribe: <https://shop.example/u/abc>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "\r\n"
    "Line  one \t\r\n"
    "\r\n"
    "line two\r\n"
    "\r\n"
    "\r\n";

#define OUR_KEY                                                                                 \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArLuYxY/"                                   \
	"R3kz43nchDc0CwpcCAj+v9b+kPxhlTyHwSGMFjZ"                                               \
	"7a3oLsoE+5owCsku0Z6E3pCcpB9uFZYqZOojW6QTuAmBPpGGcE91bSJLr1ynNGzRufOakltbwbAl1d/"       \
	"LdKDEsXJyNa"                                                                           \
	"7rdtMrFaIqPFMuTe47q6gw7Ph5zLhh+V0jg+KGNdSc1qWaiP32ETxxYo4vF2GRjdkRhnwRGbhwq8XKfPKszj/" \
	"CkNyK"                                                                                 \
	"BDdz/"                                                                                 \
	"wuDwPrPn8szRofIWwiqG5rwcUY6jkNYuqDyAXxEZEcGMq6LdOz6qFYlTlhkuIGpDFEskWGxNTSsKNf4KmzI9r" \
	"/iTzljBfDCZtrjzrG8JksJk3cQIDAQAB"

static const struct zone_line zone[] = {
	{ "brisbane._domainkey.example.com", DNS_TXT,
	    "v=DKIM1; "
	    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt"
	    "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/"
	    "NMqJ0fzfVjH4OuKhi"
	    "tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB" },
	{ "brisbane._domainkey.football.example.com", DNS_TXT,
	    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" },
	{ "test._domainkey.football.example.com", DNS_TXT,
	    "v=DKIM1; k=rsa; "
	    "p="
	    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2j"
	    "LQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/"
	    "8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3"
	    "G+2kryOTIKT+l/K4w3QIDAQAB" },
	{ "k1._domainkey.shop.example", DNS_TXT, "v=DKIM1; k=rsa; p=" OUR_KEY },
};

#define N_ZONE (sizeof(zone) / sizeof(zone[0]))
#define NOW    (INT64_C(1795568400) * US_PER_SECOND)

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
		zone_answer(kit->book, zone, N_ZONE);
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
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dkim_key k;
		bool usable = dkim_key_read(sv_from(rows[i].text), kit->arena, &k);

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
		TEST(keys_are_measured),
		TEST(keys_are_found_in_pieces),
		TEST(base64_is_strict_but_for_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
