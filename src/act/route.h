/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ACT_ROUTE_H
#define CAROM_ACT_ROUTE_H

/*
 * A row of the routing map (transport(5)): which transport a domain has, or why it has to
 * wait.  A pause is a deferral with a reason and without a connection: Postfix's own `retry`
 * transport says the words.  Domains come from logs, so a row is only written for what is a
 * domain; reasons are made printable.
 */

#include "act/ladder.h"
#include "base/buf.h"

struct route {
	struct sv domain;
	const struct rung *rung; /* NULL: a pause */
	struct sv nexthop;       /* whose queue it shares; empty: its own */
	struct sv reason, id;    /* of a pause; id: of the decision */
};

/* False: nothing was written, as a name is no domain. */
bool route_write(const struct route *r, struct buf *out);

#endif
