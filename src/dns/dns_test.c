/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "dns/book.h"
#include "dns/idn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

/* An answer under construction. */
struct wire_out {
	unsigned char b[70000];
	size_t n;
};

static void
put(struct wire_out *w, const void *p, size_t n)
{
	memcpy(w->b + w->n, p, n);
	w->n += n;
}

static void
put_name(struct wire_out *w, const char *name)
{
	while (*name != '\0') {
		size_t n = strcspn(name, ".");

		w->b[w->n++] = (unsigned char)n;
		put(w, name, n);
		name += n + (name[n] == '.');
	}
	w->b[w->n++] = 0;
}

static void
put_u16(struct wire_out *w, unsigned v)
{
	w->b[w->n++] = (unsigned char)(v >> 8);
	w->b[w->n++] = (unsigned char)v;
}

static void
begin(struct wire_out *w, const char *name, enum dns_type type, unsigned rcode, unsigned count)
{
	w->n = 0;
	put_u16(w, 0x1234);
	put_u16(w, 0x8180 | rcode);
	put_u16(w, 1);
	put_u16(w, count);
	put_u16(w, 0);
	put_u16(w, 0);
	put_name(w, name);
	put_u16(w, (unsigned)type);
	put_u16(w, 1);
}

static void
put_record(struct wire_out *w, const char *owner, enum dns_type type, const void *data, size_t n)
{
	put_name(w, owner);
	put_u16(w, (unsigned)type);
	put_u16(w, 1);
	put_u16(w, 0);
	put_u16(w, 300);
	put_u16(w, (unsigned)n);
	put(w, data, n);
}

static struct dns_answer
read_as(const struct wire_out *w, const char *name, enum dns_type type, struct arena *arena)
{
	struct dns_answer a;

	dns_answer_read(sv_make((const char *)w->b, w->n), sv_from(name), type, arena, &a);
	return a;
}

static void
names_are_checked(void **state)
{
	char label[80];
	char out[DNS_TEXT_MAX];

	(void)state;
	assert_true(name_is_valid(SV("a.example.")));
	assert_false(name_is_valid(SV("a..example")));
	assert_false(name_is_valid(SV("")));
	assert_false(name_is_valid(SV(".")));
	memset(label, 'a', sizeof(label));
	assert_true(name_is_valid(sv_make(label, 63)));
	assert_false(name_is_valid(sv_make(label, 64)));
	assert_int_equal(name_labels(SV("a.b.example.")), 3);
	assert_true(sv_eq(name_parent(SV("a.b.example")), SV("b.example")));
	assert_int_equal(name_parent(SV("example")).n, 0);
	assert_true(name_is_within(SV("A.Example"), SV("example.")));
	assert_false(name_is_within(SV("badexample"), SV("example")));
	assert_true(
	    sv_eq(sv_make(out, name_present(SV("A b.Example."), out)), SV("a\\032b.example")));
}

