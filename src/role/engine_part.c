/* SPDX-License-Identifier: Apache-2.0 */
#include "role/engine_private.h"
#include "role/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ALIVE_LINES   16384
#define JOURNAL_MS    200  /* from look to look */
#define SOON_MS       100  /* what is written to a log within it is learned in one go */
#define AGAIN_MS      5000 /* after trouble */
#define MAP_EVERY_S   10
#define ROLL_EVERY_S  3600
#define SAY_TROUBLE_S 60

double
engine_now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- a session: from opening the store to the first trouble ---- */

static void
end_session(struct engine_part *e)
{
	live_free(&e->live);
	store_close(&e->store);
	for (size_t i = 0; i < e->n_follows; i++) {
		follow_done(&e->follows[i]);
	}
	e->n_follows = 0;
	engine_journal_end(e);
}

static void soon(uv_timer_t *t);

static void
trouble(struct engine_part *e, const char *text)
{
	double t = engine_now_s();

	e->troubles++;
	if (t - e->trouble_at_s >= SAY_TROUBLE_S) {
		e->trouble_at_s = t;
		say("engine.trouble",
		    "problem=\"%s\" what_now=\"begun anew in %d s; Postfix goes on\"", text,
		    AGAIN_MS / 1000);
	}
	end_session(e);
	if (e->opt.parser != NULL && parser_is_lost(e->opt.parser)) {
		exit(1); /* the supervisor starts another, with a parser */
	}
	if (!e->closing) {
		(void)uv_timer_start(&e->soon, soon, AGAIN_MS, 0);
	}
}

static enum err
on_event(void *context, const struct event *event, struct why *why)
{
	struct engine_part *e = context;

	return live_event(e->live, event, why);
}

enum err
engine_lines_end(struct engine_part *e, struct why *why)
{
	return e->opt.parser == NULL ? ERR_OK : parser_flush(e->opt.parser, on_event, e, why);
}

enum err
engine_input(void *context, const char *path, uint64_t identity, int64_t mtime_us, struct why *why)
{
	struct engine_part *e = context;
	enum err err = engine_lines_end(e, why);

	err = err == ERR_OK ? live_input(e->live, path, identity, mtime_us, why) : err;
	if (err == ERR_OK && e->opt.parser != NULL) {
		parser_input(e->opt.parser, mtime_us);
	}
	return err;
}

enum err
engine_line(void *context, struct sv line, uint64_t offset, struct why *why)
{
	struct engine_part *e = context;

	if (++e->n_lines % ALIVE_LINES == 0 && e->opt.out->alive != NULL) {
		e->opt.out->alive(e->opt.out->context);
	}
	if (e->opt.parser == NULL) {
		return live_line(e->live, line, offset, why);
	}
	parser_line(e->opt.parser, line, offset);
	return parser_is_full(e->opt.parser) ? engine_lines_end(e, why) : ERR_OK;
}

static enum err
open_store(struct engine_part *e, struct why *why)
{
	const struct store_options so = { .path = e->opt.settings->store,
		.create = true,
		.hash_only = e->opt.settings->hash_only,
		.key = e->opt.key };
	const struct settings *s = e->opt.settings;
	struct live_options lo = {
		.ingest = { .k = e->opt.k,
		    .classifier = e->classifier,
		    .policy = &e->opt.policies->recipients,
		    .detect = &e->opt.policies->detect,
		    .pace = &e->opt.policies->pace,
		    .incidents = &e->opt.policies->incidents,
		    .keep = &e->opt.policies->keep },
		.held = { (size_t)s->release_first, (size_t)s->release_growth,
		    (double)s->release_every_s },
		.key = e->opt.key,
		.sink = &e->sink,
	};
	enum err err = store_open(&so, &e->store, why);

	if (err == ERR_OK) {
		lo.ingest.store = e->store;
		err = live_new(&lo, &e->live, why);
	}
	return err;
}

