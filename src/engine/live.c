/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/live.h"

#include "base/map.h"

#include <math.h>
#include <stdlib.h>

struct live {
	struct live_options opt;
	struct postfix_log *log; /* owned */
	uint32_t input;          /* its file at hand */
	struct ingest *ingest;   /* owned */
	struct held *held;       /* owned */
	struct places places;
	struct map limited; /* hash of a recipient that was told as resting or suppressed -> 0 */
	struct memory *changed; /* owned; of the batch that is being written */
	size_t n_changed, room_changed;
	uint32_t *hosts; /* owned; new since the last write */
	size_t n_hosts, room_hosts;
	struct map told;    /* provider -> struct told_hold */
	double newest_s;    /* event time */
	double newest_at_s; /* when that was seen, by the clock of the sink */
	bool newest_is_new;
	uint64_t outside; /* changes of the store that were told */
	double now_s;     /* during a call */
};

struct told_hold {
	double until;
	uint64_t incident;
};

/* ---- what the ingest shows ---- */

static void
saw(void *context, const struct stored_event *e)
{
	struct live *l = context;
	double t = (double)e->t_us / 1e6;

	held_saw(l->held, e);
	if (places_saw(&l->places, e)) {
		LIST_ROOM(l->hosts, l->n_hosts, l->room_hosts);
		l->hosts[l->n_hosts++] = e->host;
	}
	if (t > l->newest_s) {
		l->newest_s = t;
		l->newest_is_new = true;
	}
}

static void
changed(void *context, const struct memory *m)
{
	struct live *l = context;

	LIST_ROOM(l->changed, l->n_changed, l->room_changed);
	l->changed[l->n_changed++] = *m;
}

/* ---- beginning and end ---- */

enum err
live_new(const struct live_options *opt, struct live **out, struct why *why)
{
	struct live *l = mem_new(1, sizeof(*l));
	const struct log_options log = {
		.key = opt->key, .since_us = TIME_NONE, .until_us = TIME_NONE
	};
	enum err e;

	l->opt = *opt;
	l->opt.ingest.context = l;
	l->opt.ingest.saw = saw;
	l->opt.ingest.changed = changed;
	l->log = postfix_log_live(&log);
	l->held = held_new(&opt->held, &opt->key);
	places_init(&l->places);
	map_init(&l->limited, sizeof(uint64_t));
	map_init(&l->told, sizeof(struct told_hold));
	e = ingest_new(&l->opt.ingest, &l->ingest, why);
	if (e != ERR_OK) {
		live_free(&l);
		return e;
	}
	*out = l;
	return ERR_OK;
}

void
live_free(struct live **pl)
{
	struct live *l = *pl;

	if (l != NULL) {
		ingest_free(&l->ingest);
		postfix_log_close(&l->log);
		held_free(&l->held);
		places_done(&l->places);
		map_done(&l->limited);
		map_done(&l->told);
		free(l->changed);
		free(l->hosts);
		free(l);
		*pl = NULL;
	}
}

/* ---- in ---- */

enum err
live_input(struct live *l, const char *path, uint64_t identity, int64_t mtime_us, struct why *why)
{
	enum err e = ingest_write(l->ingest, l->log, why);

	if (e == ERR_OK) {
		l->input = postfix_log_input(l->log, path, identity, mtime_us);
		ingest_forget_inputs(l->ingest);
	}
	return e;
}

enum err
live_event(struct live *l, const struct event *e, struct why *why)
{
	struct event own = *e;

	own.file = l->input;
	return ingest_take(l->ingest, l->log, &own, why);
}

enum err
live_line(struct live *l, struct sv line, uint64_t offset, struct why *why)
{
	struct event e;

	return postfix_log_line(l->log, line, offset, &e) ? ingest_take(l->ingest, l->log, &e, why)
							  : ERR_OK;
}

void
live_note(struct live *l, const char *note)
{
	postfix_log_rename(l->log, note);
}

enum err
live_roll(struct live *l, struct why *why)
{
	return ingest_roll(l->ingest, why);
}

/* ---- out ---- */

static void
tell_recipient(struct live *l, const struct memory *m)
{
	bool limited = m->state == RECIPIENT_RESTING || m->state == RECIPIENT_SUPPRESSED;
	struct stored_decision d = { 0 };

	if (!limited && map_get(&l->limited, m->run.hash) == NULL) {
		return;
	}
	if (limited) {
		(void)map_put(&l->limited, m->run.hash, NULL);
		if (m->decision != 0) {
			(void)store_decision_get(l->opt.ingest.store, m->decision, &d);
		}
	} else {
		map_drop(&l->limited, m->run.hash);
	}
	l->opt.sink->recipient(l->opt.sink->context, m, d.reason);
}