static void
addresses_are_read_and_reversed(void **state)
{
	struct buf b;
	struct ip ip;

	(void)state;
	buf_init(&b, 0);
	assert_true(ip_read(SV("::ffff:192.0.2.7"), &ip));
	assert_int_equal(ip.n, 4);
	ip_reverse_name(&ip, &b);
	assert_string_equal(b.p, "7.2.0.192.in-addr.arpa");
	buf_clear(&b);
	assert_true(ip_read(SV("2001:db8::1"), &ip));
	ip_reverse_name(&ip, &b);
	assert_string_equal(
	    b.p, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
	assert_false(ip_read(SV("192.0.2"), &ip));
	assert_false(ip_read(SV("192.0.2.07"), &ip));
	assert_false(ip_read(SV("192.0.2.256"), &ip));
	assert_true(ip_read(SV("192.0.2.130"), &ip));
	assert_true(ip_in_net(&ip, (const unsigned char[]){ 192, 0, 2, 129 }, 4, 25));
	assert_false(ip_in_net(&ip, (const unsigned char[]){ 192, 0, 2, 1 }, 4, 25));
	assert_true(ip_in_net(&ip, (const unsigned char[]){ 1, 1, 1, 1 }, 4, 0));
	buf_done(&b);
}

static void
answers_are_decoded(void **state)
{
	static struct wire_out w;
	struct arena *arena = arena_new((size_t)1 << 24);
	struct dns_answer a;

	(void)state;
	begin(&w, "example.com", DNS_TXT, 0, 2);
	put_record(&w, "Example.com", DNS_TXT,
	    "\x03"
	    "v=s"
	    "\x04"
	    "pf1 ",
	    9);
	put_record(&w, "other.example", DNS_TXT,
	    "\x01"
	    "x",
	    2);
	a = read_as(&w, "example.com", DNS_TXT, arena);
	assert_int_equal(a.status, DNS_OK);
	assert_int_equal(a.n, 1);
	assert_true(sv_eq(a.records[0].data, SV("v=spf1 ")));
	assert_true(sv_eq(a.records[0].lengths, SV("\x03\x04")));
	assert_int_equal(a.ttl_s, 300);

	begin(&w, "example.com", DNS_MX, 0, 1);
	put_record(&w, "example.com", DNS_MX, "\x00\x0a\x02mx\xc0\x0c", 7);
	a = read_as(&w, "example.com", DNS_MX, arena);
	assert_int_equal(a.n, 1);
	assert_true(sv_eq(a.records[0].data, SV("mx.example.com")));
	assert_int_equal(a.records[0].preference, 10);

	begin(&w, "example.com", DNS_A, 3, 0);
	assert_int_equal(read_as(&w, "example.com", DNS_A, arena).status, DNS_NO_NAME);
	begin(&w, "example.com", DNS_A, 0, 0);
	assert_int_equal(read_as(&w, "example.com", DNS_A, arena).status, DNS_NODATA);
	begin(&w, "example.com", DNS_A, 5, 0);
	assert_int_equal(read_as(&w, "example.com", DNS_A, arena).status, DNS_FAILED);
	arena_free(&arena);
}

static void
aliases_are_followed_to_an_end(void **state)
{
	static struct wire_out w;
	struct arena *arena = arena_new((size_t)1 << 24);
	struct dns_answer a;

	(void)state;
	begin(&w, "www.example", DNS_A, 0, 2);
	put_record(&w, "b.example", DNS_A, "\xc0\x00\x02\x01", 4);
	put_record(&w, "www.example", DNS_CNAME,
	    "\x01"
	    "b\x07"
	    "example",
	    11);
	a = read_as(&w, "www.example", DNS_A, arena);
	assert_int_equal(a.status, DNS_OK);
	assert_int_equal(a.aliases, 1);

	begin(&w, "www.example", DNS_A, 0, 2);
	put_record(&w, "b.example", DNS_CNAME,
	    "\x03"
	    "www\x07"
	    "example",
	    13);
	put_record(&w, "www.example", DNS_CNAME,
	    "\x01"
	    "b\x07"
	    "example",
	    11);
	a = read_as(&w, "www.example", DNS_A, arena);
	assert_int_equal(a.status, DNS_BROKEN);
	assert_non_null(strstr(a.reason, "CNAME"));
	arena_free(&arena);
}

static void
broken_bytes_are_no_answer(void **state)
{
	static struct wire_out w;
	struct arena *arena = arena_new((size_t)1 << 26);
	size_t whole;

	(void)state;
	begin(&w, "example.com", DNS_MX, 0, 1);
	put_record(&w, "example.com", DNS_MX, "\x00\x0a\x02mx\xc0\x0c", 7);
	whole = w.n;
	for (w.n = 0; w.n < whole; w.n++) {
		assert_int_equal(read_as(&w, "example.com", DNS_MX, arena).status, DNS_BROKEN);
	}
	assert_int_equal(read_as(&w, "example.com", DNS_MX, arena).status, DNS_OK);
	assert_int_equal(read_as(&w, "example.org", DNS_MX, arena).status, DNS_BROKEN);
	assert_int_equal(read_as(&w, "example.com", DNS_TXT, arena).status, DNS_BROKEN);
	w.b[2] |= 0x02; /* TC */
	assert_int_equal(read_as(&w, "example.com", DNS_MX, arena).status, DNS_BROKEN);
	begin(&w, "example.com", DNS_MX, 0, 1);
	put_record(&w, "example.com", DNS_MX, "\x00\x0a\xc0\x2b", 4); /* points at itself */
	assert_int_equal(read_as(&w, "example.com", DNS_MX, arena).status, DNS_BROKEN);
	arena_free(&arena);
}

static void
large_answers_are_cut_at_the_limits(void **state)
{
	static struct wire_out w;
	static unsigned char text[40000];
	struct arena *arena = arena_new((size_t)1 << 26);
	struct dns_answer a;

	(void)state;
	begin(&w, "example.com", DNS_A, 0, 300);
	for (int i = 0; i < 300; i++) {
		put_record(&w, "example.com", DNS_A, "\xc0\x00\x02\x01", 4);
	}
	a = read_as(&w, "example.com", DNS_A, arena);
	assert_int_equal(a.n, ANSWER_RECORDS_MAX);
	assert_true(a.cut);
	for (size_t i = 0; i < sizeof(text); i += 200) {
		text[i] = 199;
	}
	begin(&w, "example.com", DNS_TXT, 0, 1);
	put_record(&w, "example.com", DNS_TXT, text, sizeof(text));
	a = read_as(&w, "example.com", DNS_TXT, arena);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.records[0].data.n, 200 * 199);
	assert_int_equal(a.records[0].lengths.n, 200);
	arena_free(&arena);
}

