/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "mail/dmarc_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

/* What came of the records, one line each: source count disposition dkim spf from env auth... */
struct seen {
	struct buf lines;
	uint64_t records;
	uint64_t stop_after; /* 0: never */
};

static bool
note_record(void *context, const struct dmarc_report *r, const struct dmarc_record *rec)
{
	struct seen *s = context;

	(void)r;
	s->records++;
	buf_fmt(&s->lines, "%.*s %llu %s %d%d from=%.*s env=%.*s%s", SV_ARG(rec->source),
	    (unsigned long long)rec->count, dmarc_disposition_name(rec->disposition),
	    rec->dkim_aligned, rec->spf_aligned, SV_ARG(rec->header_from),
	    SV_ARG(rec->envelope_from), rec->envelope_derived ? "(derived)" : "");
	for (size_t i = 0; i < rec->n_auth; i++) {
		const struct dmarc_auth *a = &rec->auth[i];

		buf_fmt(&s->lines, " %s:%.*s/%.*s/%.*s=%.*s",
		    a->kind == DMARC_DKIM ? "dkim" : "spf", SV_ARG(a->domain), SV_ARG(a->selector),
		    SV_ARG(a->scope), SV_ARG(a->result));
	}
	for (size_t i = 0; i < rec->n_reasons; i++) {
		buf_fmt(&s->lines, " reason:%.*s(%.*s)", SV_ARG(rec->reasons[i].type),
		    SV_ARG(rec->reasons[i].comment));
	}
	buf_char(&s->lines, '\n');
	return s->records != s->stop_after;
}

struct reading {
	struct dmarc_reader *reader;
	struct seen seen;
	const struct dmarc_report *report;
	struct sv root;
};

static void
read_pieces(struct reading *x, struct sv text, size_t piece)
{
	const struct dmarc_handler h = { note_record, &x->seen };

	buf_init(&x->seen.lines, 0);
	buf_str(&x->seen.lines, "");
	x->reader = dmarc_reader_new(&h);
	for (struct sv rest = text; rest.n > 0; rest = sv_from_at(rest, piece)) {
		dmarc_reader_feed(x->reader, sv_head(rest, piece));
	}
	x->report = dmarc_reader_end(x->reader, &x->root);
}

static void
read_whole(struct reading *x, const char *text)
{
	*x = (struct reading){ 0 };
	read_pieces(x, sv_from(text), 1 << 20);
}

static void
done(struct reading *x)
{
	dmarc_reader_free(&x->reader);
	buf_done(&x->seen.lines);
}

static void
expect_fault(const struct reading *x, enum dmarc_fault_kind kind, const char *words)
{
	if (x->report->faults[kind].count == 0 ||
	    strstr(x->report->faults[kind].first, words) == NULL) {
		fail_msg("fault %d: want '%s', got %llu times '%s'", (int)kind, words,
		    (unsigned long long)x->report->faults[kind].count,
		    x->report->faults[kind].first);
	}
}

#define HEAD                                                                           \
	"<report_metadata><org_name>Example Mail</org_name><email>dmarc@mail.example"  \
	"</email><report_id>r-1</report_id><date_range><begin>1700000000</begin><end>" \
	"1700086399</end></date_range></report_metadata><policy_published><domain>"    \
	"Example.COM</domain><adkim>r</adkim><aspf>s</aspf><p>none</p><sp>reject</sp>" \
	"<pct>100</pct></policy_published>"
#define ROW(ip, n)                                                                         \
	"<record><row><source_ip>" ip "</source_ip><count>" n "</count><policy_evaluated>" \
	"<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>"
#define REST                                                                                    \
	"<identifiers><header_from>example.com</header_from></identifiers><auth_results>"       \
	"<dkim><domain>example.com</domain><selector>s1</selector><result>pass</result></dkim>" \
	"<spf><domain>bounce.example.net</domain><result>pass</result></spf></auth_results></"  \
	"record>"
#define LINE(ip, n)                                                                                \
	ip " " n " none 10 from=example.com env=bounce.example.net(derived) dkim:example.com/s1/=" \
	   "pass spf:bounce.example.net//=pass\n"

