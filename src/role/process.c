/* SPDX-License-Identifier: Apache-2.0 */
#include "role/parts_private.h"
#include "role/rank.h"
#include "role/say.h"
#include "role/watchdog.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

void
process_beat(void *context)
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

	process_beat(p);
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

void
process_begin(struct process *p, const struct part_options *opt, enum part_name name)
{
	static const int numbers[] = { SIGTERM, SIGUSR1, SIGUSR2 };
	struct why why;

	p->opt = opt;
	p->name = name;
	if (name == PART_FRONT) {
		rank_first();
	} else {
		rank_last();
	}
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

void
process_confine(const struct confine_paths *paths, const char *name)
{
	struct why why;

	if (confine_enter(paths, &why) != ERR_OK) {
		say("serve.confine", "part=%s problem=\"%s\"", name, why.text);
		_exit(1);
	}
}

void
process_leave_sockets(const struct part_options *opt, enum part_name name)
{
	struct front_sockets mine = *opt->sockets;

	if (name != PART_FRONT) {
		front_sockets_close(&mine);
	}
	if (name != PART_LISTENER && opt->syslog >= 0) {
		(void)close(opt->syslog);
	}
}

const char *
process_folder(const char *path, char room[1024])
{
	ptrdiff_t slash = sv_rfind(sv_from(path), SV("/"));

	(void)snprintf(room, 1024, "%.*s", slash > 0 ? (int)slash : 1, path);
	return room;
}
