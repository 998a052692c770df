/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

/* doc/store.md explains the tables. */
const char store_schema[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"
    "CREATE TABLE input(id INTEGER PRIMARY KEY, path TEXT NOT NULL, done INTEGER NOT NULL) STRICT;"
    "CREATE TABLE recipient(id INTEGER PRIMARY KEY, address TEXT, state INTEGER NOT NULL,"
    " since INTEGER NOT NULL, until INTEGER NOT NULL, decision INTEGER NOT NULL,"
    " accepted INTEGER NOT NULL, trouble BLOB) STRICT;"
    "CREATE INDEX recipient_state ON recipient(state) WHERE state >= 3;"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, t INTEGER NOT NULL, recipient INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, class INTEGER NOT NULL, provider INTEGER NOT NULL,"
    " domain INTEGER NOT NULL, host INTEGER NOT NULL, sender INTEGER NOT NULL,"
    " campaign INTEGER NOT NULL, cause INTEGER NOT NULL, rule INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL, code INTEGER NOT NULL, status INTEGER NOT NULL,"
    " watched INTEGER NOT NULL, permanent INTEGER NOT NULL, organisation INTEGER NOT NULL, "
    "good_days REAL NOT NULL, since_gone "
    "REAL NOT NULL,"
    " queue_id TEXT, reply TEXT, input INTEGER NOT NULL, at INTEGER NOT NULL,"
    " rung INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX event_recipient ON event(recipient);"
    "CREATE TABLE decision(id INTEGER PRIMARY KEY, t INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " recipient INTEGER NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL,"
    " until INTEGER NOT NULL, reason INTEGER NOT NULL, event INTEGER NOT NULL,"
    " incident INTEGER NOT NULL) STRICT;"
    "CREATE INDEX decision_recipient ON decision(recipient);"
    "CREATE TABLE incident(id INTEGER PRIMARY KEY, provider INTEGER NOT NULL,"
    " cause INTEGER NOT NULL, scope INTEGER NOT NULL, who INTEGER NOT NULL,"
    " opened INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL,"
    " closed INTEGER NOT NULL, margin REAL NOT NULL, severity REAL NOT NULL,"
    " held INTEGER NOT NULL, retracted INTEGER NOT NULL, refusals INTEGER NOT NULL,"
    " pardoned INTEGER NOT NULL) STRICT;"
    "CREATE TABLE lane(sender INTEGER NOT NULL, provider INTEGER NOT NULL, width INTEGER NOT NULL,"
    " bucket INTEGER NOT NULL, attempts INTEGER NOT NULL, accepted INTEGER NOT NULL,"
    " deferred INTEGER NOT NULL, rejected INTEGER NOT NULL, expired INTEGER NOT NULL,"
    " PRIMARY KEY(sender, provider, width, bucket)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX lane_width ON lane(width, bucket);";

#define RECIPIENT_COLUMNS "id, address, state, since, until, decision, accepted, trouble"
#define EVENT_COLUMNS                                                                            \
	"id, t, recipient, kind, class, provider, domain, host, sender, campaign, cause, rule, " \
	"attempt, code, status, watched, input, at, organisation, permanent, good_days, "        \
	"since_gone, "                                                                           \
	"queue_id, reply, rung"
/* Short rows cost less together: what a statement does once is done for all.  Rows of events are
 * long, and cost more so: each value of theirs is copied once more. */
#define FOUR_ROWS(row)    row ", " row ", " row ", " row
#define SIXTEEN_ROWS(row) FOUR_ROWS(row) ", " FOUR_ROWS(row) ", " FOUR_ROWS(row) ", " FOUR_ROWS(row)
_Static_assert(STORE_TOGETHER == 16, "the rows of SIXTEEN_ROWS");
#define RECIPIENT_ROW "(?, ?, ?, ?, ?, ?, ?, ?)"
#define SENT_ROW      "(?, ?, ?)"
#define RECIPIENT_ADD                                                                           \
	"INSERT INTO recipient(id, state, since, until, decision, accepted, trouble, address) " \
	"VALUES"
#define SENT_PUT(rows)                                            \
	"INSERT INTO sent(message, recipient, event) VALUES" rows \
	" ON CONFLICT DO UPDATE SET event = excluded.event"
#define DECISION_COLUMNS "id, t, kind, recipient, before, after, until, reason, event, incident"
#define PACE_COLUMNS                                                                   \
	"id, t, kind, provider, until, attempts, throttled, reason, event, incident, " \
	"connections_before, delay_before, connections, delay"
#define INCIDENT_COLUMNS                                                                   \
	"id, provider, cause, scope, who, opened, began, ended, closed, held, retracted, " \
	"refusals, pardoned, margin, severity"

const char *const store_texts[Q_COUNT] = {
	[Q_BEGIN] = "BEGIN IMMEDIATE",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
	[Q_DATA_VERSION] = "PRAGMA data_version",
	[Q_NAMES_AFTER] = "SELECT id, text FROM name WHERE id > ?1 ORDER BY id",
	[Q_LAST_EVENT] = "SELECT max(id) FROM event",
	[Q_LAST_DECISION] = "SELECT max(id) FROM (SELECT max(id) AS id FROM decision"
			    " UNION ALL SELECT max(id) FROM pace)",
	[Q_INPUT_GET] = "SELECT done FROM input WHERE id = ?1",
	[Q_INPUT_NOTE] = "SELECT path FROM input WHERE id = ?1",
	[Q_INPUT_PUT] = "INSERT INTO input(id, done, path) VALUES(?1, ?2, ?3)"
			" ON CONFLICT(id) DO UPDATE SET done = max(done, ?2), path = ?3",
	[Q_NAME_ADD] = "INSERT INTO name(id, text) VALUES(?1, ?2)",
	[Q_RECIPIENT_GET] = "SELECT " RECIPIENT_COLUMNS " FROM recipient WHERE id = ?1",
	[Q_RECIPIENT_ADD] = RECIPIENT_ADD RECIPIENT_ROW,
	[Q_RECIPIENTS_ADD] = RECIPIENT_ADD SIXTEEN_ROWS(RECIPIENT_ROW),
	[Q_RECIPIENT_PUT] =
	    "UPDATE recipient SET state = ?2, since = ?3, until = ?4, decision = ?5,"
	    " accepted = ?6, trouble = ?7 WHERE id = ?1",
	[Q_RECIPIENTS] = "SELECT " RECIPIENT_COLUMNS " FROM recipient WHERE state >= ?1 AND"
			 " (?2 >> state) & 1 ORDER BY id",
	[Q_EVENT_PUT] =
	    "INSERT INTO event(" EVENT_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
	    " ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
	[Q_EVENT_GET] = "SELECT " EVENT_COLUMNS " FROM event WHERE id = ?1",
	[Q_EVENTS_OF] = "SELECT " EVENT_COLUMNS " FROM event WHERE recipient = ?1 ORDER BY id",
	[Q_EVENTS] = "SELECT " EVENT_COLUMNS " FROM event WHERE id > ?1 ORDER BY id",
	[Q_EVENT_TOLD] =
	    "SELECT id FROM (SELECT id, t, kind, code, queue_id FROM event WHERE recipient = ?1"
	    " ORDER BY id DESC LIMIT ?2) WHERE t = ?3 AND kind = ?4 AND code = ?5"
	    " AND queue_id IS ?6 LIMIT 1",
	[Q_EVENT_SINCE] = "SELECT id FROM event WHERE t >= ?1 ORDER BY id LIMIT 1",
	[Q_EVENTS_NOW] = "SELECT t FROM (SELECT t FROM event ORDER BY id DESC LIMIT ?1)"
			 " ORDER BY t LIMIT 1 OFFSET ?2",
	[Q_EVENTS_FORGET] = "DELETE FROM event WHERE id < ?1",
	[Q_SENT_FORGET] = "DELETE FROM sent WHERE event < ?1",
	[Q_STATE_GET] = "SELECT event, value FROM state",
	[Q_STATE_PUT] = "INSERT OR REPLACE INTO state(id, event, value) VALUES(1, ?1, ?2)",
	[Q_STATE_DROP] = "DELETE FROM state",
	[Q_PART_PUT] = "INSERT OR REPLACE INTO state_part(provider, value) VALUES(?1, ?2)",
	[Q_PARTS] = "SELECT provider, value FROM state_part ORDER BY provider",
	[Q_PARTS_DROP] = "DELETE FROM state_part",
	[Q_DECISION_PUT] = "INSERT INTO decision(" DECISION_COLUMNS
			   ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[Q_DECISION_GET] = "SELECT " DECISION_COLUMNS " FROM decision WHERE id = ?1",
	[Q_DECISIONS_OF] =
	    "SELECT " DECISION_COLUMNS " FROM decision WHERE recipient = ?1 ORDER BY id",
	[Q_PACE_PUT] = "INSERT INTO pace(" PACE_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
		       " ?9, ?10, ?11, ?12, ?13, ?14)",
	[Q_PACE_GET] = "SELECT " PACE_COLUMNS " FROM pace WHERE id = ?1",
	[Q_PACES] = "SELECT " PACE_COLUMNS " FROM pace ORDER BY id",
	[Q_INCIDENT_GET] = "SELECT " INCIDENT_COLUMNS " FROM incident WHERE id = ?1",
	[Q_INCIDENT_PUT] =
	    "INSERT OR REPLACE INTO incident(" INCIDENT_COLUMNS
	    ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
	[Q_INCIDENTS] = "SELECT " INCIDENT_COLUMNS " FROM incident ORDER BY id",
	[Q_LANE_ADD] =
	    "INSERT INTO lane(sender, provider, width, bucket, attempts, accepted, deferred,"
	    " rejected, expired) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
	    " ON CONFLICT DO UPDATE SET attempts = attempts + ?5, accepted = accepted + ?6,"
	    " deferred = deferred + ?7, rejected = rejected + ?8, expired = expired + ?9",
	[Q_LANE_ROLL] =
	    "INSERT INTO lane(sender, provider, width, bucket, attempts, accepted, deferred,"
	    " rejected, expired) SELECT sender, provider, ?2, bucket / ?2 * ?2,"
	    " sum(attempts), sum(accepted), sum(deferred), sum(rejected), sum(expired)"
	    " FROM lane WHERE width = ?1 AND bucket < ?3"
	    " GROUP BY sender, provider, bucket / ?2"
	    " ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts,"
	    " accepted = accepted + excluded.accepted, deferred = deferred + excluded.deferred,"
	    " rejected = rejected + excluded.rejected, expired = expired + excluded.expired",
	[Q_SENT_PUT] = SENT_PUT(SENT_ROW),
	[Q_SENTS_PUT] = SENT_PUT(SIXTEEN_ROWS(SENT_ROW)),
	[Q_SENT] = "SELECT recipient, event FROM sent WHERE message = ?1 LIMIT ?2",
	[Q_SENT_TO] = "SELECT event FROM sent WHERE message = ?1 AND recipient = ?2",
	[Q_LANE_ROLLED] = "DELETE FROM lane WHERE width = ?1 AND bucket < ?3 AND ?2 > 0",
};
