/* SPDX-License-Identifier: Apache-2.0 */
#include "store/listing.h"
#include "store/private.h"

/* To make these a numbered step of the migrations, execute them there and drop make_tables(). */
#define STORE_LISTING_TABLES                                                                       \
	"CREATE TABLE IF NOT EXISTS listing (target TEXT NOT NULL, zone TEXT NOT NULL, says TEXT," \
	" reason TEXT, policy INTEGER NOT NULL, since_s INTEGER NOT NULL, seen_s INTEGER NOT "     \
	"NULL,"                                                                                    \
	" cleared_s INTEGER NOT NULL, PRIMARY KEY (target, zone, since_s)) WITHOUT ROWID;"         \
	"CREATE TABLE IF NOT EXISTS list_health (zone TEXT PRIMARY KEY, says TEXT,"                \
	" checked_s INTEGER NOT NULL, good INTEGER NOT NULL) WITHOUT ROWID;"                       \
	"CREATE TABLE IF NOT EXISTS alert (id INTEGER PRIMARY KEY, t_s INTEGER NOT NULL,"          \
	" kind TEXT NOT NULL, subject TEXT NOT NULL, says TEXT);"                                  \
	"CREATE TABLE IF NOT EXISTS published (kind TEXT NOT NULL, name TEXT NOT NULL,"            \
	" first_s INTEGER NOT NULL, last_s INTEGER NOT NULL, domain TEXT, value TEXT,"             \
	" PRIMARY KEY (kind, name, first_s)) WITHOUT ROWID;"

static bool
has_tables(struct store *s)
{
	sqlite3_stmt *q = NULL;
	bool found = false;

	if (s->trouble == ERR_OK &&
	    sqlite3_prepare_v2(s->db,
		"SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'published'", -1, &q,
		NULL) == SQLITE_OK) {
		found = sqlite3_step(q) == SQLITE_ROW;
	}
	(void)sqlite3_finalize(q);
	return found;
}

static bool
make_tables(struct store *s)
{
	if (s->trouble == ERR_OK && !has_tables(s) &&
	    sqlite3_exec(s->db, STORE_LISTING_TABLES, NULL, NULL, NULL) != SQLITE_OK) {
		store_fail(s, "making the tables of listings");
	}
	return s->trouble == ERR_OK;
}

/* NULL: trouble.  Such rows are few: statements are not kept. */
static sqlite3_stmt *
prepare(struct store *s, const char *sql)
{
	sqlite3_stmt *q = NULL;

	if (s->trouble == ERR_OK && sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK) {
		store_fail(s, "preparing a statement");
	}
	return q;
}

static void
run(struct store *s, sqlite3_stmt *q)
{
	if (q != NULL) {
		store_run(s, q, "writing listings and alerts");
	}
	(void)sqlite3_finalize(q);
}

static bool
row_of(struct store *s, sqlite3_stmt *q)
{
	return q != NULL && store_row(s, q, "reading listings and alerts");
}

static int64_t
one_number(struct store *s, sqlite3_stmt *q)
{
	int64_t v = row_of(s, q) ? sqlite3_column_int64(q, 0) : 0;

	(void)sqlite3_finalize(q);
	return v;
}

/* ---- listings ---- */

int64_t
store_listing_since(struct store *s, struct sv target, struct sv zone)
{
	sqlite3_stmt *q = !has_tables(s)
			      ? NULL
			      : prepare(s, "SELECT max(since_s) FROM listing WHERE target = ?1 AND "
					   "zone = ?2 AND cleared_s = 0");

	if (q == NULL) {
		return 0;
	}
	bind_text(q, 1, target);
	bind_text(q, 2, zone);
	return one_number(s, q);
}

bool
store_listing_seen(struct store *s, const struct stored_listing *l)
{
	int64_t since = make_tables(s) ? store_listing_since(s, l->target, l->zone) : 0;
	sqlite3_stmt *q = prepare(s,
	    "INSERT INTO listing(target, zone, says, reason, policy, since_s, seen_s, cleared_s)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0) ON CONFLICT DO UPDATE SET"
	    " says = excluded.says, reason = excluded.reason, policy = excluded.policy,"
	    " seen_s = excluded.seen_s, cleared_s = 0");

	if (q != NULL) {
		bind_text(q, 1, l->target);
		bind_text(q, 2, l->zone);
		bind_text(q, 3, l->says);
		bind_text(q, 4, l->reason);
		bind_numbers(
		    q, 5, (int64_t[]){ l->policy, since != 0 ? since : l->seen_s, l->seen_s }, 3);
	}
	run(s, q);
	return since == 0 && s->trouble == ERR_OK;
}

bool
store_listing_cleared(struct store *s, struct sv target, struct sv zone, int64_t t_s)
{
	sqlite3_stmt *q;

	if (store_listing_since(s, target, zone) == 0) {
		return false;
	}
	q = prepare(s,
	    "UPDATE listing SET cleared_s = ?3 WHERE target = ?1 AND zone = ?2 AND cleared_s = 0");
	if (q != NULL) {
		bind_text(q, 1, target);
		bind_text(q, 2, zone);
		(void)sqlite3_bind_int64(q, 3, t_s);
	}
	run(s, q);
	return s->trouble == ERR_OK;
}

