/* SPDX-License-Identifier: Apache-2.0 */
#include "store/reports_private.h"

/* ---- SQLite ---- */

struct largest {
	double weight;
	int64_t value;
	bool any;
};

static void
largest_step(sqlite3_context *context, int n, sqlite3_value **values)
{
	struct largest *l = sqlite3_aggregate_context(context, sizeof(*l));
	double weight = sqlite3_value_double(values[0]);

	(void)n;
	if (l != NULL && sqlite3_value_type(values[1]) != SQLITE_NULL &&
	    (!l->any || weight > l->weight)) {
		*l = (struct largest){ weight, sqlite3_value_int64(values[1]), true };
	}
}

static void
largest_end(sqlite3_context *context)
{
	const struct largest *l = sqlite3_aggregate_context(context, 0);

	if (l == NULL || !l->any) {
		sqlite3_result_null(context);
	} else {
		sqlite3_result_int64(context, l->value);
	}
}

bool
reports_teach(sqlite3 *db)
{
	return sqlite3_create_function_v2(db, "largest", 2,
		   SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, NULL, largest_step,
		   largest_end, NULL) == SQLITE_OK;
}

struct sv
reports_column(sqlite3_stmt *st, int at)
{
	const char *p = (const char *)sqlite3_column_text(st, at);

	return p == NULL ? SV("") : sv_make(p, (size_t)sqlite3_column_bytes(st, at));
}

uint64_t
reports_column_sum(sqlite3_stmt *st, int at)
{
	double v = sqlite3_column_double(st, at);

	return v < 0 ? 0 : v > 9e18 ? (uint64_t)9e18 : (uint64_t)v;
}

static int32_t
column_day(sqlite3_stmt *st, int at)
{
	return (int32_t)sqlite3_column_int64(st, at);
}

enum err
reports_query(struct reports_store *s, const char *sql, const struct reports_range *range,
    void (*row)(void *, sqlite3_stmt *), void *context, struct why *why)
{
	sqlite3_stmt *st = NULL;
	int code = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);

	if (code == SQLITE_OK) {
		(void)sqlite3_bind_int(st, 1, range->since);
		(void)sqlite3_bind_int(st, 2, range->until);
		(void)sqlite3_bind_text(st, 3, range->domain, -1, SQLITE_STATIC);
		if (sqlite3_bind_parameter_count(st) >= 4) {
			(void)sqlite3_bind_int(st, 4, range->week);
		}
		if (sqlite3_bind_parameter_count(st) >= 5) {
			(void)sqlite3_bind_int(st, 5, (int)range->which);
		}
		while ((code = sqlite3_step(st)) == SQLITE_ROW) {
			row(context, st);
		}
	}
	if (code != SQLITE_DONE) {
		(void)reports_fail(s, why, "the store of reports");
	}
	(void)sqlite3_finalize(st);
	return code == SQLITE_DONE ? ERR_OK : ERR_IO;
}

int32_t
reports_newest_day(struct reports_store *s, const struct reports_range *range, uint64_t *later_out)
{
	sqlite3_stmt *st = NULL;
	int32_t day = -1;

	*later_out = 0;
	if (sqlite3_prepare_v2(s->db,
		"SELECT max(day) FILTER (WHERE day < ?1), count(*) FILTER (WHERE day >= ?1)"
		" FROM report r WHERE " REPORTS_COUNTED,
		-1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_int(st, 1, range->until) == SQLITE_OK &&
	    sqlite3_bind_int(st, 5, (int)range->which) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW) {
		*later_out = reports_column_sum(st, 1);
		if (sqlite3_column_type(st, 0) != SQLITE_NULL) {
			day = column_day(st, 0);
		}
	}
	(void)sqlite3_finalize(st);
	return day;
}

/* ---- sums ---- */

/* total() and not sum(): a hostile report could let sum() overflow, which is an error. */
#define SUMS(when)                                                                               \
	"total(c.count * (" when ")), total(c.count * c.dkim * (" when                           \
	")), total(c.count * c.spf * (" when ")), total(c.count * (c.dkim + c.spf = 0) * (" when \
	")), total(c.count * c.forgiven * (" when                                                \
	")), total(c.count * c.forgiven * (r.p IS 'reject') * (" when                            \
	")), total(c.count * (c.disposition = 3) * (" when                                       \
	")), total(c.count * (c.disposition = 4) * (" when "))"
#define N_SUMS   8
#define ALL_SUMS SUMS("1") ", " SUMS("r.day >= ?4") ", " SUMS("r.day < ?4 AND r.day >= ?4 - 7")

static void
take_spans(sqlite3_stmt *st, int at, struct auth_counts spans[AUTH_SPANS])
{
	for (int i = 0; i < AUTH_SPANS; i++, at += N_SUMS) {
		spans[i].all = reports_column_sum(st, at);
		spans[i].dkim = reports_column_sum(st, at + 1);
		spans[i].spf = reports_column_sum(st, at + 2);
		spans[i].failed = reports_column_sum(st, at + 3);
		spans[i].forgiven = reports_column_sum(st, at + 4);
		spans[i].forgiven_reject = reports_column_sum(st, at + 5);
		spans[i].quarantined = reports_column_sum(st, at + 6);
		spans[i].rejected = reports_column_sum(st, at + 7);
	}
}

/* ---- domains ---- */

/* The policy is the one of the report with the largest end. */
static const char domains_sql[] =
    "SELECT d.domain, p.p, p.sp, p.np, p.testing, d.reports, d.damaged, d.first, d.last, d.days, "
    "s.*"
    " FROM"
    " (SELECT r.domain, count(*) AS reports, total(r.damaged) AS damaged, min(r.day) AS first,"
    "   max(r.day) AS last, largest(r.end_s, r.id) AS newest, count(DISTINCT r.day) AS days FROM "
    "report r" REPORTS_WHERE "   AND r.kind = 'dmarc' GROUP BY r.domain) d"
    " JOIN report p ON p.id = d.newest"
    " LEFT JOIN (SELECT r.domain, count(*), " ALL_SUMS
    "   FROM record c JOIN report r ON r.id = c.report" REPORTS_WHERE " GROUP BY r.domain) s"
    " ON s.domain = d.domain ORDER BY d.domain LIMIT 10000";

struct domains {
	void (*row)(void *, const struct auth_domain *);
	void *context;
};

static void
domain_row(void *context, sqlite3_stmt *st)
{
	const struct domains *to = context;
	struct auth_domain d = {
		.domain = reports_column(st, 0),
		.p = reports_column(st, 1),
		.sp = reports_column(st, 2),
		.np = reports_column(st, 3),
		.testing = reports_column(st, 4),
		.reports = reports_column_sum(st, 5),
		.damaged = reports_column_sum(st, 6),
		.first_day = column_day(st, 7),
		.last_day = column_day(st, 8),
		.days = column_day(st, 9),
		.records = reports_column_sum(st, 11),
	};

	take_spans(st, 12, d.spans);
	to->row(to->context, &d);
}

enum err
reports_domains(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_domain *), void *context, struct why *why)
{
	struct domains to = { row, context };

	return reports_query(s, domains_sql, range, domain_row, &to, why);
}

