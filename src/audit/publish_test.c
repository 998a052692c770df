/* SPDX-License-Identifier: Apache-2.0 */

/* What an audit says is to be published instead: to the letter, and free of what was wrong. */

#include "audit/render.h"
#include "audit/test_find.h"

#include <stdio.h>

#define ZONE_MAX 24

static const struct hash_key key = { 11, 12 };
struct publish_case {
	enum finding_id id;
	const char *name, *value; /* NULL: nothing is to be published */
	struct zone_line zone[ZONE_MAX];
	const char *ip, *helo;
	const char *note;   /* that must be in the note */
	const char *domain; /* NULL: d.test */
};

#define ED   "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define D    "d.test"
#define I(x) #x ".test", DNS_TXT, "v=spf1 ip4:192.0.2." #x " -all"

static const struct publish_case cases[] = {
	/* Nothing that receivers can use. */
	{ W(spf_missing), D, "v=spf1 ip4:192.0.2.9 mx ~all", { { D, DNS_MX, "1 m.test" } },
	    .ip = "192.0.2.9" },
	{ W(spf_missing), D, "v=spf1 ip4:192.0.2.9 ~all", { { D, DNS_A, "192.0.2.1" } },
	    .ip = "192.0.2.9" },
	{ W(spf_missing), NULL, NULL, { { D, DNS_A, "192.0.2.1" } }, .note = "--ip" },
	{ W(spf_several), D, "v=spf1 mx include:1.test ip4:192.0.2.7 ~all",
	    { { D, DNS_TXT, "v=spf1 mx include:1.test -all" },
		{ D, DNS_TXT, "v=spf1 MX ip4:192.0.2.7 ~all" } } },
	{ W(spf_several), NULL, NULL,
	    { { D, DNS_TXT, "v=spf1 mx -all" }, { D, DNS_TXT, "v=spf1 redirect=x.test" } } },
	{ W(spf_syntax), D, "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 mx -all",
	    { { D, DNS_TXT, "v=spf1 ipv4:192.0.2.1 2001:db8::1 mx, nonsense:x -all" } },
	    .note = "left out: nonsense:x" },
	{ W(spf_syntax), NULL, NULL, { { D, DNS_TXT, "v=spf1 nonsense:x -all" } } },
	{ W(spf_ignored), D, "v=spf1 include:x.test ip4:192.0.2.1 new=1 -all",
	    { { D, DNS_TXT, "v=spf1 include=x.test ip4=192.0.2.1 new=1 -all" } },
	    .note = "1 look-up" },
	{ W(spf_look_alike), D, "v=spf1 mx ip4:192.0.2.1 -all",
	    { { D, DNS_TXT, "\"v=spf1;mx ipv4:192.0.2.1 -all\"" } } },
	{ W(spf_look_alike), NULL, NULL, { { D, DNS_TXT, "spf2.0/pra -all" } } },
	/* One record for all that is wrong in it. */
	{ W(spf_after_all), D, "v=spf1 mx include:1.test ~all",
	    { { D, DNS_TXT,
		  "v=spf1 mx include:1.test mx include:gone.test a:void.test ?all ip4:192.0.2.1 "
		  "redirect=1.test" },
		{ D, DNS_MX, "1 m.test" }, { "m.test", DNS_A, "192.0.2.25" }, { I(1) } },
	    .note = "2 look-ups; left out: include:gone.test, a:void.test, ip4:192.0.2.1" },
	{ W(spf_include_broken), D, "v=spf1 ip4:192.0.2.1 ~all",
	    { { D, DNS_TXT, "v=spf1 ip4:192.0.2.1 redirect=gone.test" } } },
	{ W(spf_loop), D, "v=spf1 ip4:192.0.2.1 -all",
	    { { D, DNS_TXT, "v=spf1 ip4:192.0.2.1 include:d.test -all" } } },
	{ W(spf_no_all), D, "v=spf1 ip4:192.0.2.1 ~all",
	    { { D, DNS_TXT, "v=spf1 ip4:192.0.2.1" } } },
	{ W(spf_all_pass), D, "v=spf1 ip4:192.0.2.1 ~all",
	    { { D, DNS_TXT, "v=spf1 ip4:192.0.2.1 +all" } } },
	/* What is wrong in another's record is not ours to publish. */
	{ W(spf_all_pass), NULL, NULL,
	    { { D, DNS_TXT, "v=spf1 include:o.test -all" },
		{ "o.test", DNS_TXT, "v=spf1 +all" } } },
	/* ptr: only where it is known who sends. */
	{ W(spf_ptr), NULL, NULL, { { D, DNS_TXT, "v=spf1 ptr -all" } } },
	{ W(spf_ptr), D, "v=spf1 ip4:192.0.2.9 -all",
	    { { D, DNS_TXT, "v=spf1 ptr -all" }, { "9.2.0.192.in-addr.arpa", DNS_PTR, "m.d.test" },
		{ "m.d.test", DNS_A, "192.0.2.9" } },
	    .ip = "192.0.2.9" },
	{ W(spf_ip_not_passed), D, "v=spf1 ip4:192.0.2.9 ip4:192.0.2.1 -all",
	    { { D, DNS_TXT, "v=spf1 ip4:192.0.2.1 -all" } }, .ip = "192.0.2.9" },
	/* Written out: as few as are needed; what leads nowhere makes room first. */
	{ W(spf_lookups), D,
	    "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 include:4.test include:5.test "
	    "include:6.test include:7.test include:8.test include:9.test include:10.test "
	    "include:11.test -all",
	    { { D, DNS_TXT,
		  "v=spf1 include:1.test include:2.test include:3.test include:4.test "
		  "include:5.test include:6.test include:7.test include:8.test include:9.test "
		  "include:10.test include:11.test include:gone.test -all" },
		{ I(1) }, { I(2) }, { I(3) }, { I(4) }, { I(5) }, { I(6) }, { I(7) }, { I(8) },
		{ I(9) }, { I(10) }, { I(11) } },
	    .note = "8 look-ups; left out: include:gone.test; written out, to be repeated" },
	{ W(spf_lookups), D,
	    "v=spf1 ip4:192.0.2.9 a:1.test a:2.test a:3.test a:4.test a:5.test a:6.test a:7.test "
	    "a:8.test a:9.test a:10.test a:11.test -all",
	    { { D, DNS_TXT,
		  "v=spf1 a:1.test a:2.test a:3.test a:4.test a:5.test a:6.test a:7.test a:8.test "
		  "a:9.test a:10.test a:11.test -all" },
		{ "1.test", DNS_A, "192.0.2.1" }, { "2.test", DNS_A, "192.0.2.1" },
		{ "3.test", DNS_A, "192.0.2.1" }, { "4.test", DNS_A, "192.0.2.1" },
		{ "5.test", DNS_A, "192.0.2.1" }, { "6.test", DNS_A, "192.0.2.1" },
		{ "7.test", DNS_A, "192.0.2.1" }, { "8.test", DNS_A, "192.0.2.1" },
		{ "9.test", DNS_A, "192.0.2.1" }, { "10.test", DNS_A, "192.0.2.1" },
		{ "11.test", DNS_A, "192.0.2.1" } },
	    .ip = "192.0.2.9", .note = "11 look-ups, still too many" },
	{ W(spf_flatten), D,
	    "v=spf1 ip4:192.0.2.1 include:2.test include:3.test include:4.test include:5.test "
	    "include:6.test include:7.test -all",
	    { { D, DNS_TXT,
		  "v=spf1 include:1.test include:2.test include:3.test include:4.test "
		  "include:5.test include:6.test include:7.test -all" },
		{ I(1) }, { I(2) }, { I(3) }, { I(4) }, { I(5) }, { I(6) }, { I(7) } },
	    .note = "6 look-ups; written out" },
	/* Nobody sends. */
	{ W(parked_open), "_dmarc.d.test", "v=DMARC1; p=reject",
	    { { D, DNS_TXT, "v=spf1 -all" }, { D, DNS_MX, "0 " } } },
	{ W(parked_open), D, "0 .",
	    { { D, DNS_TXT, "v=spf1 -all" }, { "_dmarc.d.test", DNS_TXT, "v=DMARC1; p=reject" } } },
	{ W(dkim_none), NULL, NULL, { { D, DNS_TXT, "v=spf1 -all" } }, .ip = "192.0.2.9" },
	/* Addresses and hosts. */
	{ W(mx_missing), "s.d.test", "5 m.d.test.",
	    { { D, DNS_MX, "5 m.d.test" }, { "_dmarc.d.test", DNS_TXT, "v=DMARC1; p=reject" },
		{ "s.d.test", DNS_A, "192.0.2.1" } },
	    .note = "take mail for s.d.test", .domain = "s.d.test" },
	{ W(ptr_missing), "9.2.0.192.in-addr.arpa", "out.d.test.", { { D, DNS_A, "192.0.2.1" } },
	    .ip = "192.0.2.9", .helo = "out.d.test" },
	{ W(ptr_unconfirmed), "m.d.test", "192.0.2.9",
	    { { "9.2.0.192.in-addr.arpa", DNS_PTR, "m.d.test" }, { D, DNS_A, "192.0.2.1" } },
	    .ip = "192.0.2.9" },
	{ W(helo_unconfirmed), "m.d.test", "2001:db8::9",
	    { { "m.d.test", DNS_AAAA, "2001:db8::8" }, { D, DNS_A, "192.0.2.1" } },
	    .ip = "2001:db8::9", .helo = "m.d.test" },
	{ W(sts_broken), "_mta-sts.d.test", "v=STSv1; id=202511200000",
	    { { D, DNS_MX, "1 m.d.test" }, { "m.d.test", DNS_A, "192.0.2.25" },
		{ "_mta-sts.d.test", DNS_TXT, "v=STSv1" } } },
	{ W(sts_missing), "_mta-sts.d.test", "v=STSv1; id=202511200000",
	    { { D, DNS_MX, "1 m.d.test" }, { "m.d.test", DNS_A, "192.0.2.25" } } },
	{ W(tlsrpt_broken), "_smtp._tls.d.test", "v=TLSRPTv1; rua=mailto:tls-reports@d.test",
	    { { D, DNS_A, "192.0.2.1" }, { "_smtp._tls.d.test", DNS_TXT, "v=TLSRPTv1" } } },
	/* DKIM. */
	{ W(dkim_testing), "s1._domainkey.d.test", "v=DKIM1; k=ed25519; p=" ED "; t=s",
	    { { "s1._domainkey.d.test", DNS_TXT, "k=ed25519; t=y:s; g=*; p=" ED "; oops" } } },
	{ W(dkim_restricted), "s1._domainkey.d.test", "v=DKIM1; k=ed25519; p=" ED,
	    { { "s1._domainkey.d.test", DNS_TXT, "v=DKIM1; h=sha1; s=web; k=ed25519; p=" ED } } },
	{ W(dkim_testing), NULL, NULL,
	    { { "s1._domainkey.d.test", DNS_CNAME, "k.x.test" },
		{ "k.x.test", DNS_TXT, "v=DKIM1; k=ed25519; t=y; p=" ED } },
	    .note = "alias" },
	/* DMARC. */
	{ W(dmarc_missing), "_dmarc.d.test", "v=DMARC1; p=none; rua=mailto:dmarc-reports@d.test",
	    { { D, DNS_A, "192.0.2.1" } } },
	{ W(dmarc_misplaced), "_dmarc.d.test", "v=DMARC1; p=reject; rua=mailto:a@d.test",
	    { { D, DNS_TXT, "v=DMARC1; rua=mailto:a@d.test; p=reject" } } },
	{ W(dmarc_misplaced), "_dmarc.d.test", "v=DMARC1; p=quarantine; rua=mailto:a@d.test",
	    { { "_dmarc.d.test", DNS_TXT, "\"v=DMARC1 p=quarantine; rua=mailto:a@d.test\"" } } },
	{ W(dmarc_several), "_dmarc.d.test", "v=DMARC1; p=none; rua=mailto:a@d.test",
	    { { "_dmarc.d.test", DNS_TXT, "v=DMARC1; p=reject; rua=mailto:b@d.test" },
		{ "_dmarc.d.test", DNS_TXT, "v=DMARC1; p=none" },
		{ "_dmarc.d.test", DNS_TXT, "v=DMARC1; p=none; rua=mailto:a@d.test" } } },
	{ W(dmarc_bad_address), "_dmarc.d.test",
	    "v=DMARC1; p=none; rua=mailto:dmarc-reports@d.test",
	    { { "_dmarc.d.test", DNS_TXT, "v=DMARC1; p=none; rua=r@d.test" } } },
	{ W(dmarc_gone), "_dmarc.d.test",
	    "v=DMARC1; p=reject; adkim=s; sp=none; psd=n; t=y; np=reject; rua=mailto:r@d.test; "
	    "ruf=mailto:f@d.test",
	    { { "_dmarc.d.test", DNS_TXT,
		"v=DMARC1; adkim=s; pct=50; p=reject; aspf=x; sp=none; rua=mailto:r@d.test!5m; "
		"xx=1; "
		"adkim=r; fo=2; psd=n; t=y; ri=1; ruf=mailto:f@d.test; nothing" } } },
	{ W(dmarc_subdomains_open), "_dmarc.d.test",
	    "v=DMARC1; p=reject; sp=none; np=reject; rua=mailto:r@d.test",
	    { { "_dmarc.d.test", DNS_TXT, "v=DMARC1; p=reject; sp=none; rua=mailto:r@d.test" } } },
	{ W(dmarc_views_differ), "_dmarc.d.test",
	    "v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@d.test",
	    { { D, DNS_A, "192.0.2.1" },
		{ "_dmarc.test", DNS_TXT, "v=DMARC1; p=reject; sp=quarantine; psd=y" } } },
	{ W(dmarc_policy_broken), "_dmarc.d.test",
	    "v=DMARC1; p=none; fo=1:d; rua=mailto:r@d.test; ruf=mailto:f@d.test",
	    { { "_dmarc.d.test", DNS_TXT,
		"v=DMARC1; p=quaratine; fo=1:d; rua=mailto:r@d.test; ruf=mailto:f@d.test" } } },
};