static void
a_report_is_read_whole(void **state)
{
	static const char text[] =
	    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback>" HEAD ROW("192.0.2.7", "12")
		REST ROW("2001:DB8:0::1", "3") REST "</feedback>\n";
	static const size_t pieces[] = { 1, 7, 100, 5000 };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct reading x = { 0 };

		read_pieces(&x, SV(text), pieces[i]);
		assert_non_null(x.report);
		assert_string_equal(
		    x.seen.lines.p, LINE("192.0.2.7", "12") LINE("2001:db8::1", "3"));
		assert_true(sv_eq(x.report->org, SV("Example Mail")));
		assert_true(sv_eq(x.report->email, SV("dmarc@mail.example")));
		assert_true(sv_eq(x.report->id, SV("r-1")));
		assert_int_equal(x.report->begin_s, 1700000000);
		assert_int_equal(x.report->end_s, 1700086399);
		assert_true(sv_eq(x.report->policy.domain, SV("example.com")));
		assert_true(sv_eq(x.report->policy.sp, SV("reject")));
		assert_true(sv_eq(x.report->policy.aspf, SV("s")));
		assert_int_equal(x.report->records, 2);
		assert_int_equal(x.report->messages, 15);
		assert_false(x.report->damaged);
		assert_false(x.report->rfc9990);
		done(&x);
	}
}

static void
the_form_of_rfc_9990_is_read(void **state)
{
	struct reading x;

	(void)state;
	read_whole(&x,
	    "<d:feedback xmlns:d='urn:ietf:params:xml:ns:dmarc-2.0' xmlns:e='urn:x'>"
	    "<d:version>1.0</d:version><d:report_metadata><d:org_name>O &amp; Co</d:org_name>"
	    "<d:report_id>7</d:report_id><d:date_range><d:begin>1</d:begin><d:end>2</d:end>"
	    "</d:date_range><d:error lang='en'>two records</d:error><d:generator>G 1.2"
	    "</d:generator></d:report_metadata><d:policy_published><d:domain>example.com"
	    "</d:domain><d:p>reject</d:p><d:np>reject</d:np><d:testing>y</d:testing>"
	    "<d:discovery_method>treewalk</d:discovery_method></d:policy_published>"
	    "<d:extension><e:policy_published><e:domain>wrong.example</e:domain></"
	    "e:policy_published>"
	    "</d:extension><d:record><d:row><d:source_ip>192.0.2.1</d:source_ip><d:count>2</"
	    "d:count>"
	    "<d:policy_evaluated><d:disposition>pass</d:disposition><d:dkim>pass</d:dkim>"
	    "<d:spf>pass</d:spf><d:reason><d:type>policy_test_mode</d:type></d:reason>"
	    "</d:policy_evaluated></d:row><d:identifiers><d:envelope_from></d:envelope_from>"
	    "<d:header_from>example.com</d:header_from></d:identifiers><d:auth_results><d:spf>"
	    "<d:domain>mx.example.com</d:domain><d:scope>mfrom</d:scope><d:result>pass</d:result>"
	    "</d:spf></d:auth_results><e:arc><e:domain>wrong.example</e:domain></e:arc></d:record>"
	    "</d:feedback>");
	assert_non_null(x.report);
	assert_true(x.report->rfc9990);
	assert_false(x.report->damaged);
	assert_true(sv_eq(x.report->org, SV("O & Co")));
	assert_true(sv_eq(x.report->policy.domain, SV("example.com")));
	assert_true(sv_eq(x.report->policy.testing, SV("y")));
	assert_true(sv_eq(x.report->policy.discovery, SV("treewalk")));
	assert_true(sv_eq(x.report->error, SV("two records")));
	assert_true(sv_eq(x.report->generator, SV("G 1.2")));
	/* An empty envelope_from is the null sender: nothing is derived. */
	assert_string_equal(x.seen.lines.p,
	    "192.0.2.1 2 pass 11 from=example.com env= "
	    "spf:mx.example.com//mfrom=pass reason:policy_test_mode()\n");
	done(&x);
}

