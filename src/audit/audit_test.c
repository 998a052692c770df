/* SPDX-License-Identifier: Apache-2.0 */

/* Small zones and what an audit must find in each; every finding has a zone that ends at it. */

#include "audit/render.h"
#include "audit/test_find.h"
#include "dns/test_zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>

#define ZONE_MAX 40
#define ED       "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA1024                                                                            \
	"v=DKIM1; k=rsa; "                                                                 \
	"p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn"    \
	"7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/" \
	"NMqJ0fzfVjH4OuK"                                                                  \
	"hitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
#define RSA5120                                                                                    \
	"v=DKIM1; k=rsa; p="                                                                       \
	"MIICojANBgkqhkiG9w0BAQEFAAOCAo8AMIICigKCAoEA0NrQtxIUBvdkhfg9Lm6VKXQ2QvRdjR6hOmBj5ZtgQUig" \
	"NLtv"                                                                                     \
	"Pk4lJ2jJc7/0OSRMZlHortiWZuvH7KJH45LiM/"                                                   \
	"GPejot0ERQcNEOzlvnKqqFcFVO4AOpDUXGb0Msm5hJZXzrecPZcuPj"                                   \
	"EfXMXFonzNs6NOXibVhym4FQXt7ZHVYTTBe5T0r239M4EyLICZQgiCtgMSN8N4xcvamHPBuQ1i8KegL5BqfXkSfT" \
	"Tv2b"                                                                                     \
	"GU3Y7GwYx5i+uk2r+eo08/urQkg7o6hdCTEPFdsaDC6T9TCFCm+v5/"                                   \
	"nFBBLyqUBqPd0n2F7hsVRnActeGxMCYfRyxUwZ"                                                   \
	"IkinLnwlpHGiLbp6hWmmhh7e9fV1lRGzWoZrKNX5r3KuU0/"                                          \
	"+EKd75GzsD11Me7pciX6HXTVfa0nbDhEE1LkF3hIVUaMb"                                            \
	"Jhceb1ZwxrZr8X1JbAco+s5YzDzEZXMz4PAX+vG/wIisR+NNWMiO5/uH21BHP40C8FjBG7SeJ/"               \
	"XlI2jhB8YBj8EhxWzW"                                                                       \
	"oXjfNlYtxSoe+52CqLFoBkPo16/r4OQ96bMxJc3brWeqZO805j/"                                      \
	"KtnqBdowhZAgnQxWodqyp3K0Kyh04s3CWdRcodKsB"                                                \
	"RiqTczclpTW0Ag4F7LPHpEwC5SYk7RRDmGYTw1DL8+gH6+OdQPYemrLpHL05BxwUcv7bXDAB5o8+"             \
	"ocOUoKMCXBe0wouv"                                                                         \
	"D8e9aZtm6+yV1PmYRhuZeHKqX4LURWZDw5r3LjKEmDk4co3pqFZCK1rImUW3MQZ4V35QbBwr5rClJa7+"         \
	"t9wktxW2yL5Z"                                                                             \
	"xyWkZ6CY2s8fcycN3yOapcNqbntbWxks+ID9ibWbGLL+1Cs9TxiZycZrPJmVEgclBIRETQIDAQAB"
#define SPF(text)                       \
	{                               \
		"d.test", DNS_TXT, text \
	}
#define DMARC(text)                            \
	{                                      \
		"_dmarc.d.test", DNS_TXT, text \
	}
#define MX                                       \
	{ "d.test", DNS_MX, "10 mx.d.test" },    \
	{                                        \
		"mx.d.test", DNS_A, "192.0.2.25" \
	}
#define KEY                                         \
	{                                           \
		"s1._domainkey.d.test", DNS_TXT, ED \
	}
#define STS                                              \
	{ "_mta-sts.d.test", DNS_TXT, "v=STSv1; id=1" }, \
	{                                                \
		"mta-sts.d.test", DNS_A, "192.0.2.80"    \
	}
#define FINE_SPF   SPF("v=spf1 mx -all")
#define FINE_DMARC DMARC("v=DMARC1; p=reject; rua=mailto:r@d.test")
#define FINE       FINE_SPF, FINE_DMARC, MX, KEY
#define LONG40     " ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3"
#define LONG160    LONG40 LONG40 LONG40 LONG40

