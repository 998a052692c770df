/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

/* Decisions about the pace of a provider; their ids are of the same row as those about recipients. */

const char store_pace_schema[] =
    "CREATE TABLE pace(id INTEGER PRIMARY KEY, t INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " provider INTEGER NOT NULL, connections_before REAL NOT NULL, delay_before REAL NOT NULL,"
    " connections REAL NOT NULL, delay REAL NOT NULL, until INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL, throttled INTEGER NOT NULL, reason INTEGER NOT NULL,"
    " event INTEGER NOT NULL, incident INTEGER NOT NULL) STRICT;";

void
store_pace_put(struct store *s, struct stored_pace *p)
{
	uint32_t reason = store_name(s, sv_from(p->d.reason));
	sqlite3_stmt *q = store_statement(s, Q_PACE_PUT);

	if (q == NULL) {
		return;
	}
	p->id = s->next_decision++;
	bind_numbers(q, 1,
	    (int64_t[]){ (int64_t)p->id, (int64_t)p->d.t_s, p->d.kind, p->provider,
		(int64_t)p->d.until_s, (int64_t)p->d.attempts, (int64_t)p->d.throttled, reason,
		(int64_t)p->event, (int64_t)p->d.incident },
	    10);
	(void)sqlite3_bind_double(q, 11, p->d.before.connections);
	(void)sqlite3_bind_double(q, 12, p->d.before.delay_s);
	(void)sqlite3_bind_double(q, 13, p->d.after.connections);
	(void)sqlite3_bind_double(q, 14, p->d.after.delay_s);
	store_run(s, q, "writing a decision about a pace");
}

static void
read_pace(struct store *s, sqlite3_stmt *q, struct stored_pace *p)
{
	int64_t kind = sqlite3_column_int64(q, 2);

	*p = (struct stored_pace){
		.id = (uint64_t)sqlite3_column_int64(q, 0),
		.provider = (uint32_t)sqlite3_column_int64(q, 3),
		.event = (uint64_t)sqlite3_column_int64(q, 8),
		.reason = store_name_text(s, (uint32_t)sqlite3_column_int64(q, 7)),
		.d = { .kind =
			   kind >= 0 && kind <= PACE_RESTORED ? (enum pace_kind)kind : PACE_NOTHING,
		    .t_s = (double)sqlite3_column_int64(q, 1),
		    .until_s = (double)sqlite3_column_int64(q, 4),
		    .attempts = (double)sqlite3_column_int64(q, 5),
		    .throttled = (double)sqlite3_column_int64(q, 6),
		    .incident = (uint64_t)sqlite3_column_int64(q, 9),
		    .before = { sqlite3_column_double(q, 10), sqlite3_column_double(q, 11) },
		    .after = { sqlite3_column_double(q, 12), sqlite3_column_double(q, 13) } },
	};
}

bool
store_pace_get(struct store *s, uint64_t id, struct stored_pace *out)
{
	sqlite3_stmt *q = store_statement(s, Q_PACE_GET);

	*out = (struct stored_pace){ .id = id };
	if (q == NULL) {
		return false;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)id);
	if (!store_row(s, q, "reading a decision about a pace")) {
		return false;
	}
	read_pace(s, q, out);
	(void)sqlite3_reset(q);
	return true;
}

void
store_paces(struct store *s, store_pace_row *row, void *context)
{
	sqlite3_stmt *q = store_statement(s, Q_PACES);

	while (q != NULL && store_row(s, q, "reading the decisions about paces")) {
		struct stored_pace p;

		read_pace(s, q, &p);
		if (!row(context, &p)) {
			(void)sqlite3_reset(q);
			return;
		}
	}
}
