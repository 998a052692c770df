/* SPDX-License-Identifier: Apache-2.0 */
#include "store/private.h"

/* ---- events ---- */

void
store_event_put(struct store *s, struct stored_event *e)
{
	sqlite3_stmt *q = store_statement(s, Q_EVENT_PUT);

	e->id = s->next_event++;
	if (q == NULL) {
		return;
	}
	bind_numbers(q, 1,
	    (int64_t[]){ (int64_t)e->id, e->t_us, (int64_t)e->recipient, e->kind, e->klass,
		e->provider, e->domain, e->host, e->sender, e->campaign, e->cause, e->rule,
		e->attempt, e->code, e->status, e->watched, (int64_t)e->input, (int64_t)e->at,
		e->organisation, e->permanent },
	    20);
	(void)sqlite3_bind_double(q, 21, e->good_days);
	(void)sqlite3_bind_double(q, 22, e->since_gone_s);
	bind_text(q, 23, e->queue_id);
	bind_text(q, 24, e->reply);
	(void)sqlite3_bind_int64(q, 25, e->rung);
	store_run(s, q, "writing an event");
}

static uint32_t
number(sqlite3_stmt *q, int at)
{
	return (uint32_t)sqlite3_column_int64(q, at);
}

bool
store_event_told(struct store *s, const struct stored_event *e)
{
	sqlite3_stmt *q = store_statement(s, Q_EVENT_TOLD);
	bool found;

	if (q == NULL) {
		return false;
	}
	bind_numbers(q, 1,
	    (int64_t[]){ (int64_t)e->recipient, STORE_TOLD_MAX, e->t_us, e->kind, e->code }, 5);
	bind_text(q, 6, e->queue_id);
	found = store_row(s, q, "looking for an event");
	if (found) {
		(void)sqlite3_reset(q);
	}
	return found;
}

uint64_t
store_last_event(const struct store *s)
{
	return s->next_event - 1;
}

static void
read_event(sqlite3_stmt *q, struct stored_event *e)
{
	*e = (struct stored_event){
		.id = (uint64_t)sqlite3_column_int64(q, 0),
		.t_us = sqlite3_column_int64(q, 1),
		.recipient = (uint64_t)sqlite3_column_int64(q, 2),
		.kind = number(q, 3),
		.klass = number(q, 4),
		.provider = number(q, 5),
		.domain = number(q, 6),
		.host = number(q, 7),
		.sender = number(q, 8),
		.campaign = number(q, 9),
		.cause = number(q, 10),
		.rule = number(q, 11),
		.attempt = number(q, 12),
		.code = number(q, 13),
		.status = number(q, 14),
		.watched = number(q, 15),
		.input = (uint64_t)sqlite3_column_int64(q, 16),
		.at = (uint64_t)sqlite3_column_int64(q, 17),
		.organisation = number(q, 18),
		.permanent = number(q, 19),
		.good_days = sqlite3_column_double(q, 20),
		.since_gone_s = sqlite3_column_double(q, 21),
		.queue_id = column_text(q, 22),
		.reply = column_text(q, 23),
		.rung = number(q, 24),
	};
}

static void
each_event(
    struct store *s, enum statement which, uint64_t number, store_event_row *row, void *context)
{
	sqlite3_stmt *q = store_statement(s, which);

	if (q == NULL) {
		return;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)number);
	while (store_row(s, q, "reading the events")) {
		struct stored_event e;

		read_event(q, &e);
		if (!row(context, &e)) {
			(void)sqlite3_reset(q);
			return;
		}
	}
}

void
store_events(struct store *s, uint64_t recipient, store_event_row *row, void *context)
{
	each_event(s, recipient == 0 ? Q_EVENTS : Q_EVENTS_OF, recipient, row, context);
}

void
store_events_after(struct store *s, uint64_t id, store_event_row *row, void *context)
{
	each_event(s, Q_EVENTS, id, row, context);
}

