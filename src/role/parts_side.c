/* SPDX-License-Identifier: Apache-2.0 */
#include "role/monitor.h"
#include "role/parts_private.h"
#include "role/say.h"
#include "role/syslog_listen.h"

#include <unistd.h>

/* The parts that are there only where the settings want them. */

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
	const char *write[] = { process_folder(opt->w->settings.syslog_file, room) };
	const struct confine_paths paths = { .write = write, .n_write = 1 };
	struct syslog_listen *l;
	struct why why;

	process_leave_sockets(opt, PART_LISTENER);
	process_begin(&p, opt, PART_LISTENER);
	process_confine(&paths, "listener");
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

	process_leave_sockets(opt, PART_MONITOR);
	process_begin(&p, opt, PART_MONITOR);
	p.part = monitor_new(&p.loop, &opt->w->settings, opt->share);
	p.tick = tick_monitor;
	p.tell = tell_monitor;
	p.end = end_monitor;
	(void)uv_run(&p.loop, UV_RUN_DEFAULT);
}