/* ---- sources ---- */

#define TEXT_(n) #n
#define TEXT(n)  TEXT_(n)

static const char sources_sql[] =
    "SELECT s.*, (SELECT text FROM name WHERE id = s.from_id), (SELECT text FROM auth WHERE"
    " id = s.auth_id), (SELECT text FROM name WHERE id = s.reasons_id) FROM"
    " (SELECT r.domain, c.source, min(r.day), max(r.day), count(DISTINCT r.org),"
    "   largest(c.count, c.header_from) AS from_id, largest(c.count, c.auth) AS auth_id,"
    "   largest(c.count, c.reasons) AS reasons_id, " ALL_SUMS
    "   FROM record c JOIN report r ON r.id = c.report" REPORTS_WHERE
    "   GROUP BY r.domain, c.source ORDER BY total(c.count * (c.dkim + c.spf = 0)) DESC,"
    "   total(c.count) DESC, r.domain, c.source LIMIT " TEXT(REPORTS_SOURCES_MAX) ") s";

struct sources {
	void (*row)(void *, const struct auth_source *);
	void *context;
};

static void
source_row(void *context, sqlite3_stmt *st)
{
	enum {
		BEFORE_SUMS = 8,
		BEHIND_SUMS = BEFORE_SUMS + AUTH_SPANS * N_SUMS
	};
	const struct sources *to = context;
	struct auth_source s = {
		.domain = reports_column(st, 0),
		.first_day = column_day(st, 2),
		.last_day = column_day(st, 3),
		.reporters = reports_column_sum(st, 4),
		.header_from = reports_column(st, BEHIND_SUMS),
		.auth = reports_column(st, BEHIND_SUMS + 1),
		.reasons = reports_column(st, BEHIND_SUMS + 2),
	};
	int n = sqlite3_column_bytes(st, 1);

	if (n == 4 || n == 16) {
		memcpy(s.ip, sqlite3_column_blob(st, 1), (size_t)n);
		s.ip_bytes = (size_t)n;
	}
	take_spans(st, BEFORE_SUMS, s.spans);
	to->row(to->context, &s);
}

enum err
reports_sources(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_source *), void *context, struct why *why)
{
	struct sources to = { row, context };

	return reports_query(s, sources_sql, range, source_row, &to, why);
}

/* ---- who reports ---- */

static const char reporters_sql[] =
    "SELECT r.org, count(*), total(r.damaged), min(r.day), max(r.day) FROM report r" REPORTS_WHERE
    " GROUP BY r.org ORDER BY count(*) DESC, r.org LIMIT 1000";

struct reporters {
	void (*row)(void *, const struct auth_reporter *);
	void *context;
};

static void
reporter_row(void *context, sqlite3_stmt *st)
{
	const struct reporters *to = context;
	const struct auth_reporter r = {
		.org = reports_column(st, 0),
		.reports = reports_column_sum(st, 1),
		.damaged = reports_column_sum(st, 2),
		.first_day = column_day(st, 3),
		.last_day = column_day(st, 4),
	};

	to->row(to->context, &r);
}

enum err
reports_reporters(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_reporter *), void *context, struct why *why)
{
	struct reporters to = { row, context };

	return reports_query(s, reporters_sql, range, reporter_row, &to, why);
}
