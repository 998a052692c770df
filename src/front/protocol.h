/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FRONT_PROTOCOL_H
#define CAROM_FRONT_PROTOCOL_H

/* What a protocol says to the bytes that came so far; shared by the two and by the server. */

enum taken {
	TAKEN_MORE,    /* a request that is not whole yet: nothing was used up */
	TAKEN_ONE,     /* one request was used up */
	TAKEN_LATER,   /* the same, and its answer waits (front/server.h) */
	TAKEN_LAST,    /* the same, and the connection ends with its answer */
	TAKEN_BAD,     /* no such protocol: the connection has no future */
	TAKEN_TOO_BIG, /* a request over its limit: the same */
};

#endif
