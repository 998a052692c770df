/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "store/reports_private.h"

static struct report_key
dmarc_key(const struct dmarc_report *r)
{
	return (struct report_key){ SV("dmarc"), r->org, r->email, r->id, r->policy.domain,
		r->begin_s, r->end_s };
}

static int64_t
day_of(int64_t begin_s, int64_t end_s)
{
	if (begin_s == 0 || end_s == 0) {
		return (begin_s + end_s) / 86400;
	}
	return (begin_s + end_s) / 2 / 86400;
}

/* ---- records ---- */

/* The results as they are remembered: no text holds a NUL. */
static struct sv
auth_key(struct reports_store *s, const struct dmarc_record *rec)
{
	buf_clear(&s->scratch);
	for (size_t i = 0; i < rec->n_auth; i++) {
		const struct dmarc_auth *a = &rec->auth[i];
		const struct sv texts[] = { a->domain, a->selector, a->scope, a->result, a->human };

		buf_char(&s->scratch, a->kind == DMARC_DKIM ? 'd' : 's');
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			buf_sv(&s->scratch, texts[k]);
			buf_char(&s->scratch, '\0');
		}
	}
	return buf_view(&s->scratch);
}

static void
put_if(struct json *j, const char *name, struct sv text)
{
	if (text.n > 0) {
		json_sv(j, name, text);
	}
}

static struct sv
auth_json(struct reports_store *s, const struct dmarc_record *rec)
{
	struct json j;

	buf_clear(&s->json);
	json_init(&j, &s->json, false);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < rec->n_auth; i++) {
		const struct dmarc_auth *a = &rec->auth[i];

		json_open(&j, NULL, '{');
		json_sv(&j, a->kind == DMARC_DKIM ? "dkim" : "spf", a->domain);
		put_if(&j, "selector", a->selector);
		put_if(&j, "scope", a->scope);
		json_sv(&j, "result", a->result);
		put_if(&j, "human", a->human);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	return buf_view(&s->json);
}

static int64_t
auth_id(struct reports_store *s, const struct dmarc_record *rec)
{
	struct sv key = auth_key(s, rec);
	uint32_t at = names_get(&s->auth.names, key);

	return at != NAME_NONE ? s->auth.ids[at]
			       : reports_intern(s, &s->auth, key, auth_json(s, rec));
}

/* Types of the overrides, and whether one of them let a message pass that failed. */
static bool
overrides(struct reports_store *s, const struct dmarc_record *rec)
{
	static const char *const forgiving[] = { "forwarded", "trusted_forwarder", "mailing_list",
		"local_policy" };
	bool forgiven = false;

	buf_clear(&s->scratch);
	for (size_t i = 0; i < rec->n_reasons; i++) {
		const struct dmarc_reason *r = &rec->reasons[i];

		buf_str(&s->scratch, i == 0 ? "" : ", ");
		buf_sv(&s->scratch, r->type);
		if (r->comment.n > 0) {
			buf_str(&s->scratch, ": ");
			buf_sv(&s->scratch, r->comment);
		}
		for (size_t k = 0; k < sizeof(forgiving) / sizeof(forgiving[0]); k++) {
			forgiven = forgiven || sv_eq(r->type, sv_from(forgiving[k]));
		}
	}
	return forgiven && !rec->dkim_aligned && !rec->spf_aligned;
}

static void
bind_name(struct reports_store *s, int at, struct sv text)
{
	if (text.n == 0) {
		(void)sqlite3_bind_null(s->statement[SQL_ADD_RECORD], at);
	} else {
		reports_bind_int(s, SQL_ADD_RECORD, at, reports_intern(s, &s->names, text, text));
	}
}

static bool
add_record(struct reports_store *s, const struct dmarc_record *rec)
{
	bool forgiven = overrides(s, rec);
	sqlite3_stmt *st = s->statement[SQL_ADD_RECORD];

	bind_name(s, 13, buf_view(&s->scratch)); /* the overrides */
	reports_bind_int(s, SQL_ADD_RECORD, 1, s->next_report);
	if (rec->ip_bytes == 0) {
		(void)sqlite3_bind_null(st, 2);
	} else {
		(void)sqlite3_bind_blob(st, 2, rec->ip, (int)rec->ip_bytes, SQLITE_STATIC);
	}
	reports_bind_int(s, SQL_ADD_RECORD, 3, (int64_t)rec->count);
	reports_bind_int(s, SQL_ADD_RECORD, 4, rec->dkim_aligned);
	reports_bind_int(s, SQL_ADD_RECORD, 5, rec->spf_aligned);
	reports_bind_int(s, SQL_ADD_RECORD, 6, rec->disposition);
	reports_bind_int(s, SQL_ADD_RECORD, 7, forgiven);
	reports_bind_int(s, SQL_ADD_RECORD, 8, rec->envelope_derived);
	reports_bind_int(
	    s, SQL_ADD_RECORD, 9, reports_intern(s, &s->names, rec->header_from, rec->header_from));
	bind_name(s, 10, rec->envelope_from);
	if (rec->envelope_from.n == 0 && rec->envelope_said) { /* the null sender */
		reports_bind_int(
		    s, SQL_ADD_RECORD, 10, reports_intern(s, &s->names, SV(""), SV("")));
	}
	bind_name(s, 11, rec->envelope_to);
	reports_bind_int(s, SQL_ADD_RECORD, 12, auth_id(s, rec));
	return !s->failed && reports_step(s, SQL_ADD_RECORD) == SQLITE_DONE;
}

