/* SPDX-License-Identifier: Apache-2.0 */

/* What is known of the mails that reports came in: how many, and those that are kept apart. */

#include "store/reports_private.h"

static const char proofs_sql[] =
    "SELECT r.proof, r.proof_by, count(*) FROM report r" REPORTS_IN_RANGE
    " AND ?4 = ?4 GROUP BY 1, 2 ORDER BY 1, 2";

struct proofs {
	void (*row)(void *, const struct auth_proof *);
	void *context;
};

static void
proof_row(void *context, sqlite3_stmt *st)
{
	const struct proofs *to = context;
	struct auth_proof p = {
		.proof = REPORT_PROOF_UNSAID,
		.by = reports_column(st, 1),
		.reports = reports_column_sum(st, 2),
	};

	p.proof = reports_proof_of(reports_column(st, 0));
	to->row(to->context, &p);
}

enum err
reports_proofs(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_proof *), void *context, struct why *why)
{
	struct proofs to = { row, context };

	return reports_query(s, proofs_sql, range, proof_row, &to, why);
}

static const char apart_sql[] =
    "SELECT r.author, r.org, r.domain, max(r.proof_why), count(*), total(r.messages), min(r.day),"
    " max(r.day) FROM report r" REPORTS_IN_RANGE " AND r.proof = 'fail' AND ?4 = ?4"
    " GROUP BY 1, 2, 3 ORDER BY 5 DESC, 1, 2, 3 LIMIT 1000";

struct apart {
	void (*row)(void *, const struct auth_apart *);
	void *context;
};

static void
apart_row(void *context, sqlite3_stmt *st)
{
	const struct apart *to = context;
	const struct auth_apart a = {
		.author = reports_column(st, 0),
		.org = reports_column(st, 1),
		.domain = reports_column(st, 2),
		.why = reports_column(st, 3),
		.reports = reports_column_sum(st, 4),
		.messages = reports_column_sum(st, 5),
		.first_day = (int32_t)sqlite3_column_int64(st, 6),
		.last_day = (int32_t)sqlite3_column_int64(st, 7),
	};

	to->row(to->context, &a);
}

enum err
reports_apart(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_apart *), void *context, struct why *why)
{
	struct apart to = { row, context };

	return reports_query(s, apart_sql, range, apart_row, &to, why);
}
