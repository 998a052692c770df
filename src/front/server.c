/* SPDX-License-Identifier: Apache-2.0 */
#include "front/server.h"

#include <stdlib.h>
#include <unistd.h>

#define BACKLOG     4096
#define FIRST_BYTES 1024        /* of a connection's room; most requests fit */
#define ANSWERS_MAX (64 * 1024) /* that are sent together */
#define ANSWER_ROOM ((size_t)128 * 1024)

struct connection {
	uv_pipe_t pipe;
	uv_write_t write;
	struct server *server; /* borrowed */
	struct connection *older, *newer;
	uint64_t touched_s;
	struct buf in;  /* what is not used up yet */
	struct buf out; /* what libuv is sending */
	bool writing, closing;
	struct connection *next_waiting; /* of the server's list */
	uint64_t due_s;                  /* when `out` is sent; 0: it does not wait */
};

struct server {
	uv_pipe_t listener;
	uv_loop_t *loop; /* borrowed */
	const struct server_service *service;
	void *context;
	struct server_limits limits;
	struct server_counts counts;
	uint64_t now_s;                     /* ticks so far */
	struct connection *oldest, *newest; /* by the last byte */
	struct connection *first_waiting, **last_waiting;
	struct buf answers; /* of one read; scratch */
	char read_room[64 * 1024];
	bool closing, listening;
};

/* ---- the list by age ---- */

static void
unlink_connection(struct connection *c)
{
	struct server *s = c->server;

	*(c->older == NULL ? &s->oldest : &c->older->newer) = c->newer;
	*(c->newer == NULL ? &s->newest : &c->newer->older) = c->older;
	c->older = c->newer = NULL;
}

static void
link_newest(struct connection *c)
{
	struct server *s = c->server;

	c->older = s->newest;
	c->newer = NULL;
	*(s->newest == NULL ? &s->oldest : &s->newest->newer) = c;
	s->newest = c;
	c->touched_s = s->now_s;
}

static void
touch(struct connection *c)
{
	unlink_connection(c);
	link_newest(c);
}

/* ---- the end ---- */

static void
free_server(struct server *s)
{
	if (s->closing && !s->listening && s->counts.open == 0) {
		buf_done(&s->answers);
		free(s);
	}
}

static void
closed(uv_handle_t *h)
{
	struct connection *c = h->data;
	struct server *s = c->server;

	buf_done(&c->in);
	buf_done(&c->out);
	free(c);
	s->counts.open--;
	free_server(s);
}

static void
unlink_waiting(struct connection *c)
{
	struct server *s = c->server;
	struct connection **at = &s->first_waiting;

	while (*at != c) {
		at = &(*at)->next_waiting;
	}
	*at = c->next_waiting;
	s->last_waiting = c->next_waiting == NULL ? at : s->last_waiting;
	c->next_waiting = NULL;
	c->due_s = 0;
	s->counts.waiting--;
}

static void
end(struct connection *c)
{
	if (!c->closing) {
		c->closing = true;
		if (c->due_s != 0) {
			unlink_waiting(c);
		}
		unlink_connection(c);
		uv_close((uv_handle_t *)&c->pipe, closed);
	}
}

/* ---- answers ---- */

static void read_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *b);
static void give_room(uv_handle_t *h, size_t wanted, uv_buf_t *out);
static void answer_all(struct connection *c);

static void
written(uv_write_t *w, int status)
{
	struct connection *c = w->data;

	c->writing = false;
	if (c->closing) {
		return;
	}
	if (status != 0) {
		c->server->counts.failed++;
		end(c);
		return;
	}
	buf_clear(&c->out);
	touch(c);
	answer_all(c);
	if (!c->closing && !c->writing && c->due_s == 0 &&
	    uv_read_start((uv_stream_t *)&c->pipe, give_room, read_bytes) != 0) {
		end(c);
	}
}

/* Sends; what the socket does not take at once waits, and so does the reading. */
static void
send_answers(struct connection *c, struct sv answers)
{
	uv_buf_t b = uv_buf_init((char *)(uintptr_t)answers.p, (unsigned)answers.n);
	int n = uv_try_write((uv_stream_t *)&c->pipe, &b, 1);

	if (n < 0 && n != UV_EAGAIN) {
		c->server->counts.failed++;
		end(c);
		return;
	}
	answers = sv_from_at(answers, n < 0 ? 0 : (size_t)n);
	if (answers.n == 0) {
		return;
	}
	buf_clear(&c->out);
	buf_sv(&c->out, answers);
	b = uv_buf_init(c->out.p, (unsigned)c->out.n);
	c->write.data = c;
	(void)uv_read_stop((uv_stream_t *)&c->pipe);
	c->writing = uv_write(&c->write, (uv_stream_t *)&c->pipe, &b, 1, written) == 0;
	if (!c->writing) {
		end(c);
	}
}

