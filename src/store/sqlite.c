/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

#include <stdio.h>
#include <stdlib.h>

#define BUSY_MS     5000
#define ADDRESS_MAX 320 /* RFC 5321 section 4.5.3.1 */

/* ---- trouble ---- */

static const char *
remedy(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return "the disk is full: make room and start again; nothing of the last step was "
		       "kept";
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "another program is writing to it: wait for it, or stop it";
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return "it is damaged or no store: put a backup in its place, or name another file";
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return "see who may read and write the file and its folder";
	default:
		return "nothing of the last step was kept";
	}
}

void
store_fail(struct store *s, const char *doing)
{
	int code = s->db == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(s->db);
	const char *text = s->db == NULL ? "out of memory" : sqlite3_errmsg(s->db);

	if (s->trouble == ERR_OK) {
		s->trouble = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB
				 ? ERR_DATA
				 : ERR_IO;
		(void)why_set(
		    &s->why, s->trouble, "%s: %s: %s (%s)", s->path, doing, text, remedy(code));
	}
}

enum err
store_trouble(const struct store *s, struct why *why)
{
	return s->trouble == ERR_OK ? ERR_OK : why_set(why, s->trouble, "%s", s->why.text);
}

/* ---- statements ---- */

sqlite3_stmt *
store_statement(struct store *s, enum statement q)
{
	if (s->trouble != ERR_OK) {
		return NULL;
	}
	if (s->prepared[q] == NULL &&
	    sqlite3_prepare_v3(s->db, store_texts[q], -1, SQLITE_PREPARE_PERSISTENT,
		&s->prepared[q], NULL) != SQLITE_OK) {
		store_fail(s, "preparing a statement");
		return NULL;
	}
	return s->prepared[q];
}

void
store_run(struct store *s, sqlite3_stmt *q, const char *doing)
{
	if (sqlite3_step(q) != SQLITE_DONE) {
		store_fail(s, doing);
	}
	(void)sqlite3_reset(q);
}

bool
store_row(struct store *s, sqlite3_stmt *q, const char *doing)
{
	int code = sqlite3_step(q);

	if (code == SQLITE_ROW) {
		return true;
	}
	if (code != SQLITE_DONE) {
		store_fail(s, doing);
	}
	(void)sqlite3_reset(q);
	return false;
}

void
bind_numbers(sqlite3_stmt *q, int first, const int64_t *v, int n)
{
	for (int i = 0; i < n; i++) {
		(void)sqlite3_bind_int64(q, first + i, v[i]);
	}
}

