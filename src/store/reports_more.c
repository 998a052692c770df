/* SPDX-License-Identifier: Apache-2.0 */

/* The queries beside the sums of messages: selectors, TLS, and every record. */

#include "store/reports_private.h"

#include <arpa/inet.h>
#include <stdio.h>

/* ---- DKIM selectors ---- */

static const char selectors_sql[] =
    "SELECT j.value ->> 'dkim', j.value ->> 'selector', total(c.n * (j.value ->> 'result' = "
    "'pass')),"
    " total(c.n * (j.value ->> 'result' <> 'pass')), max(c.last) FROM"
    " (SELECT c.auth, total(c.count) AS n, max(r.day) AS last FROM record c JOIN report r"
    "   ON r.id = c.report" REPORTS_WHERE " GROUP BY c.auth) c"
    " JOIN auth a ON a.id = c.auth, json_each(a.text) j"
    " WHERE j.value ->> 'dkim' IS NOT NULL AND j.value ->> 'selector' IS NOT NULL"
    " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 1000";

struct selectors {
	void (*row)(void *, const struct auth_selector *);
	void *context;
};

static void
selector_row(void *context, sqlite3_stmt *st)
{
	const struct selectors *to = context;
	const struct auth_selector a = {
		.domain = reports_column(st, 0),
		.selector = reports_column(st, 1),
		.passed = reports_column_sum(st, 2),
		.failed = reports_column_sum(st, 3),
		.last_day = (int32_t)sqlite3_column_int64(st, 4),
	};

	to->row(to->context, &a);
}

enum err
reports_selectors(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct auth_selector *), void *context, struct why *why)
{
	struct selectors to = { row, context };

	return reports_query(s, selectors_sql, range, selector_row, &to, why);
}

/* ---- TLS ---- */

#define TLS_WHERE                                                                                \
	" WHERE r.day >= ?1 AND r.day < ?2 AND (?3 IS NULL OR p.domain = ?3) AND r.kind = 'tls'" \
	" AND " REPORTS_COUNTED

static const char tls_domains_sql[] =
    "SELECT p.domain, p.type, total(p.succeeded), total(p.failed), total(p.failed * (r.day >= ?4)),"
    " total(p.failed * (r.day < ?4 AND r.day >= ?4 - 7)), min(r.day), max(r.day)"
    " FROM tls_policy p JOIN report r ON r.id = p.report" TLS_WHERE
    " GROUP BY p.domain, p.type ORDER BY p.domain, p.type LIMIT 10000";

struct tls_domains {
	void (*row)(void *, const struct tls_domain *);
	void *context;
};

static void
tls_domain_row(void *context, sqlite3_stmt *st)
{
	const struct tls_domains *to = context;
	const struct tls_domain d = {
		.domain = reports_column(st, 0),
		.type = reports_column(st, 1),
		.succeeded = reports_column_sum(st, 2),
		.failed = reports_column_sum(st, 3),
		.week_failed = reports_column_sum(st, 4),
		.week_before_failed = reports_column_sum(st, 5),
		.first_day = (int32_t)sqlite3_column_int64(st, 6),
		.last_day = (int32_t)sqlite3_column_int64(st, 7),
	};

	to->row(to->context, &d);
}

enum err
reports_tls_domains(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct tls_domain *), void *context, struct why *why)
{
	struct tls_domains to = { row, context };

	return reports_query(s, tls_domains_sql, range, tls_domain_row, &to, why);
}

static const char tls_failures_sql[] =
    "SELECT p.domain, p.type, f.result, f.mx, max(f.reason), total(f.count), count(DISTINCT r.org),"
    " min(r.day), max(r.day) FROM tls_failure f JOIN tls_policy p ON p.id = f.policy"
    " JOIN report r ON r.id = p.report" TLS_WHERE
    " GROUP BY p.domain, p.type, f.result, f.mx ORDER BY 6 DESC, 1, 2, 3, 4 LIMIT 10000";

