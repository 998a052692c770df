/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FRONT_POLICY_REQUEST_H
#define CAROM_FRONT_POLICY_REQUEST_H

/*
 * The policy protocol of Postfix (SMTPD_POLICY_README): a request is lines "name=value" with
 * an empty line behind, in any order, of which any may be missing; the first is
 * request=smtpd_access_policy.  An answer is "action=ACTION TEXT" and an empty line.
 *
 * Pure; views borrow from the input.  Names that are not of interest are passed over.
 */

#include "base/buf.h"
#include "front/protocol.h"

#define POLICY_REQUEST_MAX 16384 /* bytes; a request of Postfix 3.7 has about 600 */

struct policy_request {
	struct sv request, protocol_state;
	struct sv sender, recipient; /* without brackets; the null sender is empty */
	struct sv sasl_username, queue_id, instance;
};

/* Takes one request off the front of *in.  `out` is only set for TAKEN_ONE. */
enum taken policy_request_take(struct sv *in, struct policy_request *out);
/* Line ends in the text become blanks. */
void policy_answer(struct buf *out, struct sv action);

#endif
