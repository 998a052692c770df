/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FACT_EVENT_H
#define CAROM_FACT_EVENT_H

/*
 * An event: one thing that happened to one message for one recipient.  Made by
 * source/, read by everything to the right of it, never changed.  Views borrow
 * from the source and live until its next step: who keeps anything, copies it.
 *
 * What the remote host said and what the MTA decided are two things and are kept
 * apart: "dsn=4.1.1, status=deferred (host H said: 550 5.1.1 ...)" is a refusal
 * with 550 5.1.1 that Postfix was told to defer.
 */

#include "base/civil.h"
#include "mail/postfix.h"
#include "mail/reply.h"

enum event_kind {
	EVENT_ACCEPTED, /* the next host took responsibility, or it was delivered locally */
	EVENT_DEFERRED, /* refused or failed for now; the MTA will try again */
	EVENT_REJECTED, /* refused for good; the MTA returns it */
	EVENT_EXPIRED,  /* given up after the queue lifetime */
	/* Of mails that are tied to a message of ours; nobody was asked at that moment: */
	EVENT_RETURNED,     /* accepted, and came back later */
	EVENT_COMPLAINED,   /* the recipient called it unwanted */
	EVENT_UNSUBSCRIBED, /* the recipient wants no more of it */
};
const char *event_kind_name(enum event_kind k);

struct event {
	enum event_kind kind;
	int64_t time_us;
	struct sv instance; /* syslog_name */
	enum postfix_daemon via;
	struct sv queue_id;
	struct sv recipient; /* as delivered to */
	struct sv orig_to;   /* before aliases; empty: the same */
	struct sv sender;    /* envelope sender; see has_sender */
	bool has_sender; /* the queue id was joined; an empty sender is then the null sender <> */
	struct sv message_id; /* with its <>; empty: not known */
	uint64_t size_bytes;  /* 0: not known */
	uint32_t nrcpt;       /* 0: not known */
	struct sv host;       /* contacted host; empty: none */
	struct sv ip;
	uint32_t port;
	uint32_t conn_use;
	int64_t delay_us; /* -1: not known */
	int64_t delays_us[4];
	enum postfix_saw saw;
	enum smtp_stage stage;
	bool suspended;     /* no attempt was made; an older reason is quoted */
	struct reply reply; /* the remote's words, or the MTA's where there was no remote */
	struct sv reason;   /* the MTA's whole text */
	struct status dsn;  /* the MTA's own decision */
	bool softbounce;    /* soft_bounce = yes turned a bounce into a deferral */
	bool ours;          /* carries a decision id of ours: health never counts it */
	/* Filled by a source that joins attempts of one message to one recipient: */
	uint32_t earlier_deferrals; /* attempts before this one that failed for now */
	bool first_attempt;         /* of this queue id to this recipient, as far as remembered */
	/* Where it was read: for messages to people. */
	uint32_t file;
	uint64_t offset; /* byte offset in the (unpacked) input */
};

/* The domain of an address: what follows the last '@'; empty if there is none. */
struct sv address_domain(struct sv address);
/* "jo***@example.com": the first two characters of the local part. */
void address_mask(struct sv address, struct buf *out);
/* A text, with every address in it so. */
void addresses_mask(struct sv s, struct buf *out);

#endif