static const struct hash_key key = { 11, 12 };
struct zone_case {
	const char *name;
	struct zone_line zone[ZONE_MAX];
	const char *old_key; /* a selector whose key was there two years before */
	const char *ip, *selector, *helo,
	    *sts; /* sts: the policy file; "!why": could not be fetched */
	enum finding_id
	    want[WANT_MAX]; /* each must be there; the first place is never 0 by chance */
	const char *domain; /* NULL: d.test */
};

static const struct zone_case cases[] = {
	{ "fine", { FINE }, .want = { END } },
	{ "no such name", { { "x.test", DNS_A, "192.0.2.1" } }, .want = { W(name_missing), END } },
	{ "nobody sends", { SPF("v=spf1 -all") }, .want = { W(parked_open), END } },
	{ "nothing published", { { "d.test", DNS_A, "192.0.2.1" } },
	    .want = { W(spf_missing), W(dkim_none), W(dmarc_missing), W(mx_missing), END } },
	{ "two SPF", { SPF("v=spf1 -all"), SPF("v=spf1 ~all") }, .want = { W(spf_several), END } },
	{ "SPF syntax", { SPF("v=spf1 ipv4:192.0.2.1 -all") }, .want = { W(spf_syntax), END } },
	{ "include=", { SPF("v=spf1 include=x.test -all") }, .want = { W(spf_ignored), END } },
	{ "no blank", { SPF("v=spf1;mx -all") }, .want = { W(spf_look_alike), END } },
	{ "quoted", { SPF("\"v=spf1 mx -all\"") }, .want = { W(spf_look_alike), END } },
	{ "Sender ID", { SPF("spf2.0/pra -all") }, .want = { W(spf_look_alike), END } },
	{ "eleven look-ups",
	    { SPF("v=spf1 a mx a:b.test a:c.test a:d.test a:e.test a:f.test a:g.test "
		  "a:h.test a:i.test a:j.test -all") },
	    .want = { W(spf_lookups), END } },
	{ "nine look-ups",
	    { SPF("v=spf1 mx include:i.test include:j.test a:d.test a:mx.d.test mx:d.test "
		  "exists:mx.d.test include:k.test include:l.test -all"),
		MX, { "d.test", DNS_A, "192.0.2.1" },
		{ "i.test", DNS_TXT, "v=spf1 ip4:192.0.2.1 -all" },
		{ "j.test", DNS_TXT, "v=spf1 ip4:192.0.2.1 -all" },
		{ "k.test", DNS_TXT, "v=spf1 ip4:192.0.2.1 -all" },
		{ "l.test", DNS_TXT, "v=spf1 ip4:192.0.2.1 -all" } },
	    .want = { W(spf_lookups_near), END } },
	{ "seven look-ups",
	    { SPF("v=spf1 mx include:i.test a:d.test a:mx.d.test mx:d.test exists:mx.d.test "
		  "include:j.test -all"),
		MX, { "d.test", DNS_A, "192.0.2.1" },
		{ "i.test", DNS_TXT, "v=spf1 ip4:192.0.2.1 -all" },
		{ "j.test", DNS_TXT, "v=spf1 a:d.test -all" } },
	    .want = { W(spf_flatten), END } },
	{ "void", { SPF("v=spf1 a:gone.d.test -all") }, .want = { W(spf_void), END } },
	{ "voids", { SPF("v=spf1 a:g1.test mx:g2.test exists:g3.test -all") },
	    .want = { W(spf_voids), END } },
	{ "include of nothing", { SPF("v=spf1 include:gone.test -all") },
	    .want = { W(spf_include_broken), END } },
	{ "loop",
	    { SPF("v=spf1 include:l.test -all"),
		{ "l.test", DNS_TXT, "v=spf1 include:d.test -all" } },
	    .want = { W(spf_loop), END } },
	{ "ptr", { SPF("v=spf1 ptr -all") }, .want = { W(spf_ptr), END } },
	{ "+all below", { SPF("v=spf1 include:i.test -all"), { "i.test", DNS_TXT, "v=spf1 +all" } },
	    .want = { W(spf_all_pass), END } },
	{ "?all", { SPF("v=spf1 mx ?all") }, .want = { W(spf_all_neutral), END } },
	{ "no all", { SPF("v=spf1 mx") }, .want = { W(spf_no_all), END } },
	{ "after all", { SPF("v=spf1 -all mx") }, .want = { W(spf_after_all), END } },
	{ "redirect and all", { SPF("v=spf1 mx -all redirect=x.test") },
	    .want = { W(spf_after_all), END } },
	{ "twice", { SPF("v=spf1 mx mx -all") }, .want = { W(spf_duplicate), END } },
	{ "long", { SPF("v=spf1" LONG160 LONG160 LONG160 " -all") }, .want = { W(spf_long), END } },
	{ "wide", { SPF("v=spf1 ip4:10.0.0.0/8 -all") }, .want = { W(spf_wide), END } },
	{ "address not named",
	    { FINE, { "9.2.0.192.in-addr.arpa", DNS_PTR, "out.d.test" },
		{ "out.d.test", DNS_A, "192.0.2.9" } },
	    .ip = "192.0.2.9", .want = { W(spf_ip_not_passed), END } },
	{ "no name", { FINE }, .ip = "192.0.2.25", .want = { W(ptr_missing), END } },
	{ "name of another", { FINE, { "25.2.0.192.in-addr.arpa", DNS_PTR, "x.d.test" } },
	    .ip = "192.0.2.25", .want = { W(ptr_unconfirmed), END } },
	{ "name of a pool",
	    { FINE, { "25.2.0.192.in-addr.arpa", DNS_PTR, "h-192-0-2-25.pool.test" },
		{ "h-192-0-2-25.pool.test", DNS_A, "192.0.2.25" } },
	    .ip = "192.0.2.25", .want = { W(ptr_generic), END } },
	{ "HELO of another", { FINE }, .ip = "192.0.2.25", .helo = "x.d.test",
	    .want = { W(helo_unconfirmed), END } },
	{ "a key of two years", { FINE }, .old_key = "s1", .want = { W(dkim_old), END } },
	{ "selector without key", { FINE }, .selector = "new",
	    .want = { W(dkim_selector_missing), END } },
	{ "key that is none", { { "s1._domainkey.d.test", DNS_TXT, "v=DKIM1; p=abc" } },
	    .want = { W(dkim_unusable), W(dkim_none), END } },
	{ "key of 512 bits",
	    { { "s1._domainkey.d.test", DNS_TXT,
		"v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMNKVUzxGPlAGYS8umvlr2lHldVzh5m8"
		"KsKHpzP1AQKiji2nUswiesxP5ktDa++GjJdT/UfFQb6RLrQyP4yjgrcCAwEAAQ==" } },
	    .want = { W(dkim_short), W(dkim_none), END } },
	{ "key for the web", { { "s1._domainkey.d.test", DNS_TXT, ED "; s=web" } },
	    .want = { W(dkim_restricted), W(dkim_none), END } },
	{ "two keys", { KEY, KEY }, .want = { W(dkim_several), END } },
	{ "short key", { { "s1._domainkey.d.test", DNS_TXT, RSA1024 } },
	    .want = { W(dkim_weak), END } },
	{ "key over 4096 bits", { { "s1._domainkey.d.test", DNS_TXT, RSA5120 } },
	    .want = { W(dkim_untidy), END } },
	{ "revoked key", { { "s1._domainkey.d.test", DNS_TXT, "v=DKIM1; p=" } },
	    .want = { W(dkim_revoked), W(dkim_none), END } },
	{ "key in test", { { "s1._domainkey.d.test", DNS_TXT, ED "; t=y" } },
	    .want = { W(dkim_testing), END } },
	{ "careless key", { { "s1._domainkey.d.test", DNS_TXT, ED "; g=*" } },
	    .want = { W(dkim_untidy), END } },
	{ "two DMARC", { DMARC("v=DMARC1; p=none"), DMARC("v=DMARC1; p=reject") },
	    .want = { W(dmarc_several), END } },
	{ "DMARC at the top", { SPF("v=DMARC1; p=none") }, .want = { W(dmarc_misplaced), END } },
	{ "DMARC small", { DMARC("v=dmarc1; p=none") }, .want = { W(dmarc_misplaced), END } },
	{ "no policy", { DMARC("v=DMARC1; p=watch") },
	    .want = { W(dmarc_policy_broken), W(dmarc_no_reports), END } },
	{ "only watches", { DMARC("v=DMARC1; p=none; rua=mailto:r@d.test") },
	    .want = { W(dmarc_monitors), END } },
	{ "testing", { DMARC("v=DMARC1; p=reject; t=y; rua=mailto:r@d.test") },
	    .want = { W(dmarc_testing), END } },
	{ "subdomains open", { DMARC("v=DMARC1; p=reject; sp=none; rua=mailto:r@d.test") },
	    .want = { W(dmarc_subdomains_open), END } },
	{ "sp below",
	    { DMARC("v=DMARC1; p=reject"),
		{ "_dmarc.s.d.test", DNS_TXT, "v=DMARC1; p=none; sp=reject" } },
	    .want = { W(dmarc_sp_ignored), END }, .domain = "s.d.test" },
	{ "old tags", { DMARC("v=DMARC1; p=reject; pct=50; ri=3600; rua=mailto:r@d.test!5m") },
	    .want = { W(dmarc_gone), END } },
	{ "untidy", { DMARC("v=DMARC1; p=reject; xx=1") }, .want = { W(dmarc_untidy), END } },
	{ "no address", { DMARC("v=DMARC1; p=reject; rua=r@d.test") },
	    .want = { W(dmarc_bad_address), END } },
	{ "no consent",
	    { DMARC("v=DMARC1; p=reject; rua=mailto:r@c.test"), { "c.test", DNS_MX, "1 c.test" } },
	    .want = { W(dmarc_no_consent), END } },
	{ "reports to nowhere", { DMARC("v=DMARC1; p=reject; rua=mailto:r@gone.test") },
	    .want = { W(dmarc_report_host), END } },
	{ "views",
	    { DMARC("v=DMARC1; p=reject"),
		{ "_dmarc.u.d.test", DNS_TXT, "v=DMARC1; p=none; psd=n" } },
	    .want = { W(dmarc_views_differ), END }, .domain = "a.u.d.test" },
	{ "null MX", { { "d.test", DNS_MX, "0 " } }, .want = { W(mx_null), END } },
	{ "null MX and another", { { "d.test", DNS_MX, "0 " }, MX },
	    .want = { W(mx_null_mixed), END } },
	{ "MX to nowhere", { { "d.test", DNS_MX, "1 gone.test" } },
	    .want = { W(mx_no_address), END } },
	{ "MX is an address", { { "d.test", DNS_MX, "1 192.0.2.1" } },
	    .want = { W(mx_is_address), END } },
	{ "MX is an alias",
	    { { "d.test", DNS_MX, "1 al.test" }, { "al.test", DNS_CNAME, "mx.d.test" },
		{ "mx.d.test", DNS_A, "192.0.2.25" } },
	    .want = { W(mx_alias), END } },
	{ "TLSA of usage 0", { MX, { "_25._tcp.mx.d.test", DNS_TLSA, "0110" } },
	    .want = { W(dane_unusable), END } },
	{ "nothing asked of TLS", { MX }, .want = { W(sts_missing), W(tlsrpt_missing), END } },
	{ "STS id", { MX, { "_mta-sts.d.test", DNS_TXT, "v=STSv1; id=a-b" } },
	    .want = { W(sts_broken), END } },
	{ "two STS", { MX, STS, STS }, .want = { W(sts_broken), END } },
	{ "STS host without address", { MX, { "_mta-sts.d.test", DNS_TXT, "v=STSv1; id=1" } },
	    .want = { W(sts_policy_unreachable), END } },
	{ "STS not to be had", { MX, STS }, .sts = "!404",
	    .want = { W(sts_policy_unreachable), END } },
	{ "STS policy broken", { MX, STS }, .sts = "version: STSv1\r\nmode: maybe\r\n",
	    .want = { W(sts_policy_broken), END } },
	{ "STS without the MX", { MX, STS },
	    .sts =
		"version: STSv1\nmode: enforce\nmax_age: 1209600\nmx: *.other.test\nmx: d.test\n",
	    .want = { W(sts_policy_mx), END } },
	{ "STS with a field twice", { MX, STS },
	    .sts = "version: STSv1\nmode: testing\nmode: enforce\nmax_age: 1209600\nmx: "
		   "*.d.test\nmx: x.test\n",
	    .want = { W(sts_policy_weak), END } },
	{ "STS in test", { MX, STS },
	    .sts = "version: STSv1\nmode: testing\nmax_age: 1209600\nmx: *.d.test\n",
	    .want = { W(sts_policy_weak), END } },
	{ "TLS-RPT", { MX, { "_smtp._tls.d.test", DNS_TXT, "v=TLSRPTv1; rua=ftp://x" } },
	    .want = { W(tlsrpt_broken), END } },
	{ "BIMI", { { "default._bimi.d.test", DNS_TXT, "v=BIMI1; l=http://x/y.svg" } },
	    .want = { W(bimi_broken), W(bimi_policy), END } },
	{ "silent", { SPF(NULL) }, .want = { W(dns_unknown), END } },
};

