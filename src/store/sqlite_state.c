/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "store/private.h"

/* What the engine knew after an event, so that a start need not go through all of them; and
 * the end of events that are too old. */

const char store_state_schema[] =
    "CREATE TABLE state(id INTEGER PRIMARY KEY CHECK(id = 1), event INTEGER NOT NULL,"
    " value BLOB NOT NULL) STRICT;";
/* The state of a version before is of one piece: it cannot be read any more, and is made again. */
const char store_part_schema[] =
    "CREATE TABLE state_part(provider INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;";

void
store_state_put(struct store *s, struct sv value)
{
	sqlite3_stmt *q = store_statement(s, Q_STATE_PUT);

	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, (int64_t)s->next_event - 1);
		(void)sqlite3_bind_blob64(q, 2, value.p, value.n, SQLITE_STATIC);
		store_run(s, q, "writing the state");
	}
}

bool
store_state_get(struct store *s, uint64_t *event_out, struct buf *out)
{
	sqlite3_stmt *q = store_statement(s, Q_STATE_GET);

	if (q == NULL || !store_row(s, q, "reading the state")) {
		return false;
	}
	*event_out = (uint64_t)sqlite3_column_int64(q, 0);
	buf_add(out, sqlite3_column_blob(q, 1), (size_t)sqlite3_column_bytes(q, 1));
	(void)sqlite3_reset(q);
	return !out->cut;
}

void
store_state_part_put(struct store *s, uint32_t provider, struct sv value)
{
	sqlite3_stmt *q = store_statement(s, Q_PART_PUT);

	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, provider);
		(void)sqlite3_bind_blob64(q, 2, value.p, value.n, SQLITE_STATIC);
		store_run(s, q, "writing the state of a provider");
	}
}

void
store_state_parts(struct store *s, store_state_row *row, void *context)
{
	sqlite3_stmt *q = store_statement(s, Q_PARTS);

	while (q != NULL && store_row(s, q, "reading the state of the providers")) {
		const char *bytes = sqlite3_column_blob(q, 1);
		struct sv value = sv_make(bytes, (size_t)sqlite3_column_bytes(q, 1));

		if (!row(context, (uint32_t)sqlite3_column_int64(q, 0), value)) {
			(void)sqlite3_reset(q);
			return;
		}
	}
}

void
store_state_drop(struct store *s)
{
	static const enum statement steps[] = { Q_STATE_DROP, Q_PARTS_DROP };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		sqlite3_stmt *q = store_statement(s, steps[i]);

		if (q != NULL) {
			store_run(s, q, "dropping the state");
		}
	}
}

#define EVENTS_FOR_NOW 1001

/* The middle of the last events: a clock that jumped for a while throws nothing away. */
static int64_t
now_of(struct store *s)
{
	sqlite3_stmt *q = store_statement(s, Q_EVENTS_NOW);
	int64_t t_us = INT64_MIN;

	if (q != NULL) {
		bind_numbers(q, 1, (int64_t[]){ EVENTS_FOR_NOW, EVENTS_FOR_NOW / 2 }, 2);
		if (store_row(s, q, "looking for new events")) {
			t_us = sqlite3_column_int64(q, 0);
			(void)sqlite3_reset(q);
		}
	}
	return t_us;
}

uint64_t
store_events_forget(struct store *s, int64_t age_us)
{
	static const enum statement steps[] = { Q_EVENTS_FORGET, Q_SENT_FORGET };
	int64_t now_us = now_of(s);
	int64_t before_us = now_us < age_us ? INT64_MIN : now_us - now_us % US_PER_DAY - age_us;
	uint64_t id = store_event_since(s, before_us);
	uint64_t gone = 0;

	store_sent_write(s);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && id > 1; i++) {
		sqlite3_stmt *q = store_statement(s, steps[i]);

		if (q == NULL) {
			break;
		}
		(void)sqlite3_bind_int64(q, 1, (int64_t)id);
		store_run(s, q, "forgetting old events");
		if (i == 0) {
			gone = (uint64_t)sqlite3_changes64(s->db);
			id = gone == 0 ? 0 : id; /* else the messages were done before */
		}
	}
	return gone;
}
