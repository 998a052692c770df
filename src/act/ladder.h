/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ACT_LADDER_H
#define CAROM_ACT_LADDER_H

/*
 * The ladder of transports: Postfix reads delays and limits only at a reload, but a routing
 * map at once; so each rung is a transport of its own, made once by `carom postfix setup`,
 * and a provider is moved between them by its rows in the map.  doc/serve.md has the table
 * for people; this is the one place where the program has it.
 */

#include "base/sv.h"

#include <stddef.h>

struct rung {
	const char *transport;
	unsigned connections; /* at once; 1 stands for "one delivery at a time" by a delay */
	unsigned delay_s;     /* between deliveries; 0: none */
};

/*
 * How soon Postfix tries one connection more on a rung, after some that were refused: when
 * twenty times as many deliveries were done as run at once.  Its own 1 is after one delivery,
 * so it would go on being refused; and messages that are in the active queue stay on the rung
 * that they are on, so that they, too, have to keep within a limit that was found since.  One
 * less takes two that were refused: a limit that is passed by one often refuses two.
 */
#define LADDER_MORE "0.05 / concurrency"
#define LADDER_LESS "0.5"

/* From the fastest to the slowest. */
const struct rung *ladder(size_t *n_out);
/* The fastest rung that is within both; the slowest if none is.  connections 0: no limit. */
const struct rung *ladder_rung(unsigned connections, double delay_s);
/* Of a transport, by the syslog_name that setup gives it ("postfix/carom-4": 4); 0: none. */
unsigned ladder_number(struct sv syslog_name);
/* NULL: there is none of that number. */
const struct rung *ladder_numbered(unsigned number);

#endif