void
bind_text(sqlite3_stmt *q, int at, struct sv s)
{
	if (s.n == 0) {
		(void)sqlite3_bind_null(q, at);
	} else { /* until the next step only: no copy */
		(void)sqlite3_bind_text64(q, at, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
	}
}

struct sv
column_text(sqlite3_stmt *q, int at)
{
	const char *p = (const char *)sqlite3_column_text(q, at);

	return sv_make(p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(q, at));
}

/* ---- opening ---- */

/* One thread uses SQLite, and nobody asks it how much memory it has: no locks, no counts, which
 * are a fourteenth of an ingest.  Refused, without harm, where SQLite was used before. */
static void
configure(void)
{
	static bool done;

	if (!done) {
		done = true;
		(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
		(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	}
}

static bool
get_meta(struct store *s, const char *name, void *out, size_t n)
{
	sqlite3_stmt *q = NULL;
	bool found = false;

	if (s->trouble != ERR_OK ||
	    sqlite3_prepare_v2(s->db, "SELECT value FROM meta WHERE name = ?1", -1, &q, NULL) !=
		SQLITE_OK) {
		store_fail(s, "reading what the store is");
		return false;
	}
	(void)sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
	if (store_row(s, q, "reading what the store is") &&
	    (size_t)sqlite3_column_bytes(q, 0) == n) {
		memcpy(out, sqlite3_column_blob(q, 0), n);
		found = true;
	}
	(void)sqlite3_finalize(q);
	return found;
}

/* Those that are new since the last time. */
static void
read_names(struct store *s)
{
	sqlite3_stmt *q = store_statement(s, Q_NAMES_AFTER);

	if (q == NULL) {
		return;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)s->names.n);
	while (store_row(s, q, "reading the names")) {
		uint32_t id = names_put(&s->names, column_text(q, 1));

		if ((int64_t)id + 1 != sqlite3_column_int64(q, 0)) {
			s->trouble = why_set(&s->why, ERR_DATA,
			    "%s: the names are damaged: put a backup in its place", s->path);
			(void)sqlite3_reset(q);
			break;
		}
	}
}

static int64_t
ask_one(struct store *s, enum statement which)
{
	sqlite3_stmt *q = store_statement(s, which);
	int64_t v = 0;

	if (q != NULL && store_row(s, q, "reading")) {
		v = sqlite3_column_int64(q, 0);
		(void)sqlite3_reset(q);
	}
	return v;
}

/* What the numbers of the next rows hang on. */
static void
read_ends(struct store *s)
{
	read_names(s);
	s->next_event = (uint64_t)ask_one(s, Q_LAST_EVENT) + 1;
	s->next_decision = (uint64_t)ask_one(s, Q_LAST_DECISION) + 1;
}

static void
set_up(struct store *s, const struct store_options *opt)
{
	unsigned char hash_only = 0;

	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	(void)sqlite3_extended_result_codes(s->db, 1);
	if (!opt->read_only) {
		store_execute(s, "PRAGMA journal_mode = WAL", "opening");
		store_execute(s, "PRAGMA synchronous = NORMAL", "opening");
		/* 64 MB: recipients come in no order, so a page is written to by many transactions. */
		store_execute(s, "PRAGMA wal_autocheckpoint = 16384", "opening");
	}
	store_execute(s, "PRAGMA temp_store = MEMORY", "opening"); /* no files beside its own */
	store_execute(s, "PRAGMA cache_size = -65536", "opening");
	store_see_version(s, opt);
	if (s->trouble == ERR_OK && (!get_meta(s, "key", &s->key, sizeof(s->key)) ||
					!get_meta(s, "hash_only", &hash_only, 1))) {
		s->trouble = why_set(
		    &s->why, ERR_DATA, "%s: has no key: put a backup in its place", s->path);
	}
	s->hash_only = hash_only != 0;
	if (!opt->read_only) {
		store_sent_make(s);
	}
	names_init(&s->names, &s->key);
	s->data_version = ask_one(s, Q_DATA_VERSION);
	read_ends(s);
}

enum err
store_open(const struct store_options *opt, struct store **out, struct why *why)
{
	struct store *s = mem_new(1, sizeof(*s));
	int flags = opt->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	enum err e;

	configure();
	s->path = mem_dup(opt->path, strlen(opt->path));
	if (opt->create && !opt->read_only) {
		flags |= SQLITE_OPEN_CREATE;
	}
	if (sqlite3_open_v2(opt->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		store_fail(s, "opening");
	} else {
		set_up(s, opt);
	}
	e = store_trouble(s, why);
	if (e != ERR_OK) {
		store_close(&s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

void
store_close(struct store **ps)
{
	struct store *s = *ps;

	if (s == NULL) {
		return;
	}
	for (int i = 0; i < Q_COUNT; i++) {
		(void)sqlite3_finalize(s->prepared[i]);
	}
	(void)sqlite3_close(s->db);
	names_done(&s->names);
	free(s->waiting);
	free(s->path);
	free(s);
	*ps = NULL;
}

bool
store_hash_only(const struct store *s)
{
	return s->hash_only;
}

struct hash_key
store_key(const struct store *s)
{
	return s->key;
}

uint64_t
store_hash(const struct store *s, struct sv address)
{
	char room[ADDRESS_MAX];

	return hash_sip(&s->key, sv_lower(address, room, sizeof(room)));
}

/* ---- transactions ---- */

/* What another program wrote since the last look. */
static void
see_others(struct store *s)
{
	int64_t version = ask_one(s, Q_DATA_VERSION);

	if (version != s->data_version) {
		s->data_version = version;
		s->outside++;
		read_ends(s);
	}
}

void
store_begin(struct store *s)
{
	sqlite3_stmt *q = store_statement(s, Q_BEGIN);

	if (q != NULL) {
		store_run(s, q, "beginning a transaction");
		s->open = s->trouble == ERR_OK;
		see_others(s);
	}
}

uint64_t
store_outside_changes(struct store *s)
{
	see_others(s);
	return s->outside;
}

void
store_rollback(struct store *s)
{
	if (s->open && sqlite3_get_autocommit(s->db) == 0) {
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	}
	s->n_waiting = 0;
	s->open = false;
}

enum err
store_commit(struct store *s, struct why *why)
{
	sqlite3_stmt *q;

	store_sent_write(s);
	q = store_statement(s, Q_COMMIT);
	if (q != NULL) {
		store_run(s, q, "writing");
	}
	if (s->trouble != ERR_OK) {
		store_rollback(s);
	}
	s->open = false;
	return store_trouble(s, why);
}
