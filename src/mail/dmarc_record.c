/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "mail/dmarc_private.h"

#include <stdlib.h>

#define REPORT_BYTES ((size_t)64 * 1024)   /* texts of a report: 20 of DMARC_TEXT_MAX fit */
#define RECORD_BYTES ((size_t)1024 * 1024) /* texts of a record */

/* ---- records ---- */

void
dmarc_record_begin(struct dmarc_reader *r)
{
	arena_reset(r->record_arena);
	r->record = (struct dmarc_record){ .auth = r->auth, .reasons = r->reasons };
	r->count_said = r->source_said = false;
	r->in_record = true;
}

void
dmarc_record_result(struct dmarc_reader *r, enum dmarc_auth_kind kind)
{
	r->result_dropped = r->record.n_auth == DMARC_RESULTS_MAX;
	if (r->result_dropped) {
		dmarc_fault(r, DMARC_TOO_MANY, "record %llu has more than %d DKIM and SPF results",
		    (unsigned long long)r->report.records + 1, DMARC_RESULTS_MAX);
		return;
	}
	r->auth[r->record.n_auth++] = (struct dmarc_auth){ .kind = kind };
}

void
dmarc_record_reason(struct dmarc_reader *r)
{
	r->reason_dropped = r->record.n_reasons == DMARC_REASONS_MAX;
	if (r->reason_dropped) {
		dmarc_fault(r, DMARC_TOO_MANY, "record %llu has more than %d override reasons",
		    (unsigned long long)r->report.records + 1, DMARC_REASONS_MAX);
		return;
	}
	r->reasons[r->record.n_reasons++] = (struct dmarc_reason){ 0 };
}

/* RFC 7489 lets envelope_from away; SPF looked at the same domain unless at HELO. */
static void
derive_envelope(struct dmarc_reader *r, struct dmarc_record *rec)
{
	for (size_t i = rec->n_auth; i > 0 && !rec->envelope_said; i--) {
		const struct dmarc_auth *a = &r->auth[i - 1];

		if (a->kind == DMARC_SPF && a->domain.n > 0 && !sv_eq(a->scope, SV("helo"))) {
			rec->envelope_from = a->domain;
			rec->envelope_derived = true;
			dmarc_fault(r, DMARC_DERIVED,
			    "envelope_from is not said; the domain that SPF looked at stands in");
			return;
		}
	}
}

static bool
is_nothing(const struct dmarc_reader *r, const struct dmarc_record *rec)
{
	return rec->ip_bytes == 0 && !r->count_said && rec->header_from.n == 0 && rec->n_auth == 0;
}

void
dmarc_record_end(struct dmarc_reader *r)
{
	struct dmarc_record *rec = &r->record;
	unsigned long long number = (unsigned long long)r->report.records + 1;

	if (!r->in_record) {
		return;
	}
	r->in_record = false;
	if (is_nothing(r, rec)) {
		dmarc_fault(
		    r, DMARC_LOST, "record %llu has neither source, count nor domain", number);
		return;
	}
	if (r->report.records >= DMARC_RECORDS_MAX) {
		dmarc_fault(r, DMARC_LOST, "more than %d records", DMARC_RECORDS_MAX);
		return;
	}
	if (!r->count_said) {
		dmarc_fault(r, DMARC_BAD_COUNT, "record %llu has no count; 0 is taken", number);
	}
	if (!r->source_said) {
		dmarc_fault(r, DMARC_BAD_IP, "record %llu has no source_ip", number);
	}
	for (size_t i = 0; i < rec->n_reasons; i++) {
		if (r->reasons[i].type.n == 0) {
			dmarc_fault(r, DMARC_ODD_VALUE,
			    "record %llu: an override without type is read as other", number);
			r->reasons[i].type = SV("other");
		}
	}
	derive_envelope(r, rec);
	r->report.records++;
	r->report.messages += rec->count; /* 5 million of 10^12 fit */
	if (r->handler.record != NULL && !r->handler.record(r->handler.context, &r->report, rec)) {
		r->handler.record = NULL;
	}
}