/* The answers stay here for a while, and nothing is read meanwhile.  False: too many wait. */
static bool
send_later(struct connection *c, struct sv answers)
{
	struct server *s = c->server;

	if (s->counts.waiting >= s->limits.later || s->limits.later_s == 0) {
		s->counts.not_later++;
		return false;
	}
	(void)uv_read_stop((uv_stream_t *)&c->pipe);
	buf_clear(&c->out);
	buf_sv(&c->out, answers);
	c->due_s = s->now_s + s->limits.later_s;
	*s->last_waiting = c; /* all wait as long: the list is in the order of their ends */
	s->last_waiting = &c->next_waiting;
	s->counts.waiting++;
	s->counts.later++;
	return true;
}

/* Requests from *in until the answers are many or no whole one is left. */
static enum taken
take_requests(struct server *s, struct sv *in)
{
	enum taken t = TAKEN_ONE;

	buf_clear(&s->answers);
	while (t == TAKEN_ONE && in->n > 0 && s->answers.n < ANSWERS_MAX) {
		t = s->service->take(s->context, in, &s->answers);
		s->counts.requests += t == TAKEN_ONE || t == TAKEN_LATER || t == TAKEN_LAST;
	}
	return t;
}

static void
keep(struct connection *c, struct sv rest)
{
	if (rest.n == 0 && c->in.n == 0) {
		return;
	}
	if (rest.n == 0 && c->in.room > FIRST_BYTES) {
		buf_done(&c->in);
		buf_init(&c->in, 0);
	} else if (rest.p != c->in.p || rest.n != c->in.n) {
		struct buf moved;

		buf_init(&moved, 0);
		buf_sv(&moved, rest);
		buf_done(&c->in);
		c->in = moved;
	}
}

/* Answers what is there; `in` may be a view of c->in or of what was just read. */
static void
answer(struct connection *c, struct sv in)
{
	struct server *s = c->server;
	enum taken t = TAKEN_ONE;

	while (t == TAKEN_ONE && in.n > 0 && !c->closing && !c->writing && c->due_s == 0) {
		t = take_requests(s, &in);
		if (s->answers.n > 0) {
			touch(c);
			if (t != TAKEN_LATER || !send_later(c, buf_view(&s->answers))) {
				send_answers(c, buf_view(&s->answers));
			}
		}
		t = t == TAKEN_LATER ? TAKEN_ONE : t;
	}
	if (c->closing) {
		return;
	}
	if (t == TAKEN_LAST) { /* what does not fit into the socket now is not worth waiting for */
		end(c);
		return;
	}
	if (t == TAKEN_BAD || t == TAKEN_TOO_BIG) {
		*(t == TAKEN_BAD ? &s->counts.bad : &s->counts.big) += 1;
		end(c);
		return;
	}
	keep(c, in);
}

static void
answer_all(struct connection *c)
{
	answer(c, buf_view(&c->in));
}

/* What waited long enough is sent, and its connection goes on. */
static void
send_due(struct server *s)
{
	while (s->first_waiting != NULL && s->now_s >= s->first_waiting->due_s) {
		struct connection *c = s->first_waiting;

		unlink_waiting(c);
		buf_clear(&s->answers);
		buf_sv(&s->answers, buf_view(&c->out));
		touch(c);
		send_answers(c, buf_view(&s->answers));
		if (!c->closing && !c->writing) {
			answer_all(c);
		}
		if (!c->closing && !c->writing && c->due_s == 0 &&
		    uv_read_start((uv_stream_t *)&c->pipe, give_room, read_bytes) != 0) {
			end(c);
		}
	}
}

/* ---- bytes ---- */

static void
give_room(uv_handle_t *h, size_t wanted, uv_buf_t *out)
{
	struct connection *c = h->data;

	(void)wanted;
	*out = uv_buf_init(c->server->read_room, sizeof(c->server->read_room));
}

