/* SPDX-License-Identifier: Apache-2.0 */
#include "role/engine_part.h"

#include "front/answers.h"
#include "role/follow.h"
#include "role/hand.h"
#include "role/pace_map.h"
#include "role/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOGS_MAX      64
#define SOON_MS       100  /* what is written to a log within it is learned in one go */
#define AGAIN_MS      5000 /* after trouble */
#define MAP_EVERY_S   10
#define ROLL_EVERY_S  3600
#define MAP_TEXT_MAX  ((size_t)64 * 1024 * 1024)
#define SAY_TROUBLE_S 60

struct engine_part {
	struct engine_options opt;
	struct classifier *classifier; /* owned */
	struct store *store;           /* owned; NULL: nothing is open, and it is tried again */
	struct live *live;             /* owned */
	struct live_sink sink;
	struct follow_sink lines;
	struct follow follows[LOGS_MAX];
	uv_fs_event_t watches[LOGS_MAX]; /* of the folders */
	size_t n_follows, n_watches;
	uv_timer_t soon;
	unsigned handles; /* open ones */
	bool closing, tell_all, telling_all;
	struct buf rows;
	double map_at_s, roll_at_s, trouble_at_s;
	struct buf map_text; /* as last ordered */
	uint64_t tried, troubles;
};

static double
now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- rows for the front ---- */

static void
flush_rows(struct engine_part *e)
{
	if (e->rows.n > 0) {
		e->opt.out->rows(e->opt.out->context, buf_view(&e->rows));
		buf_clear(&e->rows);
	}
}

static void
put_row(struct engine_part *e, struct front_row r)
{
	if (e->rows.n + FRONT_TEXT_MAX + sizeof(r) > ENGINE_ROWS_MAX) {
		flush_rows(e);
	}
	front_row_write(&r, &e->rows);
}

static enum standing
standing_of(const struct memory *m)
{
	if (m->state == RECIPIENT_RESTING) {
		return STANDING_RESTING;
	}
	if (m->state != RECIPIENT_SUPPRESSED) {
		return STANDING_OPEN;
	}
	return m->complained_s != 0 || m->unsubscribed_s != 0 || m->by_hand_s != 0
		   ? STANDING_ASKED
		   : STANDING_BOUNCED;
}

static void
on_recipient(void *context, const struct memory *m, struct sv reason)
{
	put_row(context, (struct front_row){ .kind = FRONT_RECIPIENT,
			     .state = standing_of(m),
			     .hash = m->run.hash,
			     .id = m->decision,
			     .since_s = m->since_s,
			     .until_s = m->until_s,
			     .text = reason });
}

static void
on_hold(void *context, struct sv provider, const struct ingest_hold *h, uint32_t until_s)
{
	struct engine_part *e = context;

	if (!e->telling_all) {
		say("engine.hold", "provider=%.*s incident=%llu %s", SV_ARG(provider),
		    (unsigned long long)h->incident,
		    until_s == 0   ? "until=its_end"
		    : until_s == 1 ? "over=yes"
				   : "until=within_the_hour");
	}
	put_row(context, (struct front_row){ .kind = FRONT_HOLD,
			     .id = h->incident,
			     .since_s = (uint32_t)h->since,
			     .until_s = until_s,
			     .text = provider });
}

static void
on_host(void *context, struct sv host, struct sv provider)
{
	char room[FRONT_TEXT_MAX];
	int n = snprintf(room, sizeof(room), "%.*s %.*s", SV_ARG(host), SV_ARG(provider));

	if (n > 0 && (size_t)n < sizeof(room)) {
		put_row(context,
		    (struct front_row){ .kind = FRONT_HOST, .text = sv_make(room, (size_t)n) });
	}
}

static void
on_try_again(void *context, const char *queue_id)
{
	struct engine_part *e = context;
	char order[HELD_ID_MAX + 4];
	int n = snprintf(order, sizeof(order), "R %s", queue_id);

	e->tried++;
	e->opt.out->order(e->opt.out->context, sv_make(order, (size_t)n));
}

/* ---- the map ---- */

static bool
write_wanted(const struct engine_part *e, struct sv text, struct why *why)
{
	char path[1024];
	char fresh[1032];
	int fd;
	bool ok;

	(void)snprintf(path, sizeof(path), "%s/%s", e->opt.settings->map_dir, MAP_WANTED);
	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	if (mkdir(e->opt.settings->map_dir, 0755) != 0 && errno != EEXIST) {
		(void)why_set(why, ERR_IO, "%s: %s", e->opt.settings->map_dir, why_errno(errno));
		return false;
	}
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	ok = fd >= 0 && write(fd, text.p == NULL ? "" : text.p, text.n) == (ssize_t)text.n;
	ok = (fd < 0 || close(fd) == 0) && ok;
	if (!ok || rename(fresh, path) != 0) {
		(void)why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
		return false;
	}
	return true;
}

