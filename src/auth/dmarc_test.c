/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/dmarc.h"
#include "auth/tags.h"
#include "dns/test_zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static const struct hash_key key = { 7, 8 };

/* The names of appendix B.4, and some of our own. */
static const struct zone_line zone[] = {
	{ "example.com", DNS_A, "192.0.2.1" },
	{ "_dmarc.example.com", DNS_TXT,
	    "v=DMARC1; p=quarantine; sp=none; np=reject; rua=mailto:d@example.com" },
	{ "_dmarc.signing.example.com", DNS_TXT, "v=DMARC1; p=none" },
	{ "here.example.com", DNS_A, "192.0.2.2" },
	{ "_dmarc.giant.bank.example", DNS_TXT, "v=DMARC1; p=reject" },
	{ "_dmarc.bank.example", DNS_TXT, "v=DMARC1; p=reject; psd=y" },
	{ "_dmarc.unit.example.org", DNS_TXT, "v=DMARC1; p=reject; psd=n" },
	{ "_dmarc.example.org", DNS_TXT, "v=DMARC1; p=none" },
	{ "_dmarc.twice.example", DNS_TXT, "v=DMARC1; p=none" },
	{ "_dmarc.twice.example", DNS_TXT, "v=DMARC1; p=reject" },
	{ "_dmarc.mute.example", DNS_TXT, NULL },
	{ "example.com._report._dmarc.collector.example", DNS_TXT, "v=DMARC1;" },
};

#define N_ZONE (sizeof(zone) / sizeof(zone[0]))

struct kit {
	struct book *book;
	struct arena *arena;
};

