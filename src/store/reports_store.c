/* SPDX-License-Identifier: Apache-2.0 */
#include "store/reports_private.h"

#include <stdlib.h>

static const char *const sql[SQL_STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_FIND_NAME] = "SELECT id FROM name WHERE text = ?1",
	[SQL_ADD_NAME] = "INSERT INTO name (text) VALUES (?1)",
	[SQL_FIND_AUTH] = "SELECT id FROM auth WHERE text = ?1",
	[SQL_ADD_AUTH] = "INSERT INTO auth (text) VALUES (?1)",
	/* Of two, the one that is counted. */
	[SQL_FIND_REPORT] =
	    "SELECT id, proof, records, messages FROM report WHERE rid = ?1 AND domain = ?2"
	    " AND begin_s = ?3 AND org = ?4 AND end_s = ?5 AND address = ?6 AND kind = ?7"
	    " ORDER BY proof = 'fail' LIMIT 1",
	[SQL_ADD_REPORT] = "INSERT INTO report VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
			   " ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,"
			   " ?25, ?26, ?27, ?28, ?29)",
	[SQL_ADD_RECORD] =
	    "INSERT INTO record (report, source, count, dkim, spf, disposition,"
	    " forgiven, derived, header_from, envelope_from, envelope_to, auth, reasons)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
	[SQL_DROP_RECORDS] = "DELETE FROM record WHERE id > ?1",
	[SQL_LAST_RECORD] = "SELECT coalesce(max(id), 0) FROM record",
	[SQL_LAST_REPORT] = "SELECT coalesce(max(id), 0) FROM report",
	[SQL_ADD_TLS_POLICY] =
	    "INSERT INTO tls_policy (report, domain, type, text, hosts, succeeded,"
	    " failed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_ADD_TLS_FAILURE] = "INSERT INTO tls_failure VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
				" ?9)",
	[SQL_PROVE] = "UPDATE report SET proof = ?1, proof_by = ?2, author = ?3, proof_why = ?4"
		      " WHERE id = ?5",
	[SQL_DROP_RECORDS_OF] = "DELETE FROM record WHERE report = ?1",
	[SQL_DROP_TLS_FAILURES_OF] = "DELETE FROM tls_failure WHERE policy IN"
				     " (SELECT id FROM tls_policy WHERE report = ?1)",
	[SQL_DROP_TLS_POLICIES_OF] = "DELETE FROM tls_policy WHERE report = ?1",
	[SQL_DROP_REPORT] = "DELETE FROM report WHERE id = ?1",
};

/* ---- SQLite with our manners ---- */

enum err
reports_fail(struct reports_store *s, struct why *why, const char *what)
{
	if (!s->failed) {
		(void)why_set(&s->why, ERR_IO, "%s: %s", what, sqlite3_errmsg(s->db));
		s->failed = true;
	}
	return why_set(why, ERR_IO, "%s", s->why.text);
}

int
reports_step(struct reports_store *s, enum reports_statement which)
{
	sqlite3_stmt *st = s->statement[which];
	int code = sqlite3_step(st);

	if (code != SQLITE_ROW) {
		int again = sqlite3_reset(st);

		if (code != SQLITE_DONE) {
			(void)reports_fail(s, NULL, "the store of reports");
			return again == SQLITE_OK ? code : again;
		}
	}
	return code;
}

void
reports_bind_sv(struct reports_store *s, enum reports_statement which, int at, struct sv text)
{
	/* The text outlives the step. */
	(void)sqlite3_bind_text(
	    s->statement[which], at, text.n == 0 ? "" : text.p, (int)text.n, SQLITE_STATIC);
}

void
reports_bind_int(struct reports_store *s, enum reports_statement which, int at, int64_t n)
{
	(void)sqlite3_bind_int64(s->statement[which], at, n);
}

bool
reports_begin(struct reports_store *s)
{
	if (s->failed) {
		return false;
	}
	if (!s->in_transaction) {
		s->in_transaction = reports_step(s, SQL_BEGIN) == SQLITE_DONE;
		s->in_batch = 0;
	}
	return s->in_transaction;
}

