/* SPDX-License-Identifier: Apache-2.0 */
#include "role/post.h"

#include "base/err.h"

#include <errno.h>
#include <sys/socket.h>

#define ROOM_OF_KERNEL (4 * 1024 * 1024)
#define AT_ONCE        256 /* messages, before the loop does something else */

bool
post_pair(int fds[2])
{
	int size = ROOM_OF_KERNEL;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
		return false;
	}
	(void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return true;
}

/* ---- out ---- */

void
post_out_init(struct post_out *p, uv_loop_t *loop, int fd, void *context, void (*lost)(void *))
{
	*p = (struct post_out){ .fd = fd, .context = context, .lost = lost };
	buf_init(&p->waiting, POST_WAITING_MAX);
	check(uv_poll_init(loop, &p->poll, fd) == 0);
	p->poll.data = p;
}

/* True: it is gone, or can never go. */
static bool
send_now(struct post_out *p, struct sv message)
{
	ssize_t n;

	do {
		n = send(p->fd, message.p, message.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0) {
		return true;
	}
	if (errno == EAGAIN || errno == ENOBUFS) {
		return false;
	}
	p->n_dropped++;
	return true;
}

static void
writable(uv_poll_t *poll, int status, int events)
{
	struct post_out *p = poll->data;

	(void)status;
	(void)events;
	while (p->at < p->waiting.n) {
		uint32_t n;

		memcpy(&n, p->waiting.p + p->at, sizeof(n));
		if (!send_now(p, sv_make(p->waiting.p + p->at + sizeof(n), n))) {
			return;
		}
		p->at += sizeof(n) + n;
	}
	buf_done(&p->waiting);
	buf_init(&p->waiting, POST_WAITING_MAX);
	p->at = 0;
	p->polling = false;
	(void)uv_poll_stop(&p->poll);
	if (p->dropped) {
		p->dropped = false;
		p->lost(p->context);
	}
}

void
post_send(struct post_out *p, struct sv message)
{
	uint32_t n = (uint32_t)message.n;

	check(message.n <= POST_MESSAGE_MAX);
	if (p->dropped || (p->waiting.n == 0 && send_now(p, message))) {
		p->n_dropped += p->dropped;
		return;
	}
	if (p->waiting.n + sizeof(n) + n > POST_WAITING_MAX) {
		p->dropped = true;
		p->n_dropped++;
		p->waiting.n = p->at; /* what waits is worth nothing without this */
	} else {
		buf_add(&p->waiting, &n, sizeof(n));
		buf_sv(&p->waiting, message);
	}
	if (!p->polling) {
		p->polling = true;
		(void)uv_poll_start(&p->poll, UV_WRITABLE, writable);
	}
}

void
post_out_close(struct post_out *p)
{
	buf_done(&p->waiting);
	uv_close((uv_handle_t *)&p->poll, NULL);
}

/* ---- in ---- */

static void
readable(uv_poll_t *poll, int status, int events)
{
	struct post_in *p = poll->data;
	char room[POST_MESSAGE_MAX];

	(void)status;
	(void)events;
	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = recv(p->fd, room, sizeof(room), MSG_DONTWAIT);

		if (n <= 0) {
			return;
		}
		p->message(p->context, sv_make(room, (size_t)n));
	}
}

void
post_in_init(
    struct post_in *p, uv_loop_t *loop, int fd, void *context, void (*message)(void *, struct sv))
{
	*p = (struct post_in){ .fd = fd, .context = context, .message = message };
	check(uv_poll_init(loop, &p->poll, fd) == 0);
	p->poll.data = p;
	(void)uv_poll_start(&p->poll, UV_READABLE, readable);
}

void
post_in_close(struct post_in *p)
{
	uv_close((uv_handle_t *)&p->poll, NULL);
}
