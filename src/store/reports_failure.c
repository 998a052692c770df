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

/* Since version 2 of the store; the table may be older. */
#define FAILURE_COLUMNS                                                             \
	"ALTER TABLE auth_failure ADD COLUMN proof TEXT NOT NULL DEFAULT 'unsaid';" \
	"ALTER TABLE auth_failure ADD COLUMN proof_by TEXT;"                        \
	"ALTER TABLE auth_failure ADD COLUMN author TEXT;"                          \
	"ALTER TABLE auth_failure ADD COLUMN proof_why TEXT;"

static const char add_sql[] =
    "INSERT INTO auth_failure VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,"
    "?18) ON CONFLICT DO UPDATE SET proof = excluded.proof, proof_by = excluded.proof_by,"
    " author = excluded.author, proof_why = excluded.proof_why"
    " WHERE proof = 'fail' AND excluded.proof <> 'fail'";

static bool
has_table(sqlite3 *db, const char *column)
{
	return sqlite3_table_column_metadata(
		   db, NULL, "auth_failure", column, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;
}

/* The table as it is today, whether there is none yet or an old one. */
static bool
make_table(sqlite3 *db)
{
	return sqlite3_exec(db, FAILURE_TABLE, NULL, NULL, NULL) == SQLITE_OK &&
	       (has_table(db, "proof") ||
		   sqlite3_exec(db, FAILURE_COLUMNS, NULL, NULL, NULL) == SQLITE_OK);
}

static void
bind_at(sqlite3_stmt *st, int at, struct sv s)
{
	(void)sqlite3_bind_text64(st, at, s.p == NULL ? "" : s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void
bind_mail(sqlite3_stmt *st, const struct report_mail *m)
{
	const struct report_mail file = { .proof = REPORT_PROOF_NO_MAIL, .by = "" };

	m = m == NULL ? &file : m;
	bind_at(st, 15, sv_from(report_proof_name(m->proof)));
	bind_at(st, 16, sv_from(m->by));
	bind_at(st, 17, sv_from(m->author));
	bind_at(st, 18, sv_from(m->why));
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
	if (!reports_begin(s) || !make_table(s->db) ||
	    sqlite3_prepare_v2(s->db, add_sql, -1, &st, NULL) != SQLITE_OK) {
		return reports_fail(s, why, "writing a failure report");
	}
	for (int i = 0; i < 11; i++) {
		bind_at(st, i + 1, texts[i]);
	}
	(void)sqlite3_bind_int64(st, 12, (int64_t)f->incidents);
	(void)sqlite3_bind_int(st, 13, f->damaged);
	bind_at(st, 14, file);
	bind_mail(st, s->mail);
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
    " FROM auth_failure r WHERE (?3 IS NULL OR domain = ?3) AND ?1 <= ?2 AND ?4 = ?4"
    " AND " REPORTS_COUNTED " GROUP BY 1, 2, 3, 4, 5 ORDER BY 7 DESC, 1, 2, 3, 4, 5 LIMIT 10000";

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

	if (!has_table(s->db, NULL)) {
		return ERR_OK; /* none was ever written */
	}
	if (!make_table(s->db)) {
		return reports_fail(s, why, "failure reports");
	}
	return reports_query(s, failed_sql, range, failed_row, &to, why);
}
