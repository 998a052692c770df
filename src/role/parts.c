/* SPDX-License-Identifier: Apache-2.0 */
#include "role/parts.h"

#include "role/confine.h"
#include "role/monitor.h"
#include "role/parser.h"
#include "role/say.h"
#include "role/syslog_listen.h"
#include "role/watchdog.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDERS_MAX 80

struct process { /* what all have: a loop, a beat, signals */
	uv_loop_t loop;
	const struct part_options *opt;
	enum part_name name;
	uv_timer_t beat;
	uv_signal_t signals[3];
	bool ending;
	void *part;
	void (*tick)(void *part);
	void (*tell)(void *part);
	void (*again)(void *part); /* SIGUSR2; may be NULL */
	void (*end)(struct process *p);
	struct post_in in;
	struct post_out rows, orders;
};

static void
beat(void *context)
{
	struct process *p = context;
	struct timespec now;

	watchdog_feed();
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	atomic_store(
	    &p->opt->beats->ms[p->name], (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void
on_beat(uv_timer_t *t)
{
	struct process *p = t->data;

	beat(p);
	p->tick(p->part);
}

static void
on_signal(uv_signal_t *h, int number)
{
	struct process *p = h->data;

	if (p->ending) {
		return;
	}
	if (number == SIGUSR1) {
		p->tell(p->part);
	} else if (number == SIGUSR2) {
		if (p->again != NULL) {
			p->again(p->part);
		}
	} else {
		p->ending = true;
		p->tell(p->part);
		p->end(p);
		uv_close((uv_handle_t *)&p->beat, NULL);
		for (size_t i = 0; i < sizeof(p->signals) / sizeof(p->signals[0]); i++) {
			uv_close((uv_handle_t *)&p->signals[i], NULL);
		}
	}
}

static void
begin(struct process *p, const struct part_options *opt, enum part_name name)
{
	static const int numbers[] = { SIGTERM, SIGUSR1, SIGUSR2 };
	struct why why;

	p->opt = opt;
	p->name = name;
	if (watchdog_start(opt->silent_ms[name], &why) != ERR_OK) {
		say("supervisor.watchdog", "problem=\"%s\"", why.text);
	}
	check(uv_loop_init(&p->loop) == 0);
	(void)uv_timer_init(&p->loop, &p->beat);
	p->beat.data = p;
	(void)uv_timer_start(&p->beat, on_beat, 1000, 1000);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		(void)uv_signal_init(&p->loop, &p->signals[i]);
		p->signals[i].data = p;
		(void)uv_signal_start(&p->signals[i], on_signal, numbers[i]);
	}
}

static void
confine(const struct confine_paths *paths, const char *name)
{
	struct why why;

	if (confine_enter(paths, &why) != ERR_OK) {
		say("serve.confine", "part=%s problem=\"%s\"", name, why.text);
		_exit(1);
	}
}

/* ---- the engine ---- */

static void
rows_out(void *context, struct sv rows)
{
	struct process *p = context;

	post_send(&p->rows, rows);
}

static void
order_out(void *context, struct sv order)
{
	struct process *p = context;

	post_send(&p->orders, order);
}

static void
tick_engine(void *part)
{
	engine_part_tick(part);
}

static void
tell_engine(void *part)
{
	engine_part_tell(part);
}

static void
again_engine(void *part)
{
	engine_part_tell_all(part);
}

static void
end_engine(struct process *p)
{
	struct engine_part *e = p->part;

	engine_part_close(&e);
	post_out_close(&p->rows);
	post_out_close(&p->orders);
}

static void
lost_rows(void *context)
{
	struct process *p = context;

	engine_part_tell_all(p->part);
}

static void
lost_orders(void *context)
{
	(void)
	    context; /* what was to be tried again is tried by Postfix, too; the map is ordered again */
}

/* Who asks would wait on a socket that nobody answers for as long as anybody has it open. */
static void
leave_sockets(const struct part_options *opt, enum part_name name)
{
	struct front_sockets mine = *opt->sockets;

	if (name != PART_FRONT) {
		front_sockets_close(&mine);
	}
	if (name != PART_LISTENER && opt->syslog >= 0) {
		(void)close(opt->syslog);
	}
}

/* The folder of a path, in the room. */
static const char *
folder_of(const char *path, char room[1024])
{
	ptrdiff_t slash = sv_rfind(sv_from(path), SV("/"));

	(void)snprintf(room, 1024, "%.*s", slash > 0 ? (int)slash : 1, path);
	return room;
}

static void
confine_engine(const struct settings *s)
{
	static char rooms[FOLDERS_MAX][1024];
	const char *read[FOLDERS_MAX];
	const char *write[2] = { folder_of(s->store, rooms[0]), s->map_dir };
	struct confine_paths paths = { read, 0, write, 2 };

	for (size_t i = 0; i < s->log.n && i + 2 < FOLDERS_MAX; i++) {
		read[paths.n_read++] = folder_of(s->log.all[i], rooms[i + 1]);
	}
	if (s->syslog_socket[0] != '\0') {
		read[paths.n_read++] = folder_of(s->syslog_file, rooms[FOLDERS_MAX - 1]);
	}
	(void)mkdir(s->map_dir, 0755); /* what is not there now cannot be allowed later */
	confine(&paths, "engine");
}

void
part_engine(const struct part_options *opt)
{
	static struct process p;
	static struct parser parser;
	struct why why;
	const struct engine_out out = { &p, rows_out, order_out, beat };
	const struct engine_options eo = { &p.loop, &opt->w->settings, opt->w->k, &opt->w->policies,
		opt->key, opt->relayhost, &out, &parser };

	leave_sockets(opt, PART_ENGINE);
	begin(&p, opt, PART_ENGINE);
	if (parser_init(&parser, &opt->key, &why) != ERR_OK) {
		say("engine.trouble", "problem=\"%s\"", why.text);
		_exit(1);
	}
	post_out_init(&p.rows, &p.loop, opt->rows[0], &p, lost_rows);
	post_out_init(&p.orders, &p.loop, opt->orders[0], &p, lost_orders);
	if (!opt->w->settings.journal) { /* that needs a program */
		confine_engine(&opt->w->settings);
	}
	p.tick = tick_engine;
	p.tell = tell_engine;
	p.again = again_engine;
	p.end = end_engine;
	p.part = engine_part_new(&eo);
	(void)uv_run(&p.loop, UV_RUN_DEFAULT);
}

/* ---- the front ---- */

static void
rows_in(void *context, struct sv rows)
{
	struct process *p = context;

	front_part_rows(p->part, rows);
}

static void
tick_front(void *part)
{
	front_part_tick(part);
}

static void
tell_front(void *part)
{
	front_part_tell(part);
}

static void
end_front(struct process *p)
{
	struct front_part *f = p->part;

	front_part_close(&f);
	post_in_close(&p->in);
}

void
part_front(const struct part_options *opt)
{
	static struct process p;
	const struct front_options fo = { &p.loop, &opt->w->settings, opt->w->k, &opt->w->policies,
		opt->sockets };
	static const struct confine_paths nothing = { 0 };
	struct front_part *f;
	struct why why;

	leave_sockets(opt, PART_FRONT);
	begin(&p, opt, PART_FRONT);
	if (front_part_new(&fo, &f, &why) != ERR_OK) {
		say("front.trouble", "problem=\"%s\"", why.text);
		_exit(1);
	}
	p.part = f;
	p.tick = tick_front;
	p.tell = tell_front;
	p.end = end_front;
	post_in_init(&p.in, &p.loop, opt->rows[1], &p, rows_in);
	confine(&nothing, "front");
	(void)uv_run(&p.loop, UV_RUN_DEFAULT);
}

/* ---- the hand ---- */

static void
order_in(void *context, struct sv order)
{
	struct process *p = context;

	hand_order(p->part, order);
}

static void
tick_hand(void *part)
{
	hand_tick(part);
}

static void
tell_hand(void *part)
{
	hand_tell(part);
}

static void
end_hand(struct process *p)
{
	struct hand *h = p->part;

	hand_unpause(&p->opt->w->settings);
	hand_close(&h);
	post_in_close(&p->in);
}

void
part_hand(const struct part_options *opt)
{
	static struct process p;

	leave_sockets(opt, PART_HAND);
	begin(&p, opt, PART_HAND);
	p.part = hand_new(&p.loop, &opt->w->settings);
	p.tick = tick_hand;
	p.tell = tell_hand;
	p.end = end_hand;
	post_in_init(&p.in, &p.loop, opt->orders[1], &p, order_in);
	(void)uv_run(&p.loop, UV_RUN_DEFAULT);
}

/* ---- the listener ---- */

static void
tick_listener(void *part)
{
	(void)part;
}

static void
tell_listener(void *part)
{
	syslog_listen_tell(part);
}

static void
end_listener(struct process *p)
{
	struct syslog_listen *l = p->part;

	syslog_listen_close(&l);
}

void
part_listener(const struct part_options *opt)
{
	static struct process p;
	static char room[1024];
	const char *write[] = { folder_of(opt->w->settings.syslog_file, room) };
	const struct confine_paths paths = { .write = write, .n_write = 1 };
	struct syslog_listen *l;
	struct why why;

	leave_sockets(opt, PART_LISTENER);
	begin(&p, opt, PART_LISTENER);
	confine(&paths, "listener");
	if (syslog_listen_new(&p.loop, &opt->w->settings, opt->syslog, &l, &why) != ERR_OK) {
		say("syslog.trouble", "problem=\"%s\"", why.text);
		_exit(1);
	}
	p.part = l;
	p.tick = tick_listener;
	p.tell = tell_listener;
	p.end = end_listener;
	(void)uv_run(&p.loop, UV_RUN_DEFAULT);
}

/* ---- the monitor ---- */

static void
tick_monitor(void *part)
{
	monitor_tick(part);
}

static void
tell_monitor(void *part)
{
	monitor_tell(part);
}

static void
end_monitor(struct process *p)
{
	struct monitor *m = p->part;

	monitor_close(&m);
}

void
part_monitor(const struct part_options *opt)
{
	static struct process p;

	leave_sockets(opt, PART_MONITOR);
	begin(&p, opt, PART_MONITOR);
	p.part = monitor_new(&p.loop, &opt->w->settings, opt->share);
	p.tick = tick_monitor;
	p.tell = tell_monitor;
	p.end = end_monitor;
	(void)uv_run(&p.loop, UV_RUN_DEFAULT);
}
