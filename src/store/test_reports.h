/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_STORE_TEST_REPORTS_H
#define CAROM_STORE_TEST_REPORTS_H

/* Reports of example.com put into a store, for the tests of it. */

#include "base/buf.h"
#include "store/reports_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

static const struct hash_key key = { 1, 2 };
static const struct reports_range always = { .until = 100000, .week = 20000 };

struct taking {
	struct reports_store *store;
	struct dmarc_reader *reader;
};

static inline bool
record(void *context, const struct dmarc_report *r, const struct dmarc_record *rec)
{
	return reports_record(((struct taking *)context)->store, r, rec);
}

static inline void
taking_open(struct taking *t, const char *path)
{
	const struct dmarc_handler h = { record, t };
	struct why why;

	if (reports_open(path, &key, &t->store, &why) != ERR_OK) {
		fail_msg("%s", why.text);
	}
	t->reader = dmarc_reader_new(&h);
}

static inline void
taking_close(struct taking *t)
{
	dmarc_reader_free(&t->reader);
	reports_close(&t->store);
}

/* The policy in the reports below. */
static const char *published = "none";

/* A report of two records: messages that pass by DKIM, 3 that fail and are forgiven. */
static inline enum reports_outcome
take_report(struct taking *t, const char *id, long begin_s, bool meta_last, unsigned messages)
{
	static char text[4096];
	static char meta[1024];
	const struct dmarc_report *r;
	enum reports_outcome outcome;
	struct sv root;
	struct why why;

	(void)snprintf(meta, sizeof(meta),
	    "<report_metadata><org_name>O</org_name><email>a@o.example</email><report_id>%s</"
	    "report_id>"
	    "<date_range><begin>%ld</begin><end>%ld</end></date_range></report_metadata>"
	    "<policy_published><domain>example.com</domain><p>%s</p></policy_published>",
	    id, begin_s, begin_s + 86399, published);
	(void)snprintf(text, sizeof(text),
	    "<feedback>%s<record><row><source_ip>192.0.2.1</source_ip><count>%u</count>"
	    "<policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>"
	    "</policy_evaluated></row><identifiers><header_from>example.com</header_from></"
	    "identifiers>"
	    "<auth_results><dkim><domain>example.com</domain><selector>s1</selector><result>pass</"
	    "result>"
	    "</dkim></auth_results></record><record><row><source_ip>2001:db8::1</source_ip>"
	    "<count>3</count><policy_evaluated><disposition>quarantine</disposition><dkim>fail</"
	    "dkim>"
	    "<spf>fail</spf><reason><type>mailing_list</type></reason></policy_evaluated></row>"
	    "<identifiers><header_from>example.com</header_from></identifiers></record>%s</"
	    "feedback>",
	    meta_last ? "" : meta, messages, meta_last ? meta : "");
	dmarc_reader_reset(t->reader);
	dmarc_reader_feed(t->reader, sv_from(text));
	r = dmarc_reader_end(t->reader, &root);
	assert_non_null(r);
	if (reports_dmarc(t->store, r, SV("a.xml"), &outcome, &why) != ERR_OK) {
		fail_msg("%s", why.text);
	}
	return outcome;
}

static inline enum reports_outcome
take(struct taking *t, const char *id, long begin_s, bool meta_last)
{
	return take_report(t, id, begin_s, meta_last, 10);
}

#endif
