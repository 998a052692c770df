/* SPDX-License-Identifier: Apache-2.0 */
#include "source/postfix_log_private.h"

#define OUR_MARK "[carom:" /* every answer of ours carries its decision id so: "[carom:ID]" */
#define OUR_PAUSE \
	"/carom-pause" /* syslog_name of the service that we pause providers by (doc/serve.md) */

/* A line of the mail log, and the message that it is about. */
struct at_hand {
	const struct record *rec; /* borrowed */
	struct postfix_line line;
	struct sv instance;
	uint64_t hash; /* of the instance and the queue id; 0: it has none */
};

static void
join(struct postfix_log *log, const struct at_hand *h)
{
	const struct postfix_line *line = &h->line;
	struct queue_entry *e;

	log->counts.joined_lines++;
	if (line->kind == POSTFIX_CLIENT) {
		return; /* says nothing that is kept; the place is on its way for the lines behind it */
	}
	e = queue_put(log->queue, h->hash);
	if (line->kind == POSTFIX_MESSAGE_ID) {
		queue_set_message_id(log->queue, e, line->message_id);
	} else if (line->kind == POSTFIX_FROM || line->kind == POSTFIX_PICKED_UP) {
		queue_set_sender(log->queue, e, line->sender);
		e->size_bytes = line->size_bytes != 0 ? line->size_bytes : e->size_bytes;
		e->nrcpt = line->nrcpt != 0 ? line->nrcpt : e->nrcpt;
	}
}

static void
fill_from_queue(struct postfix_log *log, struct queue_entry *e, struct event *out)
{
	if (e == NULL) {
		return;
	}
	out->has_sender = queue_sender(log->queue, e, &out->sender);
	(void)queue_message_id(log->queue, e, &out->message_id);
	out->size_bytes = e->size_bytes;
	out->nrcpt = e->nrcpt;
}

static void
count_attempts(struct postfix_log *log, uint64_t hash, struct queue_entry *e, struct event *out)
{
	bool deferred = out->kind == EVENT_DEFERRED && !out->suspended;

	out->first_attempt = true;
	if (!deferred && (e == NULL || !e->deferred)) {
		return;
	}
	if (deferred) {
		e = e == NULL ? queue_put(log->queue, hash) : e;
		e->deferred = true;
	}
	out->earlier_deferrals = queue_deferrals(log->queue, hash, out->recipient, deferred);
	out->first_attempt = out->earlier_deferrals == 0;
}

static void
read_reason(const struct postfix_line *line, struct event *out)
{
	struct postfix_reason r;

	if (out->kind == EVENT_ACCEPTED) { /* nobody asks what an acceptance means */
		out->reply.text = line->reason;
		return;
	}
	postfix_reason_read(line->reason, &r);
	out->saw = r.saw;
	out->stage = r.stage;
	out->suspended = r.suspended;
	if (r.host.n > 0) {
		out->host = r.host;
		out->ip = r.ip;
	}
	if (out->saw == SAW_NOTHING && line->relay_host.n == 0) {
		out->saw = SAW_LOCAL;
	}
	reply_read(r.reply, &out->reply);
	/* A host may say anything, our mark too; but what was returned was not our doing. */
	out->ours = out->kind == EVENT_DEFERRED && (sv_find(line->reason, SV(OUR_MARK)) >= 0 ||
						       sv_ends(out->instance, SV(OUR_PAUSE)));
}

/* False: an address probe, nothing that was to be delivered. */
static bool
delivery(struct postfix_log *log, const struct at_hand *h, struct event *out)
{
	static const enum event_kind kinds[] = {
		[POSTFIX_SENT] = EVENT_ACCEPTED,
		[POSTFIX_DEFERRED] = EVENT_DEFERRED,
		[POSTFIX_BOUNCED] = EVENT_REJECTED,
		[POSTFIX_SOFTBOUNCE] = EVENT_DEFERRED,
	};
	const struct postfix_line *line = &h->line;
	struct queue_entry *e = queue_find(log->queue, h->hash);

	if (line->outcome == POSTFIX_DELIVERABLE || line->outcome == POSTFIX_UNDELIVERABLE) {
		return false;
	}
	out->kind = kinds[line->outcome];
	out->softbounce = line->outcome == POSTFIX_SOFTBOUNCE;
	out->recipient = line->recipient;
	out->orig_to = line->orig_to;
	out->host = line->relay_host;
	out->ip = line->relay_ip;
	out->port = line->relay_port;
	out->conn_use = line->conn_use;
	out->delay_us = line->delay_us;
	memcpy(out->delays_us, line->delays_us, sizeof(out->delays_us));
	out->dsn = line->dsn;
	out->reason = line->reason;
	read_reason(line, out);
	fill_from_queue(log, e, out);
	count_attempts(log, h->hash, e, out);
	return true;
}

