/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DECIDE_DECIDE_H
#define CAROM_DECIDE_DECIDE_H

/*
 * What becomes of a recipient: memory, one thing that happened, policy -> a new state,
 * and a decision with its reason where the state means doing something else than before.
 *
 * Pure: no clock, no store; the same history under the same policy gives the same
 * decisions.  A complaint, an unsubscription and what a person decided by hand outrank
 * every acceptance and every amnesty.  Refusals for spam, policy, rate, network or
 * the provider's own trouble never count against a recipient.
 */

#include "base/sv.h"
#include "fact/policy.h"
#include "remember/memory.h"

enum happening_kind {
	HAPPENED_ACCEPTED,
	HAPPENED_GONE,    /* refused: no such user, disabled, moved, no such domain */
	HAPPENED_FULL,    /* refused: the mailbox is full */
	HAPPENED_SOFT,    /* refused by the recipient or a filter of its own */
	HAPPENED_NOTHING, /* about the sender, the message, the provider: not about the recipient */
	HAPPENED_COMPLAINT,
	HAPPENED_UNSUBSCRIBED,
	HAPPENED_BY_HAND,  /* a person suppresses it */
	HAPPENED_RELEASED, /* a person takes that back */
	HAPPENED_AMNESTY,  /* the refusals of a window were false: none of them counts */
};

struct happening {
	enum happening_kind kind;
	double t;            /* seconds since 1970 */
	bool permanent;      /* of a refusal: the verdict says it stays */
	bool called_unknown; /* of a soft refusal: in words, by what may be a filter */
	bool held; /* of a refusal: the provider's unknown-user refusals are not believed now */
};

enum decision_kind {
	DECISION_NONE,
	DECISION_SUPPRESS,
	DECISION_REST,
	DECISION_HOLD,    /* a hard bounce is not believed: the provider is at fault */
	DECISION_RELEASE, /* from resting */
	DECISION_UNSUPPRESS,
};

struct decision {
	enum decision_kind kind;
	const char *reason; /* static */
	enum recipient_state before, after;
	uint32_t t_s, until_s; /* until 0: open */
};

const char *decision_kind_name(enum decision_kind k);
/* The opposite: what a person types to undo it; "" for what undoes itself. */
const char *decision_undo(enum decision_kind k);

/* Changes *m; *out says what was decided (kind NONE: nothing worth a record). */
void decide_recipient(
    const struct policy *p, const struct happening *h, struct memory *m, struct decision *out);
/* The state at a time: rest ends by itself. */
enum recipient_state decide_state_at(const struct memory *m, double t);

#endif
