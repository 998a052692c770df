/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ACT_ROUTE_H
#define CAROM_ACT_ROUTE_H

/*
 * A row of the routing map (transport(5)): which transport a domain has, or why it has to
 * wait.  A pause is a deferral with a reason and without a connection: the domain is routed to
 * our own socket (front/pause.h), which says the words.  Domains come from logs, so a row is
 * only written for what is a domain.
 */

#include "act/ladder.h"
#include "base/buf.h"

struct route {
	struct sv domain;
	const struct rung *rung; /* NULL: a pause */
	struct sv nexthop;       /* whose queue it shares; empty: its own; of a pause: the socket */
};

#define ROUTE_PAUSE "carom-pause" /* the transport: an lmtp client */

/* False: nothing was written, as a name is no domain. */
bool route_write(const struct route *r, struct buf *out);

#endif
