/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BENCH_GEN_MAIL_H
#define CAROM_BENCH_GEN_MAIL_H

/*
 * A mail server in miniature: messages come in, are tried, deferred, tried again,
 * bounced, expired and removed, many at a time, and every step writes the line
 * that Postfix would write.  Time is simulated: a heap holds what is due next.
 * The same seed and options give the same bytes.
 */

#include "gen_out.h"
#include "gen_world.h"

#define RCPT_MAX 8

enum line_kind {
	LINE_CONNECT, /* smtpd: connect, disconnect */
	LINE_CLIENT,  /* smtpd: client=, pickup: uid= */
	LINE_MESSAGE_ID,
	LINE_ACTIVE,
	LINE_SENT,
	LINE_DEFERRED,
	LINE_BOUNCED,
	LINE_EXPIRED,
	LINE_NOTIFICATION,
	LINE_REMOVED,
	LINE_SMTP_TALK, /* smtp: TLS connection established; host refused, trying the next */
	LINE_NOISE,     /* anvil, scache, warnings, mail refused at the door */
	LINE_OTHER,     /* other programs in the same log */
	LINE_KINDS,
};

enum step { /* what a message does next */
	STEP_CONNECT,
	STEP_CLIENT,
	STEP_MESSAGE_ID,
	STEP_SIGN,
	STEP_ACTIVE,
	STEP_DISCONNECT,
	STEP_DELIVER,
	STEP_SETTLE,
	STEP_NOTIFY,
	STEP_REMOVE,
};

struct rcpt {
	const struct mailbox_provider *at;
	const struct answer *last;  /* NULL: not tried yet */
	const struct answer *first; /* what the first attempt meets; NULL: drawn */
	uint32_t user;              /* 0: root */
	uint8_t domain, host;
	bool done;
};

struct order { /* a message that somebody sends */
	int64_t at_us;
	int64_t age_us; /* it has been in the queue for so long already */
	uint32_t stream;
	uint32_t n_rcpt;
	struct rcpt rcpt[RCPT_MAX];
};

struct mail {
	int64_t born_us, active_us;
	int64_t setup_us, send_us;
	uint64_t id;
	const struct stream *stream;
	uint32_t size, attempts, client;
	uint8_t step, n_rcpt, at_rcpt;
	bool null_sender; /* a non-delivery notification */
	bool session;     /* connect and disconnect are this message's own */
	bool failed;      /* at least one recipient bounced in this round */
	uint8_t n_qid;
	char qid[23];
	struct rcpt rcpt[RCPT_MAX];
};

struct due {
	int64_t at_us;
	uint32_t order; /* first come, first served within a microsecond */
	uint32_t mail;
};

struct gen {
	struct out out;
	struct stamp stamp;
	uint64_t rng;
	int64_t now_us, end_us; /* nothing happens after end_us */
	uint64_t limit_bytes;
	uint64_t lines[LINE_KINDS], bytes[LINE_KINDS];
	struct mail *mails; /* owned: n_mails slots */
	uint32_t *idle;     /* owned: slots that are free */
	struct due *heap;   /* owned */
	uint32_t n_mails, n_idle, n_heap, counter;
	int64_t arrival_us;       /* when the next message comes */
	int64_t gap_us;           /* between messages, on average */
	int64_t lifetime_us;      /* maximal_queue_lifetime */
	const struct order *plan; /* borrowed; NULL: messages come at random */
	size_t n_plan, at_plan;
	const struct mailbox_provider *troubled; /* NULL: no incident */
	const struct answer *trouble;
	int64_t trouble_from_us, trouble_until_us;
	uint32_t noise_percent, session_percent, tls_percent, sign_percent;
	uint64_t messages;
	double in_flight_us; /* sum of messages in flight times microseconds */
};

struct gen *gen_new(uint64_t seed, int64_t start_us, uint32_t in_flight);
void gen_free(struct gen **g);
/* Runs until limit_bytes are written, end_us is reached or the output breaks. */
void gen_run(struct gen *g);

/* Puts a non-delivery notification for `of` into the queue; an idle slot must be there. */
struct mail *mail_notification(struct gen *g, const struct mail *of);

/* ---- gen_step.c ---- */

#define STEP_DONE INT64_C(-1)
/* Writes the line of the step; microseconds until the next one, or STEP_DONE. */
int64_t mail_step(struct gen *g, struct mail *m);

/* ---- gen_line.c: what the lines look like ---- */

struct mark { /* where a line began, for the counts */
	enum line_kind kind;
	uint64_t at;
};

struct mark line_begin(struct gen *g, enum line_kind kind, struct sv tag, uint32_t pid);
/* The same, and "QUEUEID: " of the message. */
struct mark line_of_mail(
    struct gen *g, enum line_kind kind, struct sv tag, uint32_t pid, const struct mail *m);
void line_end(struct gen *g, const struct mark *mark);
void text_recipient(struct gen *g, const struct rcpt *r);
void text_sender(struct gen *g, const struct mail *m);
/* Replaces the %x of gen_world.h; m and r may be NULL where the text needs none. */
void text_expand(struct gen *g, const struct mail *m, const struct rcpt *r, struct sv text);
void line_delivery(
    struct gen *g, const struct mail *m, const struct rcpt *r, const struct answer *a);
void line_smtp_talk(
    struct gen *g, const struct mail *m, const struct rcpt *r, const struct answer *a);
void line_noise(struct gen *g);
const char *line_kind_name(enum line_kind k);

/* ---- gen_sample.c ---- */

/* Two days of a shop's mail with the Cox incident in it; sets up everything but the output. */
struct order *sample_plan(struct gen *g, size_t *n_out);
#define SAMPLE_START INT64_C(1600560000000000) /* 2020-09-20 00:00 */

#endif
