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
	SQL_PROVE,
	SQL_DROP_RECORDS_OF,
	SQL_DROP_TLS_FAILURES_OF,
	SQL_DROP_TLS_POLICIES_OF,
	SQL_DROP_REPORT,
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
	const struct report_mail *mail; /* borrowed; NULL: a file */
	struct why why;                 /* the first failure */
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

/* ---- what is the same report (reports_same.c) ---- */

/* What tells reports apart. */
struct report_key {
	struct sv kind, org, address, rid, domain;
	int64_t begin_s, end_s;
};

enum reports_same {
	REPORTS_OTHER,  /* it is new */
	REPORTS_KNOWN,  /* it is there, no worse proven */
	REPORTS_PROVEN, /* it is there, less proven, with the same sums */
	REPORTS_BETTER, /* it is there, less proven, and says something else */
};

/* What is there of a report with so many records and messages; *id_out: of the last two. */
enum reports_same reports_same(struct reports_store *s, const struct report_key *k,
    uint64_t records, uint64_t messages, int64_t *id_out);
/* The mail of this one proves the one that is there. */
void reports_prove(struct reports_store *s, int64_t id);
/* Takes a report out, for a better one. */
void reports_take_out(struct reports_store *s, int64_t id);
/* By its name; one that nobody knows is unsaid. */
enum report_proof reports_proof_of(struct sv name);
/* Binds what is known of the mail at four places from `at`. */
void reports_bind_mail(struct reports_store *s, enum reports_statement which, int at);

/* ---- writing (reports_write.c) ---- */

/*
 * What is there of it.  True: go on and write it; what it takes the place of is gone.  False: it
 * is known, and if its mail is the better one, that is noted.
 */
bool reports_make_way(
    struct reports_store *s, const struct report_key *k, uint64_t records, uint64_t messages);
/* The row of a report: its key, then what else is bound, then it is written and ended. */
void reports_bind_key(struct reports_store *s, const struct report_key *k);
enum err reports_end(struct reports_store *s, enum reports_outcome *outcome_out, struct why *why);

/* ---- older stores (reports_schema.c) ---- */

/* Makes the tables, or brings them up to date. */
enum err reports_make_schema(struct reports_store *s, bool kept, struct why *why);

/* ---- reading ---- */

/* Runs a query whose ?1, ?2 are days, ?3 the domain or NULL, ?4 the first day of the week, ?5
 * whether what is kept apart is asked for; calls back for each row.  `sql` is one of ours. */
enum err reports_query(struct reports_store *s, const char *sql, const struct reports_range *range,
    void (*row)(void *, sqlite3_stmt *), void *context, struct why *why);
struct sv reports_column(sqlite3_stmt *st, int at);
/* Of a sum, which SQLite gives as a float; at least 0. */
uint64_t reports_column_sum(sqlite3_stmt *st, int at);
/* Teaches SQLite largest(weight, value): the value of the row with the largest weight. */
bool reports_teach(sqlite3 *db);

#define REPORTS_COUNTED  "(r.proof = 'fail') = ?5"
#define REPORTS_IN_RANGE " WHERE r.day >= ?1 AND r.day < ?2 AND (?3 IS NULL OR r.domain = ?3)"
#define REPORTS_WHERE    REPORTS_IN_RANGE " AND " REPORTS_COUNTED

#endif
