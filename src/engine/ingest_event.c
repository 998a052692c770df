/* SPDX-License-Identifier: Apache-2.0 */
#include "act/ladder.h"
#include "engine/ingest_private.h"
#include "engine/watch.h"

#include <libpsl.h>
#include <stdio.h>

#define REPLY_BYTES 400 /* of a refusal that are kept */

static uint32_t
lower_name(struct ingest *in, struct sv s)
{
	char room[256];

	return store_name(in->opt.store, sv_lower(s, room, sizeof(room)));
}

static uint32_t
provider_name(
    struct ingest *in, const struct event *e, struct sv domain, const struct provider **out)
{
	const struct place place = { .host = e->host, .domain = domain, .time_us = e->time_us };

	*out = knowledge_provider_find(in->opt.k, &place);
	return *out != NULL ? store_name(in->opt.store, sv_from((*out)->id))
			    : lower_name(in, domain);
}

/*
 * Whose domain it is: news.shop.example and shop.example are one sender, and two that
 * agree about a provider must not be the same one.
 */
static uint32_t
organisation_name(struct ingest *in, struct sv low)
{
	char room[256];
	struct sv copy = sv_lower(low, room, sizeof(room) - 1);
	const char *top;

	room[copy.n] = '\0';
	top = psl_registrable_domain(psl_builtin(), room);
	return store_name(in->opt.store, top == NULL ? copy : sv_from(top));
}

/* What a sender mails in a day is taken for one campaign: a log does not say more. */
static uint32_t
campaign_name(struct ingest *in, struct sv low, int64_t t_us)
{
	char text[300];
	struct civil c = civil_from_us(t_us);
	int n = snprintf(text, sizeof(text), "%.*s %04d-%02u-%02u", SV_ARG(sv_head(low, 255)),
	    c.year, c.month, c.day);

	return store_name(in->opt.store, sv_make(text, n < 0 ? 0 : (size_t)n));
}

/* Few senders, many events: what hangs on the sender is worked out once, the campaign once a day. */
static const struct sender_names *
sender_names(struct ingest *in, struct sv domain, int64_t t_us)
{
	uint32_t sender = lower_name(in, domain);
	int64_t day = t_us / (LANE_DAY * US_PER_SECOND); /* of mail after 1970 */
	struct sender_names *n;
	bool is_new;

	if (in->senders.n == INGEST_SENDERS_MAX && map_get(&in->senders, sender) == NULL) {
		map_clear(&in->senders);
		in->counts.senders_dropped++;
	}
	n = map_put(&in->senders, sender, &is_new);

	if (is_new) {
		n->sender = sender;
		n->organisation = organisation_name(in, store_name_text(in->opt.store, sender));
	}
	if (is_new || n->day != day) {
		n->day = day;
		n->campaign = campaign_name(in, store_name_text(in->opt.store, sender), t_us);
	}
	return n;
}

static bool
is_soft(const struct ingest *in, const struct stored_event *s)
{
	return sv_eq(store_name_text(in->opt.store, s->cause), SV("recipient_refused"));
}

/* Who is called unknown by what may be a filter is not gone; but held as if it were. */
static enum happening_kind
happening_of(const struct ingest *in, const struct stored_event *s, bool held)
{
	if (s->kind == EVENT_COMPLAINED || s->kind == EVENT_UNSUBSCRIBED) {
		return s->kind == EVENT_COMPLAINED ? HAPPENED_COMPLAINT : HAPPENED_UNSUBSCRIBED;
	}
	if (s->klass == DETECT_OK) {
		return HAPPENED_ACCEPTED;
	}
	if (s->klass == DETECT_UNKNOWN && (held || !is_soft(in, s))) {
		return HAPPENED_GONE;
	}
	if (s->klass == DETECT_FULL) {
		return HAPPENED_FULL;
	}
	return is_soft(in, s) ? HAPPENED_SOFT : HAPPENED_NOTHING;
}

/* A store of hashes keeps no address, so none in a reply either. */
static struct sv
reply_kept(struct ingest *in, const struct event *e)
{
	struct reply r = { .text = e->reason };

	if (!store_hash_only(in->opt.store)) {
		return sv_head(e->reason, REPLY_BYTES);
	}
	reply_normalise(&r, &in->reply);
	return sv_head(buf_view(&in->reply), REPLY_BYTES);
}

/* Fills in what the reply means. */
static void
read_verdict(struct ingest *in, const struct event *e, const struct provider *p,
    struct stored_event *s, struct verdict *v)
{
	const struct question q = {
		.reply = e->reply,
		.host = e->host,
		.domain = address_domain(e->recipient),
		.stage = e->stage,
		.saw = e->saw,
		.time_us = e->time_us,
		.provider = p,
	};

	classify(in->opt.classifier, &q, v);
	s->klass = (uint32_t)watch_class(v, e->reply.code, s->good_days);
	s->permanent = v->suppress;
	s->cause = store_name(in->opt.store, sv_from(v->cause->name));
	s->rule = v->rule == NULL ? 0 : store_name(in->opt.store, sv_from(v->rule->id));
	s->reply = reply_kept(in, e);
}

