/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/analyze.h"

#include <stdio.h>

/* What the mail says, as if an attempt had been refused. */
static struct event
event_of(const struct mail_run *c, const struct returned *m, const struct returned_recipient *r,
    struct sv id)
{
	struct event e = {
		.kind = sv_eq(sv_from(r->verdict.cause->name), SV("expired")) ? EVENT_EXPIRED
									      : EVENT_REJECTED,
		.time_us =
		    m->time_us == TIME_NONE || m->time_us > c->now_us ? c->now_us : m->time_us,
		.queue_id = id,
		.recipient = r->address,
		.message_id = m->message_id,
		.sender = m->sender,
		.host = r->host,
		.stage = r->stage,
		.delay_us = -1,
	};

	reply_read(r->reply, &e.reply);
	e.reply.code = r->code;
	e.reply.status = r->status;
	return e;
}

/* A message that has no id counts by its mail. */
static struct sv
id_of(const struct returned *m, char *room, size_t size)
{
	int n;

	if (m->queue_id.n > 0) {
		return m->queue_id;
	}
	if (m->message_id.n > 0) {
		return m->message_id;
	}
	n = snprintf(room, size, "mail %016llx", (unsigned long long)m->digest);
	return sv_make(room, n < 0 ? 0 : (size_t)n);
}

static void
count_recipient(const struct mail_run *c, const struct returned *m,
    const struct returned_recipient *r, const struct tied_recipient *tied,
    struct mail_counts *counts)
{
	char room[32];
	struct event e = event_of(c, m, r, id_of(m, room, sizeof(room)));

	if (!tie_is_first(c->tie, m, r)) {
		counts->again++;
	} else if (tied->state == TIE_REFUSED) {
		counts->in_log++;
	} else if (tied->state != TIE_NONE) {
		counts->later++;
		tally_returned(c->tally, tied->group, &e, &r->verdict);
	} else if (c->has_log) {
		counts->untied++;
		c->untied(c->context, m, r);
	} else {
		struct group *g = tally_group(c->tally, &e);

		counts->counted++;
		tally_add(c->tally, g, &e, e.kind == EVENT_EXPIRED ? NULL : &r->verdict);
	}
}

static void
count_mail(const struct mail_run *c, const struct returned *m, const struct tied_recipient *tied,
    struct mail_counts *counts)
{
	counts->mails++;
	counts->kinds[m->kind]++;
	for (size_t i = 0; m->kind == BOUNCE_BOUNCE && i < m->n_recipients; i++) {
		const struct returned_recipient *r = &m->recipients[i];

		if (r->action == DSN_FAILED || r->action == DSN_NO_ACTION) {
			count_recipient(c, m, r, &tied[i], counts);
		}
	}
	if (m->kind == BOUNCE_COMPLAINT && m->n_recipients > 0) {
		counts->complaints_tied += tied[0].state != TIE_NONE;
		if (tied[0].state == TIE_NONE && c->has_log) {
			c->untied(c->context, m, &m->recipients[0]);
		}
	}
}

void
analyze_mails(const struct mail_run *run, struct mail_counts *out)
{
	*out = (struct mail_counts){ 0 };
	for (size_t i = 0; i < tie_count(run->tie); i++) {
		const struct tied_recipient *tied;
		const struct returned *m = tie_mail(run->tie, i, &tied);

		count_mail(run, m, tied, out);
	}
}