/* The logs that are followed: those of the settings, and what the listener writes; NULL: no more. */
static const char *
log_at(const struct settings *s, size_t i)
{
	size_t n = s->log.n < LOGS_MAX - 1 ? s->log.n : LOGS_MAX - 1;

	return i < n                                   ? s->log.all[i]
	       : i == n && s->syslog_socket[0] != '\0' ? s->syslog_file
						       : NULL;
}

static enum err
begin_session(struct engine_part *e, struct why *why)
{
	enum err err = open_store(e, why);

	if (e->opt.parser != NULL) {
		parser_reset(e->opt.parser);
	}
	for (size_t i = 0; err == ERR_OK && log_at(e->opt.settings, i) != NULL; i++) {
		struct follow *f = &e->follows[e->n_follows++];

		follow_init(f, log_at(e->opt.settings, i), &e->lines);
		err = follow_past(f, why);
	}
	if (err == ERR_OK && e->opt.settings->journal) {
		err = engine_journal_begin(e, why);
	}
	e->tell_all = true;
	return err;
}

/* ---- following ---- */

/* Reads what there is; true: there is more. */
static bool
read_logs(struct engine_part *e, enum err *err_out, struct why *why)
{
	bool more = false;

	*err_out = ERR_OK;
	for (size_t i = 0; i < e->n_follows && *err_out == ERR_OK; i++) {
		bool one = false;

		*err_out = follow_step(&e->follows[i], &one, why);
		more = more || one;
	}
	if (*err_out == ERR_OK && e->journal.fd >= 0) {
		bool one = false;

		*err_out = engine_journal_read(e, &one, why);
		more = more || one;
	}
	return more;
}

static void
tell_everything(struct engine_part *e)
{
	const struct hash_key key = store_key(e->store);

	e->tell_all = false;
	engine_row(e, (struct front_row){ .kind = FRONT_CLEAR, .hash = key.k0, .id = key.k1 });
	e->telling_all = true; /* people were told before */
	live_tell_all(e->live, engine_now_s());
	e->telling_all = false;
	engine_row(e, (struct front_row){ .kind = FRONT_WHOLE });
	engine_flush(e);
}

static void
soon(uv_timer_t *t)
{
	struct engine_part *e = t->data;
	struct why why;
	enum err err = ERR_OK;
	bool more = false;

	if (e->store == NULL) {
		err = begin_session(e, &why);
		more = true;
	}
	if (err == ERR_OK) {
		more = read_logs(e, &err, &why) || more;
	}
	err = err == ERR_OK ? engine_lines_end(e, &why) : err;
	err = err == ERR_OK ? live_write(e->live, engine_now_s(), &why) : err;
	if (err != ERR_OK) {
		trouble(e, why.text);
		return;
	}
	engine_flush(e);
	if (!more && (e->tell_all || live_is_stale(e->live))) {
		tell_everything(e); /* once all that is known is learned */
	}
	(void)uv_timer_start(&e->soon, soon, more ? 0 : e->journal.fd >= 0 ? JOURNAL_MS : 1000, 0);
}

static void
touched(uv_fs_event_t *w, const char *name, int events, int status)
{
	struct engine_part *e = w->data;

	(void)name;
	(void)events;
	(void)status;
	if (!e->closing && e->store != NULL && uv_timer_get_due_in(&e->soon) > SOON_MS) {
		(void)uv_timer_start(&e->soon, soon, SOON_MS, 0);
	}
}

static void
watch_folder(struct engine_part *e, const char *path)
{
	char folder[4096];
	ptrdiff_t slash = sv_rfind(sv_from(path), SV("/"));
	uv_fs_event_t *w = &e->watches[e->n_watches];
	int n = snprintf(folder, sizeof(folder), "%.*s", slash > 0 ? (int)slash : 1, path);

	if (n < 0 || (size_t)n >= sizeof(folder) || uv_fs_event_init(e->opt.loop, w) != 0) {
		return;
	}
	w->data = e;
	e->n_watches++;
	e->handles++;
	if (uv_fs_event_start(w, touched, folder, 0) != 0) {
		say("engine.watch",
		    "folder=%s problem=\"no inotify there; it is looked at each second\"", folder);
	}
}

