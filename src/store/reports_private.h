/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_STORE_REPORTS_PRIVATE_H
#define CAROM_STORE_REPORTS_PRIVATE_H

/*
 * Between the files of the report store: its state, and SQLite with our manners.
 */

#include "base/buf.h"
#include "base/map.h"
#include "store/reports_store.h"

#include <sqlite3.h>

enum reports_statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_FIND_NAME,
	SQL_ADD_NAME,
	SQL_FIND_AUTH,
	SQL_ADD_AUTH,
	SQL_FIND_REPORT,
	SQL_ADD_REPORT,
	SQL_ADD_RECORD,
	SQL_DROP_RECORDS,
	SQL_LAST_RECORD,
	SQL_LAST_REPORT,
	SQL_ADD_TLS_POLICY,
	SQL_ADD_TLS_FAILURE,
	SQL_STATEMENTS,
};

/* Texts of one table, by id; those seen lately are remembered. */
struct reports_intern {
	struct names names;
	int64_t *ids; /* owned, by the id in names */
	size_t room;
	enum reports_statement find, add;
};

struct reports_store {
	sqlite3 *db;                             /* owned */
	sqlite3_stmt *statement[SQL_STATEMENTS]; /* owned */
	struct hash_key key;
	struct reports_intern names, auth;
	struct buf scratch, json;
	int64_t next_report;
	int64_t records_before; /* the last record in front of this report; -1: not looked */
	unsigned in_batch;      /* reports in the transaction */
	bool in_transaction, known, failed;
	struct why why; /* the first failure */
};

/* ERR_IO with SQLite's words. */
enum err reports_fail(struct reports_store *s, struct why *why, const char *what);
/* Runs a statement that gives no row, or the first row only; SQLITE_ROW, SQLITE_DONE, or an error. */
int reports_step(struct reports_store *s, enum reports_statement which);
void reports_bind_sv(struct reports_store *s, enum reports_statement which, int at, struct sv text);
void reports_bind_int(struct reports_store *s, enum reports_statement which, int at, int64_t n);
/* Opens a transaction if there is none. */
bool reports_begin(struct reports_store *s);

/* The id of a text, put in if it is new; 0 when that failed.  `key` is what it is remembered by. */
int64_t reports_intern(
    struct reports_store *s, struct reports_intern *t, struct sv key, struct sv text);

/* ---- reading ---- */

/* Runs a query whose ?1, ?2 are days, ?3 the domain or NULL, ?4 the first day of the week;
 * calls back for each row.  `sql` is one of ours. */
enum err reports_query(struct reports_store *s, const char *sql, const struct reports_range *range,
    void (*row)(void *, sqlite3_stmt *), void *context, struct why *why);
struct sv reports_column(sqlite3_stmt *st, int at);
/* Of a sum, which SQLite gives as a float; at least 0. */
uint64_t reports_column_sum(sqlite3_stmt *st, int at);
/* Teaches SQLite largest(weight, value): the value of the row with the largest weight. */
bool reports_teach(sqlite3 *db);

#define REPORTS_WHERE " WHERE r.day >= ?1 AND r.day < ?2 AND (?3 IS NULL OR r.domain = ?3)"

#endif
