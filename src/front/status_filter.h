/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FRONT_STATUS_FILTER_H
#define CAROM_FRONT_STATUS_FILTER_H

/*
 * smtp_delivery_status_filter: Postfix asks with "5.1.1 host H[IP] said: 550 5.1.1 ..." before
 * it decides, also on success.  The answer replaces the status and the text.  While a
 * provider's unknown-user refusals are not believed, its doubtful 5.x.y becomes 4.x.y, with
 * "[carom:iN]" (incident N) in the text, by which the log shows it as our own doing.
 *
 * Where the reply quotes the recipient, one that was suppressed before the incident began is
 * refused as before.  Whatever else: no answer, which leaves the status as it is.
 *
 * A refusal for now of whoever sends, for the rate or the reputation, has no other answer than
 * that, but it may come late, as the next message would be refused, too: the delivery agent
 * that asks waits and keeps its place among the connections at once meanwhile.  So the
 * destination is asked less often, also for messages whose transport is chosen already.
 *
 * Answers from the table only.  What a reply means is asked of the caller, once a provider is
 * held and the reply is one of its 5xx.
 */

#include "front/answers.h"
#include "mail/postfix.h"

#define STATUS_TEXT_MAX 700 /* bytes of the reply that stand before the mark */

struct filter_question {
	struct reply reply;
	struct sv host;
	enum postfix_saw saw;
	enum smtp_stage stage;
	uint32_t now_s;
};

struct filter_judge { /* borrowed */
	void *context;
	/* The provider behind a host by the knowledge; empty: not known. */
	struct sv (*provider)(void *context, struct sv host, uint32_t now_s);
	/* Does the reply say that the recipient does not exist? */
	bool (*is_unknown_user)(void *context, const struct filter_question *q);
	/* Does it say that too much comes at once, or from the wrong address? */
	bool (*is_of_the_sender)(void *context, const struct filter_question *q);
};

/* True: `out` has the new status and text; false: nothing was written. */
bool status_filter(const struct answers *a, const struct filter_judge *judge, struct sv key,
    uint32_t now_s, struct buf *out);
/* Did the remote host refuse the sender for now? */
bool status_filter_of_the_sender(const struct filter_judge *judge, struct sv key, uint32_t now_s);
/* The recipient that a reply quotes in angle brackets; empty: none. */
struct sv status_filter_quoted(struct sv text);

#endif