struct tls_failures {
	void (*row)(void *, const struct tls_failure *);
	void *context;
};

static void
tls_failure_row(void *context, sqlite3_stmt *st)
{
	const struct tls_failures *to = context;
	const struct tls_failure f = {
		.domain = reports_column(st, 0),
		.type = reports_column(st, 1),
		.result = reports_column(st, 2),
		.mx = reports_column(st, 3),
		.reason = reports_column(st, 4),
		.sessions = reports_column_sum(st, 5),
		.reporters = reports_column_sum(st, 6),
		.first_day = (int32_t)sqlite3_column_int64(st, 7),
		.last_day = (int32_t)sqlite3_column_int64(st, 8),
	};

	to->row(to->context, &f);
}

enum err
reports_tls_failures(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct tls_failure *), void *context, struct why *why)
{
	struct tls_failures to = { row, context };

	return reports_query(s, tls_failures_sql, range, tls_failure_row, &to, why);
}

/* ---- every record ---- */

static const char *const columns[] = { "domain", "org", "address", "report_id", "begin", "end",
	"damaged", "p", "sp", "pct", "source_ip", "count", "disposition", "dkim_aligned",
	"spf_aligned", "reasons", "header_from", "envelope_from", "envelope_from_derived",
	"envelope_to", "auth_results", "proof", "proof_by", "author" };

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))
#define IP_COLUMN 10 /* a blob in the store */

static const char rows_sql[] =
    "SELECT r.domain, r.org, r.address, r.rid, strftime('%Y-%m-%dT%H:%M:%SZ', r.begin_s, "
    "'unixepoch'),"
    " strftime('%Y-%m-%dT%H:%M:%SZ', r.end_s, 'unixepoch'), r.damaged, r.p, r.sp, r.pct, c.source,"
    " c.count, CASE c.disposition WHEN 1 THEN 'none' WHEN 2 THEN 'pass' WHEN 3 THEN 'quarantine'"
    " WHEN 4 THEN 'reject' ELSE '' END, c.dkim, c.spf, n1.text, n2.text, n3.text, c.derived, "
    "n4.text,"
    " a.text, r.proof, r.proof_by, r.author FROM record c JOIN report r ON r.id = c.report"
    " LEFT JOIN name n1 ON n1.id = c.reasons LEFT JOIN name n2 ON n2.id = c.header_from"
    " LEFT JOIN name n3 ON n3.id = c.envelope_from LEFT JOIN name n4 ON n4.id = c.envelope_to"
    " LEFT JOIN auth a ON a.id = c.auth" REPORTS_WHERE " ORDER BY c.id";

struct rows {
	void (*row)(void *, const struct sv *, size_t);
	void *context;
};

static void
one_row(void *context, sqlite3_stmt *st)
{
	const struct rows *to = context;
	struct sv cells[N_COLUMNS];
	char ip[INET6_ADDRSTRLEN] = "";

	for (int i = 0; i < (int)N_COLUMNS; i++) {
		int n;

		if (i != IP_COLUMN) {
			cells[i] = reports_column(st, i);
			continue;
		}
		n = sqlite3_column_bytes(st, i);
		if (n == 4 || n == 16) {
			(void)inet_ntop(n == 4 ? AF_INET : AF_INET6, sqlite3_column_blob(st, i), ip,
			    sizeof(ip));
		}
		cells[i] = sv_from(ip);
	}
	to->row(to->context, cells, N_COLUMNS);
}

enum err
reports_rows(struct reports_store *s, const struct reports_range *range,
    void (*row)(void *, const struct sv *cells, size_t n), void *context, struct why *why)
{
	struct rows to = { row, context };

	return reports_query(s, rows_sql, range, one_row, &to, why);
}

const char *const *
reports_columns(size_t *n_out)
{
	*n_out = N_COLUMNS;
	return columns;
}
