/* SPDX-License-Identifier: Apache-2.0 */
#include "role/monitor.h"
#include "role/say.h"
#include "role/serve_private.h"
#include "role/syslog_listen.h"

#include <signal.h>
#include <unistd.h>

/* All parts in one process and one loop: for debugging, and for machines with little to do. */

struct single {
	const struct serve_options *opt;
	const struct settings *settings;
	uv_loop_t loop;
	struct front_part *front;
	struct engine_part *engine;
	struct hand *hand;
	struct syslog_listen *listener; /* NULL: no socket is named */
	struct monitor *monitor;        /* NULL: not wanted */
	uv_timer_t tick;
	uv_signal_t signals[4];
	enum end end;
	bool ending;
};

static void
to_front(void *context, struct sv rows)
{
	struct single *s = context;

	front_part_rows(s->front, rows);
}

static void
to_hand(void *context, struct sv order)
{
	struct single *s = context;

	hand_order(s->hand, order);
}

static void
finish(struct single *s, enum end end)
{
	if (s->ending) {
		return;
	}
	s->ending = true;
	s->end = end;
	notify("STOPPING=1");
	engine_part_tell(s->engine);
	front_part_tell(s->front);
	engine_part_close(&s->engine);
	front_part_close(&s->front);
	hand_close(&s->hand);
	syslog_listen_close(&s->listener);
	monitor_close(&s->monitor);
	hand_unpause(s->settings);
	uv_close((uv_handle_t *)&s->tick, NULL);
	for (size_t i = 0; i < sizeof(s->signals) / sizeof(s->signals[0]); i++) {
		uv_close((uv_handle_t *)&s->signals[i], NULL);
	}
}

static void
on_signal(uv_signal_t *h, int number)
{
	struct single *s = h->data;
	struct world fresh;
	struct why why;

	if (number == SIGUSR1) {
		engine_part_tell(s->engine);
		front_part_tell(s->front);
		if (s->listener != NULL) {
			syslog_listen_tell(s->listener);
		}
	} else if (number != SIGHUP) {
		finish(s, END_STOP);
	} else if (world_read(s->opt, &fresh, &why) == ERR_OK) {
		world_done(&fresh);
		say("serve.reload", "config=%s",
		    s->opt->config == NULL ? SETTINGS_PATH : s->opt->config);
		finish(s, END_AGAIN);
	} else {
		say("serve.reload", "problem=\"%s\" what_now=\"the old settings stay\"", why.text);
	}
}

static void
on_tick(uv_timer_t *t)
{
	struct single *s = t->data;

	engine_part_tick(s->engine);
	front_part_tick(s->front);
	hand_tick(s->hand);
	monitor_tick(s->monitor);
	notify("WATCHDOG=1");
}

static void
start(struct single *s)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

	(void)uv_timer_init(&s->loop, &s->tick);
	s->tick.data = s;
	(void)uv_timer_start(&s->tick, on_tick, 1000, 1000);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		(void)uv_signal_init(&s->loop, &s->signals[i]);
		s->signals[i].data = s;
		(void)uv_signal_start(&s->signals[i], on_signal, numbers[i]);
	}
}

static enum err
open_all(struct single *s, const struct front_options *fo, int syslog, struct why *why)
{
	enum err e = front_part_new(fo, &s->front, why);

	if (e == ERR_OK && syslog >= 0) {
		e = syslog_listen_new(&s->loop, s->settings, syslog, &s->listener, why);
		if (e != ERR_OK) {
			front_part_close(&s->front);
		}
	}
	return e;
}

enum err
single_run(const struct serve_options *opt, const struct world *w, enum end *out, struct why *why)
{
	struct single s = { .opt = opt, .settings = &w->settings };
	const struct engine_out to = { &s, to_front, to_hand, NULL };
	struct front_sockets sockets;
	int syslog = -1;
	const struct front_options fo = { &s.loop, &w->settings, w->k, &w->policies, &sockets };
	const struct engine_options eo = { &s.loop, &w->settings, w->k, &w->policies, opt->key,
		hand_finds_relayhost(&w->settings), &to, NULL };
	enum err e = front_sockets_open(&w->settings, &sockets, why);

	if (e != ERR_OK) {
		return e;
	}
	check(uv_loop_init(&s.loop) == 0);
	e = syslog_listen_open(&w->settings, &syslog, why);
	e = e == ERR_OK ? open_all(&s, &fo, syslog, why) : e;
	if (e == ERR_OK) {
		s.hand = hand_new(&s.loop, &w->settings);
		s.monitor = monitor_is_wanted(&w->settings)
				? monitor_new(&s.loop, &w->settings, opt->share)
				: NULL;
		s.engine = engine_part_new(&eo);
		start(&s);
		say("serve.begin", "version=%s status=%s policy=%s store=%s paced=%s",
		    CAROM_VERSION, w->settings.status_socket, w->settings.policy_socket,
		    w->settings.store, eo.relayhost || !w->settings.pacing ? "no" : "yes");
		notify("READY=1");
	}
	(void)uv_run(&s.loop, UV_RUN_DEFAULT);
	check(uv_loop_close(&s.loop) == 0);
	if (syslog >= 0) {
		(void)close(syslog);
	}
	front_sockets_close(&sockets);
	*out = s.end;
	if (e == ERR_OK && s.end == END_STOP) {
		say("serve.end", "clean=yes");
	}
	return e;
}
