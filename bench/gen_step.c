/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_mail.h"

#define MS             INT64_C(1000)
#define RETRY_FIRST_US (INT64_C(300) * US_PER_SECOND)
#define RETRY_MOST_US  (INT64_C(4000) * US_PER_SECOND)

static int64_t
between(struct gen *g, int64_t low, int64_t high)
{
	return low + (int64_t)random_below(&g->rng, (uint32_t)(high - low + 1));
}

/* ---- what is answered ---- */

static const struct answer *
answer_at(const struct answer *table, uint32_t roll)
{
	for (const struct answer *a = table + 1; a->weight > 0; a++) {
		if (roll < a->weight) {
			return a;
		}
		roll -= a->weight;
	}
	return table;
}

/* Some answers belong to the recipient and stay: drawn from its number, not from the dice. */
static const struct answer *
answer_draw(struct gen *g, const struct rcpt *r)
{
	uint64_t fixed = r->user * UINT64_C(0x100000001b3) + r->at->name.n * 7919U + r->domain;
	const struct answer *table = r->at->answers;
	const struct answer *a = answer_at(table, random_below(&fixed, 10000));

	if (r->last == NULL && r->first != NULL) {
		return r->first;
	}
	if (a->sticky) {
		return a;
	}
	if (r->at == g->troubled && g->now_us >= g->trouble_from_us &&
	    g->now_us < g->trouble_until_us) {
		table = g->trouble;
	}
	if (r->last != NULL && random_below(&g->rng, 100) < r->last->again) {
		return r->last;
	}
	a = answer_at(table, random_below(&g->rng, 10000));
	return a->sticky ? table : a;
}

static const struct answer notified = { 0, 0, false, OUTCOME_SENT, SAID_PLAIN, SV_INIT("2.0.0"),
	SV_INIT("delivered via bounces service") };
static const struct mailbox_provider bounces = {
	.name = SV_INIT("bounces"), .tag = SV_INIT("postfix/pipe"), .relay = SV_INIT("bounces")
};

/* ---- steps: each writes its line and says how long until the next ---- */

static int64_t
step_connect(struct gen *g, struct mail *m)
{
	struct mark mark = line_begin(g, LINE_CONNECT, SV("postfix/smtpd"), 19000U + m->client);

	out_lit(&g->out, "connect from app");
	out_u(&g->out, m->client + 1);
	out_lit(&g->out, ".shop.example[192.0.2.1");
	out_u(&g->out, m->client + 1);
	out_lit(&g->out, "]");
	line_end(g, &mark);
	m->step = STEP_CLIENT;
	return between(g, 10 * MS, 40 * MS);
}

static int64_t
step_client(struct gen *g, struct mail *m)
{
	struct mark mark;

	m->born_us = g->now_us;
	if (m->stream->pickup) {
		mark = line_of_mail(g, LINE_CLIENT, SV("postfix/pickup"), 18000U, m);
		out_lit(&g->out, "uid=0 from=<root>");
	} else {
		mark = line_of_mail(g, LINE_CLIENT, SV("postfix/smtpd"), 19000U + m->client, m);
		out_lit(&g->out, "client=app");
		out_u(&g->out, m->client + 1);
		out_lit(&g->out, ".shop.example[192.0.2.1");
		out_u(&g->out, m->client + 1);
		out_lit(&g->out, "], sasl_method=PLAIN, sasl_username=shop");
	}
	line_end(g, &mark);
	m->step = STEP_MESSAGE_ID;
	return between(g, 1 * MS, 9 * MS);
}

static int64_t
step_message_id(struct gen *g, struct mail *m)
{
	struct mark mark =
	    line_of_mail(g, LINE_MESSAGE_ID, SV("postfix/cleanup"), 20000U + m->client, m);

	out_lit(&g->out, "message-id=");
	text_expand(g, m, NULL, m->null_sender ? SV("<%T.%x@mail1.shop.example>") : SV("%M"));
	line_end(g, &mark);
	m->step = random_below(&g->rng, 100) < g->sign_percent ? STEP_SIGN : STEP_ACTIVE;
	return between(g, 2 * MS, 20 * MS);
}

static int64_t
step_sign(struct gen *g, struct mail *m)
{
	struct mark mark = line_of_mail(g, LINE_OTHER, SV("opendkim"), 777, m);

	out_lit(&g->out, "DKIM-Signature field added (s=s2020, d=shop.example)");
	line_end(g, &mark);
	m->step = STEP_ACTIVE;
	return between(g, 1 * MS, 5 * MS);
}

static int64_t
step_active(struct gen *g, struct mail *m)
{
	struct mark mark = line_of_mail(g, LINE_ACTIVE, SV("postfix/qmgr"), 1234, m);

	out_lit(&g->out, "from=<");
	if (!m->null_sender) {
		text_sender(g, m);
	}
	out_lit(&g->out, ">, size=");
	out_u(&g->out, m->size);
	out_lit(&g->out, ", nrcpt=");
	out_u(&g->out, m->n_rcpt);
	out_lit(&g->out, " (queue active)");
	line_end(g, &mark);
	m->active_us = g->now_us;
	m->at_rcpt = 0;
	m->failed = false;
	m->attempts++;
	m->setup_us = m->null_sender ? 0 : between(g, 40 * MS, 900 * MS);
	m->send_us = between(g, 20 * MS, 800 * MS);
	m->step = m->session && m->attempts == 1 ? STEP_DISCONNECT : STEP_DELIVER;
	return m->step == STEP_DISCONNECT ? between(g, 5 * MS, 30 * MS) : m->setup_us + m->send_us;
}

