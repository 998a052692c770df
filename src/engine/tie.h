/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_TIE_H
#define CAROM_ENGINE_TIE_H

/*
 * Mails that came back, tied to the messages of a log: by the queue id that the reporter wrote
 * down (if the reporter is our own Postfix, it is the log's), or by the Message-ID of the mail
 * that was returned.  The mails are kept and the log flows by, so that memory is bounded by the
 * mails.  Anybody can send a bounce: what is tied to no message that was sent is only told.
 */

#include "base/hash.h"
#include "engine/returned.h"
#include "fact/event.h"

#define TIE_MAILS_MAX 1000000
#define TIE_BYTES_MAX ((size_t)1 << 30)

enum tie_state {      /* of one recipient, from what tells least to what tells most */
	TIE_NONE,     /* the log does not have the message */
	TIE_MESSAGE,  /* it has it, but not with this recipient */
	TIE_TRYING,   /* it was deferred when the log ended */
	TIE_ACCEPTED, /* it was accepted, and came back later */
	TIE_REFUSED,  /* the log has the refusal */
};

struct tied_recipient {
	enum tie_state state;
	void *group;       /* the caller's, of the event that tied it; NULL: none */
	struct sv address; /* the mail's, or where it hides it the log's if there is but one */
	bool several;      /* it hides it, and the message had several recipients */
};

struct tie;

struct tie *tie_new(const struct hash_key *key);
void tie_free(struct tie **t);
/* Copies the mail, unless the very same is there already; false: there is no more room. */
bool tie_add(struct tie *t, const struct returned *r);
size_t tie_count(const struct tie *t);
/* An event of the log; `group` is kept for the mails that it ties. */
void tie_event(struct tie *t, const struct event *e, void *group);
/* False: another mail said it of the same recipient of the same message. */
bool tie_is_first(struct tie *t, const struct returned *m, const struct returned_recipient *r);
/* Mail i, in the order of tie_add; *recipients_out is as long as its recipients. */
const struct returned *tie_mail(
    const struct tie *t, size_t i, const struct tied_recipient **recipients_out);

#endif
