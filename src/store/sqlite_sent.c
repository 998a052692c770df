/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

#include <stdlib.h>

/*
 * Which messages went to whom.  A store that was made before this table was gets it when it is
 * opened to be written; messages of before are not in it.
 *
 * The keys are hashes, so each new row belongs to another page of the tree.  The rows of a
 * transaction wait until its end, or until somebody asks, and go in by their order: neighbours
 * are then written one after the other.
 */

#define WAITING_MAX 65536 /* rows: 1.5 MB */

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
	struct sent_row *row;

	if (s->n_waiting == WAITING_MAX) {
		store_sent_write(s);
	}
	LIST_ROOM(s->waiting, s->n_waiting, s->waiting_room);
	row = &s->waiting[s->n_waiting++];
	*row = (struct sent_row){ (int64_t)message, (int64_t)recipient, (int64_t)event };
}

static int
by_key(const void *pa, const void *pb)
{
	const struct sent_row *a = pa;
	const struct sent_row *b = pb;

	if (a->message != b->message) {
		return a->message < b->message ? -1 : 1;
	}
	if (a->recipient != b->recipient) {
		return a->recipient < b->recipient ? -1 : 1;
	}
	return a->event < b->event ? -1 : a->event > b->event;
}

void
store_sent_write(struct store *s)
{
	size_t n = s->n_waiting;

	if (n > 0) {
		qsort(s->waiting, n, sizeof(*s->waiting), by_key);
	}
	for (size_t i = 0; i < n;) {
		size_t rows = n - i < STORE_TOGETHER ? 1 : STORE_TOGETHER;
		sqlite3_stmt *q = store_statement(s, rows == 1 ? Q_SENT_PUT : Q_SENTS_PUT);

		if (q == NULL) {
			break;
		}
		for (size_t j = 0; j < rows; j++, i++) {
			const struct sent_row *r = &s->waiting[i];

			bind_numbers(q, 1 + 3 * (int)j,
			    (int64_t[]){ r->message, r->recipient, r->event }, 3);
		}
		store_run(s, q, "writing a message");
	}
	s->n_waiting = 0;
}

size_t
store_sent(struct store *s, uint64_t message, struct sent *out, size_t max)
{
	sqlite3_stmt *q;
	size_t n = 0;

	store_sent_write(s);
	q = store_statement(s, Q_SENT);
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
	sqlite3_stmt *q;
	bool found;

	store_sent_write(s);
	q = store_statement(s, Q_SENT_TO);
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
