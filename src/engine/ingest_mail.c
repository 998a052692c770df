/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"
#include "engine/watch.h"
#include "mail/batv.h"

/*
 * Mails into the store.  Anybody can write one: a recipient is changed only because of a message
 * that the log told us was sent to him.
 */

#define LATE_DAYS   90 /* behind the delivery; a date that is later, or earlier, is not believed */
#define REPLY_BYTES 400

/* ---- what was sent ---- */

void
ingest_sent(struct ingest *in, const struct event *e, const struct stored_event *s)
{
	struct sv id = e->message_id.n > 2 ? e->message_id : e->queue_id;

	/* Deferred is not the end; and what never left this host has no bounce from elsewhere. */
	if (e->kind == EVENT_DEFERRED || (e->kind == EVENT_ACCEPTED && e->host.n == 0) ||
	    id.n < 4) {
		return;
	}
	store_sent_put(in->opt.store, store_message(in->opt.store, id), s->recipient, s->id);
}

struct found {
	uint64_t message, recipient, event;
};

/* The recipient that the mail speaks of, among those that the message went to. */
static bool
find_by(struct ingest *in, struct sv id, const struct returned_recipient *r, struct found *out)
{
	const struct sv names[] = { r->address, r->original };
	struct sent sent[2];

	if (id.n < 4) {
		return false;
	}
	out->message = store_message(in->opt.store, id);
	for (size_t i = 0; i < 2; i++) {
		out->recipient = store_hash(in->opt.store, names[i]);
		if (names[i].n > 0 &&
		    store_was_sent(in->opt.store, out->message, out->recipient, &out->event)) {
			return true;
		}
	}
	/* The reporter hides who it was: known if the message went to nobody else. */
	if (r->address.n == 0 && store_sent(in->opt.store, out->message, sent, 2) == 1) {
		out->recipient = sent[0].recipient;
		out->event = sent[0].event;
		return true;
	}
	return false;
}

static bool
last_accepted(void *context, const struct stored_event *e)
{
	uint64_t *event = context;

	*event = e->kind == EVENT_ACCEPTED ? e->id : *event;
	return true;
}

/* By a return path that carries the recipient and that we have signed: it answers the last mail that
 * he accepted, and nobody else could be meant. */
static bool
find_signed(struct ingest *in, const struct returned *m, struct found *out)
{
	char room[BATV_ADDRESS_MAX];
	struct arena *arena;
	struct sv plain;
	struct sv recipient;

	if (m->n_recipients != 1 ||
	    !batv_holds(m->signed_path, in->opt.return_path_key, room, &plain)) {
		return false;
	}
	arena = arena_new(4096);
	recipient = bounce_path_recipient(plain, arena);
	*out = (struct found){ .message = 0,
		.recipient = recipient.n == 0 ? 0 : store_hash(in->opt.store, recipient) };
	arena_free(&arena);
	if (out->recipient != 0) {
		store_events(in->opt.store, out->recipient, last_accepted, &out->event);
	}
	return out->event != 0;
}

/* ---- one recipient of a mail ---- */

static struct sv
reply_kept(struct ingest *in, struct sv text)
{
	struct reply r = { .text = text };

	if (!store_hash_only(in->opt.store)) {
		return sv_head(text, REPLY_BYTES);
	}
	reply_normalise(&r, &in->reply);
	return sv_head(buf_view(&in->reply), REPLY_BYTES);
}

static int64_t
time_of(const struct returned *m, const struct stored_event *sent)
{
	int64_t latest = sent->t_us + LATE_DAYS * US_PER_DAY;

	return m->time_us == TIME_NONE || m->time_us < sent->t_us || m->time_us > latest
		   ? sent->t_us
		   : m->time_us;
}

/* Returns the id of the event that was made. */
static uint64_t
apply(struct ingest *in, const struct returned *m, const struct returned_recipient *r,
    enum event_kind kind, const struct stored_event *sent)
{
	struct store *store = in->opt.store;
	struct at_hand *hand = ingest_recipient(in, sent->recipient, (struct sv){ 0 });
	struct stored_event s = *sent;