/* ---- the whole ---- */

struct engine_part *
engine_part_new(const struct engine_options *opt)
{
	struct engine_part *e = mem_new(1, sizeof(*e));
	struct why why;

	e->opt = *opt;
	engine_sink(e, &e->sink);
	e->journal.fd = -1;
	buf_init(&e->journal.bytes, 0);
	e->lines = (struct follow_sink){ e, engine_input, engine_line };
	buf_init(&e->rows, 2 * ENGINE_ROWS_MAX);
	buf_init(&e->map_text, 0);
	map_init(&e->paused, sizeof(uint64_t));
	if (classifier_new(opt->k, &e->classifier, &why) != ERR_OK) {
		say("engine.trouble", "problem=\"%s\"", why.text);
	}
	check(e->classifier != NULL);
	(void)uv_timer_init(opt->loop, &e->soon);
	e->soon.data = e;
	e->handles = 1;
	for (size_t i = 0; log_at(opt->settings, i) != NULL; i++) {
		watch_folder(e, log_at(opt->settings, i));
	}
	(void)uv_timer_start(&e->soon, soon, 0, 0);
	return e;
}

static void
handle_closed(uv_handle_t *h)
{
	struct engine_part *e = h->data;

	if (--e->handles == 0) {
		buf_done(&e->rows);
		buf_done(&e->map_text);
		map_done(&e->paused);
		buf_done(&e->journal.bytes);
		classifier_free(&e->classifier);
		free(e);
	}
}

void
engine_part_close(struct engine_part **pe)
{
	struct engine_part *e = *pe;
	struct why why;

	if (e == NULL) {
		return;
	}
	*pe = NULL;
	e->closing = true;
	if (e->live != NULL && (engine_lines_end(e, &why) != ERR_OK ||
				   live_write(e->live, engine_now_s(), &why) != ERR_OK ||
				   live_roll(e->live, &why) != ERR_OK)) {
		say("engine.trouble", "problem=\"%s\"", why.text);
	}
	engine_flush(e);
	end_session(e);
	for (size_t i = 0; i < e->n_watches; i++) {
		uv_close((uv_handle_t *)&e->watches[i], handle_closed);
	}
	uv_close((uv_handle_t *)&e->soon, handle_closed);
}

void
engine_part_tell_all(struct engine_part *e)
{
	e->tell_all = true;
	if (e->store != NULL) {
		(void)uv_timer_start(&e->soon, soon, 0, 0);
	}
}

/* Decisions about a pace, which are to be in the map at once. */
static uint64_t
n_paces(const struct engine_part *e)
{
	const struct ingest_counts *c = live_counts(e->live);
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof(c->paces) / sizeof(c->paces[0]); i++) {
		n += c->paces[i];
	}
	return n;
}

void
engine_part_tick(struct engine_part *e)
{
	double t = engine_now_s();
	struct why why;

	if (e->live == NULL || e->tell_all) { /* not yet at the end of the logs */
		return;
	}
	live_tick(e->live, t);
	engine_row(e, (struct front_row){ .kind = FRONT_BEAT });
	engine_flush(e);
	if (t >= e->map_at_s + MAP_EVERY_S || n_paces(e) != e->n_paces) {
		e->n_paces = n_paces(e);
		engine_map(e);
		e->map_at_s = t;
	}
	if (t >= e->roll_at_s + ROLL_EVERY_S) {
		e->roll_at_s = t;
		if (live_roll(e->live, &why) != ERR_OK) {
			trouble(e, why.text);
		}
	}
}

void
engine_part_tell(const struct engine_part *e)
{
	const struct ingest_counts *c = e->live == NULL ? NULL : live_counts(e->live);

	say("engine.counts",
	    "events=%llu incidents=%llu waiting=%zu tried_again=%llu troubles=%llu",
	    c == NULL ? 0 : (unsigned long long)c->events,
	    c == NULL ? 0 : (unsigned long long)c->incidents,
	    e->live == NULL ? 0 : live_held(e->live), (unsigned long long)e->tried,
	    (unsigned long long)e->troubles);
}
