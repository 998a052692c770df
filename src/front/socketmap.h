/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FRONT_SOCKETMAP_H
#define CAROM_FRONT_SOCKETMAP_H

/*
 * The protocol of Postfix's socketmap_table(5): a request is the netstring of "NAME KEY", an
 * answer that of "OK DATA", "NOTFOUND " or "TEMP|PERM|TIMEOUT REASON".  A netstring is
 * "12:hello world!," (https://cr.yp.to/proto/netstrings.txt): decimal length without leading
 * zeros, colon, bytes, comma.  Any bytes may stand in a key.
 *
 * Pure; views borrow from the input.
 */

#include "base/buf.h"
#include "front/protocol.h"

#define SOCKETMAP_KEY_MAX    16384  /* bytes of a request; Postfix cuts replies before */
#define SOCKETMAP_ANSWER_MAX 100000 /* what Postfix reads, DICT_SOCKMAP_MAX_REPLY */

struct socketmap_request {
	struct sv map, key;
};

/* Takes one request off the front of *in.  `out` is only set for TAKEN_ONE. */
enum taken socketmap_take(struct sv *in, struct socketmap_request *out);
void socketmap_ok(struct buf *out, struct sv data);
void socketmap_not_found(struct buf *out);

#endif
