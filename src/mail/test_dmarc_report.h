/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_TEST_DMARC_REPORT_H
#define CAROM_MAIL_TEST_DMARC_REPORT_H

/* Reading a report and noting what came of it, for the tests of that. */

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

static inline bool
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

static inline void
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

static inline void
read_whole(struct reading *x, const char *text)
{
	*x = (struct reading){ 0 };
	read_pieces(x, sv_from(text), 1 << 20);
}

static inline void
done(struct reading *x)
{
	dmarc_reader_free(&x->reader);
	buf_done(&x->seen.lines);
}

static inline void
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

#endif
