/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_POST_H
#define CAROM_ROLE_POST_H

/*
 * Messages from one process to another, whole or not at all: a pair of SOCK_SEQPACKET
 * sockets, of which the supervisor keeps both ends, so that either side may die and be
 * started again.  What the other side does not take at once waits, up to POST_WAITING_MAX;
 * beyond it all that waits is dropped and `lost` is called once there is room again, for
 * the sender to begin from the start.
 */

#include "base/buf.h"

#include <uv.h>

#define POST_MESSAGE_MAX ((size_t)8 * 1024)
#define POST_WAITING_MAX ((size_t)256 * 1024 * 1024)

/* Both ends; false: errno says why. */
bool post_pair(int fds[2]);

struct post_out {
	uv_poll_t poll;
	int fd;             /* borrowed */
	struct buf waiting; /* length, message, ... */
	size_t at;          /* of the first in it */
	bool polling, dropped;
	void *context;
	void (*lost)(void *context);
	uint64_t n_dropped;
};

void post_out_init(
    struct post_out *p, uv_loop_t *loop, int fd, void *context, void (*lost)(void *));
void post_send(struct post_out *p, struct sv message);
void post_out_close(struct post_out *p);

struct post_in {
	uv_poll_t poll;
	int fd; /* borrowed */
	void *context;
	void (*message)(void *context, struct sv message);
};

void post_in_init(
    struct post_in *p, uv_loop_t *loop, int fd, void *context, void (*message)(void *, struct sv));
void post_in_close(struct post_in *p);

#endif
