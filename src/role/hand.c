/* SPDX-License-Identifier: Apache-2.0 */
#include "role/hand.h"

#include "act/program.h"
#include "act/route.h"
#include "base/file.h"
#include "role/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAP_TEXT_MAX ((size_t)64 * 1024 * 1024)
#define PATH_ROOM    1024
#define MAP_AGAIN_MS 60000 /* after a try that failed */

struct child {
	uv_process_t process;
	struct hand *hand;
	uint64_t started_ms;
	char id[HAND_ID_BYTES];
	bool running; /* the handle is in use */
};

struct hand {
	uv_loop_t *loop;          /* borrowed */
	const struct settings *s; /* borrowed */
	struct child children[HAND_AT_ONCE];
	char (*ids)[HAND_ID_BYTES]; /* owned; a ring */
	size_t first, n;
	uint64_t tried, failed, dropped;
	bool closing, told_failure;
	bool map_is_late; /* the last try failed */
	uint64_t map_at_ms;
};

struct hand *
hand_new(uv_loop_t *loop, const struct settings *s)
{
	struct hand *h = mem_new(1, sizeof(*h));

	h->loop = loop;
	h->s = s;
	h->ids = mem_new(HAND_IDS_MAX, HAND_ID_BYTES);
	return h;
}

/* ---- messages to try again ---- */

static void next_child(struct hand *h);

static void
child_closed(uv_handle_t *handle)
{
	struct child *c = handle->data;
	struct hand *h = c->hand;

	c->running = false;
	if (!h->closing) {
		next_child(h);
		return;
	}
	for (size_t i = 0; i < HAND_AT_ONCE; i++) {
		if (h->children[i].running) {
			return;
		}
	}
	free(h->ids);
	free(h);
}

static void
child_ended(uv_process_t *p, int64_t status, int term_signal)
{
	struct child *c = p->data;
	struct hand *h = c->hand;

	if (status != 0 ||
	    term_signal != 0) { /* gone from the queue meanwhile, for the most part */
		h->failed++;
		if (!h->told_failure) {
			h->told_failure = true;
			say("hand.postqueue",
			    "message=%s status=%lld problem=\"it was not tried again; if "
			    "this goes on, see who may run %s\"",
			    c->id, (long long)status, h->s->postqueue);
		}
	}
	uv_close((uv_handle_t *)p, child_closed);
}

static bool
start_child(struct hand *h, struct child *c)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char config_option[] = "-c";
	static char id_option[] = "-i";
	char *environment[] = { path, NULL };
	char *argv[] = { (char *)(uintptr_t)h->s->postqueue, config_option,
		(char *)(uintptr_t)h->s->postfix_config, id_option, c->id, NULL };
	uv_stdio_container_t io[3] = { { .flags = UV_IGNORE }, { .flags = UV_IGNORE },
		{ .flags = UV_IGNORE } };
	const uv_process_options_t opt = { .exit_cb = child_ended,
		.file = argv[0],
		.args = argv,
		.env = environment,
		.stdio = io,
		.stdio_count = 3 };
	int e;

	c->hand = h;
	c->started_ms = uv_now(h->loop);
	c->process.data = c;
	c->running = true;
	e = uv_spawn(h->loop, &c->process, &opt);
	if (e == 0) {
		h->tried++;
		return true;
	}
	h->failed++;
	if (!h->told_failure) {
		h->told_failure = true;
		say("hand.postqueue", "program=%s problem=\"%s\"", h->s->postqueue, uv_strerror(e));
	}
	uv_close((uv_handle_t *)&c->process, child_closed);
	return false;
}

static void
next_child(struct hand *h)
{
	for (size_t i = 0; i < HAND_AT_ONCE && h->n > 0; i++) {
		struct child *c = &h->children[i];

		if (!c->running) {
			memcpy(c->id, h->ids[h->first], HAND_ID_BYTES);
			h->first = (h->first + 1) % HAND_IDS_MAX;
			h->n--;
			(void)start_child(h, c);
		}
	}
}

static void
try_again(struct hand *h, struct sv id)
{
	bool sound = id.n > 0 && id.n < HAND_ID_BYTES;
	char *at;

	for (size_t i = 0; i < id.n; i++) {
		sound = sound && char_is_alnum(id.p[i]);
	}
	if (!sound || h->n == HAND_IDS_MAX) {
		h->dropped++;
		return;
	}
	at = h->ids[(h->first + h->n) % HAND_IDS_MAX];
	memset(at, 0, HAND_ID_BYTES);
	memcpy(at, id.p, id.n);
	h->n++;
	next_child(h);
}

/* ---- the map ---- */

