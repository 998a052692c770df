/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

#include <stdio.h>

/* Which version the tables have; new ones are made, old ones become those of today. */

#define APPLICATION_ID 0x6361726f /* "caro": file(1) and sqlite3 can tell what it is */
#define OLD            "making old tables new"

#define RUNG \
	"ALTER TABLE event ADD COLUMN rung INTEGER NOT NULL DEFAULT 0;" /* carom serve's pacing */

/* Row n leads from version n + 1 to n + 2. */
static const char *const steps[] = { store_pace_schema, store_state_schema, store_part_schema,
	RUNG };

_Static_assert(sizeof(steps) / sizeof(steps[0]) == STORE_VERSION - 1, "a step for each version");

void
store_execute(struct store *s, const char *sql, const char *doing)
{
	if (s->trouble == ERR_OK && sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		store_fail(s, doing);
	}
}

int64_t
store_ask_number(struct store *s, const char *sql, const char *doing)
{
	sqlite3_stmt *q = NULL;
	int64_t v = 0;

	if (s->trouble != ERR_OK || sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK) {
		store_fail(s, doing);
		return 0;
	}
	if (store_row(s, q, doing)) {
		v = sqlite3_column_int64(q, 0);
	}
	(void)sqlite3_finalize(q);
	return v;
}

/* What a reader misses in an old store is empty; it writes nothing into it. */
static void
pretend(struct store *s, int64_t version)
{
	for (int64_t v = version; v < STORE_VERSION; v++) {
		char sql[1024];
		struct sv rest = sv_from(steps[v - 1]);

		if (sv_take(&rest, SV("CREATE TABLE"))) {
			(void)snprintf(sql, sizeof(sql), "CREATE TEMP TABLE%.*s", SV_ARG(rest));
		} else { /* what is temporary hides what is not */
			(void)snprintf(sql, sizeof(sql),
			    "CREATE TEMP VIEW event AS SELECT *, 0 AS rung FROM main.event");
		}
		store_execute(s, sql, OLD);
	}
}

static void
migrate(struct store *s, int64_t version, bool read_only)
{
	if (version < 1 || version >= STORE_VERSION) {
		return;
	}
	if (read_only) {
		pretend(s, version);
		return;
	}
	/* Another program may be faster: what counts is the version under the lock. */
	store_execute(s, "BEGIN IMMEDIATE", OLD);
	version = store_ask_number(s, "PRAGMA user_version", OLD);
	for (; s->trouble == ERR_OK && version >= 1 && version < STORE_VERSION; version++) {
		char sql[64];

		(void)snprintf(
		    sql, sizeof(sql), "PRAGMA user_version = %lld", (long long)version + 1);
		store_execute(s, steps[version - 1], OLD);
		store_execute(s, sql, OLD);
	}
	store_execute(s, "COMMIT", OLD);
	if (s->trouble != ERR_OK && sqlite3_get_autocommit(s->db) == 0) {
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	}
}

static void
put_meta(struct store *s, const char *name, const void *value, int n)
{
	sqlite3_stmt *q = NULL;

	if (s->trouble != ERR_OK || sqlite3_prepare_v2(s->db, "INSERT INTO meta VALUES(?1, ?2)", -1,
					&q, NULL) != SQLITE_OK) {
		store_fail(s, "writing what the store is");
		return;
	}
	(void)sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_blob(q, 2, value, n, SQLITE_STATIC);
	store_run(s, q, "writing what the store is");
	(void)sqlite3_finalize(q);
}

static void
make_tables(struct store *s, const struct store_options *opt)
{
	char text[64];
	unsigned char hash_only = opt->hash_only;

	store_execute(s, "BEGIN IMMEDIATE", "making the tables");
	store_execute(s, store_schema, "making the tables");
	store_execute(s, store_pace_schema, "making the tables");
	store_execute(s, store_state_schema, "making the tables");
	store_execute(s, store_part_schema, "making the tables");
	put_meta(s, "key", &opt->key, (int)sizeof(opt->key));
	put_meta(s, "hash_only", &hash_only, 1);
	(void)snprintf(text, sizeof(text), "PRAGMA application_id = %d", APPLICATION_ID);
	store_execute(s, text, "making the tables");
	(void)snprintf(text, sizeof(text), "PRAGMA user_version = %d", STORE_VERSION);
	store_execute(s, text, "making the tables");
	store_execute(s, "COMMIT", "making the tables");
}

/* Old tables become those of today, one version at a time. */
void
store_see_version(struct store *s, const struct store_options *opt)
{
	int64_t version = store_ask_number(s, "PRAGMA user_version", "opening");
	int64_t tables = store_ask_number(s, "SELECT count(*) FROM sqlite_schema", "opening");
	int64_t application = store_ask_number(s, "PRAGMA application_id", "opening");

	if (s->trouble != ERR_OK) {
		return;
	}
	if (version == 0 && tables == 0 && !opt->read_only) {
		make_tables(s, opt);
	} else if (application != APPLICATION_ID) {
		s->trouble = why_set(&s->why, ERR_DATA,
		    "%s: is an SQLite database, but no store of carom: name another file", s->path);
	} else if (version > STORE_VERSION) {
		s->trouble = why_set(&s->why, ERR_DATA,
		    "%s: was written by a newer carom (tables of version %lld; this program knows "
		    "%d): "
		    "use that one",
		    s->path, (long long)version, STORE_VERSION);
	} else {
		migrate(s, version, opt->read_only);
	}
}