static int
set_up(void **state)
{
	static struct kit kit;

	kit = (struct kit){ book_new(&key), arena_new((size_t)1 << 24) };
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

static struct dmarc_record
read_one(const char *text)
{
	struct dmarc_record r;

	assert_true(dmarc_is_record(sv_from(text)));
	dmarc_record_read(sv_from(text), &r);
	return r;
}

static struct dmarc_walk
walk(struct kit *kit, const char *domain)
{
	struct dmarc_walk w;

	dmarc_walk(kit->book, kit->arena, sv_from(domain), &w);
	zone_answer(kit->book, zone, N_ZONE);
	dmarc_walk(kit->book, kit->arena, sv_from(domain), &w);
	assert_false(w.pending);
	return w;
}

static struct dmarc_views
views(struct kit *kit, const char *domain)
{
	struct dmarc_views v;

	do {
		zone_answer(kit->book, zone, N_ZONE);
		dmarc_views(kit->book, kit->arena, sv_from(domain), &v);
	} while (v.pending);
	return v;
}

static void
tags_are_split(void **state)
{
	struct sv rest = SV(" a = b ;; c=d=e ;junk; ");
	struct tag t;

	(void)state;
	assert_true(tags_next(&rest, &t));
	assert_true(sv_eq(t.name, SV("a")) && sv_eq(t.value, SV("b")));
	assert_true(tags_next(&rest, &t));
	assert_true(sv_eq(t.name, SV("c")) && sv_eq(t.value, SV("d=e")));
	assert_true(tags_next(&rest, &t));
	assert_true(t.name.n == 0 && sv_eq(t.value, SV("junk")));
	assert_false(tags_next(&rest, &t));
}

static void
records_are_read(void **state)
{
	struct dmarc_record r =
	    read_one("v=DMARC1; p=Reject; adkim=s; t=y; psd=n; fo=1:d; "
		     "rua=mailto:a@example.com,mailto:b@collector.example?subject=x; "
		     "ruf=mailto:f@example.com");
	const char *tag;

	(void)state;
	assert_int_equal(r.flaws, 0);
	assert_int_equal(r.p, DMARC_REJECT);
	assert_int_equal(r.adkim, 's');
	assert_int_equal(r.aspf, 'r');
	assert_int_equal(r.psd, 'n');
	assert_true(r.testing);
	assert_int_equal(r.n_rua, 2);
	assert_true(sv_eq(r.rua[1].host, SV("collector.example")));
	assert_int_equal(dmarc_policy_for(&r, false, true, &tag), DMARC_REJECT);
	assert_int_equal(dmarc_milder(DMARC_REJECT), DMARC_QUARANTINE);
	assert_false(dmarc_is_record(SV("v=dmarc1; p=none")));
	assert_false(dmarc_is_record(SV("p=none; v=DMARC1")));
	assert_false(dmarc_is_record(SV("v=DMARC1p=none")));
	assert_true(dmarc_is_record(SV("v = DMARC1 ;p=none")));
}

static void
flaws_are_seen(void **state)
{
	static const struct {
		const char *text;
		unsigned flaws;
	} rows[] = {
		{ "v=DMARC1; p=none; pct=50; rf=afrf; ri=86400",
		    DMARC_OLD_PCT | DMARC_OLD_RF | DMARC_OLD_RI },
		{ "v=DMARC1; p=none; rua=mailto:a@b.example!10m", DMARC_OLD_SIZE },
		{ "v=DMARC1; p=monitor", DMARC_BAD_P },
		{ "v=DMARC1; p=none; sp=maybe; np=x", DMARC_BAD_SP | DMARC_BAD_NP },
		{ "v=DMARC1; p=none; adkim=relaxed", DMARC_BAD_VALUE },
		{ "v=DMARC1; p=none; rua=a@b.example", DMARC_BAD_URI },
		{ "v=DMARC1; p=none; rua=mailto:nobody", DMARC_BAD_URI },
		{ "v=DMARC1; p=none; fo=1", DMARC_FO_ALONE },
		{ "v=DMARC1; p=none; fo=0:1; ruf=mailto:a@b.example", DMARC_BAD_VALUE },
		{ "v=DMARC1; p=none; p=reject", DMARC_TWICE },
		{ "v=DMARC1; rua=mailto:a@b.example; p=none", DMARC_P_LATE },
		{ "v=DMARC1; p=none; xyz=1; junk", DMARC_UNKNOWN_TAG | DMARC_NO_TAG },
		{ "v=DMARC1;", DMARC_NO_P },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dmarc_record r = read_one(rows[i].text);

		if (r.flaws != rows[i].flaws) {
			print_message("%s: %x\n", rows[i].text, r.flaws);
		}
		assert_int_equal(r.flaws, rows[i].flaws);
	}
}

static void
broken_policies_hold_only_with_an_address(void **state)
{
	struct dmarc_record with = read_one("v=DMARC1; p=bad; rua=mailto:a@b.example");
	struct dmarc_record without = read_one("v=DMARC1; p=reject; sp=bad");
	const char *tag;

	(void)state;
	assert_int_equal(dmarc_policy_for(&with, false, true, &tag), DMARC_NONE);
	assert_int_equal(dmarc_policy_for(&without, false, true, &tag), DMARC_ABSENT);
}

static void
simple_walks_of_the_appendix(void **state) /* B.4.1 */
{
	struct kit *kit = *state;
	struct dmarc_walk w = walk(kit, "signing.example.com");

	assert_int_equal(w.n, 3);
	assert_true(sv_eq(w.steps[2].domain, SV("com")));
	assert_true(sv_eq(w.org, SV("example.com")));
	assert_int_equal(
	    dmarc_align(kit->book, kit->arena, SV("example.com"), SV("signing.example.com"), 'r'),
	    DMARC_ALIGNED);
	assert_int_equal(
	    dmarc_align(kit->book, kit->arena, SV("example.com"), SV("signing.example.com"), 's'),
	    DMARC_NOT_ALIGNED);
}

static void
a_deep_walk_asks_eight_times(void **state) /* B.4.2 */
{
	static const char *const asked[] = { "a.b.c.d.e.f.g.h.i.j.k.example.com",
		"g.h.i.j.k.example.com", "h.i.j.k.example.com", "i.j.k.example.com",
		"j.k.example.com", "k.example.com", "example.com", "com" };
	struct kit *kit = *state;
	struct dmarc_walk w = walk(kit, asked[0]);
	struct dmarc_views v = views(kit, asked[0]);

	assert_int_equal(w.n, 8);
	for (size_t i = 0; i < 8; i++) {
		assert_true(sv_eq(w.steps[i].domain, sv_from(asked[i])));
	}
	assert_true(sv_eq(w.org, SV("example.com")));
	assert_true(sv_eq(v.tree.domain, SV("example.com")));
	/* It does not exist: np of the record, which RFC 7489 does not know. */
	assert_int_equal(v.tree.policy, DMARC_REJECT);
	assert_string_equal(v.tree.tag, "np");
	assert_int_equal(v.suffix.policy, DMARC_NONE);
	assert_true(v.differ);
}

static void
public_suffixes_with_records(void **state) /* B.4.3 */
{
	struct kit *kit = *state;
	struct dmarc_walk w = walk(kit, "giant.bank.example");
	struct dmarc_views v;

	assert_int_equal(w.n, 2);
	assert_true(sv_eq(w.org, SV("giant.bank.example")));
	assert_true(sv_eq(walk(kit, "mail.giant.bank.example").org, SV("giant.bank.example")));
	assert_true(sv_eq(walk(kit, "mail.mega.bank.example").org, SV("mega.bank.example")));
	assert_int_equal(dmarc_align(kit->book, kit->arena, SV("giant.bank.example"),
			     SV("mail.giant.bank.example"), 'r'),
	    DMARC_ALIGNED);
	assert_int_equal(dmarc_align(kit->book, kit->arena, SV("giant.bank.example"),
			     SV("mail.mega.bank.example"), 'r'),
	    DMARC_NOT_ALIGNED);
	/* No record of its own, nor of its organisation: the one of the public suffix holds. */
	v = views(kit, "mail.mega.bank.example");
	assert_true(sv_eq(v.tree.domain, SV("bank.example")));
	assert_int_equal(v.tree.policy, DMARC_REJECT);
}

static void
units_can_stand_alone(void **state)
{
	struct kit *kit = *state;
	struct dmarc_walk w = walk(kit, "a.unit.example.org");

	assert_int_equal(w.n, 2);
	assert_true(sv_eq(w.org, SV("unit.example.org")));
	assert_true(views(kit, "a.unit.example.org").differ); /* the list says example.org */
	assert_true(sv_eq(walk(kit, "a.other.example.org").org, SV("example.org")));
	assert_true(sv_eq(walk(kit, "none.test").org, SV("none.test")));
}

static void
what_is_found_is_said(void **state)
{
	struct kit *kit = *state;
	struct dmarc_views v = views(kit, "here.example.com");

	assert_string_equal(v.tree.tag, "sp");
	assert_int_equal(v.tree.policy, DMARC_NONE);
	assert_false(v.differ);
	assert_int_equal(views(kit, "twice.example").tree.found, DMARC_SEVERAL);
	assert_int_equal(views(kit, "mute.example").tree.found, DMARC_UNKNOWN);
	assert_int_equal(views(kit, "none.test").tree.found, DMARC_NO_RECORD);
}

static enum dmarc_consent
consent(struct kit *kit, const char *domain, const char *host)
{
	enum dmarc_consent c;

	do {
		zone_answer(kit->book, zone, N_ZONE);
		c = dmarc_report_consent(kit->book, kit->arena, sv_from(domain), sv_from(host));
	} while (c == DMARC_CONSENT_PENDING);
	return c;
}

static void
strangers_must_consent_to_reports(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(consent(kit, "example.com", "collector.example"), DMARC_CONSENT_GIVEN);
	assert_int_equal(consent(kit, "example.org", "collector.example"), DMARC_CONSENT_MISSING);
	assert_int_equal(consent(kit, "example.com", "signing.example.com"), DMARC_CONSENT_OWN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tags_are_split),
		TEST(records_are_read),
		TEST(flaws_are_seen),
		TEST(broken_policies_hold_only_with_an_address),
		TEST(simple_walks_of_the_appendix),
		TEST(a_deep_walk_asks_eight_times),
		TEST(public_suffixes_with_records),
		TEST(units_can_stand_alone),
		TEST(what_is_found_is_said),
		TEST(strangers_must_consent_to_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
