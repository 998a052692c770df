/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_STORE_PRIVATE_H
#define CAROM_STORE_PRIVATE_H

/* Shared by the files of the SQLite store only. */

#include "base/map.h"
#include "store/store.h"

#include <sqlite3.h>

enum statement { /* prepared when first needed; their texts are in sqlite_text.c */
	Q_BEGIN,
	Q_COMMIT,
	Q_ROLLBACK,
	Q_DATA_VERSION,
	Q_NAMES_AFTER,
	Q_LAST_EVENT,
	Q_LAST_DECISION,
	Q_INPUT_GET,
	Q_INPUT_NOTE,
	Q_INPUT_PUT,
	Q_NAME_ADD,
	Q_RECIPIENT_GET,
	Q_RECIPIENT_ADD,
	Q_RECIPIENTS_ADD, /* STORE_TOGETHER of them */
	Q_RECIPIENT_PUT,
	Q_RECIPIENTS,
	Q_EVENT_PUT,
	Q_EVENT_GET,
	Q_EVENTS_OF,
	Q_EVENTS,
	Q_EVENT_TOLD,
	Q_EVENT_SINCE,
	Q_EVENTS_NOW,
	Q_EVENTS_FORGET,
	Q_SENT_FORGET,
	Q_STATE_GET,
	Q_STATE_PUT,
	Q_STATE_DROP,
	Q_PART_PUT,
	Q_PARTS,
	Q_PARTS_DROP,
	Q_DECISION_PUT,
	Q_DECISION_GET,
	Q_DECISIONS_OF,
	Q_PACE_PUT,
	Q_PACE_GET,
	Q_PACES,
	Q_INCIDENT_GET,
	Q_INCIDENT_PUT,
	Q_INCIDENTS,
	Q_LANE_ADD,
	Q_LANE_ROLL,
	Q_LANE_ROLLED,
	Q_SENT_PUT,
	Q_SENTS_PUT,
	Q_SENT,
	Q_SENT_TO,
	Q_COUNT
};

#define STORE_TOGETHER 16 /* rows that one statement writes */

extern const char *const store_texts[Q_COUNT];
extern const char store_schema[];
extern const char store_pace_schema[];  /* of version 2 */
extern const char store_state_schema[]; /* of version 3 */
extern const char store_part_schema[];  /* of version 4 */

struct sent_row { /* a row of the table `sent` */
	int64_t message, recipient, event;
};

struct store {
	sqlite3 *db;
	char *path; /* owned */
	sqlite3_stmt *prepared[Q_COUNT];
	struct hash_key key;
	bool hash_only, open; /* open: a transaction */
	struct names names;   /* number n stands for the n-th row, from 1 */
	uint64_t next_event, next_decision;
	int64_t data_version;     /* SQLite's: changes when another program has written */
	uint64_t outside;         /* so often it did */
	struct sent_row *waiting; /* owned; of this transaction, not yet in the table */
	size_t n_waiting, waiting_room;
	enum err trouble;
	struct why why;
};

/* Its table, in a store that does not have it. */
void store_sent_make(struct store *s);
/* Writes the rows that wait. */
void store_sent_write(struct store *s);
/* Keeps the first trouble, with what the person can do about it. */
void store_fail(struct store *s, const char *doing);
/* New tables are made, those of an older version become those of today; who only reads sees what is
 * new as empty. */
void store_see_version(struct store *s, const struct store_options *opt);
void store_execute(struct store *s, const char *sql, const char *doing);
/* One number. */
int64_t store_ask_number(struct store *s, const char *sql, const char *doing);
/* NULL after a trouble. */
sqlite3_stmt *store_statement(struct store *s, enum statement q);
/* Runs one that gives no rows. */
void store_run(struct store *s, sqlite3_stmt *q, const char *doing);
/* The next row; false: the end, or trouble. */
bool store_row(struct store *s, sqlite3_stmt *q, const char *doing);
/* The number of the first event of that time or later; 0: none.  Goes through those before it. */
uint64_t store_event_since(struct store *s, int64_t t_us);
void bind_numbers(sqlite3_stmt *q, int first, const int64_t *v, int n);
void bind_text(sqlite3_stmt *q, int at, struct sv s); /* empty: NULL */
struct sv column_text(sqlite3_stmt *q, int at);

/* ---- listings and alerts (sqlite_listing.c): rows are few, statements are not kept ---- */

bool listing_has_tables(struct store *s);
/* False: trouble. */
bool listing_make_tables(struct store *s);
/* NULL: trouble. */
sqlite3_stmt *listing_prepare(struct store *s, const char *sql);
/* Both take NULL; the first ends the statement. */
void listing_run(struct store *s, sqlite3_stmt *q);
bool listing_row(struct store *s, sqlite3_stmt *q);
/* Of the one row, 0 if there is none; ends the statement. */
int64_t listing_number(struct store *s, sqlite3_stmt *q);

#endif
