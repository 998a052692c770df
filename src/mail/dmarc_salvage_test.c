/* SPDX-License-Identifier: Apache-2.0 */

/* Reports that are broken, odd, too large or cut off: what is read of them. */

#include "mail/test_dmarc_report.h"

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
	/* libxml2 compares each attribute with each: a megabyte of them took 15 seconds. */
	buf_clear(&b);
	buf_str(&b, "<feedback>" HEAD ROW("192.0.2.1", "1") REST "<record");
	for (int i = 0; i < 100000; i++) {
		buf_fmt(&b, " a%d=''", i);
	}
	buf_str(&b, "/></feedback>");
	read_whole(&x, b.p);
	expect_fault(&x, DMARC_TOO_MANY, "a tag is longer than 16384 bytes");
	assert_int_equal(x.report->records, 1);
	done(&x);
	buf_clear(&b);
	buf_str(&b, "<feedback>" HEAD ROW("192.0.2.1", "1") REST "<record");
	for (int i = 0; i < 60; i++) {
		buf_fmt(&b, " a%d='' xmlns:n%d='u'", i, i);
	}
	buf_str(&b, "/></feedback>");
	read_whole(&x, b.p);
	expect_fault(&x, DMARC_TOO_MANY, "more than 100 attributes");
	assert_int_equal(x.report->records, 1);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_broken_is_salvaged),
		cmocka_unit_test(odd_values_are_mapped),
		cmocka_unit_test(encodings_are_honoured),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(no_whole_record_is_lost_to_a_cut),
		cmocka_unit_test(no_other_record_is_lost_to_a_missing_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
