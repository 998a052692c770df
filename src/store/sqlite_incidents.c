/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

/* ---- incidents ---- */

static void
read_incident(sqlite3_stmt *q, struct stored_incident *i)
{
	*i = (struct stored_incident){
		.id = (uint64_t)sqlite3_column_int64(q, 0),
		.provider = (uint32_t)sqlite3_column_int64(q, 1),
		.cause = (uint32_t)sqlite3_column_int64(q, 2),
		.scope = (uint32_t)sqlite3_column_int64(q, 3),
		.who = (uint32_t)sqlite3_column_int64(q, 4),
		.opened_us = sqlite3_column_int64(q, 5),
		.began_us = sqlite3_column_int64(q, 6),
		.ended_us = sqlite3_column_int64(q, 7),
		.closed_us = sqlite3_column_int64(q, 8),
		.held = (uint32_t)sqlite3_column_int64(q, 9),
		.retracted = (uint32_t)sqlite3_column_int64(q, 10),
		.refusals = (uint32_t)sqlite3_column_int64(q, 11),
		.pardoned = (uint32_t)sqlite3_column_int64(q, 12),
		.margin = sqlite3_column_double(q, 13),
		.severity = sqlite3_column_double(q, 14),
	};
}

bool
store_incident_get(struct store *s, uint64_t id, struct stored_incident *out)
{
	sqlite3_stmt *q = store_statement(s, Q_INCIDENT_GET);

	*out = (struct stored_incident){ .id = id };
	if (q == NULL) {
		return false;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)id);
	if (!store_row(s, q, "reading an incident")) {
		return false;
	}
	read_incident(q, out);
	(void)sqlite3_reset(q);
	return true;
}

void
store_incident_put(struct store *s, const struct stored_incident *i)
{
	sqlite3_stmt *q = store_statement(s, Q_INCIDENT_PUT);

	if (q == NULL) {
		return;
	}
	bind_numbers(q, 1,
	    (int64_t[]){ (int64_t)i->id, i->provider, i->cause, i->scope, i->who, i->opened_us,
		i->began_us, i->ended_us, i->closed_us, i->held, i->retracted, i->refusals,
		i->pardoned },
	    13);
	(void)sqlite3_bind_double(q, 14, i->margin);
	(void)sqlite3_bind_double(q, 15, i->severity);
	store_run(s, q, "writing an incident");
}

void
store_incidents(struct store *s, store_incident_row *row, void *context)
{
	sqlite3_stmt *q = store_statement(s, Q_INCIDENTS);

	while (q != NULL && store_row(s, q, "reading the incidents")) {
		struct stored_incident i;

		read_incident(q, &i);
		if (!row(context, &i)) {
			(void)sqlite3_reset(q);
			return;
		}
	}
}

/* ---- lanes ---- */

void
store_lane_add(
    struct store *s, uint32_t sender, uint32_t provider, int64_t t_s, const struct lane_counts *c)
{
	sqlite3_stmt *q = store_statement(s, Q_LANE_ADD);

	if (q != NULL) {
		bind_numbers(q, 1,
		    (int64_t[]){ sender, provider, LANE_MINUTE, t_s / LANE_MINUTE * LANE_MINUTE,
			c->attempts, c->accepted, c->deferred, c->rejected, c->expired },
		    9);
		store_run(s, q, "writing a lane");
	}
}

static void
roll(struct store *s, int64_t from, int64_t to, int64_t before_s)
{
	static const enum statement steps[] = { Q_LANE_ROLL, Q_LANE_ROLLED };

	for (int i = 0; i < 2; i++) {
		sqlite3_stmt *q = store_statement(s, steps[i]);

		if (q != NULL) {
			bind_numbers(q, 1, (int64_t[]){ from, to, before_s / to * to }, 3);
			store_run(s, q, "rolling up the lanes");
		}
	}
}

void
store_lanes_roll(struct store *s, const struct keep_policy *keep, int64_t now_s)
{
	roll(s, LANE_MINUTE, LANE_HOUR, now_s - (int64_t)(keep->minutes_days * LANE_DAY));
	roll(s, LANE_HOUR, LANE_DAY, now_s - (int64_t)(keep->hours_days * LANE_DAY));
}