void
ingest_watch(struct ingest *in, const struct stored_event *s)
{
	const struct detect_event d = {
		.id = s->id,
		.t = (double)s->t_us / 1e6,
		.provider = s->provider,
		.domain = s->domain,
		.mx = s->host == 0 ? NAME_NONE : s->host,
		.sender = s->organisation,
		.platform = s->host == 0 ? NAME_NONE
					 : platform_of(&in->platforms, s->host,
					       store_name_text(in->opt.store, s->host)),
		.campaign = s->campaign,
		.recipient = (uint32_t)s->recipient,
		.attempt = s->attempt,
		.klass = (enum detect_class)s->klass,
		.good_days = s->good_days,
		.since_unknown_s = s->since_gone_s,
	};

	ingest_mix(in, s);
	detector_event(in->detector, &d);
	ingest_pace(in, s);
}

/*
 * Where a host refused for good and we only turned that into a deferral, its words are evidence
 * as before; where we kept Postfix from asking it (front/pause.h), nothing was said.
 */
static uint32_t
watched(const struct event *e)
{
	if (e->ours) {
		return e->saw == SAW_SAID && e->reply.code >= 500 ? WATCHED_TURNED : 0;
	}
	return e->kind != EVENT_EXPIRED ? WATCHED : 0;
}

static struct stored_event
event_row(struct ingest *in, const struct event *e, uint64_t recipient, uint64_t input,
    const struct provider **p)
{
	struct sv domain = address_domain(e->recipient);
	struct sv from = address_domain(e->sender);
	const struct sender_names *names =
	    sender_names(in, from.n == 0 ? SV("<>") : from, e->time_us);

	return (struct stored_event){
		.t_us = e->time_us,
		.recipient = recipient,
		.kind = (uint32_t)e->kind,
		.provider = provider_name(in, e, domain, p),
		.domain = lower_name(in, domain),
		.host = lower_name(in, e->host),
		.sender = names->sender,
		.organisation = names->organisation,
		.campaign = names->campaign,
		.attempt = e->earlier_deferrals + 1,
		.code = e->reply.code,
		.status = e->reply.status.klass * 1000000u + e->reply.status.subject * 1000u +
			  e->reply.status.detail,
		.watched = watched(e),
		.rung = ladder_number(e->instance),
		.queue_id = e->queue_id,
		.input = input,
		.at = e->offset,
	};
}

void
ingest_apply(struct ingest *in, struct stored_event *s, struct at_hand *r)
{
	struct decision d;
	bool mail = s->kind >= EVENT_RETURNED; /* no attempt, so nothing for the detector */

	store_event_put(in->opt.store, s);
	in->newest_us = s->t_us > in->newest_us ? s->t_us : in->newest_us;
	if (in->opt.saw != NULL) {
		in->opt.saw(in->opt.context, s);
	}
	in->counts.events++;
	in->since_state++;
	in->gap |= s->id != in->last_id + 1;
	in->last_id = s->id;
	r->changed = true;
	if (s->watched != 0 || mail) {
		bool held = ingest_is_held(in, s->provider, (double)s->t_us / 1e6);
		const struct happening h = {
			.kind = happening_of(in, s, held),
			.t = (double)s->t_us / 1e6,
			.permanent = s->permanent != 0,
			.held = held,
			.called_unknown = s->klass == DETECT_UNKNOWN,
		};

		ingest_decide(in, r, &h, s->id, 0, &d);
	}
	if (s->watched != 0) {
		ingest_watch(in, s);
	}
}

void
ingest_event(struct ingest *in, const struct event *e, uint64_t input)
{
	const struct provider *p = NULL;
	struct stored_event s;
	struct verdict v = { 0 };
	struct at_hand *r;
	uint64_t recipient;

	if (e->suspended) { /* nobody was asked: an older reason is quoted */
		in->counts.suspended++;
		return;
	}
	recipient = store_hash(in->opt.store, e->recipient);
	if (ingest_was_told(in, e, recipient)) {
		in->counts.repeated++;
		return;
	}
	s = event_row(in, e, recipient, input, &p);
	r = ingest_recipient(in, s.recipient, e->recipient);
	ingest_count_late(in, &s, &r->m);
	s.good_days = recipient_good_days(&r->m.run, (double)s.t_us / 1e6);
	s.since_gone_s = recipient_since_gone_s(&r->m.run, (double)s.t_us / 1e6);
	s.klass = DETECT_OK;
	if (e->kind == EVENT_DEFERRED || e->kind == EVENT_REJECTED) {
		read_verdict(in, e, p, &s, &v);
	} else if (e->kind == EVENT_EXPIRED) {
		s.klass = DETECT_OTHER;
		s.reply = reply_kept(in, e);
	}
	ingest_apply(in, &s, r);
	ingest_sent(in, e, &s);
	ingest_lane_count(in, &s);
}
