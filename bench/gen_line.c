/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_mail.h"

#define BASE52 SV("0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz")
#define HEX    SV("0123456789ABCDEF")
#define LOWER  SV("0123456789abcdefghijklmnopqrstuvwxyz")

static const struct sv host_name = SV_INIT("mail1 ");
static const struct sv our_ip = SV_INIT("198.51.100.25");

const char *
line_kind_name(enum line_kind k)
{
	static const char *const names[LINE_KINDS] = {
		[LINE_CONNECT] = "smtpd connect and disconnect",
		[LINE_CLIENT] = "smtpd client=, pickup uid=",
		[LINE_MESSAGE_ID] = "cleanup message-id=",
		[LINE_ACTIVE] = "qmgr from=, queue active",
		[LINE_SENT] = "delivery status=sent",
		[LINE_DEFERRED] = "delivery status=deferred",
		[LINE_BOUNCED] = "delivery status=bounced",
		[LINE_EXPIRED] = "qmgr status=expired",
		[LINE_NOTIFICATION] = "bounce notification",
		[LINE_REMOVED] = "qmgr removed",
		[LINE_SMTP_TALK] = "smtp TLS and refused-to-talk",
		[LINE_NOISE] = "anvil, scache, warnings, rejects",
		[LINE_OTHER] = "other programs",
	};

	return names[k];
}

struct mark
line_begin(struct gen *g, enum line_kind kind, struct sv tag, uint32_t pid)
{
	struct mark mark = { kind, g->out.total };

	out_stamp(&g->out, &g->stamp, g->now_us);
	out_sv(&g->out, host_name);
	out_sv(&g->out, tag);
	out_lit(&g->out, "[");
	out_u(&g->out, pid);
	out_lit(&g->out, "]: ");
	return mark;
}

struct mark
line_of_mail(struct gen *g, enum line_kind kind, struct sv tag, uint32_t pid, const struct mail *m)
{
	struct mark mark = line_begin(g, kind, tag, pid);

	out_add(&g->out, m->qid, m->n_qid);
	out_lit(&g->out, ": ");
	return mark;
}

void
line_end(struct gen *g, const struct mark *mark)
{
	out_lit(&g->out, "\n");
	g->lines[mark->kind]++;
	g->bytes[mark->kind] += g->out.total - mark->at;
}

/* Domains and host names hold no other placeholder than %N. */
static void
text_numbered(struct gen *g, struct sv text, uint32_t user)
{
	struct sv head;

	while (sv_cut_sv(&text, SV("%N"), &head)) {
		out_sv(&g->out, head);
		out_u(&g->out, user % 499 + 1);
	}
	out_sv(&g->out, text);
}

void
text_recipient(struct gen *g, const struct rcpt *r)
{
	if (r->user == 0) {
		out_lit(&g->out, "root");
	} else {
		out_lit(&g->out, "user");
		out_u(&g->out, r->user);
	}
	out_lit(&g->out, "@");
	text_numbered(g, r->at->domains[r->domain], r->user);
}

void
text_sender(struct gen *g, const struct mail *m)
{
	const struct rcpt *r = &m->rcpt[0];
	struct sv s = m->stream->sender;

	if (!sv_drop_tail(&s, SV("="))) {
		out_sv(&g->out, s);
		return;
	}
	out_sv(&g->out, s);
	out_lit(&g->out, "user");
	out_u(&g->out, r->user);
	out_lit(&g->out, "=");
	text_numbered(g, r->at->domains[r->domain], r->user);
	out_lit(&g->out, "@news.shop.example");
}

static void
text_remote_ip(struct gen *g, const struct rcpt *r)
{
	out_sv(&g->out, r->at->ip);
	if (sv_ends(r->at->ip, SV("."))) {
		out_u(&g->out, 26U + r->host + r->user % 7);
	}
}

static void
text_message_id(struct gen *g, const struct mail *m)
{
	out_lit(&g->out, "<");
	out_base(&g->out, m->id, 12, LOWER);
	out_lit(&g->out, "@app1.shop.example>");
}

/* "q23-20020a50cc97000000b0054ae87c9c39si95693edi.64" and its older, shorter form. */
static void
text_gmail_tail(struct gen *g)
{
	uint64_t v = random_next(&g->rng);

	out_base(&g->out, v, 1, SV("abcdefghijklmnopqrstuvw"));
	out_u(&g->out, v >> 8 & 31);
	out_lit(&g->out, "si");
	out_digits(&g->out, v >> 16, 7);
	out_base(&g->out, v >> 40, 3, SV("abcdefghijklmnopqrstuvwxyz"));
	out_lit(&g->out, ".");
	out_u(&g->out, v >> 56);
}

static void
text_letter(struct gen *g, const struct mail *m, const struct rcpt *r, char c)
{
	switch (c) {
	case 'I':
		out_sv(&g->out, our_ip);
		break;
	case 'T':
		out_u(&g->out, (uint64_t)(g->now_us / US_PER_SECOND));
		break;
	case 'd':
		out_digits(&g->out, random_next(&g->rng), 4);
		break;
	case 't':
		out_base(&g->out, random_next(&g->rng), 11, BASE52);
		break;
	case 'x':
		out_base(&g->out, random_next(&g->rng), 12, HEX);
		break;
	case 'g':
		text_gmail_tail(g);
		break;
	case 'M':
		text_message_id(g, m);
		break;
	case 'F':
		text_sender(g, m);
		break;
	case 'S':
		out_u(&g->out, m->size);
		break;
	case 'R':
		text_recipient(g, r);
		break;
	case 'D':
		text_numbered(g, r->at->domains[r->domain], r->user);
		break;
	case 'H':
		text_numbered(g, r->at->hosts[r->host], r->user);
		break;
	case 'A':
		text_remote_ip(g, r);
		break;
	default:
		out_add(&g->out, &c, 1);
		break;
	}
}

