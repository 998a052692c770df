/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

#include <stdio.h>

/* Row n leads from version n + 1 to n + 2. */
static const char *const steps[] = { store_pace_schema, store_state_schema };

_Static_assert(sizeof(steps) / sizeof(steps[0]) == STORE_VERSION - 1, "a step for each version");

static bool
run(struct store *s, const char *sql)
{
	if (s->trouble == ERR_OK && sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		store_fail(s, "making old tables new");
	}
	return s->trouble == ERR_OK;
}

/* What a reader misses in an old store is empty; it writes nothing into it. */
static void
pretend(struct store *s, int64_t version)
{
	for (int64_t v = version; v < STORE_VERSION; v++) {
		char sql[1024];
		struct sv rest = sv_from(steps[v - 1]);

		(void)sv_take(&rest, SV("CREATE TABLE"));
		(void)snprintf(sql, sizeof(sql), "CREATE TEMP TABLE%.*s", SV_ARG(rest));
		(void)run(s, sql);
	}
}

void
store_migrate(struct store *s, int64_t version, bool read_only)
{
	if (version < 1 || version >= STORE_VERSION) {
		return;
	}
	if (read_only) {
		pretend(s, version);
		return;
	}
	/* Another program may be faster: what counts is the version under the lock. */
	if (!run(s, "BEGIN IMMEDIATE")) {
		return;
	}
	version = store_ask_number(s, "PRAGMA user_version", "making old tables new");
	for (; s->trouble == ERR_OK && version < STORE_VERSION; version++) {
		char sql[64];

		(void)snprintf(
		    sql, sizeof(sql), "PRAGMA user_version = %lld", (long long)version + 1);
		(void)(run(s, steps[version - 1]) && run(s, sql));
	}
	if (!run(s, "COMMIT")) {
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	}
}
