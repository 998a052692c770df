/* SPDX-License-Identifier: Apache-2.0 */
#include "role/engine_private.h"
#include "role/hand.h"
#include "role/pace_map.h"
#include "role/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_TEXT_MAX ((size_t)64 * 1024 * 1024)

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

struct telling { /* pauses to the front */
	struct engine_part *e;
	struct map now; /* domain -> 0 */
};

static void
put_pause(struct engine_part *e, struct sv domain, struct sv reason, uint64_t id, uint32_t until_s)
{
	char room[FRONT_TEXT_MAX];
	int n = snprintf(room, sizeof(room), "%.*s %.*s", SV_ARG(domain), SV_ARG(reason));

	if (n > 0 && (size_t)n < sizeof(room)) {
		engine_row(e, (struct front_row){ .kind = FRONT_PAUSE,
				  .id = id,
				  .until_s = until_s,
				  .text = sv_make(room, (size_t)n) });
	}
}

static void
tell_pause(void *context, struct sv domain, const struct pace_want *w)
{
	struct telling *t = context;
	uint32_t name = store_name_find(t->e->store, domain);

	(void)map_put(&t->now, name, NULL);
	put_pause(t->e, domain, w->reason, w->id, 0);
}

/* Those that are paused, each time; those that are not any more, once. */
static void
tell_pauses(struct engine_part *e, const struct pace_map *m)
{
	struct telling t = { .e = e };

	map_init(&t.now, sizeof(uint64_t));
	pace_each_paused(m, tell_pause, &t);
	for (size_t i = 0; i < e->paused.n; i++) {
		if (map_get(&t.now, e->paused.keys[i]) == NULL) {
			put_pause(e, store_name_text(e->store, (uint32_t)e->paused.keys[i]),
			    SV("over"), 0, 1);
		}
	}
	map_done(&e->paused);
	e->paused = t.now;
	engine_flush(e);
}

struct wanted {
	struct pace_want **wants;
	size_t n;
};

static void
want_pace(void *context, uint32_t provider, const struct pace_now *now, uint64_t decision)
{
	struct wanted *w = context;

	w->n = pace_decided(provider, now, decision, w->wants, w->n);
}

void
engine_map(struct engine_part *e)
{
	struct pace_map m = { .places = live_places(e->live),
		.store = e->store,
		.share_nexthop = e->opt.settings->share_nexthop,
		.pause_socket = e->opt.settings->pause_socket };
	struct pace_want *wants = NULL;
	struct buf text;
	struct why why;

	buf_init(&text, MAP_TEXT_MAX);
	if (e->opt.settings->pacing && !e->opt.relayhost) {
		struct wanted w = { &wants, pace_ceilings(m.places, e->store, e->opt.k, &wants) };
		const struct setting_list *paused = &e->opt.settings->paused;

		live_paces(e->live, want_pace, &w);
		m.n_wants = pace_pause(e->store, paused->all, paused->n, &wants, w.n);
		m.wants = wants;
		(void)pace_map_write(&m, &text);
	}
	tell_pauses(e, &m); /* before the map sends anybody there */
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