/* ---- reports ---- */

static void
check_report(struct dmarc_reader *r)
{
	struct dmarc_report *rep = &r->report;

	if (rep->org.n == 0) {
		struct sv at = rep->email;
		struct sv user;

		rep->org = sv_cut(&at, '@', &user) ? at : SV("");
		dmarc_fault(r, DMARC_NO_ORG, "it does not say which organisation it is from");
	}
	if (rep->policy.domain.n == 0) {
		dmarc_fault(r, DMARC_NO_DOMAIN, "it does not say which domain it is about");
	}
	if (rep->begin_s == 0 || rep->end_s == 0) {
		dmarc_fault(r, DMARC_BAD_TIME, "it does not say from when to when it counts");
	} else if (rep->end_s < rep->begin_s) {
		dmarc_fault(r, DMARC_BAD_TIME, "its time ends before it begins");
	}
	if (rep->records == 0) {
		dmarc_fault(r, DMARC_NO_RECORD, "it has no record");
	}
}

const struct dmarc_report *
dmarc_reader_end(struct dmarc_reader *r, struct sv *root_out)
{
	dmarc_xml_end(r->xml);
	*root_out = sv_from(r->root);
	if (!r->feedback) {
		return NULL;
	}
	if (!r->stopped && !r->feedback_closed && dmarc_xml_cut_off(r->xml)) {
		dmarc_fault(r, DMARC_CUT_OFF, "it ends in the middle, after %llu whole records",
		    (unsigned long long)r->report.records);
	}
	/* A record that was cut counts if it got as far as the source and the count. */
	if (r->in_record && r->count_said && r->record.ip_bytes > 0) {
		dmarc_record_end(r);
	} else if (r->in_record) {
		r->in_record = false;
		dmarc_fault(r, DMARC_LOST, "record %llu is cut off",
		    (unsigned long long)r->report.records + 1);
	}
	check_report(r);
	return &r->report;
}

void
dmarc_reader_damage(struct dmarc_reader *r, const char *why)
{
	dmarc_fault(r, DMARC_CUT_OFF, "%s", why);
}

void
dmarc_reader_feed(struct dmarc_reader *r, struct sv bytes)
{
	dmarc_xml_feed(r->xml, bytes);
}

void
dmarc_reader_reset(struct dmarc_reader *r)
{
	const struct dmarc_handler handler = r->first_handler;

	arena_reset(r->report_arena);
	arena_reset(r->record_arena);
	r->report = (struct dmarc_report){ 0 };
	r->handler = handler;
	r->level[0] = (struct dmarc_level){ 0 };
	r->depth = r->leaf_depth = 0;
	r->root[0] = '\0';
	r->any_element = r->feedback = r->feedback_closed = false;
	r->policy = r->in_record = r->stopped = false;
	dmarc_xml_reset(r->xml);
}

struct dmarc_reader *
dmarc_reader_new(const struct dmarc_handler *handler)
{
	struct dmarc_reader *r = mem_new(1, sizeof(*r));

	r->first_handler = *handler;
	r->report_arena = arena_new(REPORT_BYTES);
	r->record_arena = arena_new(RECORD_BYTES);
	buf_init(&r->text, (size_t)DMARC_TEXT_MAX + 8);
	r->xml = dmarc_xml_new(r);
	dmarc_tree_init(r);
	dmarc_reader_reset(r);
	return r;
}

void
dmarc_reader_free(struct dmarc_reader **pr)
{
	struct dmarc_reader *r = *pr;

	if (r == NULL) {
		return;
	}
	dmarc_xml_free(&r->xml);
	arena_free(&r->report_arena);
	arena_free(&r->record_arena);
	buf_done(&r->text);
	free(r);
	*pr = NULL;
}
