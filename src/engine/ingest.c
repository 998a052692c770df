/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"

#include <math.h>
#include <stdlib.h>

#define ADDRESSES_MAX ((size_t)256 << 20)

/* ---- recipients at hand ---- */

struct at_hand *
ingest_recipient(struct ingest *in, uint64_t hash, struct sv address)
{
	bool is_new;
	struct at_hand *r = map_put(&in->recipients, hash, &is_new);

	if (is_new) {
		r->known = store_recipient_get(in->opt.store, hash, &r->m);
	}
	if (r->address_n == 0 && address.n > 0) {
		r->address_at = in->addresses.n;
		r->address_n = (uint32_t)sv_head(address, 320).n;
		buf_sv(&in->addresses, sv_head(address, 320));
	}
	return r;
}

void
ingest_decide(struct ingest *in, struct at_hand *r, const struct happening *h, uint64_t event,
    uint64_t incident, struct decision *out)
{
	decide_recipient(in->opt.policy, h, &r->m, out);
	r->changed = true;
	if (out->kind != DECISION_NONE) {
		struct stored_decision d = {
			.recipient = r->m.run.hash, .event = event, .incident = incident, .d = *out
		};

		store_decision_put(in->opt.store, &d);
		if (out->after != out->before) {
			r->m.decision = d.id;
		}
		in->counts.decisions[out->kind]++;
	}
}

/* By hash: neighbours in the table are written one after the other. */
static int
by_hash(const void *pa, const void *pb)
{
	const struct at_hand *const *a = pa;
	const struct at_hand *const *b = pb;

	return (*a)->m.run.hash < (*b)->m.run.hash ? -1 : (*a)->m.run.hash > (*b)->m.run.hash;
}

static void
write_recipients(struct ingest *in)
{
	struct at_hand **all = mem_new(in->recipients.n, sizeof(*all));
	struct new_recipient *fresh = mem_new(in->recipients.n, sizeof(*fresh));
	size_t n = 0;
	size_t n_fresh = 0;

	for (size_t i = 0; i < in->recipients.n; i++) {
		struct at_hand *r = map_at(&in->recipients, i);

		if (r->changed) {
			all[n++] = r;
			if (in->opt.changed != NULL) {
				in->opt.changed(in->opt.context, &r->m);
			}
		}
	}
	qsort(all, n, sizeof(struct at_hand *), by_hash);
	for (size_t i = 0; i < n; i++) {
		struct sv address =
		    sv_make(in->addresses.p + all[i]->address_at, all[i]->address_n);

		if (all[i]->known) {
			store_recipient_put(in->opt.store, address, &all[i]->m, true);
		} else {
			fresh[n_fresh++] = (struct new_recipient){ address, &all[i]->m };
		}
	}
	store_recipients_add(in->opt.store, fresh, n_fresh);
	free(fresh);
	free(all);
	map_clear(&in->recipients);
	buf_clear(&in->addresses);
}

enum err
ingest_commit(struct ingest *in, struct why *why)
{
	write_recipients(in);
	ingest_lanes_write(in);
	if (in->since_state >= STATE_EVERY) {
		ingest_state_write(in);
	}
	in->in_batch = 0;
	return store_commit(in->opt.store, why);
}

/* ---- the past ---- */

static bool
past_event(void *context, const struct stored_event *e)
{
	struct ingest *in = context;

	ingest_pace_hand(in, e->id);
	if (e->watched != 0 && e->id > in->past) {
		ingest_watch(in, e);
	}
	in->since_state += e->id > in->past;
	in->last_id = e->id > in->last_id ? e->id : in->last_id;
	if (in->opt.saw != NULL) {
		in->opt.saw(in->opt.context, e);
	}
	in->newest_us = e->t_us > in->newest_us ? e->t_us : in->newest_us;
	return true;
}

