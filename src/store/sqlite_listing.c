/* SPDX-License-Identifier: Apache-2.0 */
#include "store/listing.h"
#include "store/private.h"

/* To make these a numbered step of the migrations, execute them there and drop listing_make_tables(). */
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

bool
listing_has_tables(struct store *s)
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

bool
listing_make_tables(struct store *s)
{
	if (s->trouble == ERR_OK && !listing_has_tables(s) &&
	    sqlite3_exec(s->db, STORE_LISTING_TABLES, NULL, NULL, NULL) != SQLITE_OK) {
		store_fail(s, "making the tables of listings");
	}
	return s->trouble == ERR_OK;
}

/* NULL: trouble.  Such rows are few: statements are not kept. */
sqlite3_stmt *
listing_prepare(struct store *s, const char *sql)
{
	sqlite3_stmt *q = NULL;

	if (s->trouble == ERR_OK && sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK) {
		store_fail(s, "preparing a statement");
	}
	return q;
}

void
listing_run(struct store *s, sqlite3_stmt *q)
{
	if (q != NULL) {
		store_run(s, q, "writing listings and alerts");
	}
	(void)sqlite3_finalize(q);
}

bool
listing_row(struct store *s, sqlite3_stmt *q)
{
	return q != NULL && store_row(s, q, "reading listings and alerts");
}

int64_t
listing_number(struct store *s, sqlite3_stmt *q)
{
	int64_t v = listing_row(s, q) ? sqlite3_column_int64(q, 0) : 0;

	(void)sqlite3_finalize(q);
	return v;
}

/* ---- listings ---- */

int64_t
store_listing_since(struct store *s, struct sv target, struct sv zone)
{
	sqlite3_stmt *q =
	    !listing_has_tables(s)
		? NULL
		: listing_prepare(s, "SELECT max(since_s) FROM listing WHERE target = ?1 AND "
				     "zone = ?2 AND cleared_s = 0");

	if (q == NULL) {
		return 0;
	}
	bind_text(q, 1, target);
	bind_text(q, 2, zone);
	return listing_number(s, q);
}

bool
store_listing_seen(struct store *s, const struct stored_listing *l)
{
	int64_t since = listing_make_tables(s) ? store_listing_since(s, l->target, l->zone) : 0;
	sqlite3_stmt *q = listing_prepare(s,
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
	listing_run(s, q);
	return since == 0 && s->trouble == ERR_OK;
}

bool
store_listing_cleared(struct store *s, struct sv target, struct sv zone, int64_t t_s)
{
	sqlite3_stmt *q;

	if (store_listing_since(s, target, zone) == 0) {
		return false;
	}
	q = listing_prepare(s,
	    "UPDATE listing SET cleared_s = ?3 WHERE target = ?1 AND zone = ?2 AND cleared_s = 0");
	if (q != NULL) {
		bind_text(q, 1, target);
		bind_text(q, 2, zone);
		(void)sqlite3_bind_int64(q, 3, t_s);
	}
	listing_run(s, q);
	return s->trouble == ERR_OK;
}

void
store_listings(struct store *s, store_listing_row *row, void *context)
{
	sqlite3_stmt *q =
	    !listing_has_tables(s)
		? NULL
		: listing_prepare(s, "SELECT target, zone, says, reason, policy, since_s, seen_s, "
				     "cleared_s FROM listing ORDER BY since_s, target, zone");

	while (listing_row(s, q)) {
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
	sqlite3_stmt *q = !listing_make_tables(s)
			      ? NULL
			      : listing_prepare(s, "INSERT OR REPLACE INTO list_health(zone, says, "
						   "checked_s, good) VALUES(?1, ?2, ?3, ?4)");

	if (q != NULL) {
		bind_text(q, 1, h->zone);
		bind_text(q, 2, h->says);
		bind_numbers(q, 3, (int64_t[]){ h->checked_s, h->good }, 2);
	}
	listing_run(s, q);
}

int64_t
store_health_good_s(struct store *s, struct sv zone)
{
	sqlite3_stmt *q =
	    !listing_has_tables(s)
		? NULL
		: listing_prepare(
		      s, "SELECT checked_s FROM list_health WHERE zone = ?1 AND good = 1");

	if (q == NULL) {
		return 0;
	}
	bind_text(q, 1, zone);
	return listing_number(s, q);
}