	s.t_us = time_of(m, sent);
	s.kind = kind;
	s.watched = 0;
	s.code = r->code;
	s.status = r->status.klass * 1000000u + r->status.subject * 1000u + r->status.detail;
	s.good_days = recipient_good_days(&hand->m.run, (double)s.t_us / 1e6);
	s.since_gone_s = recipient_since_gone_s(&hand->m.run, (double)s.t_us / 1e6);
	s.klass = kind == EVENT_RETURNED ? (uint32_t)watch_class(&r->verdict, r->code, s.good_days)
					 : DETECT_OTHER;
	s.permanent = r->verdict.suppress;
	s.cause = store_name(store, sv_from(r->verdict.cause->name));
	s.rule = r->verdict.rule == NULL ? 0 : store_name(store, sv_from(r->verdict.rule->id));
	s.reply = reply_kept(in, r->reply);
	s.queue_id = sv_head(m->queue_id, 64);
	s.input = m->digest;
	s.at = 0;
	ingest_apply(in, &s, hand);
	return s.id;
}

static enum event_kind
kind_of(const struct returned *m, const struct returned_recipient *r)
{
	if (m->kind != BOUNCE_COMPLAINT) {
		return EVENT_RETURNED;
	}
	return sv_eq(sv_from(r->verdict.cause->name), SV("unsubscribe")) ? EVENT_UNSUBSCRIBED
									 : EVENT_COMPLAINED;
}

/* False: it is tied to nothing. */
static bool
one_recipient(struct ingest *in, const struct returned *m, const struct returned_recipient *r)
{
	struct found found;
	struct stored_event sent;
	enum event_kind kind = kind_of(m, r);

	if ((!find_by(in, m->message_id, r, &found) && !find_by(in, m->queue_id, r, &found) &&
		!find_signed(in, m, &found)) ||
	    !store_event_get(in->opt.store, found.event, &sent)) {
		in->counts.untied++;
		return false;
	}
	if (kind == EVENT_RETURNED ? sent.kind != EVENT_ACCEPTED : sent.kind == kind) {
		in->counts.mails_in_log++; /* the log told the refusal, or another mail did */
		return true;
	}
	in->counts.returned += kind == EVENT_RETURNED;
	in->counts.complained += kind == EVENT_COMPLAINED;
	in->counts.unsubscribed += kind == EVENT_UNSUBSCRIBED;
	sent.id = apply(in, m, r, kind, &sent);
	if (found.message != 0) {
		store_sent_put(in->opt.store, found.message, found.recipient, sent.id);
	}
	return true;
}

/* ---- one mail ---- */

static bool
speaks(const struct returned *m, const struct returned_recipient *r)
{
	return m->kind == BOUNCE_COMPLAINT ||
	       (m->kind == BOUNCE_BOUNCE &&
		   (r->action == DSN_FAILED || r->action == DSN_NO_ACTION));
}

enum err
ingest_mail(struct ingest *in, const struct returned *m, struct why *why)
{
	bool all = true;

	if (store_input_done(in->opt.store, m->digest) > 0) {
		in->counts.known_mails++;
		return ERR_OK;
	}
	if (in->in_batch == 0) {
		store_begin(in->opt.store);
	}
	in->counts.mails++;
	for (size_t i = 0; i < m->n_recipients; i++) {
		if (speaks(m, &m->recipients[i])) {
			all = one_recipient(in, m, &m->recipients[i]) && all;
		}
	}
	/* The log that has its message may come later, so what is tied to nothing stays new. */
	if (all) {
		char room[1024];
		struct sv name = sv_head(m->name, sizeof(room) - 1);

		memcpy(room, name.p == NULL ? "" : name.p, name.n);
		room[name.n] = '\0';
		store_input_put(in->opt.store, m->digest, room, 1);
	}
	return ++in->in_batch >= in->opt.batch ? ingest_commit(in, why) : ERR_OK;
}

enum err
ingest_mails_end(struct ingest *in, struct why *why)
{
	return in->in_batch > 0 ? ingest_commit(in, why) : ERR_OK;
}