static int64_t
step_disconnect(struct gen *g, struct mail *m)
{
	struct mark mark = line_begin(g, LINE_CONNECT, SV("postfix/smtpd"), 19000U + m->client);

	out_lit(&g->out, "disconnect from app");
	out_u(&g->out, m->client + 1);
	out_lit(&g->out, ".shop.example[192.0.2.1");
	out_u(&g->out, m->client + 1);
	out_lit(&g->out, "] ehlo=2 starttls=1 auth=1 mail=1 rcpt=");
	out_u(&g->out, m->n_rcpt);
	out_lit(&g->out, " data=1 quit=1 commands=");
	out_u(&g->out, 7U + m->n_rcpt);
	line_end(g, &mark);
	m->step = STEP_DELIVER;
	return m->setup_us + m->send_us;
}

/* The host of an attempt: the first one most of the time. */
static uint8_t
pick_host(struct gen *g, const struct rcpt *r)
{
	uint8_t n = 0;

	if (r->at->paired) {
		return r->domain;
	}
	while (n < 6 && r->at->hosts[n].n > 0) {
		n++;
	}
	return (uint8_t)(random_below(&g->rng, 3) > 0 ? 0 : random_below(&g->rng, n));
}

static int64_t
step_deliver(struct gen *g, struct mail *m)
{
	struct rcpt *r = &m->rcpt[m->at_rcpt];
	const struct answer *a;

	if (!r->done && m->null_sender) {
		struct rcpt home = { .at = &bounces, .user = 1 };

		line_delivery(g, m, &home, &notified);
		r->done = true;
	} else if (!r->done) {
		r->host = pick_host(g, r);
		a = answer_draw(g, r);
		r->last = a;
		line_smtp_talk(g, m, r, a);
		line_delivery(g, m, r, a);
		r->done = a->outcome != OUTCOME_DEFERRED;
		m->failed |= a->outcome == OUTCOME_BOUNCED;
	}
	m->at_rcpt++;
	m->step = m->at_rcpt < m->n_rcpt ? STEP_DELIVER : STEP_SETTLE;
	return between(g, 1 * MS, 30 * MS);
}

static int64_t
step_settle(struct gen *g, struct mail *m)
{
	bool open = false;
	int64_t wait = RETRY_FIRST_US << (m->attempts > 4 ? 4 : m->attempts - 1);
	struct mark mark;

	for (uint32_t i = 0; i < m->n_rcpt; i++) {
		open |= !m->rcpt[i].done;
	}
	if (open && g->now_us - m->born_us < g->lifetime_us) {
		m->step = STEP_ACTIVE;
		return (wait < RETRY_MOST_US ? wait : RETRY_MOST_US) + between(g, 0, 60000 * MS);
	}
	if (open) {
		mark = line_of_mail(g, LINE_EXPIRED, SV("postfix/qmgr"), 1234, m);
		out_lit(&g->out, "from=<");
		text_sender(g, m);
		out_lit(&g->out, ">, status=expired, returned to sender");
		line_end(g, &mark);
		m->failed = true;
	}
	m->step = m->failed && !m->null_sender && g->n_idle > 0 ? STEP_NOTIFY : STEP_REMOVE;
	return between(g, 0, 2 * MS);
}

static int64_t
step_notify(struct gen *g, struct mail *m)
{
	struct mail *note = mail_notification(g, m);
	struct mark mark =
	    line_of_mail(g, LINE_NOTIFICATION, SV("postfix/bounce"), 22000U + m->client, m);

	out_lit(&g->out, "sender non-delivery notification: ");
	out_add(&g->out, note->qid, note->n_qid);
	line_end(g, &mark);
	m->step = STEP_REMOVE;
	return between(g, 0, 1 * MS);
}

static int64_t
step_remove(struct gen *g, struct mail *m)
{
	struct mark mark = line_of_mail(g, LINE_REMOVED, SV("postfix/qmgr"), 1234, m);

	out_lit(&g->out, "removed");
	line_end(g, &mark);
	return STEP_DONE;
}

static int64_t (*const steps[])(struct gen *, struct mail *) = {
	[STEP_CONNECT] = step_connect,
	[STEP_CLIENT] = step_client,
	[STEP_MESSAGE_ID] = step_message_id,
	[STEP_SIGN] = step_sign,
	[STEP_ACTIVE] = step_active,
	[STEP_DISCONNECT] = step_disconnect,
	[STEP_DELIVER] = step_deliver,
	[STEP_SETTLE] = step_settle,
	[STEP_NOTIFY] = step_notify,
	[STEP_REMOVE] = step_remove,
};

int64_t
mail_step(struct gen *g, struct mail *m)
{
	return steps[m->step](g, m);
}