uint64_t
store_event_since(struct store *s, int64_t t_us)
{
	sqlite3_stmt *q = store_statement(s, Q_EVENT_SINCE);
	uint64_t id = 0;

	if (q != NULL) {
		(void)sqlite3_bind_int64(q, 1, t_us);
		if (store_row(s, q, "looking for an event by its time")) {
			id = (uint64_t)sqlite3_column_int64(q, 0);
			(void)sqlite3_reset(q);
		}
	}
	return id;
}

void
store_events_since(struct store *s, int64_t t_us, store_event_row *row, void *context)
{
	uint64_t id = store_event_since(s, t_us);

	if (id > 0) {
		each_event(s, Q_EVENTS, id - 1, row, context);
	}
}

/* The texts are gone with the next call, so they are not given. */
bool
store_event_get(struct store *s, uint64_t id, struct stored_event *out)
{
	sqlite3_stmt *q = store_statement(s, Q_EVENT_GET);

	if (q == NULL) {
		return false;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)id);
	if (!store_row(s, q, "reading an event")) {
		return false;
	}
	read_event(q, out);
	out->queue_id = out->reply = (struct sv){ 0 };
	(void)sqlite3_reset(q);
	return true;
}

/* ---- decisions ---- */

void
store_decision_put(struct store *s, struct stored_decision *d)
{
	sqlite3_stmt *q = store_statement(s, Q_DECISION_PUT);
	uint32_t reason = store_name(s, sv_from(d->d.reason));

	d->id = s->next_decision++;
	if (q == NULL) {
		return;
	}
	bind_numbers(q, 1,
	    (int64_t[]){ (int64_t)d->id, d->d.t_s, d->d.kind, (int64_t)d->recipient, d->d.before,
		d->d.after, d->d.until_s, reason, (int64_t)d->event, (int64_t)d->incident },
	    10);
	store_run(s, q, "writing a decision");
}

static enum recipient_state
state_of(int64_t v)
{
	return v >= 0 && v < RECIPIENT_STATES ? (enum recipient_state)v : RECIPIENT_NEW;
}

static void
read_decision(const struct store *s, sqlite3_stmt *q, struct stored_decision *d)
{
	int64_t kind = sqlite3_column_int64(q, 2);

	*d = (struct stored_decision){
		.id = (uint64_t)sqlite3_column_int64(q, 0),
		.recipient = (uint64_t)sqlite3_column_int64(q, 3),
		.event = (uint64_t)sqlite3_column_int64(q, 8),
		.incident = (uint64_t)sqlite3_column_int64(q, 9),
		.d = { .kind = kind >= 0 && kind <= DECISION_UNSUPPRESS ? (enum decision_kind)kind
									: DECISION_NONE,
		    .before = state_of(sqlite3_column_int64(q, 4)),
		    .after = state_of(sqlite3_column_int64(q, 5)),
		    .t_s = number(q, 1),
		    .until_s = number(q, 6) },
		.reason = store_name_text(s, number(q, 7)),
	};
}

bool
store_decision_get(struct store *s, uint64_t id, struct stored_decision *out)
{
	sqlite3_stmt *q = store_statement(s, Q_DECISION_GET);

	if (q == NULL) {
		return false;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)id);
	if (!store_row(s, q, "reading a decision")) {
		return false;
	}
	read_decision(s, q, out);
	(void)sqlite3_reset(q);
	return true;
}

void
store_decisions(struct store *s, uint64_t recipient, store_decision_row *row, void *context)
{
	sqlite3_stmt *q = store_statement(s, Q_DECISIONS_OF);

	if (q == NULL) {
		return;
	}
	(void)sqlite3_bind_int64(q, 1, (int64_t)recipient);
	while (store_row(s, q, "reading the decisions")) {
		struct stored_decision d;

		read_decision(s, q, &d);
		if (!row(context, &d)) {
			(void)sqlite3_reset(q);
			return;
		}
	}
}
