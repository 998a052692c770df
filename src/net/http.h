/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_NET_HTTP_H
#define CAROM_NET_HTTP_H

/*
 * Fetches one small document over https (libcurl underneath): certificate checked, no
 * redirects, no cookies, no proxy of the environment, at most `max` bytes and `timeout_ms`.
 */

#include "base/buf.h"
#include "base/err.h"

struct http_fetch {
	const char *url;     /* https only */
	const char *ca_file; /* PEM; NULL: the system's */
	const char
	    *connect; /* "HOST:PORT" to connect to instead, for tests; NULL: as the URL says */
	unsigned timeout_ms;
	size_t max_bytes;
};

struct http_answer {
	long status;
	char type[128]; /* media type without parameters, small letters; "" if there is none */
};

/* The body goes to `out`.  ERR_OK whatever the status: the caller judges it. */
enum err http_get(
    const struct http_fetch *f, struct buf *out, struct http_answer *answer, struct why *why);

#endif
