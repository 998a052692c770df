/* SPDX-License-Identifier: Apache-2.0 */
#include "role/parser.h"
#include "role/parts_private.h"
#include "role/say.h"

#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_MAX 80

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

static void
confine_engine(const struct settings *s)
{
	static char rooms[FOLDERS_MAX][1024];
	const char *read[FOLDERS_MAX];
	const char *write[2] = { process_folder(s->store, rooms[0]), s->map_dir };
	struct confine_paths paths = { read, 0, write, 2 };

	for (size_t i = 0; i < s->log.n && i + 2 < FOLDERS_MAX; i++) {
		read[paths.n_read++] = process_folder(s->log.all[i], rooms[i + 1]);
	}
	if (s->syslog_socket[0] != '\0') {
		read[paths.n_read++] = process_folder(s->syslog_file, rooms[FOLDERS_MAX - 1]);
	}
	(void)mkdir(s->map_dir, 0755); /* what is not there now cannot be allowed later */
	process_confine(&paths, "engine");
}

void
part_engine(const struct part_options *opt)
{
	static struct process p;
	static struct parser parser;
	struct why why;
	const struct engine_out out = { &p, rows_out, order_out, process_beat };
	const struct engine_options eo = { &p.loop, &opt->w->settings, opt->w->k, &opt->w->policies,
		opt->key, opt->relayhost, &out, &parser };

	process_leave_sockets(opt, PART_ENGINE);
	process_begin(&p, opt, PART_ENGINE);
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

	process_leave_sockets(opt, PART_FRONT);
	process_begin(&p, opt, PART_FRONT);
	if (front_part_new(&fo, &f, &why) != ERR_OK) {
		say("front.trouble", "problem=\"%s\"", why.text);
		_exit(1);
	}
	p.part = f;
	p.tick = tick_front;
	p.tell = tell_front;
	p.end = end_front;
	post_in_init(&p.in, &p.loop, opt->rows[1], &p, rows_in);
	process_confine(&nothing, "front");
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

	process_leave_sockets(opt, PART_HAND);
	process_begin(&p, opt, PART_HAND);
	p.part = hand_new(&p.loop, &opt->w->settings);
	p.tick = tick_hand;
	p.tell = tell_hand;
	p.end = end_hand;
	post_in_init(&p.in, &p.loop, opt->orders[1], &p, order_in);
	(void)uv_run(&p.loop, UV_RUN_DEFAULT);
}