static void
tell_host(struct live *l, uint32_t host)
{
	const struct host_seen *h = map_get(&l->places.hosts, host);
	const struct store *s = l->opt.ingest.store;
	struct sv provider = store_name_text(s, h->provider);

	if (!h->many && knowledge_provider_by_id(l->opt.ingest.k, provider) == NULL) {
		l->opt.sink->host(l->opt.sink->context, store_name_text(s, host), provider);
	}
}

/* Now, by the clock of the log, which may be of another zone than the sink's. */
static double
event_now(const struct live *l)
{
	return l->newest_s + (l->now_s > l->newest_at_s ? l->now_s - l->newest_at_s : 0);
}

static void
tell_hold(void *context, struct sv provider, const struct ingest_hold *h)
{
	struct live *l = context;
	uint32_t id = store_name(l->opt.ingest.store, provider);
	bool is_new;
	struct told_hold *told = map_put(&l->told, id, &is_new);
	double left = h->until - event_now(l);
	double until = isinf(h->until) ? 0 : left > 0 ? l->now_s + left : 1;

	if (is_new || told->until != h->until || told->incident != h->incident) {
		*told = (struct told_hold){ h->until, h->incident };
		if (is_new && until == 1) { /* over before anybody heard of it */
			return;
		}
		l->opt.sink->hold(l->opt.sink->context, provider, h, (uint32_t)until);
	}
}

static void
set_now(struct live *l, double now_s)
{
	l->now_s = now_s;
	if (l->newest_is_new) {
		l->newest_is_new = false;
		l->newest_at_s = now_s;
	}
}

enum err
live_write(struct live *l, double now_s, struct why *why)
{
	enum err e = ingest_write(l->ingest, l->log, why);

	if (e != ERR_OK) {
		return e;
	}
	set_now(l, now_s);
	for (size_t i = 0; i < l->n_changed; i++) {
		tell_recipient(l, &l->changed[i]);
	}
	l->n_changed = 0;
	for (size_t i = 0; i < l->n_hosts; i++) {
		tell_host(l, l->hosts[i]);
	}
	l->n_hosts = 0;
	ingest_holds(l->ingest, tell_hold, l);
	return store_trouble(l->opt.ingest.store, why);
}

static bool
tell_row(void *context, struct sv address, const struct memory *m)
{
	(void)address;
	tell_recipient(context, m);
	return true;
}

void
live_tell_all(struct live *l, double now_s)
{
	set_now(l, now_s);
	map_clear(&l->limited);
	map_clear(&l->told);
	store_recipients(
	    l->opt.ingest.store, 1u << RECIPIENT_RESTING | 1u << RECIPIENT_SUPPRESSED, tell_row, l);
	for (size_t i = 0; i < l->places.hosts.n; i++) {
		tell_host(l, (uint32_t)l->places.hosts.keys[i]);
	}
	l->n_hosts = 0;
	ingest_holds(l->ingest, tell_hold, l);
	ingest_paces_by_hand(l->ingest);
	l->outside = store_outside_changes(l->opt.ingest.store);
}

static bool
is_held(void *context, uint32_t provider)
{
	const struct live *l = context;
	const struct told_hold *t = map_get(&l->told, provider);

	return t != NULL && event_now(l) < t->until;
}

static void
try_again(void *context, const char *queue_id)
{
	const struct live *l = context;

	l->opt.sink->try_again(l->opt.sink->context, queue_id);
}

void
live_tick(struct live *l, double now_s)
{
	const struct held_caller caller = { l, is_held, try_again };

	set_now(l, now_s);
	held_due(l->held, now_s, &caller);
}

bool
live_is_stale(struct live *l)
{
	uint64_t now = store_outside_changes(l->opt.ingest.store);
	bool stale = now != l->outside;

	l->outside = now;
	return stale;
}

const struct ingest_counts *
live_counts(const struct live *l)
{
	return ingest_counts(l->ingest);
}

const struct places *
live_places(const struct live *l)
{
	return &l->places;
}

size_t
live_held(const struct live *l)
{
	return held_count(l->held);
}

void
live_paces(const struct live *l, ingest_pace_row *row, void *context)
{
	ingest_paces(l->ingest, event_now(l), row, context);
}