static void
read_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct connection *c = stream->data;

	if (n == 0 || c->closing) {
		return;
	}
	if (n < 0) {
		c->server->counts.failed += c->in.n > 0 || n != UV_EOF;
		end(c);
		return;
	}
	if (c->in.n == 0) { /* a request that drips in does not stay young by it */
		touch(c);
		answer(c, sv_make(b->base, (size_t)n));
	} else {
		buf_add(&c->in, b->base, (size_t)n);
		answer_all(c);
	}
}

static void
refuse(struct server *s)
{
	struct connection *c = mem_new(1, sizeof(*c));

	c->server = s;
	c->closing = true;
	buf_init(&c->in, 0);
	buf_init(&c->out, 0);
	if (uv_pipe_init(s->loop, &c->pipe, 0) != 0) {
		free(c);
		return;
	}
	c->pipe.data = c;
	s->counts.refused++;
	s->counts.open++; /* until it is closed */
	(void)uv_accept((uv_stream_t *)&s->listener, (uv_stream_t *)&c->pipe);
	uv_close((uv_handle_t *)&c->pipe, closed);
}

static void
connected(uv_stream_t *listener, int status)
{
	struct server *s = listener->data;
	struct connection *c;

	if (status != 0 || s->closing) {
		return;
	}
	if (s->counts.open >= s->limits.connections) {
		refuse(s);
		return;
	}
	c = mem_new(1, sizeof(*c));
	c->server = s;
	buf_init(&c->in, 0);
	buf_init(&c->out, 0);
	if (uv_pipe_init(s->loop, &c->pipe, 0) != 0) {
		free(c);
		return;
	}
	c->pipe.data = c;
	link_newest(c);
	s->counts.connections++;
	s->counts.open++;
	s->counts.most_open =
	    s->counts.open > s->counts.most_open ? s->counts.open : s->counts.most_open;
	if (uv_accept(listener, (uv_stream_t *)&c->pipe) != 0 ||
	    uv_read_start((uv_stream_t *)&c->pipe, give_room, read_bytes) != 0) {
		s->counts.failed++;
		end(c);
		return;
	}
	if (s->service->greet != NULL) {
		buf_clear(&s->answers);
		s->service->greet(&s->answers);
		send_answers(c, buf_view(&s->answers));
	}
}

/* ---- the whole ---- */

enum err
server_open(const struct server_place *at, const struct server_limits *limits, struct server **out,
    struct why *why)
{
	struct server *s = mem_new(1, sizeof(*s));
	int e;

	s->loop = at->loop;
	s->service = at->service;
	s->context = at->context;
	s->limits = *limits;
	s->last_waiting = &s->first_waiting;
	buf_init(&s->answers, ANSWER_ROOM * 2);
	e = uv_pipe_init(s->loop, &s->listener, 0);
	check(e == 0);
	s->listener.data = s;
	s->listening = true;
	e = uv_pipe_open(&s->listener, at->fd);
	e = e == 0 ? uv_listen((uv_stream_t *)&s->listener, BACKLOG, connected) : e;
	if (e != 0) {
		server_close(&s);
		return why_set(why, ERR_IO, "%s socket: %s", at->service->name, uv_strerror(e));
	}
	*out = s;
	return ERR_OK;
}

void
server_tick(struct server *s)
{
	struct connection *newer;

	s->now_s++;
	send_due(s);
	for (struct connection *c = s->oldest; c != NULL; c = newer) {
		uint64_t quiet_s = s->now_s - c->touched_s;
		bool half = c->due_s == 0 && (c->writing || c->in.n > 0);

		newer = c->newer;
		if (quiet_s < s->limits.half_s) { /* and so are all that follow */
			return;
		}
		if (half || quiet_s >= s->limits.idle_s) {
			*(half ? &s->counts.half : &s->counts.idle) += 1;
			end(c);
		}
	}
}

const struct server_counts *
server_counts(const struct server *s)
{
	return &s->counts;
}

static void
listener_closed(uv_handle_t *h)
{
	struct server *s = h->data;

	s->listening = false;
	free_server(s);
}

void
server_close(struct server **ps)
{
	struct server *s = *ps;

	if (s != NULL) {
		s->closing = true;
		while (s->oldest != NULL) {
			end(s->oldest);
		}
		uv_close((uv_handle_t *)&s->listener, listener_closed);
		*ps = NULL;
	}
}
