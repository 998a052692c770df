/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

/*
 * Which messages went to whom.  A store that was made before this table was gets it when it is
 * opened to be written; messages of before are not in it.
 */

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS sent(message INTEGER NOT NULL, recipient INTEGER NOT NULL,"
    " event INTEGER NOT NULL, PRIMARY KEY(message, recipient)) STRICT, WITHOUT ROWID";

void
store_sent_make(struct store *s)
{
	if (s->trouble == ERR_OK && sqlite3_exec(s->db, schema, NULL, NULL, NULL) != SQLITE_OK) {
		store_fail(s, "making a table");
	}
}

uint64_t
store_message(const struct store *s, struct sv id)
{
	(void)sv_take(&id, SV("<"));
	(void)sv_drop_tail(&id, SV(">"));
	return hash_sip(&s->key, id);
}

void
store_sent_put(struct store *s, uint64_t message, uint64_t recipient, uint64_t event)
{
	sqlite3_stmt *q = store_statement(s, Q_SENT_PUT);

	if (q != NULL) {
		bind_numbers(
		    q, 1, (int64_t[]){ (int64_t)message, (int64_t)recipient, (int64_t)event }, 3);
		store_run(s, q, "writing a message");
	}
}

size_t
store_sent(struct store *s, uint64_t message, struct sent *out, size_t max)
{
	sqlite3_stmt *q = store_statement(s, Q_SENT);
	size_t n = 0;

	if (q == NULL) {
		return 0;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)message);
	(void)sqlite3_bind_int64(q, 2, (int64_t)max);
	while (store_row(s, q, "reading a message")) {
		out[n++] = (struct sent){ (uint64_t)sqlite3_column_int64(q, 0),
			(uint64_t)sqlite3_column_int64(q, 1) };
		check(n <= max);
	}
	return n;
}

bool
store_was_sent(struct store *s, uint64_t message, uint64_t recipient, uint64_t *event_out)
{
	sqlite3_stmt *q = store_statement(s, Q_SENT_TO);
	bool found;

	if (q == NULL) {
		return false;
	}
	bind_numbers(q, 1, (int64_t[]){ (int64_t)message, (int64_t)recipient }, 2);
	found = store_row(s, q, "reading a message");
	if (found) {
		*event_out = (uint64_t)sqlite3_column_int64(q, 0);
		(void)sqlite3_reset(q);
	}
	return found;
}