static void
names_become_ascii(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 16);
	struct sv out;

	(void)state;
	assert_true(name_to_ascii(SV("Example.com"), arena, &out));
	assert_true(sv_eq(out, SV("Example.com")));
	assert_true(name_to_ascii(SV("b\xc3\xbc"
				     "cher.example"),
	    arena, &out));
	assert_true(sv_eq(out, SV("xn--bcher-kva.example")));
	assert_false(name_to_ascii(SV("\xff.example"), arena, &out));
	arena_free(&arena);
}

static void
the_book_wants_what_it_has_not(void **state)
{
	static const struct hash_key key = { 1, 2 };
	struct book *b = book_new(&key);
	struct dns_answer none = { .status = DNS_NODATA };
	struct question_name q;
	size_t at = 0;
	size_t id;

	(void)state;
	assert_int_equal(book_ask(b, DNS_A, SV("a..b"))->status, DNS_NO_NAME);
	assert_false(book_wanted(b, &at, &id, &q));
	assert_null(book_ask(b, DNS_A, SV("Example.COM.")));
	assert_null(book_ask(b, DNS_A, SV("example.com")));
	assert_null(book_ask(b, DNS_MX, SV("example.com")));
	at = 0;
	assert_true(book_wanted(b, &at, &id, &q));
	assert_true(sv_eq(q.name, SV("example.com")));
	book_answer(b, id, &none);
	assert_int_equal(book_ask(b, DNS_A, SV("example.com"))->status, DNS_NODATA);
	at = 0;
	assert_true(book_wanted(b, &at, &id, &q));
	assert_int_equal(q.type, DNS_MX);
	assert_false(book_wanted(b, &at, &id, &q));
	for (int i = 0; i < 2 * BOOK_LOOKUPS_MAX; i++) {
		struct buf n;

		buf_init(&n, 0);
		buf_fmt(&n, "n%d.example", i);
		(void)book_ask(b, DNS_A, buf_view(&n));
		buf_done(&n);
	}
	assert_int_equal(book_lookups(b), BOOK_LOOKUPS_MAX);
	assert_int_equal(book_ask(b, DNS_A, SV("one.more"))->status, DNS_FAILED);
	book_free(&b);
	assert_null(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(addresses_are_read_and_reversed),
		cmocka_unit_test(answers_are_decoded),
		cmocka_unit_test(aliases_are_followed_to_an_end),
		cmocka_unit_test(broken_bytes_are_no_answer),
		cmocka_unit_test(large_answers_are_cut_at_the_limits),
		cmocka_unit_test(names_become_ascii),
		cmocka_unit_test(the_book_wants_what_it_has_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
