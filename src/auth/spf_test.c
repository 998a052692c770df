/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/spf.h"
#include "dns/test_zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static const struct hash_key key = { 5, 6 };

static const struct zone_line zone[] = {
	{ "example.com", DNS_TXT, "google-site-verification=x" },
	{ "example.com", DNS_TXT, "v=spf1 include:a.example.com include:b.example.com mx| -all" },
	{ "example.com", DNS_MX, "10 mx.example.com" },
	{ "mx.example.com", DNS_A, "192.0.2.25" },
	{ "a.example.com", DNS_TXT, "v=spf1 ip4:198.51.100.0/24 include:a2.example.com ~all" },
	{ "a2.example.com", DNS_TXT, "v=spf1 ip6:2001:db8::/32 ip4:203.0.113.7 ~all" },
	{ "b.example.com", DNS_TXT, "v=spf1 a:gone.example.com a:mx.example.com ~all" },
	{ "loop.example.com", DNS_TXT, "v=spf1 include:loop2.example.com -all" },
	{ "loop2.example.com", DNS_TXT, "v=spf1 include:loop.example.com -all" },
	{ "idle.example.com", DNS_TXT,
	    "v=spf1 mx -all ip4:192.0.2.1 include:a.example.com a:gone.example.com "
	    "redirect=b.example.com" },
	{ "silent.example.com", DNS_TXT, "v=spf1 include:mute.example.com -all" },
	{ "mute.example.com", DNS_TXT, NULL },
	{ "wrong.example.com", DNS_TXT, "v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2 -all" },
	{ "exp.example.com", DNS_TXT, "v=spf1 exp=why.example.com -all" },
	{ "why.example.com", DNS_TXT, "%{i} is not %{d}, says %{r}" },
	{ "macro.example.com", DNS_TXT, "v=spf1 exists:%{ir}.%{l1r+-}.ok.example.com -all" },
	{ "1.2.0.192.bob.ok.example.com", DNS_A, "127.0.0.2" },
};

#define N_ZONE (sizeof(zone) / sizeof(zone[0]))

struct kit {
	struct book *book;
	struct arena *arena;
	unsigned rounds;
};

static int
set_up(void **state)
{
	static struct kit kit;

	kit = (struct kit){ book_new(&key), arena_new((size_t)1 << 24), 0 };
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

static struct spf_verdict
ask(struct kit *kit, const char *ip, const char *from)
{
	struct spf_question q = { .from = sv_from(from), .helo = SV("mail.example.org") };
	struct spf_verdict v;

	assert_true(ip_read(sv_from(ip), &q.ip));
	do {
		zone_answer(kit->book, zone, N_ZONE);
		spf_check(kit->book, kit->arena, &q, &v);
		assert_true(++kit->rounds < 40);
	} while (v.result == SPF_PENDING);
	return v;
}

static struct spf_tree
tree_of(struct kit *kit, const char *domain)
{
	struct spf_tree t;

	do {
		zone_answer(kit->book, zone, N_ZONE);
		spf_tree(kit->book, kit->arena, sv_from(domain), &t);
		assert_true(++kit->rounds < 40);
	} while (t.pending);
	return t;
}

static void
terms_are_read(void **state)
{
	struct kit *kit = *state;
	struct spf_record r;

	assert_true(spf_record_read(
	    SV("v=spf1  ?a:%{d}/24//64 -ip4:192.0.2.0/24 redirect=x.example new=%{i} ~all"),
	    kit->arena, &r));
	assert_int_equal(r.n, 5);
	assert_int_equal(r.terms[0].qualifier, '?');
	assert_int_equal(r.terms[0].bits4, 24);
	assert_int_equal(r.terms[0].bits6, 64);
	assert_true(sv_eq(r.terms[0].domain, SV("%{d}")));
	assert_int_equal(r.terms[3].kind, SPF_OTHER);
	assert_ptr_equal(r.redirect, &r.terms[2]);
	assert_ptr_equal(r.all, &r.terms[4]);
}

static void
wrong_terms_are_named(void **state)
{
	static const char *const bad[] = { "ipv4:192.0.2.1", "include:", "a:com",
		"ip4:192.0.2.1/33", "a/024", "mx//129", "exists:%{z}.example.com", "-all:x",
		"redirect=-all", "exp=", "ptr/8", "a:%{d0}.example.com", "a:x.example.123",
		"a:%{d}x", "ip6:192.0.2.1", "a:%{c}.x.org" };
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct spf_record r;
		struct buf b;

		buf_init(&b, 0);
		buf_fmt(&b, "v=spf1 ip4:192.0.2.1 %s -all", bad[i]);
		if (spf_record_read(buf_view(&b), kit->arena, &r)) {
			print_message("%s was taken\n", bad[i]);
			fail();
		}
		assert_non_null(r.fault);
		assert_true(sv_eq(r.fault_at, sv_from(bad[i])));
		buf_done(&b);
	}
	assert_false(spf_is_record(SV("v=spf10 -all")));
	assert_false(spf_is_record(SV(" v=spf1 -all")));
	assert_true(spf_is_record(SV("V=SPF1")));
}

