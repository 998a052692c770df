/* SPDX-License-Identifier: Apache-2.0 */

/* Failure reports of single messages, in a table of their own, made when it is first written to. */

#include "store/reports_private.h"

#define FAILURE_TABLE                                                                          \
	"CREATE TABLE IF NOT EXISTS auth_failure (domain TEXT NOT NULL, source TEXT NOT NULL," \
	" failure TEXT NOT NULL, arrival TEXT NOT NULL, message_id TEXT NOT NULL,"             \
	" reporter TEXT NOT NULL, alignment TEXT NOT NULL, result TEXT NOT NULL,"              \
	" mail_from TEXT NOT NULL, dkim_domain TEXT NOT NULL, dkim_selector TEXT NOT NULL,"    \
	" incidents INTEGER NOT NULL, damaged INTEGER NOT NULL, file TEXT NOT NULL,"           \
	" UNIQUE (domain, source, failure, arrival, message_id, reporter))"

static const char add_sql[] =
    "INSERT INTO auth_failure VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"
    " ON CONFLICT DO NOTHING";

static void
bind_at(sqlite3_stmt *st, int at, struct sv s)
{
	(void)sqlite3_bind_text64(st, at, s.p == NULL ? "" : s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
}

enum err
reports_failure(struct reports_store *s, const struct auth_failure *f, struct sv file,
    enum reports_outcome *outcome_out, struct why *why)
{
	const struct sv texts[] = { f->domain, f->source, f->failure, f->arrival, f->message_id,
		f->reporter, f->alignment, f->result, f->mail_from, f->dkim_domain,
		f->dkim_selector };
	sqlite3_stmt *st = NULL;
	int code = SQLITE_ERROR;

	*outcome_out = REPORTS_NEW;
	if (!reports_begin(s) ||
	    sqlite3_exec(s->db, FAILURE_TABLE, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(s->db, add_sql, -1, &st, NULL) != SQLITE_OK) {
		return reports_fail(s, why, "writing a failure report");
	}
	for (int i = 0; i < 11; i++) {
		bind_at(st, i + 1, texts[i]);
	}
	(void)sqlite3_bind_int64(st, 12, (int64_t)f->incidents);
	(void)sqlite3_bind_int(st, 13, f->damaged);
	bind_at(st, 14, file);
	code = sqlite3_step(st);
	(void)sqlite3_finalize(st);
	if (code != SQLITE_DONE) {
		return reports_fail(s, why, "writing a failure report");
	}
	*outcome_out = sqlite3_changes(s->db) > 0 ? REPORTS_NEW : REPORTS_DUPLICATE;
	return ERR_OK;
}

/* ---- reading ---- */

static const char failed_sql[] =
    "SELECT domain, source, failure, alignment, result, max(reporter), total(incidents), count(*)"
    " FROM auth_failure WHERE (?3 IS NULL OR domain = ?3) AND ?1 <= ?2 AND ?4 = ?4"
    " GROUP BY 1, 2, 3, 4, 5 ORDER BY 7 DESC, 1, 2, 3, 4, 5 LIMIT 10000";

struct failed {
	void (*row)(void *, const struct auth_failed *);
	void *context;
};

static void
failed_row(void *context, sqlite3_stmt *st)
{
	const struct failed *to = context;
	const struct auth_failed f = {
		.domain = reports_column(st, 0),
		.source = reports_column(st, 1),
		.failure = reports_column(st, 2),
		.alignment = reports_column(st, 3),
		.result = reports_column(st, 4),
		.reporter = reports_column(st, 5),
		.incidents = reports_column_sum(st, 6),
		.reports = reports_column_sum(st, 7),
	};

	to->row(to->context, &f);
}

enum err
reports_failed(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_failed *), void *context, struct why *why)
{
	struct failed to = { row, context };

	if (sqlite3_table_column_metadata(
		s->db, NULL, "auth_failure", NULL, NULL, NULL, NULL, NULL, NULL) != SQLITE_OK) {
		return ERR_OK; /* none was ever written */
	}
	return reports_query(s, failed_sql, range, failed_row, &to, why);
}