#define N_CASES (sizeof(cases) / sizeof(cases[0]))

static const struct finding *
find(const struct audit *a, enum finding_id id)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->findings[i].id == id) {
			return &a->findings[i];
		}
	}
	return NULL;
}

static void
expect(const struct publish_case *c, const struct audit *a, size_t i)
{
	const struct finding *f = find(a, c->id);

	if (f == NULL) {
		fail_msg("case %zu: no %s", i, finding_name(c->id));
		return;
	}
	if (!sv_eq(f->value, sv_from(c->value)) || !sv_eq(f->name, sv_from(c->name))) {
		fail_msg("case %zu, %s: '%.*s' at '%.*s'", i, finding_name(c->id), SV_ARG(f->value),
		    SV_ARG(f->name));
	}
	if (c->note != NULL && sv_find(f->note, sv_from(c->note)) < 0) {
		fail_msg("case %zu, %s: note '%.*s'", i, finding_name(c->id), SV_ARG(f->note));
	}
}

static void
records_are_right_to_the_letter(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CASES; i++) {
		struct book *book = book_new(&key);
		struct arena *arena = arena_new((size_t)1 << 24);
		struct audit *a = mem_new(1, sizeof(*a));
		struct audit_request q = { .texts = texts,
			.domain = sv_from(cases[i].domain == NULL ? D : cases[i].domain),
			.helo = sv_from(cases[i].helo),
			.now_us = INT64_C(1763596800) * US_PER_SECOND };
		size_t n = 0;

		while (n < ZONE_MAX && cases[i].zone[n].name != NULL) {
			n++;
		}
		if (cases[i].ip != NULL) {
			assert_true(ip_read(sv_from(cases[i].ip), &q.ips[q.n_ips++]));
		}
		audit_zone(book, arena, cases[i].zone, n, &q, a);
		expect(&cases[i], a, i);
		free(a);
		arena_free(&arena);
		book_free(&book);
	}
}

/* A record that several findings are about stands once on the page. */
static void
a_record_is_shown_once(void **state)
{
	static const struct zone_line zone[] = { { D, DNS_TXT,
	    "v=spf1 mx mx ?all ip4:192.0.2.1" } };
	struct audit_request q = { .texts = texts, .domain = SV("d.test") };
	struct book *book = book_new(&key);
	struct arena *arena = arena_new((size_t)1 << 24);
	struct audit *a = mem_new(1, sizeof(*a));
	const char *first;
	struct buf out;

	(void)state;
	audit_zone(book, arena, zone, 1, &q, a);
	buf_init(&out, 0);
	audit_render_text(a, texts, &out);
	first = strstr(out.p, "publish   d.test. TXT \"v=spf1 ~all\"");
	assert_non_null(first);
	assert_null(strstr(first + 1, "publish   d.test. TXT"));
	assert_non_null(strstr(first, "publish   the record of d.test shown above"));
	buf_done(&out);
	free(a);
	arena_free(&arena);
	book_free(&book);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_right_to_the_letter),
		cmocka_unit_test(a_record_is_shown_once),
	};

	return cmocka_run_group_tests(tests, load_texts, unload_texts);
}