#define N_CASES (sizeof(cases) / sizeof(cases[0]))

/* What must not be found in a fine domain: all but the two that everybody gets. */
static void
must_be_fine(const struct audit *a)
{
	for (size_t i = 0; i < a->n; i++) {
		enum finding_id id = a->findings[i].id;

		if (id != FINDING_sts_missing && id != FINDING_tlsrpt_missing) {
			print_message("fine, but %s\n", finding_name(id));
			fail();
		}
	}
}

static void
ask_for(const struct zone_case *c, struct audit_request *q)
{
	*q = (struct audit_request){ .texts = texts };
	q->domain = sv_from(c->domain == NULL ? "d.test" : c->domain);
	if (c->ip != NULL) {
		assert_true(ip_read(sv_from(c->ip), &q->ips[q->n_ips++]));
	}
	if (c->old_key != NULL) {
		q->now_us = INT64_C(1763596800) * US_PER_SECOND;
		q->key_days = 365;
		q->ages[q->n_ages++] =
		    (struct audit_age){ sv_from(c->old_key), 1763596800 - 730 * 86400, 0 };
	}
	if (c->selector != NULL) {
		q->selectors[q->n_selectors++] = sv_from(c->selector);
	}
	q->helo = sv_from(c->helo);
	if (c->sts != NULL) {
		q->sts.tried = true;
		q->sts.fetched = c->sts[0] != '!';
		q->sts.text = sv_from(c->sts);
		q->sts.problem = c->sts;
	}
}