void
text_expand(struct gen *g, const struct mail *m, const struct rcpt *r, struct sv text)
{
	struct sv head;

	while (sv_cut(&text, '%', &head)) {
		out_sv(&g->out, head);
		if (text.n == 0) {
			return;
		}
		text_letter(g, m, r, text.p[0]);
		text = sv_from_at(text, 1);
	}
	out_sv(&g->out, text);
}

static void
text_relay(struct gen *g, const struct mail *m, const struct rcpt *r, const struct answer *a)
{
	if (a->said == SAID_NO_RELAY || a->said == SAID_SUSPENDED) {
		out_lit(&g->out, "none");
	} else if (r->at->relay.n > 0) {
		out_sv(&g->out, r->at->relay);
	} else {
		text_expand(g, m, r, SV("%H[%A]:25"));
	}
}

/* delay=S, delays=before qmgr/in qmgr/connection/transmission */
static void
text_delays(struct gen *g, const struct mail *m)
{
	int64_t all = g->now_us - m->born_us;
	int64_t manager = 10000 + (int64_t)(m->id & 0xffff) / 8;
	int64_t before = all - manager - m->setup_us - m->send_us;

	out_lit(&g->out, ", delay=");
	out_delay(&g->out, all);
	out_lit(&g->out, ", delays=");
	out_delay(&g->out, before);
	out_lit(&g->out, "/");
	out_delay(&g->out, manager);
	out_lit(&g->out, "/");
	out_delay(&g->out, m->setup_us);
	out_lit(&g->out, "/");
	out_delay(&g->out, m->send_us);
}

static void
text_reason(struct gen *g, const struct mail *m, const struct rcpt *r, const struct answer *a)
{
	static const struct sv tails[] = {
		[SAID_PLAIN] = SV_INIT(""),
		[SAID_TALK] = SV_INIT(""),
		[SAID_MAIL] = SV_INIT(" (in reply to MAIL FROM command)"),
		[SAID_RCPT] = SV_INIT(" (in reply to RCPT TO command)"),
		[SAID_DATA] = SV_INIT(" (in reply to DATA command)"),
		[SAID_END] = SV_INIT(" (in reply to end of DATA command)"),
		[SAID_NO_RELAY] = SV_INIT(""),
		[SAID_SUSPENDED] = SV_INIT(""),
	};

	if (a->said == SAID_TALK) {
		text_expand(g, m, r, SV("host %H[%A] refused to talk to me: "));
	} else if (tails[a->said].n > 0) {
		text_expand(g, m, r, SV("host %H[%A] said: "));
	}
	text_expand(g, m, r, a->text);
	out_sv(&g->out, tails[a->said]);
}

void
line_delivery(struct gen *g, const struct mail *m, const struct rcpt *r, const struct answer *a)
{
	static const enum line_kind kinds[] = { LINE_SENT, LINE_DEFERRED, LINE_BOUNCED };
	static const struct sv words[] = { SV_INIT(", status=sent ("),
		SV_INIT(", status=deferred ("), SV_INIT(", status=bounced (") };
	struct sv tag = a->said == SAID_SUSPENDED ? SV("postfix/error") : r->at->tag;
	struct mark mark =
	    line_of_mail(g, kinds[a->outcome], tag, 21000U + random_below(&g->rng, 90), m);

	out_lit(&g->out, "to=<");
	if (m->null_sender) {
		text_sender(g, m);
	} else {
		text_recipient(g, r);
	}
	out_lit(&g->out, ">");
	if (r->user == 0) {
		out_lit(&g->out, ", orig_to=<root>");
	}
	out_lit(&g->out, ", relay=");
	text_relay(g, m, r, a);
	if (a->outcome == OUTCOME_SENT && r->at->relay.n == 0 && random_below(&g->rng, 10) == 0) {
		out_lit(&g->out, ", conn_use=");
		out_u(&g->out, 2U + random_below(&g->rng, 8));
	}
	text_delays(g, m);
	out_lit(&g->out, ", dsn=");
	out_sv(&g->out, a->dsn);
	out_sv(&g->out, words[a->outcome]);
	text_reason(g, m, r, a);
	out_lit(&g->out, ")");
	line_end(g, &mark);
}

/* What smtp(8) says before it comes to a result. */
void
line_smtp_talk(struct gen *g, const struct mail *m, const struct rcpt *r, const struct answer *a)
{
	uint32_t pid = 21000U + random_below(&g->rng, 90);
	struct mark mark;

	if (r->at->relay.n > 0 || a->said == SAID_NO_RELAY || a->said == SAID_SUSPENDED) {
		return;
	}
	if (a->said == SAID_TALK) {
		if (random_below(&g->rng, 2) == 0) {
			mark = line_of_mail(g, LINE_SMTP_TALK, r->at->tag, pid, m);
			text_reason(g, m, r, a);
			line_end(g, &mark);
		}
	} else if (random_below(&g->rng, 100) < g->tls_percent) {
		mark = line_begin(g, LINE_SMTP_TALK, r->at->tag, pid);
		text_expand(g, m, r,
		    SV("Trusted TLS connection established to %H[%A]:25: TLSv1.2 with cipher "
		       "ECDHE-RSA-AES128-GCM-SHA256 (128/128 bits)"));
		line_end(g, &mark);
	}
}
