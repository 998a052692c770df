/* SPDX-License-Identifier: Apache-2.0 */

/* The tables of the report store, and how older ones become them. */

#include "store/reports_private.h"

#define SCHEMA_VERSION 2

/* Since version 2. */
#define PROOF_COLUMNS \
	", proof TEXT NOT NULL DEFAULT 'unsaid', proof_by TEXT, author TEXT, proof_why TEXT"
/* A report that is kept apart does not stand in the way of one that is counted. */
#define KEY_INDEX                                                                              \
	"CREATE UNIQUE INDEX report_key ON report (rid, domain, begin_s, org, end_s, address," \
	" kind, (proof = 'fail'));"

/* doc/schema/reports.md says what the columns mean. */
static const char schema[] =
    "CREATE TABLE report (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, org TEXT NOT NULL,"
    " address TEXT NOT NULL, rid TEXT NOT NULL, domain TEXT NOT NULL, begin_s INTEGER NOT NULL,"
    " end_s INTEGER NOT NULL, day INTEGER NOT NULL, p TEXT, sp TEXT, np TEXT, adkim TEXT,"
    " aspf TEXT, pct TEXT, fo TEXT, testing TEXT, discovery TEXT, generator TEXT, error TEXT,"
    " records INTEGER NOT NULL, messages INTEGER NOT NULL, damaged INTEGER NOT NULL, faults TEXT,"
    " file TEXT" PROOF_COLUMNS ");" KEY_INDEX "CREATE INDEX report_day ON report (day);"
    "CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
    "CREATE TABLE auth (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
    "CREATE TABLE record (id INTEGER PRIMARY KEY, report INTEGER NOT NULL, source BLOB,"
    " count INTEGER NOT NULL, dkim INTEGER NOT NULL, spf INTEGER NOT NULL,"
    " disposition INTEGER NOT NULL, forgiven INTEGER NOT NULL, derived INTEGER NOT NULL,"
    " header_from INTEGER NOT NULL, envelope_from INTEGER, envelope_to INTEGER, auth INTEGER,"
    " reasons INTEGER);"
    "CREATE TABLE tls_policy (id INTEGER PRIMARY KEY, report INTEGER NOT NULL, domain TEXT NOT "
    "NULL,"
    " type TEXT NOT NULL, text TEXT, hosts TEXT, succeeded INTEGER NOT NULL,"
    " failed INTEGER NOT NULL);"
    "CREATE TABLE tls_failure (policy INTEGER NOT NULL, result TEXT NOT NULL, mx TEXT NOT NULL,"
    " helo TEXT, sending_ip TEXT, receiving_ip TEXT, reason TEXT, more TEXT,"
    " count INTEGER NOT NULL);"
    "CREATE INDEX tls_failure_policy ON tls_failure (policy);"
    "PRAGMA user_version = 2;";

static int
user_version(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW) {
		version = sqlite3_column_int(st, 0);
	}
	(void)sqlite3_finalize(st);
	return version;
}

/* In the order of versions: from[v] makes v + 1 of v. */
static const char *const from[SCHEMA_VERSION] = {
	[0] = schema,
	[1] = "ALTER TABLE report ADD COLUMN proof TEXT NOT NULL DEFAULT 'unsaid';"
	      "ALTER TABLE report ADD COLUMN proof_by TEXT;"
	      "ALTER TABLE report ADD COLUMN author TEXT;"
	      "ALTER TABLE report ADD COLUMN proof_why TEXT;"
	      "DROP INDEX report_key;" KEY_INDEX "PRAGMA user_version = 2;",
};

/* In one transaction; another process may have been faster. */
static bool
bring_up_to_date(sqlite3 *db)
{
	bool ok = sqlite3_exec(db, "BEGIN IMMEDIATE;", NULL, NULL, NULL) == SQLITE_OK;
	int version = ok ? user_version(db) : SCHEMA_VERSION;

	while (ok && version >= 0 && version < SCHEMA_VERSION) {
		ok = sqlite3_exec(db, from[version], NULL, NULL, NULL) == SQLITE_OK &&
		     user_version(db) > version;
		version = user_version(db);
	}
	return ok && sqlite3_exec(db, "COMMIT;", NULL, NULL, NULL) == SQLITE_OK;
}

enum err
reports_make_schema(struct reports_store *s, bool kept, struct why *why)
{
	const char *pragmas = kept ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
				   : "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;";
	int version;

	(void)sqlite3_busy_timeout(s->db, 5000);
	if (sqlite3_exec(s->db, "PRAGMA cache_size = -6144; PRAGMA trusted_schema = OFF;", NULL,
		NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) != SQLITE_OK) {
		return reports_fail(s, why, "the store of reports");
	}
	version = user_version(s->db);
	if (version >= 0 && version < SCHEMA_VERSION) {
		if (!bring_up_to_date(s->db)) {
			return reports_fail(s, why, "the store of reports");
		}
		version = user_version(s->db);
	}
	if (version != SCHEMA_VERSION) {
		return why_set(
		    why, ERR_DATA, "this is no store of reports of version %d", SCHEMA_VERSION);
	}
	return ERR_OK;
}