static void
senders_are_checked_and_the_steps_told(void **state)
{
	struct kit *kit = *state;
	struct spf_verdict v = ask(kit, "203.0.113.7", "x@example.com");

	assert_int_equal(v.result, SPF_PASS);
	assert_int_equal(v.lookups, 2);
	assert_int_equal(v.n_steps, 8); /* three records, five terms */
	assert_int_equal(v.steps[0].term.n, 0);
	assert_true(sv_istarts(v.steps[0].note, SV("reads \"v=spf1 ")));
	assert_true(sv_eq(v.steps[5].term, SV("ip4:203.0.113.7")));
	assert_int_equal(v.steps[5].depth, 2);
	assert_true(sv_eq(v.mechanism, SV("include:a.example.com")));
	/* Answers come side by side: as many rounds as the tree is deep, not as it is wide. */
	assert_true(kit->rounds <= 4);
	v = ask(kit, "192.0.2.99", "x@example.com");
	assert_int_equal(v.result, SPF_FAIL);
	assert_int_equal(v.voids, 1);
	assert_int_equal(v.lookups, 6);
	assert_int_equal(ask(kit, "192.0.2.25", "x@example.com").result, SPF_PASS);
	assert_int_equal(ask(kit, "192.0.2.25", "").result, SPF_NONE); /* HELO has no record */
	assert_int_equal(ask(kit, "192.0.2.25", "x@silent.example.com").result, SPF_TEMPERROR);
	assert_int_equal(ask(kit, "192.0.2.25", "x@loop.example.com").result, SPF_PERMERROR);
	v = ask(kit, "192.0.2.1", "x@wrong.example.com");
	assert_int_equal(v.result, SPF_PERMERROR);
	assert_true(sv_eq(v.mechanism, SV("ipv4:192.0.2.2")));
}

static void
macros_are_expanded(void **state)
{
	struct kit *kit = *state;
	struct spf_verdict v = ask(kit, "192.0.2.1", "x@exp.example.com");

	assert_int_equal(v.result, SPF_FAIL);
	assert_true(sv_eq(v.explanation, SV("192.0.2.1 is not exp.example.com, says unknown")));
	assert_int_equal(ask(kit, "192.0.2.1", "bob+news@macro.example.com").result, SPF_PASS);
	assert_int_equal(ask(kit, "192.0.2.1", "eve+news@macro.example.com").result, SPF_FAIL);
}

static void
the_tree_tells_what_each_include_costs(void **state)
{
	struct kit *kit = *state;
	struct spf_tree t = tree_of(kit, "example.com");

	assert_int_equal(t.n, 4);
	assert_int_equal(t.lookups, 6);
	assert_int_equal(t.nodes[0].own, 3);
	assert_true(sv_eq(t.nodes[1].domain, SV("a.example.com")));
	assert_int_equal(t.nodes[1].total, 1);
	assert_int_equal(t.nodes[1].networks, 3);
	assert_true(t.nodes[1].flat);
	assert_true(sv_eq(t.nodes[3].domain, SV("b.example.com")));
	assert_false(t.nodes[3].flat);
	assert_int_equal(t.n_voids, 1);
	assert_true(sv_eq(t.voids[0].term, SV("a:gone.example.com")));
	t = tree_of(kit, "idle.example.com"); /* what stands behind all is never asked */
	assert_int_equal(t.n, 1);
	assert_int_equal(t.lookups, 1);
	assert_int_equal(t.nodes[0].networks, 0);
	assert_int_equal(t.n_voids, 1); /* its own mx */
	t = tree_of(kit, "loop.example.com");
	assert_int_equal(t.n, 3);
	assert_true(t.nodes[2].again);
	t = tree_of(kit, "silent.example.com");
	assert_int_equal(t.nodes[1].found, SPF_TEMPERROR);
	t = tree_of(kit, "wrong.example.com");
	assert_int_equal(t.nodes[0].found, SPF_PERMERROR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(terms_are_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(wrong_terms_are_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    senders_are_checked_and_the_steps_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(macros_are_expanded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    the_tree_tells_what_each_include_costs, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