enum err
ingest_new(const struct ingest_options *opt, struct ingest **out, struct why *why)
{
	struct ingest *in = mem_new(1, sizeof(*in));
	enum err e;

	in->opt = *opt;
	in->opt.batch = opt->batch == 0 ? INGEST_BATCH : opt->batch;
	in->detector = detector_new(opt->detect, ingest_incident, in);
	map_init(&in->recipients, sizeof(struct at_hand));
	map_init(&in->told[0], 1);
	map_init(&in->told[1], 1);
	map_init(&in->held, sizeof(struct ingest_hold));
	map_init(&in->senders, sizeof(struct sender_names));
	platforms_init(&in->platforms, opt->k);
	map_init(&in->outages, sizeof(uint32_t));
	map_init(&in->mixes, sizeof(struct refusal_mix));
	map_init(&in->paces, sizeof(struct paced));
	buf_init(&in->addresses, ADDRESSES_MAX);
	buf_init(&in->reply, REPLY_TEXT_MAX * 2);
	in->mix_kept = pow(0.5, 1 / opt->incidents->mix_half_refusals);
	in->newest_us = INT64_MIN;
	in->past = ingest_state_read(in);
	in->last_id = in->past;
	ingest_pace_hand_read(in);
	/* Who wants to see the past sees all that is kept. */
	store_events_after(opt->store, opt->saw == NULL ? in->past : 0, past_event, in);
	ingest_pace_hand(in, UINT64_MAX);
	in->told_since_us = in->told_next_us = in->newest_us;
	in->live = true;
	ingest_pace_remember(in);
	e = store_trouble(opt->store, why);
	if (e != ERR_OK) {
		ingest_free(&in);
		return e;
	}
	*out = in;
	return ERR_OK;
}

void
ingest_free(struct ingest **pin)
{
	struct ingest *in = *pin;

	if (in != NULL) {
		detector_free(&in->detector);
		map_done(&in->recipients);
		map_done(&in->told[0]);
		map_done(&in->told[1]);
		map_done(&in->held);
		map_done(&in->mixes);
		platforms_done(&in->platforms);
		map_done(&in->outages);
		map_done(&in->senders);
		map_done(&in->paces);
		buf_done(&in->addresses);
		buf_done(&in->reply);
		free(in->hand);
		free(in->done);
		free(in);
		*pin = NULL;
	}
}

const struct ingest_counts *
ingest_counts(const struct ingest *in)
{
	return &in->counts;
}

/* ---- the run ---- */

/* How much of the file earlier ingests did. */
static uint64_t
done_before(struct ingest *in, const struct postfix_log *log, uint32_t file)
{
	while (in->n_done <= file) {
		in->done = mem_grow(in->done, in->n_done + 1, sizeof(*in->done));
		in->done[in->n_done] = store_input_done(
		    in->opt.store, postfix_log_identity(log, (uint32_t)in->n_done));
		in->n_done++;
	}
	return in->done[file];
}

enum err
ingest_write(struct ingest *in, struct postfix_log *log, struct why *why)
{
	if (in->in_batch == 0) {
		return ERR_OK;
	}
	store_input_put(in->opt.store, postfix_log_identity(log, in->last_file),
	    postfix_log_file(log, in->last_file), in->last_offset + 1);
	return ingest_commit(in, why);
}

enum err
ingest_roll(struct ingest *in, struct why *why)
{
	if (in->newest_us == INT64_MIN) {
		return ERR_OK;
	}
	store_begin(in->opt.store);
	if (in->opt.keep != NULL) {
		store_lanes_roll(in->opt.store, in->opt.keep, in->newest_us / US_PER_SECOND);
		(void)store_events_forget(
		    in->opt.store, (int64_t)(in->opt.keep->events_days * (double)US_PER_DAY));
	}
	if (in->since_state > 0) {
		ingest_state_write(in);
	}
	return ingest_commit(in, why);
}

void
ingest_forget_inputs(struct ingest *in)
{
	in->n_done = 0;
}

enum err
ingest_take(struct ingest *in, struct postfix_log *log, const struct event *e, struct why *why)
{
	enum err err = ERR_OK;

	if (e->offset < done_before(in, log, e->file)) {
		in->counts.known_events++;
		return ERR_OK;
	}
	if (in->in_batch > 0 && (in->in_batch == in->opt.batch || e->file != in->last_file)) {
		err = ingest_write(in, log, why);
	}
	if (err != ERR_OK) {
		return err;
	}
	if (in->in_batch == 0) {
		store_begin(in->opt.store);
	}
	ingest_event(in, e, postfix_log_identity(log, e->file));
	in->last_file = e->file;
	in->last_offset = e->offset;
	in->in_batch++;
	return ERR_OK;
}

enum err
ingest_run(struct ingest *in, struct postfix_log *log, ingest_progress *progress, void *context,
    struct why *why)
{
	struct event e;
	enum err err = ERR_OK;

	ingest_forget_inputs(in);
	while (err == ERR_OK && postfix_log_next(log, &e)) {
		err = ingest_take(in, log, &e, why);
		if (progress != NULL && in->in_batch == 1) {
			uint64_t done;
			uint64_t total;

			postfix_log_progress(log, &done, &total);
			progress(context, done, total);
		}
	}
	err = err == ERR_OK ? ingest_write(in, log, why) : err;
	return err == ERR_OK ? ingest_roll(in, why) : err;
}
