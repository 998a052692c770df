/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FRONT_DOOR_H
#define CAROM_FRONT_DOOR_H

/*
 * The policy service: may this recipient be mailed?  A suppressed one is refused with a text
 * that says why, since when and by which decision; a resting one is deferred or let through,
 * by policy and by the class of the sender (transactional or bulk).  Everything else is
 * DUNNO, which leaves the decision to what stands behind it in Postfix.  CHECK_REFUSED of
 * mail/check_address.h is always refused.
 */

#include "fact/policy.h"
#include "front/answers.h"
#include "front/policy_request.h"

struct door_settings { /* borrowed */
	struct door_policy policy;
	const char *const *transactional; /* sender addresses, domains or SASL names */
	size_t n_transactional;
};

/* Writes the whole answer. True: something else than DUNNO. */
bool door_answer(const struct answers *a, const struct door_settings *set,
    const struct policy_request *r, uint32_t now_s, struct buf *out);

#endif