static void
see_map(struct engine_part *e)
{
	struct pace_map m = { .places = live_places(e->live),
		.store = e->store,
		.share_nexthop = e->opt.settings->share_nexthop };
	struct pace_want *wants = NULL;
	struct buf text;
	struct why why;

	buf_init(&text, MAP_TEXT_MAX);
	if (e->opt.settings->pacing && !e->opt.relayhost) {
		m.n_wants = pace_ceilings(m.places, e->store, e->opt.k, &wants);
		m.wants = wants;
		(void)pace_map_write(&m, &text);
	}
	if (e->map_at_s == 0 || !sv_eq(buf_view(&text), buf_view(&e->map_text))) {
		if (write_wanted(e, buf_view(&text), &why)) {
			buf_clear(&e->map_text);
			buf_sv(&e->map_text, buf_view(&text));
			e->opt.out->order(e->opt.out->context, SV("M"));
		} else {
			say("engine.map", "problem=\"%s\"", why.text);
		}
	}
	free(wants);
	buf_done(&text);
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
}

static void soon(uv_timer_t *t);

static void
trouble(struct engine_part *e, const char *text)
{
	double t = now_s();

	e->troubles++;
	if (t - e->trouble_at_s >= SAY_TROUBLE_S) {
		e->trouble_at_s = t;
		say("engine.trouble",
		    "problem=\"%s\" what_now=\"begun anew in %d s; Postfix goes on\"", text,
		    AGAIN_MS / 1000);
	}
	end_session(e);
	if (!e->closing) {
		(void)uv_timer_start(&e->soon, soon, AGAIN_MS, 0);
	}
}

static enum err
on_input(void *context, const char *path, uint64_t identity, int64_t mtime_us, struct why *why)
{
	struct engine_part *e = context;

	return live_input(e->live, path, identity, mtime_us, why);
}

static enum err
on_line(void *context, struct sv line, uint64_t offset, struct why *why)
{
	struct engine_part *e = context;

	return live_line(e->live, line, offset, why);
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
		    .detect = &e->opt.policies->detect },
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

static enum err
begin_session(struct engine_part *e, struct why *why)
{
	const struct setting_list *logs = &e->opt.settings->log;
	enum err err = open_store(e, why);

	for (size_t i = 0; err == ERR_OK && i < logs->n && i < LOGS_MAX; i++) {
		struct follow *f = &e->follows[e->n_follows++];

		follow_init(f, logs->all[i], &e->lines);
		err = follow_past(f, why);
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
	return more;
}

static void
tell_everything(struct engine_part *e)
{
	const struct hash_key key = store_key(e->store);

	e->tell_all = false;
	put_row(e, (struct front_row){ .kind = FRONT_CLEAR, .hash = key.k0, .id = key.k1 });
	e->telling_all = true; /* people were told before */
	live_tell_all(e->live, now_s());
	e->telling_all = false;
	put_row(e, (struct front_row){ .kind = FRONT_WHOLE });
	flush_rows(e);
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
	err = err == ERR_OK ? live_write(e->live, now_s(), &why) : err;
	if (err != ERR_OK) {
		trouble(e, why.text);
		return;
	}
	flush_rows(e);
	if (!more && (e->tell_all || live_is_stale(e->live))) {
		tell_everything(e); /* once all that is known is learned */
	}
	(void)uv_timer_start(&e->soon, soon, more ? 0 : 1000, 0);
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
	e->sink = (struct live_sink){ e, on_recipient, on_hold, on_host, on_try_again };
	e->lines = (struct follow_sink){ e, on_input, on_line };
	buf_init(&e->rows, 2 * ENGINE_ROWS_MAX);
	buf_init(&e->map_text, MAP_TEXT_MAX);
	if (classifier_new(opt->k, &e->classifier, &why) != ERR_OK) {
		say("engine.trouble", "problem=\"%s\"", why.text);
	}
	check(e->classifier != NULL);
	(void)uv_timer_init(opt->loop, &e->soon);
	e->soon.data = e;
	e->handles = 1;
	for (size_t i = 0; i < opt->settings->log.n && i < LOGS_MAX; i++) {
		watch_folder(e, opt->settings->log.all[i]);
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
	if (e->live != NULL &&
	    (live_write(e->live, now_s(), &why) != ERR_OK || live_roll(e->live, &why) != ERR_OK)) {
		say("engine.trouble", "problem=\"%s\"", why.text);
	}
	flush_rows(e);
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

void
engine_part_tick(struct engine_part *e)
{
	double t = now_s();
	struct why why;

	if (e->live == NULL || e->tell_all) { /* not yet at the end of the logs */
		return;
	}
	live_tick(e->live, t);
	put_row(e, (struct front_row){ .kind = FRONT_BEAT });
	flush_rows(e);
	if (t >= e->map_at_s + MAP_EVERY_S) {
		see_map(e);
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
