/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_AUTHRES_H
#define CAROM_AUTH_AUTHRES_H

/*
 * An Authentication-Results field (RFC 8601): what the server that took a message in says of
 * it.  Anybody can write such a field, so it is worth only what its authserv-id is worth: whoever
 * reads it must know that name, and take the topmost field with it.  Tolerant: a part that
 * cannot be read is passed over.  Views point into the arena.
 */

#include "base/arena.h"

#include <stdbool.h>

#define AUTHRES_RESULTS_MAX 32
#define AUTHRES_BYTES_MAX   ((size_t)16 * 1024)

struct authres_result {
	struct sv method, result; /* "dkim", "pass": as written, without a version */
	/* Of dkim: header.d, or the host of header.i; of spf: the host of smtp.mailfrom, or of
	 * smtp.helo; of dmarc: the host of header.from.  Empty: not said. */
	struct sv domain;
};

struct authres {
	struct sv id; /* authserv-id */
	struct authres_result results[AUTHRES_RESULTS_MAX];
	size_t n;
	bool cut; /* more than that, or longer than AUTHRES_BYTES_MAX: the rest is left out */
};

/* The value of a field; false: it has no authserv-id, or the arena is full. */
bool authres_read(struct sv value, struct arena *arena, struct authres *out);

#endif