/* The first record of a report: where its records begin, and whether it is known. */
static bool
first_record(struct reports_store *s, const struct dmarc_report *r)
{
	const struct report_key key = dmarc_key(r);
	int64_t id;

	s->known = reports_same(s, &key, 0, 0, &id) == REPORTS_KNOWN;
	s->records_before = 0;
	if (reports_step(s, SQL_LAST_RECORD) == SQLITE_ROW) {
		s->records_before = sqlite3_column_int64(s->statement[SQL_LAST_RECORD], 0);
		(void)sqlite3_reset(s->statement[SQL_LAST_RECORD]);
	}
	return !s->known && !s->failed;
}

bool
reports_record(
    struct reports_store *s, const struct dmarc_report *r, const struct dmarc_record *rec)
{
	if (!reports_begin(s)) {
		return false;
	}
	if (s->records_before < 0 && !first_record(s, r)) {
		return false;
	}
	return add_record(s, rec);
}

enum err
reports_drop(struct reports_store *s, struct why *why)
{
	if (s->records_before >= 0) {
		reports_bind_int(s, SQL_DROP_RECORDS, 1, s->records_before);
		(void)reports_step(s, SQL_DROP_RECORDS);
		s->records_before = -1;
	}
	s->known = false;
	return s->failed ? reports_fail(s, why, "") : ERR_OK;
}

/* ---- reports ---- */

static struct sv
faults_json(struct reports_store *s, const struct dmarc_report *r)
{
	struct json j;

	buf_clear(&s->json);
	json_init(&j, &s->json, false);
	json_open(&j, NULL, '[');
	for (int k = 0; k < DMARC_FAULTS; k++) {
		if (r->faults[k].count == 0) {
			continue;
		}
		json_open(&j, NULL, '{');
		json_str(&j, "kind", dmarc_fault_name((enum dmarc_fault_kind)k));
		json_bool(&j, "damage", dmarc_fault_damages((enum dmarc_fault_kind)k));
		json_int(&j, "count", (int64_t)r->faults[k].count);
		json_str(&j, "first", r->faults[k].first);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	return buf_view(&s->json);
}

bool
reports_make_way(
    struct reports_store *s, const struct report_key *k, uint64_t records, uint64_t messages)
{
	int64_t id = 0;
	enum reports_same same = reports_same(s, k, records, messages, &id);

	if (same == REPORTS_PROVEN) {
		reports_prove(s, id);
	} else if (same == REPORTS_BETTER) {
		reports_take_out(s, id);
	}
	return same == REPORTS_OTHER || same == REPORTS_BETTER;
}

void
reports_bind_key(struct reports_store *s, const struct report_key *k)
{
	reports_bind_int(s, SQL_ADD_REPORT, 1, s->next_report);
	reports_bind_sv(s, SQL_ADD_REPORT, 2, k->kind);
	reports_bind_sv(s, SQL_ADD_REPORT, 3, k->org);
	reports_bind_sv(s, SQL_ADD_REPORT, 4, k->address);
	reports_bind_sv(s, SQL_ADD_REPORT, 5, k->rid);
	reports_bind_sv(s, SQL_ADD_REPORT, 6, k->domain);
	reports_bind_int(s, SQL_ADD_REPORT, 7, k->begin_s);
	reports_bind_int(s, SQL_ADD_REPORT, 8, k->end_s);
	reports_bind_int(s, SQL_ADD_REPORT, 9, day_of(k->begin_s, k->end_s));
}

enum err
reports_end(struct reports_store *s, enum reports_outcome *outcome_out, struct why *why)
{
	*outcome_out = REPORTS_NEW;
	s->records_before = -1;
	reports_bind_mail(s, SQL_ADD_REPORT, 26);
	if (s->failed || reports_step(s, SQL_ADD_REPORT) != SQLITE_DONE) {
		return reports_fail(s, why, "the store of reports");
	}
	s->next_report++;
	return ++s->in_batch >= REPORTS_BATCH ? reports_commit(s, why) : ERR_OK;
}

enum err
reports_dmarc(struct reports_store *s, const struct dmarc_report *r, struct sv file,
    enum reports_outcome *outcome_out, struct why *why)
{
	const struct report_key key = dmarc_key(r);
	const struct dmarc_policy *p = &r->policy;
	const struct sv texts[] = { p->p, p->sp, p->np, p->adkim, p->aspf, p->pct, p->fo,
		p->testing, p->discovery, r->generator, r->error };

	if (!reports_begin(s)) {
		return reports_fail(s, why, "the store of reports");
	}
	/* Asked again: some reports say who they are from behind their records. */
	if (s->known || !reports_make_way(s, &key, r->records, r->messages)) {
		*outcome_out = REPORTS_DUPLICATE;
		return reports_drop(s, why);
	}
	reports_bind_key(s, &key);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		reports_bind_sv(s, SQL_ADD_REPORT, (int)i + 10, texts[i]);
	}
	reports_bind_int(s, SQL_ADD_REPORT, 21, (int64_t)r->records);
	reports_bind_int(s, SQL_ADD_REPORT, 22, (int64_t)r->messages);
	reports_bind_int(s, SQL_ADD_REPORT, 23, r->damaged);
	reports_bind_sv(s, SQL_ADD_REPORT, 24, faults_json(s, r));
	reports_bind_sv(s, SQL_ADD_REPORT, 25, file);
	return reports_end(s, outcome_out, why);
}