/* Both renderings of every case: JSON that a reader takes, text without control bytes. */
static void
render(const struct audit *a)
{
	struct json j;
	struct buf out;
	json_error_t error;
	json_t *o;

	buf_init(&out, 0);
	json_init(&j, &out, false);
	audit_render_json(a, texts, &j);
	o = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(o);
	assert_int_equal(json_array_size(json_object_get(o, "findings")), a->n);
	json_decref(o);
	buf_clear(&out);
	audit_render_text(a, texts, &out);
	for (size_t i = 0; i < out.n; i++) {
		assert_true((unsigned char)out.p[i] >= ' ' || out.p[i] == '\n');
	}
	buf_done(&out);
}

static void
zones_have_their_findings(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CASES; i++) {
		struct book *book = book_new(&key);
		struct arena *arena = arena_new((size_t)1 << 24);
		struct audit *a = mem_new(1, sizeof(*a));
		const struct zone_line *zone = cases[i].zone;
		struct audit_request q;
		size_t n = 0;

		while (n < ZONE_MAX && zone[n].name != NULL) {
			n++;
		}
		ask_for(&cases[i], &q);
		audit_zone(book, arena, zone, n, &q, a);
		for (size_t k = 0; cases[i].want[k] != END; k++) {
			must_find(a, cases[i].want[k], cases[i].name);
		}
		if (cases[i].want[0] == END) {
			must_be_fine(a);
			assert_false(audit_needs_action(a, texts));
		}
		render(a);
		free(a);
		arena_free(&arena);
		book_free(&book);
	}
}

static void
every_finding_has_a_zone(void **state)
{
	bool all = true;

	(void)state;
	for (size_t i = 0; i < N_FINDINGS; i++) {
		bool of_message =
		    i >= FINDING_msg_unsigned && i <= FINDING_msg_unsubscribe_unsigned;

		if (!reached[i] && !of_message) { /* those are in message_test.c */
			print_message("no zone ends at %s\n", finding_name((enum finding_id)i));
			all = false;
		}
	}
	assert_true(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones_have_their_findings),
		cmocka_unit_test(every_finding_has_a_zone),
	};

	return cmocka_run_group_tests(tests, load_texts, unload_texts);
}