/* False: the old map stays. */
static bool
put_map(const struct settings *s, const struct buf *text)
{
	const struct map_file m = { s->map_dir, s->map_type, s->postmap, s->postfix_config };
	struct why why;
	bool changed;

	if (map_file_replace(&m, buf_view(text), &changed, &why) != ERR_OK) {
		say("hand.map", "problem=\"%s\" what_now=\"the old map stays\"", why.text);
		return false;
	}
	if (changed) {
		size_t rows = 0;

		for (size_t i = 0; i < text->n; i++) {
			rows += text->p[i] == '\n';
		}
		say("hand.map", "rows=%zu", rows);
	}
	return true;
}

static bool
read_map(const struct settings *s, const char *name, struct buf *out, struct why *why)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/%s", s->map_dir, name);
	return file_read(path, out, why) == ERR_OK;
}

static void
make_map(struct hand *h)
{
	struct buf text;
	struct why why;

	buf_init(&text, MAP_TEXT_MAX);
	h->map_is_late = true;
	h->map_at_ms = uv_now(h->loop);
	if (read_map(h->s, MAP_WANTED, &text, &why)) {
		h->map_is_late = !put_map(h->s, &text);
	} else {
		say("hand.map", "problem=\"%s\" what_now=\"the old map stays\"", why.text);
	}
	buf_done(&text);
}

void
hand_unpause(const struct settings *s)
{
	struct buf text;
	struct buf kept;
	struct sv rest;
	struct sv line;

	buf_init(&text, MAP_TEXT_MAX);
	buf_init(&kept, MAP_TEXT_MAX);
	if (read_map(s, MAP_FILE_NAME, &text, NULL)) {
		rest = buf_view(&text);
		while (sv_cut(&rest, '\n', &line)) {
			if (sv_find(line, SV(" " ROUTE_PAUSE ":")) < 0) {
				buf_sv(&kept, line);
				buf_char(&kept, '\n');
			}
		}
		if (kept.n != text.n) {
			(void)put_map(s, &kept);
		}
	}
	buf_done(&text);
	buf_done(&kept);
}

/* ---- the whole ---- */

void
hand_order(struct hand *h, struct sv order)
{
	if (sv_eq(order, SV("M"))) {
		make_map(h);
	} else if (sv_take(&order, SV("R "))) {
		try_again(h, order);
	}
}

void
hand_tick(struct hand *h)
{
	for (size_t i = 0; i < HAND_AT_ONCE; i++) {
		struct child *c = &h->children[i];

		if (c->running && !uv_is_closing((uv_handle_t *)&c->process) &&
		    uv_now(h->loop) - c->started_ms > (uint64_t)HAND_SECONDS * 1000) {
			(void)uv_process_kill(&c->process, 9);
		}
	}
	if (h->n == 0) {
		h->told_failure = false;
	}
	if (h->map_is_late && uv_now(h->loop) - h->map_at_ms > MAP_AGAIN_MS) {
		make_map(h);
	}
}

void
hand_tell(const struct hand *h)
{
	say("hand.counts", "waiting=%zu tried_again=%llu failed=%llu dropped=%llu", h->n,
	    (unsigned long long)h->tried, (unsigned long long)h->failed,
	    (unsigned long long)h->dropped);
}

void
hand_close(struct hand **ph)
{
	struct hand *h = *ph;
	bool running = false;

	if (h == NULL) {
		return;
	}
	*ph = NULL;
	h->closing = true;
	for (size_t i = 0; i < HAND_AT_ONCE; i++) {
		struct child *c = &h->children[i];

		running = running || c->running;
		if (c->running && !uv_is_closing((uv_handle_t *)&c->process)) {
			(void)uv_process_kill(&c->process, 9);
		}
	}
	if (!running) {
		free(h->ids);
		free(h);
	}
}

bool
hand_finds_relayhost(const struct settings *s)
{
	char postconf[PATH_ROOM];
	const char *const argv[] = { postconf, "-c", s->postfix_config, "-h", "relayhost", NULL };
	ptrdiff_t slash = sv_rfind(sv_from(s->postmap), SV("/"));
	struct buf said;
	struct why why;
	bool found = true;

	(void)snprintf(postconf, sizeof(postconf), "%.*s/postconf", (int)slash, s->postmap);
	buf_init(&said, 4096);
	if (program_ask(argv, HAND_SECONDS, &said, &why) != ERR_OK) {
		say("hand.postconf", "problem=\"%s\" what_now=\"nothing is paced\"", why.text);
	} else {
		found = sv_trim(buf_view(&said)).n > 0;
	}
	buf_done(&said);
	return found;
}
