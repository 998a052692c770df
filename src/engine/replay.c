/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/replay.h"

#include "engine/ingest_private.h"

#define BATCH 50000

struct replay {
	struct store *history; /* borrowed */
	struct ingest *ingest; /* owned */
	struct replay_counts *counts;
	enum err err;
	struct why *why;
};

/* A name of the history as a name of the replay. */
static uint32_t
same_name(struct replay *r, uint32_t id)
{
	return store_name(r->ingest->opt.store, store_name_text(r->history, id));
}

static void
count_attempt(struct replay *r, const struct stored_event *e, const struct memory *m)
{
	enum recipient_state state = decide_state_at(m, (double)e->t_us / 1e6);

	if (state == RECIPIENT_RESTING || state == RECIPIENT_SUPPRESSED) {
		r->counts->spared++;
		r->counts->missed += e->kind == EVENT_ACCEPTED;
	}
}

static bool
one(void *context, const struct stored_event *past)
{
	struct replay *r = context;
	struct ingest *in = r->ingest;
	struct stored_event e = *past;
	struct at_hand *at_hand;

	if (in->in_batch == 0) {
		store_begin(in->opt.store);
	}
	e.provider = same_name(r, past->provider);
	e.domain = same_name(r, past->domain);
	e.host = same_name(r, past->host);
	e.cause = same_name(r, past->cause);
	e.rule = same_name(r, past->rule);
	e.sender = same_name(r, past->sender);
	e.organisation = same_name(r, past->organisation);
	e.campaign = same_name(r, past->campaign);
	e.queue_id = e.reply = (struct sv){ 0 };
	at_hand = ingest_recipient(in, e.recipient, (struct sv){ 0 });
	e.good_days = recipient_good_days(&at_hand->m.run, (double)e.t_us / 1e6);
	e.since_gone_s = recipient_since_gone_s(&at_hand->m.run, (double)e.t_us / 1e6);
	if (e.kind <= EVENT_REJECTED) {
		count_attempt(r, &e, &at_hand->m);
	}
	ingest_apply(in, &e, at_hand);
	if (++in->in_batch == BATCH) {
		r->err = ingest_commit(in, r->why);
	}
	return r->err == ERR_OK;
}

static bool
count_state(void *context, struct sv address, const struct memory *m)
{
	struct replay_counts *c = context;

	(void)address;
	c->states[m->state]++;
	return true;
}

enum err
replay_run(struct store *history, const struct replay_options *replay, struct replay_counts *out,
    struct store **past_out, struct why *why)
{
	/* An empty name is a file that SQLite deletes by itself. */
	const struct store_options opt = { .path = "", .create = true };
	const struct policies *p = replay->policies;
	struct ingest_options ingest = { .k = replay->k,
		.policy = &p->recipients,
		.detect = &p->detect,
		.pace = &p->pace,
		.incidents = &p->incidents };
	struct replay r = { .history = history, .counts = out, .why = why };

	*out = (struct replay_counts){ .spared = 0 };
	r.err = store_open(&opt, past_out, why);
	if (r.err != ERR_OK) {
		return r.err;
	}
	ingest.store = *past_out;
	r.err = ingest_new(&ingest, &r.ingest, why);
	if (r.err == ERR_OK) {
		store_events(history, 0, one, &r);
		if (r.err == ERR_OK && r.ingest->in_batch > 0) {
			r.err = ingest_commit(r.ingest, why);
		}
		out->ingest = *ingest_counts(r.ingest);
		store_recipients(*past_out, (1u << RECIPIENT_STATES) - 1, count_state, out);
	}
	r.err = r.err == ERR_OK ? store_trouble(history, why) : r.err;
	r.err = r.err == ERR_OK ? store_trouble(*past_out, why) : r.err;
	ingest_free(&r.ingest);
	if (r.err != ERR_OK) {
		store_close(past_out);
	}
	return r.err;
}
