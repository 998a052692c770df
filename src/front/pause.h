/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FRONT_PAUSE_H
#define CAROM_FRONT_PAUSE_H

/*
 * A pause of a provider: its domains are routed to this service, which speaks just enough LMTP
 * (RFC 2033) to defer every recipient with the reason and the decision, so that nobody
 * connects to the provider.  Postfix's `retry` transport would do the same but for new mail,
 * which smtpd then refuses at the door.
 *
 * Pure: a line in, its answer out.  It keeps nothing between lines and takes no message.
 */

#include "front/answers.h"
#include "front/protocol.h"

#define PAUSE_LINE_MAX 2048

void pause_greet(struct buf *out);
/* Takes one line off the front of *in; TAKEN_LAST: it was QUIT. */
enum taken pause_take(const struct answers *a, uint32_t now_s, struct sv *in, struct buf *out);

#endif