static void
what_is_broken_is_salvaged(void **state)
{
	static const struct {
		const char *text;
		uint64_t records;
		enum dmarc_fault_kind fault;
		const char *words;
	} cases[] = {
		{ "<feedback>" HEAD ROW("192.0.2.1", "1")
			REST ROW("192.0.2.2", "2") "<identifiers>",
		    2, DMARC_CUT_OFF, "after 1 whole records" },
		{ "<feedback>" HEAD ROW("192.0.2.1", "1") REST "<record><row><source_ip>192.", 1,
		    DMARC_LOST, "record 2 is cut off" },
		{ "<feedback>" HEAD ROW("192.0.2.1", "1") REST
		    "<record><row><source_ip>192.0.2.3"
		    "</source_ip></count>2</count></row></record>" ROW("192.0.2.4", "4") REST
		    "</feedback>",
		    3, DMARC_BROKEN_XML, "line 1: " },
		{ "<feedback>" HEAD ROW(
		      "192.0.2.1", "1") "<identifiers><header_from>a<b</header_from>"
					"</identifiers><auth_results><spf><domain>x.example</"
					"domain><result>pass</result>"
					"</spf></auth_results></record>" ROW("192.0.2.4", "4") REST
		    "</feedback>",
		    2, DMARC_BROKEN_XML, "line 1: " },
		{ "<xs:schema><feedback>" HEAD ROW("192.0.2.1", "1") REST "</feedback>", 1,
		    DMARC_FAULTS, NULL },
		{ "<feedback>" HEAD ROW("108r.166.27.220", "1") REST "</feedback>", 1, DMARC_BAD_IP,
		    "record 1: '108r.166.27.220' is no IP address" },
		{ "<feedback>" HEAD ROW("", "1") REST "</feedback>", 1, DMARC_BAD_IP, "is no IP" },
		{ "<feedback>" HEAD ROW("192.0.2.1", "9223372036854775808") REST "</feedback>", 1,
		    DMARC_BAD_COUNT, "'9223372036854775808' is no count" },
		{ "<feedback>" HEAD ROW("192.0.2.1", "-1") REST "</feedback>", 1, DMARC_BAD_COUNT,
		    "'-1'" },
		{ "<feedback>" HEAD "<record></record></feedback>", 0, DMARC_LOST,
		    "record 1 has neither" },
		{ "<feedback>" HEAD "</feedback>", 0, DMARC_NO_RECORD, "no record" },
		{ "<feedback>" HEAD HEAD ROW("192.0.2.1", "1") REST "</feedback>", 1,
		    DMARC_POLICY_TWICE, "twice" },
		{ "junk\n<feedback>" HEAD ROW("192.0.2.1", "1") REST "</feedback>", 1,
		    DMARC_BROKEN_XML, "in front" },
		{ "<?xml version=\"1.0\" encoding=\"klingon\"?><feedback>" HEAD ROW(
		      "192.0.2.1", "1") REST "</feedback>",
		    1, DMARC_BAD_ENCODING, "'klingon', which nobody knows" },
		{ "<?xml version=\"1.0\" encoding=\"utf-16\"?><feedback>" HEAD ROW("192.0.2.1", "1")
			REST "</feedback>",
		    1, DMARC_BAD_ENCODING, "'utf-16', which it is not" },
		{ "<feedback>\x01" HEAD ROW("192.0.2.1", "1") REST "</feedback>", 1,
		    DMARC_BAD_ENCODING, "0x01" },
		{ "<feedback><report_metadata><org_name>\xfc</org_name></report_metadata>" ROW(
		      "192.0.2.1", "1") REST "</feedback>",
		    1, DMARC_BAD_ENCODING, "UTF-8" },
		{ "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><feedback>" HEAD
			ROW("192.0.2.1",
			    "1") "<identifiers><header_from>&b;</header_from></identifiers>"
				 "</record></feedback>",
		    1, DMARC_DTD, "document type" },
		{ "<feedback>" ROW("192.0.2.1", "1") REST "</feedback>", 1, DMARC_NO_DOMAIN,
		    "domain" },
		{ "<feedback>" ROW("192.0.2.1", "1") REST "</feedback>", 1, DMARC_BAD_TIME,
		    "when" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading x;

		read_whole(&x, cases[i].text);
		if (x.report == NULL || x.report->records != cases[i].records) {
			fail_msg("case %zu: %llu records, want %llu\n%s", i,
			    x.report == NULL ? 0 : (unsigned long long)x.report->records,
			    (unsigned long long)cases[i].records, cases[i].text);
		}
		if (cases[i].fault != DMARC_FAULTS) {
			expect_fault(&x, cases[i].fault, cases[i].words);
			assert_int_equal(x.report->damaged,
			    dmarc_fault_damages(cases[i].fault) || x.report->damaged);
		}
		done(&x);
	}
}

static void
odd_values_are_mapped(void **state)
{
	struct reading x;

	(void)state;
	read_whole(&x,
	    "<feedback><report_metadata><org_name> </org_name><email>a@mail.example</email>"
	    "<date_range><begin>1337270400.0</begin><end>1337356799.0</end></date_range>"
	    "</report_metadata><policy_published><domain>example.com</domain></policy_published>"
	    "<record><row><source_ip>::ffff:192.0.2.9</source_ip><count> 5 </count>"
	    "<policy_evaluated><disposition>Quarantine</disposition><dkim>PASS</dkim>"
	    "<spf>FAIL</spf><reason><type></type><comment></comment></reason></policy_evaluated>"
	    "</row><identities><header_from>Example.com</header_from></identities><auth_results>"
	    "<spf><domain>example.org</domain><scope>helo</scope><result>HardFail</result></spf>"
	    "</auth_results></record></feedback>");
	assert_string_equal(x.seen.lines.p, "192.0.2.9 5 quarantine 10 from=example.com env= "
					    "spf:example.org//helo=fail reason:other()\n");
	assert_int_equal(x.report->begin_s, 1337270400);
	assert_true(sv_eq(x.report->org, SV("mail.example")));
	expect_fault(&x, DMARC_NO_ORG, "organisation");
	expect_fault(&x, DMARC_ODD_VALUE, "'HardFail' is read as fail");
	assert_false(x.report->damaged);
	done(&x);
}

static void
encodings_are_honoured(void **state)
{
	struct reading x;

	(void)state;
	read_whole(&x, "<?xml version='1.0' encoding='windows-1252'?><feedback><report_metadata>"
		       "<org_name>M\xfcller \x80</org_name></report_metadata></feedback>");
	assert_true(sv_eq(x.report->org, SV("M\xc3\xbcller \xe2\x82\xac")));
	assert_int_equal(x.report->faults[DMARC_BAD_ENCODING].count, 0);
	done(&x);
	read_whole(&x, "<?xml version='1.0' encoding='koi8-r'?><feedback><report_metadata>"
		       "<org_name>\xf0</org_name></report_metadata></feedback>");
	assert_true(sv_eq(x.report->org, SV("\xd0\x9f")));
	done(&x);
	x = (struct reading){ 0 };
	read_pieces(
	    &x, SV("\xff\xfe<\0f\0e\0e\0d\0b\0a\0c\0k\0>\0<\0/\0f\0e\0e\0d\0b\0a\0c\0k\0>\0"), 3);
	assert_non_null(x.report);
	done(&x);
}

static void
limits_hold(void **state)
{
	struct reading x;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_str(&b, "<feedback>" HEAD ROW("192.0.2.1", "1") "<auth_results>");
	for (int i = 0; i < 10000; i++) {
		buf_str(&b, "<dkim><domain>example.com</domain><result>pass</result></dkim>");
	}
	buf_str(
	    &b, "</auth_results></record>" ROW("192.0.2.2", "1") "<auth_results><dkim><domain>");
	for (int i = 0; i < 3000; i++) {
		buf_str(&b, "\xc3\xa4");
	}
	buf_str(&b, "</domain></dkim></auth_results></record></feedback>");
	read_whole(&x, b.p);
	assert_int_equal(x.report->records, 2);
	expect_fault(&x, DMARC_TOO_MANY, "record 1 has more than 100");
	assert_int_equal(x.report->faults[DMARC_TOO_MANY].count, 9900);
	expect_fault(&x, DMARC_TOO_LONG, "too long");
	done(&x);
	buf_clear(&b);
	buf_str(&b, "<feedback>");
	for (int i = 0; i < 100000; i++) {
		buf_str(&b, "<a>");
	}
	read_whole(&x, b.p);
	expect_fault(&x, DMARC_TOO_DEEP, "64");
	done(&x);
	buf_clear(&b);
	buf_str(&b, "<feedback>");
	for (int i = 0; i < 100000; i++) {
		buf_fmt(&b, "<a%d/>", i);
	}
	read_whole(&x, b.p);
	expect_fault(&x, DMARC_TOO_MANY, "more than 10000 different names");
	done(&x);
	buf_done(&b);
}

/* Ten records of 1 message each. */
static void
ten_records(struct buf *b)
{
	buf_init(b, 0);
	buf_str(b, "<feedback>" HEAD);
	for (int i = 0; i < 10; i++) {
		buf_str(b, ROW("192.0.2.1", "1") REST);
	}
	buf_str(b, "</feedback>");
}

static uint64_t
count_words(struct sv s, struct sv word)
{
	uint64_t n = 0;
	struct sv before;

	while (sv_cut_sv(&s, word, &before)) {
		n++;
	}
	return n;
}

static void
no_whole_record_is_lost_to_a_cut(void **state)
{
	struct buf b;

	(void)state;
	ten_records(&b);
	for (size_t n = sizeof("<feedback>"); n < b.n; n += 37) {
		struct reading x = { 0 };
		struct sv cut = sv_head(buf_view(&b), n);
		uint64_t whole = count_words(cut, SV("</record>"));

		read_pieces(&x, cut, 1 << 20);
		assert_non_null(x.report);
		if (x.report->records < whole || x.report->records > whole + 1) {
			fail_msg("cut at %zu: %llu records, %llu are whole", n,
			    (unsigned long long)x.report->records, (unsigned long long)whole);
		}
		assert_true(x.report->damaged);
		done(&x);
	}
	buf_done(&b);
}

/* One tag of the fifth record is missing: the other nine are read, and nothing is invented. */
static void
no_other_record_is_lost_to_a_missing_tag(void **state)
{
	struct buf b;
	struct buf c;
	size_t start;
	size_t end;

	(void)state;
	ten_records(&b);
	buf_init(&c, 0);
	start = sizeof("<feedback>" HEAD) - 1 + 4 * (sizeof(ROW("192.0.2.1", "1") REST) - 1);
	end = start + sizeof(ROW("192.0.2.1", "1") REST) - 1;
	for (size_t at = start; at < end; at++) {
		struct sv rest = sv_from_at(buf_view(&b), at);
		ptrdiff_t close = sv_chr(rest, '>');
		struct reading x = { 0 };

		if (b.p[at] != '<') {
			continue;
		}
		buf_clear(&c);
		buf_sv(&c, sv_head(buf_view(&b), at));
		buf_sv(&c, sv_from_at(rest, (size_t)close + 1));
		read_pieces(&x, buf_view(&c), 1 << 20);
		assert_non_null(x.report);
		if (x.report->records < 9 || x.report->records > 10 || x.report->messages > 10) {
			fail_msg("without %.*s: %llu records of %llu messages",
			    SV_ARG(sv_head(rest, (size_t)close + 1)),
			    (unsigned long long)x.report->records,
			    (unsigned long long)x.report->messages);
		}
		assert_true(x.report->damaged);
		done(&x);
	}
	buf_done(&b);
	buf_done(&c);
}

static void
what_is_no_report_says_what_it_is(void **state)
{
	struct reading x;

	(void)state;
	read_whole(&x, "<html><body>no</body></html>");
	assert_null(x.report);
	assert_true(sv_eq(x.root, SV("html")));
	dmarc_reader_reset(x.reader);
	dmarc_reader_feed(x.reader, SV("<a/>"));
	assert_null(dmarc_reader_end(x.reader, &x.root));
	assert_true(sv_eq(x.root, SV("a")));
	done(&x);
	read_whole(&x, "");
	assert_null(x.report);
	assert_int_equal(x.root.n, 0);
	done(&x);
}

static void
one_reader_serves_many(void **state)
{
	struct reading x;
	struct sv root;

	(void)state;
	read_whole(&x, "<feedback>" HEAD ROW("192.0.2.1", "1") REST "<record>");
	for (int i = 0; i < 3; i++) {
		const struct dmarc_report *r;

		dmarc_reader_reset(x.reader);
		dmarc_reader_feed(
		    x.reader, SV("<feedback>" HEAD ROW("192.0.2.5", "5") REST "</feedback>"));
		r = dmarc_reader_end(x.reader, &root);
		assert_non_null(r);
		assert_int_equal(r->messages, 5);
		assert_false(r->damaged);
	}
	assert_int_equal(x.seen.records, 4);
	done(&x);
	x = (struct reading){ .seen = { .stop_after = 1 } };
	read_pieces(&x,
	    SV("<feedback>" HEAD ROW("192.0.2.1", "1") REST ROW("192.0.2.2", "1") REST
		"</feedback>"),
	    100);
	assert_int_equal(x.seen.records, 1);
	assert_int_equal(x.report->records, 2);
	done(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_read_whole),
		cmocka_unit_test(the_form_of_rfc_9990_is_read),
		cmocka_unit_test(what_is_broken_is_salvaged),
		cmocka_unit_test(odd_values_are_mapped),
		cmocka_unit_test(encodings_are_honoured),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(no_whole_record_is_lost_to_a_cut),
		cmocka_unit_test(no_other_record_is_lost_to_a_missing_tag),
		cmocka_unit_test(what_is_no_report_says_what_it_is),
		cmocka_unit_test(one_reader_serves_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
