/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FRONT_SERVER_H
#define CAROM_FRONT_SERVER_H

/*
 * Connections of one listening socket, in a libuv loop of the caller: bytes in, requests out
 * to a service, its answers back.  One thread.
 *
 * Whatever the other side does is bounded: a connection holds at most one request and one
 * answer; while an answer cannot be sent nothing more is read; over `connections` a new one
 * is closed at once; one that sends nothing for idle_s, or leaves a request or an answer
 * half done for half_s, is closed.  An answer may wait later_s on purpose, and its connection
 * with it; at most `later` do, and one more is sent at once.  Each limit has a counter.  Closing is the answer to
 * malformed bytes: Postfix takes that for "no answer", which fails open.
 */

#include "base/buf.h"
#include "base/err.h"
#include "front/protocol.h"

#include <uv.h>

struct server_service {
	const char *name;
	size_t request_max; /* bytes */
	/* Takes one request off the front of *in and writes its answer. */
	void (*greet)(struct buf *out); /* what is said first; NULL: nothing */
	enum taken (*take)(void *context, struct sv *in, struct buf *out);
};

struct server_limits {
	size_t connections;
	unsigned idle_s; /* without a byte */
	unsigned half_s; /* with a request or an answer that is not whole */
	size_t later;    /* answers that wait at a time; 0: none does */
	unsigned later_s;
};

struct server_counts {
	uint64_t connections, requests;
	uint64_t refused;  /* over the limit of connections */
	uint64_t bad, big; /* no such protocol; over the limit of a request */
	uint64_t idle, half;
	uint64_t failed;           /* the other side went away in the middle */
	uint64_t later, not_later; /* answers that waited; that did not, as too many did */
	size_t open, most_open, waiting;
};

struct server;

struct server_place {
	uv_loop_t *loop;                      /* borrowed */
	int fd;                               /* listening; the server's from now on */
	const struct server_service *service; /* borrowed */
	void *context;                        /* of the service */
};

enum err server_open(const struct server_place *at, const struct server_limits *limits,
    struct server **out, struct why *why);
/* Once a second: this is the only clock, so a process that was stopped ends nobody for it. */
void server_tick(struct server *s);
const struct server_counts *server_counts(const struct server *s);
/* Ends all; the memory is given back when the loop has run once more.  *s is NULL then. */
void server_close(struct server **s);

#endif
