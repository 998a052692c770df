/* SPDX-License-Identifier: Apache-2.0 */

/* Reports that are as they should be, and what is none. */

#include "mail/test_dmarc_report.h"

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
		cmocka_unit_test(what_is_no_report_says_what_it_is),
		cmocka_unit_test(one_reader_serves_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