static void
expired(struct postfix_log *log, const struct at_hand *h, struct event *out)
{
	const struct postfix_line *line = &h->line;

	fill_from_queue(log, queue_find(log->queue, h->hash), out);
	out->kind = EVENT_EXPIRED;
	out->sender = line->sender;
	out->has_sender = true;
	out->delay_us = -1;
	out->saw = SAW_LOCAL;
	out->reason = line->reason;
	out->reply.text = line->reason;
}

static void
removed(struct postfix_log *log, const struct at_hand *h)
{
	struct queue_entry *e = queue_find(log->queue, h->hash);

	log->counts.joined_lines++;
	if (e != NULL) {
		e->removed = true;
	}
}

/* True if the line is an event. */
static bool
take_line(struct postfix_log *log, const struct at_hand *h, struct event *out)
{
	struct log_counts *c = &log->counts;
	const struct record *rec = h->rec;
	const struct postfix_line *line = &h->line;

	if (line->kind == POSTFIX_DELIVERY || line->kind == POSTFIX_EXPIRED) {
		*out = (struct event){
			.time_us = rec->time_us,
			.instance = h->instance,
			.via = line->daemon,
			.queue_id = line->queue_id,
			.file = (uint32_t)log->at,
			.offset = rec->offset,
		};
	}
	switch (line->kind) {
	case POSTFIX_DELIVERY:
		if (delivery(log, h, out)) {
			return true;
		}
		c->ignored_lines++;
		return false;
	case POSTFIX_EXPIRED:
		expired(log, h, out);
		return true;
	case POSTFIX_FROM:
	case POSTFIX_MESSAGE_ID:
	case POSTFIX_CLIENT:
	case POSTFIX_PICKED_UP:
		join(log, h);
		return false;
	case POSTFIX_REMOVED:
		removed(log, h);
		return false;
	case POSTFIX_NOTIFICATION:
		c->joined_lines++;
		c->notifications += sv_find(line->reason, SV("non-delivery")) >= 0;
		return false;
	case POSTFIX_REFUSED_IN:
		c->incoming_refused++;
		return false;
	case POSTFIX_TROUBLE:
		c->trouble_lines++;
		return false;
	case POSTFIX_IGNORED:
		c->ignored_lines++;
		return false;
	case POSTFIX_UNKNOWN:
		break;
	}
	c->unknown_lines++;
	shapes_add(log->shapes, rec->message, rec->whole, (uint32_t)log->at, rec->offset);
	return false;
}

/* Services of one instance have one queue, whatever syslog_name adds: "postfix/submission" is "postfix". */
static uint64_t
message_hash(const struct postfix_log *log, struct sv instance, struct sv queue_id)
{
	struct sv base;

	return queue_hash(log->queue, sv_cut(&instance, '/', &base) ? base : instance, queue_id);
}

/* What is known of the message comes from memory while the line is read. */
static void
look_ahead(struct postfix_log *log, struct at_hand *h)
{
	struct sv rest = h->rec->message;
	struct sv id;

	if (postfix_queue_id_take(&rest, &id)) {
		h->hash = message_hash(log, h->instance, id);
		queue_prefetch(log->queue, h->hash);
	}
}

bool
postfix_event_take(struct postfix_log *log, const struct record *rec, struct event *out)
{
	struct at_hand h
	    __attribute__((uninitialized)); /* every field is set below, or by its reader */
	enum postfix_daemon daemon;

	log->counts.lines++;
	if (!rec->headed) {
		log->counts.garbage_lines += rec->whole.n > 0;
		return false;
	}
	h.rec = rec;
	h.hash = 0;
	h.instance = (struct sv){ 0 };
	daemon = postfix_daemon_of(rec->tag, &h.instance);
	if (daemon == POSTFIX_DAEMON_NONE) {
		log->counts.other_lines++;
		return false;
	}
	look_ahead(log, &h);
	postfix_line_read(daemon, rec->message, &h.line);
	if (!take_line(log, &h, out)) {
		return false;
	}
	if ((log->opt.since_us != TIME_NONE && rec->time_us < log->opt.since_us) ||
	    (log->opt.until_us != TIME_NONE && rec->time_us >= log->opt.until_us)) {
		return false;
	}
	log->counts.events++;
	return true;
}