enum err
reports_commit(struct reports_store *s, struct why *why)
{
	if (s->failed) {
		return reports_fail(s, why, "");
	}
	if (!s->in_transaction) {
		return ERR_OK;
	}
	if (reports_step(s, SQL_COMMIT) != SQLITE_DONE) {
		return reports_fail(s, why, "the store of reports");
	}
	s->in_transaction = false;
	return ERR_OK;
}

/* ---- names ---- */

static void
intern_forget(struct reports_store *s, struct reports_intern *t)
{
	names_done(&t->names);
	names_init(&t->names, &s->key);
}

/* 0: neither there nor put there. */
static int64_t
intern_stored(struct reports_store *s, struct reports_intern *t, struct sv text)
{
	int64_t id = 0;

	reports_bind_sv(s, t->find, 1, text);
	if (reports_step(s, t->find) == SQLITE_ROW) {
		id = sqlite3_column_int64(s->statement[t->find], 0);
		(void)sqlite3_reset(s->statement[t->find]);
		return id;
	}
	reports_bind_sv(s, t->add, 1, text);
	if (s->failed || reports_step(s, t->add) != SQLITE_DONE) {
		return 0;
	}
	return sqlite3_last_insert_rowid(s->db);
}

int64_t
reports_intern(struct reports_store *s, struct reports_intern *t, struct sv key, struct sv text)
{
	uint32_t at = names_get(&t->names, key);

	if (at != NAME_NONE) {
		return t->ids[at];
	}
	if (t->names.n >= REPORTS_NAMES_MAX || t->names.used >= REPORTS_NAME_BYTES_MAX) {
		intern_forget(s, t);
	}
	at = names_put(&t->names, key);
	if (at >= t->room) {
		t->room = t->room == 0 ? 1024 : 2 * t->room;
		t->ids = mem_grow(t->ids, t->room, sizeof(t->ids[0]));
	}
	t->ids[at] = intern_stored(s, t, text);
	return t->ids[at];
}

/* ---- life ---- */

static enum err
prepare(struct reports_store *s, struct why *why)
{
	for (int i = 0; i < SQL_STATEMENTS; i++) {
		if (sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
			&s->statement[i], NULL) != SQLITE_OK) {
			return reports_fail(s, why, "the store of reports");
		}
	}
	if (reports_step(s, SQL_LAST_REPORT) == SQLITE_ROW) {
		s->next_report = sqlite3_column_int64(s->statement[SQL_LAST_REPORT], 0) + 1;
		(void)sqlite3_reset(s->statement[SQL_LAST_REPORT]);
	}
	return s->failed ? reports_fail(s, why, "") : ERR_OK;
}

enum err
reports_open(
    const char *path, const struct hash_key *key, struct reports_store **out, struct why *why)
{
	struct reports_store *s = mem_new(1, sizeof(*s));
	enum err e = ERR_OK;

	s->key = *key;
	s->records_before = -1;
	s->names.find = SQL_FIND_NAME;
	s->names.add = SQL_ADD_NAME;
	s->auth.find = SQL_FIND_AUTH;
	s->auth.add = SQL_ADD_AUTH;
	names_init(&s->names.names, key);
	names_init(&s->auth.names, key);
	buf_init(&s->scratch, 0);
	buf_init(&s->json, 0);
	/* An empty name is a database of SQLite's own that goes to disk when it grows. */
	if (sqlite3_open_v2(path == NULL ? "" : path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK) {
		e = reports_fail(s, why, "cannot be opened");
	} else if (!reports_teach(s->db)) {
		e = reports_fail(s, why, "the store of reports");
	}
	e = e == ERR_OK ? reports_make_schema(s, path != NULL, why) : e;
	e = e == ERR_OK ? prepare(s, why) : e;
	if (e != ERR_OK) {
		reports_close(&s);
		return path == NULL ? e : why_prefix(why, e, "%s", path);
	}
	*out = s;
	return ERR_OK;
}

void
reports_close(struct reports_store **ps)
{
	struct reports_store *s = *ps;

	if (s == NULL) {
		return;
	}
	for (int i = 0; i < SQL_STATEMENTS; i++) {
		(void)sqlite3_finalize(s->statement[i]);
	}
	(void)sqlite3_close(s->db);
	names_done(&s->names.names);
	names_done(&s->auth.names);
	free(s->names.ids);
	free(s->auth.ids);
	buf_done(&s->scratch);
	buf_done(&s->json);
	free(s);
	*ps = NULL;
}