void
store_listings(struct store *s, store_listing_row *row, void *context)
{
	sqlite3_stmt *q =
	    !has_tables(s)
		? NULL
		: prepare(s, "SELECT target, zone, says, reason, policy, since_s, seen_s, "
			     "cleared_s FROM listing ORDER BY since_s, target, zone");

	while (row_of(s, q)) {
		const struct stored_listing l = {
			.target = column_text(q, 0),
			.zone = column_text(q, 1),
			.says = column_text(q, 2),
			.reason = column_text(q, 3),
			.policy = sqlite3_column_int64(q, 4) != 0,
			.since_s = sqlite3_column_int64(q, 5),
			.seen_s = sqlite3_column_int64(q, 6),
			.cleared_s = sqlite3_column_int64(q, 7),
		};

		if (!row(context, &l)) {
			break;
		}
	}
	(void)sqlite3_finalize(q);
}

/* ---- health ---- */

void
store_health_put(struct store *s, const struct stored_health *h)
{
	sqlite3_stmt *q = !make_tables(s)
			      ? NULL
			      : prepare(s, "INSERT OR REPLACE INTO list_health(zone, says, "
					   "checked_s, good) VALUES(?1, ?2, ?3, ?4)");

	if (q != NULL) {
		bind_text(q, 1, h->zone);
		bind_text(q, 2, h->says);
		bind_numbers(q, 3, (int64_t[]){ h->checked_s, h->good }, 2);
	}
	run(s, q);
}

int64_t
store_health_good_s(struct store *s, struct sv zone)
{
	sqlite3_stmt *q =
	    !has_tables(s)
		? NULL
		: prepare(s, "SELECT checked_s FROM list_health WHERE zone = ?1 AND good = 1");

	if (q == NULL) {
		return 0;
	}
	bind_text(q, 1, zone);
	return one_number(s, q);
}

/* ---- alerts ---- */

void
store_alert_put(struct store *s, const struct stored_alert *a)
{
	sqlite3_stmt *q = !make_tables(s)
			      ? NULL
			      : prepare(s, "INSERT INTO alert(t_s, kind, subject, says) "
					   "VALUES(?1, ?2, ?3, ?4)");

	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, a->t_s);
		bind_text(q, 2, a->kind);
		bind_text(q, 3, a->subject);
		bind_text(q, 4, a->says);
	}
	run(s, q);
}

void
store_alerts(struct store *s, int64_t since_s, store_alert_row *row, void *context)
{
	sqlite3_stmt *q = !has_tables(s)
			      ? NULL
			      : prepare(s, "SELECT id, t_s, kind, subject, says FROM alert "
					   "WHERE t_s >= ?1 ORDER BY id");

	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, since_s);
	}
	while (row_of(s, q)) {
		const struct stored_alert a = {
			.id = (uint64_t)sqlite3_column_int64(q, 0),
			.t_s = sqlite3_column_int64(q, 1),
			.kind = column_text(q, 2),
			.subject = column_text(q, 3),
			.says = column_text(q, 4),
		};

		if (!row(context, &a)) {
			break;
		}
	}
	(void)sqlite3_finalize(q);
}

/* ---- what was published ---- */

static int64_t
last_value(struct store *s, struct sv kind, struct sv name, struct buf *value)
{
	sqlite3_stmt *q =
	    prepare(s, "SELECT first_s, value FROM published WHERE kind = ?1 AND name = ?2"
		       " ORDER BY first_s DESC LIMIT 1");
	int64_t first = 0;

	if (q != NULL) {
		bind_text(q, 1, kind);
		bind_text(q, 2, name);
	}
	if (row_of(s, q)) {
		first = sqlite3_column_int64(q, 0);
		buf_sv(value, column_text(q, 1));
	}
	(void)sqlite3_finalize(q);
	return first;
}

bool
store_record_seen(struct store *s, const struct stored_record *r, struct buf *old_out)
{
	size_t before = old_out->n;
	int64_t first = make_tables(s) ? last_value(s, r->kind, r->name, old_out) : 0;
	bool same =
	    first != 0 && sv_eq(sv_make(old_out->p + before, old_out->n - before), r->value);
	sqlite3_stmt *q =
	    prepare(s, "INSERT INTO published(kind, name, first_s, last_s, domain, value)"
		       " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET"
		       " last_s = excluded.last_s, value = excluded.value");

	if (q != NULL) {
		bind_text(q, 1, r->kind);
		bind_text(q, 2, r->name);
		bind_numbers(q, 3, (int64_t[]){ same ? first : r->last_s, r->last_s }, 2);
		bind_text(q, 5, r->domain);
		bind_text(q, 6, r->value);
	}
	run(s, q);
	return first != 0 && !same && s->trouble == ERR_OK;
}

int64_t
store_record_since(struct store *s, struct sv kind, struct sv name)
{
	struct buf none;
	int64_t first = 0;

	buf_init(&none, 0);
	if (has_tables(s)) {
		first = last_value(s, kind, name, &none);
	}
	buf_done(&none);
	return first;
}
