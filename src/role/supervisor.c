/* SPDX-License-Identifier: Apache-2.0 */
#include "role/monitor.h"
#include "role/parts.h"
#include "role/say.h"
#include "role/serve_private.h"
#include "role/syslog_listen.h"
#include "role/watchdog.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * The supervisor holds the sockets and the pipes between the others, starts them, and starts
 * again whichever dies or shows no sign of life.  It reads nothing from outside.
 */

#define LATEST_AGAIN_MS 60000
#define STEADY_MS       60000 /* who lived so long begins again at once */
#define STOP_MS         20000 /* to end cleanly; then it is killed */
/* Postfix waits for an answer while the front, or who keeps its sockets open, does not move. */
#define SILENT_MS 5000 /* the same holds for who logs, and the listener */

struct part {
	const char *name;
	void (*run)(
	    const struct part_options *opt); /* in a process of its own; returns at its end */
	int orphan_signal;                   /* when the supervisor is gone */
	bool off;                            /* not wanted: never started */
	pid_t pid;                           /* 0: not running */
	int64_t started_ms, again_ms, wait_ms;
};

struct supervisor {
	const struct serve_options *opt;
	const struct world *w;
	struct part parts[PARTS];
	struct part_options options;
	struct part_beats *beats; /* shared by all processes */
	int signals;
	sigset_t before;
	bool ready;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- one part ---- */

static void
be_part(struct supervisor *s, const struct part *p)
{
	(void)prctl(PR_SET_PDEATHSIG, p->orphan_signal);
	(void)signal(SIGINT, SIG_IGN); /* a Ctrl-C is the supervisor's business */
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN); /* until it can take them */
	(void)signal(SIGUSR2, SIG_IGN);
	(void)sigprocmask(SIG_SETMASK, &s->before, NULL);
	(void)close(s->signals);
	p->run(&s->options);
	_exit(0);
}

static void
start(struct supervisor *s, enum part_name name)
{
	struct part *p = &s->parts[name];
	pid_t pid;

	atomic_store(&s->beats->ms[name], now_ms());
	pid = fork();
	if (pid == 0) {
		be_part(s, p);
	}
	p->started_ms = now_ms();
	if (pid < 0) {
		say("supervisor.start", "part=%s problem=\"%s\"", p->name, why_errno(errno));
		p->again_ms = p->started_ms + 1000;
		return;
	}
	p->pid = pid;
	say("supervisor.start", "part=%s pid=%d", p->name, (int)pid);
	if (name == PART_FRONT && s->parts[PART_ENGINE].pid > 0) {
		(void)kill(s->parts[PART_ENGINE].pid, SIGUSR2); /* it has an empty table */
	}
}

static void
ended(struct supervisor *s, pid_t pid, int status)
{
	for (size_t i = 0; i < PARTS; i++) {
		struct part *p = &s->parts[i];
		int64_t now = now_ms();

		if (p->pid != pid) {
			continue;
		}
		p->pid = 0;
		p->wait_ms = now - p->started_ms >= STEADY_MS ? 0
			     : p->wait_ms == 0                ? 1000
							      : p->wait_ms * 2;
		p->wait_ms = p->wait_ms > LATEST_AGAIN_MS ? LATEST_AGAIN_MS : p->wait_ms;
		p->again_ms = now + (p->wait_ms == 1000 ? 0 : p->wait_ms);
		say("supervisor.end", "part=%s pid=%d %s=%d again_in_ms=%lld", p->name, (int)pid,
		    WIFSIGNALED(status) ? "signal" : "code",
		    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		    (long long)(p->again_ms - now));
	}
}

/* Nothing that was stopped answers Postfix, or learns; another one does. */
static void
stopped(struct supervisor *s, pid_t pid)
{
	for (size_t i = 0; i < PARTS; i++) {
		if (s->parts[i].pid == pid) {
			say("supervisor.stopped", "part=%s pid=%d what_now=\"killed\"",
			    s->parts[i].name, (int)pid);
			(void)kill(pid, SIGKILL);
		}
	}
}

static void
reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status)) {
			stopped(s, pid);
		} else {
			ended(s, pid, status);
		}
	}
}

/* ---- all of them ---- */

static void
look_after(struct supervisor *s)
{
	int64_t now = now_ms();
	bool well = true;

	for (size_t i = 0; i < PARTS; i++) {
		struct part *p = &s->parts[i];
		int64_t silent = now - atomic_load(&s->beats->ms[i]);

		if (p->pid == 0 && !p->off && now >= p->again_ms) {
			start(s, (enum part_name)i);
		} else if (p->pid != 0 && silent > s->options.silent_ms[i]) {
			say("supervisor.silent", "part=%s pid=%d for_ms=%lld what_now=\"killed\"",
			    p->name, (int)p->pid, (long long)silent);
			(void)kill(p->pid, SIGKILL);
			atomic_store(&s->beats->ms[i], now);
		}
		well =
		    well && (i != PART_FRONT || (p->pid != 0 && silent <= s->options.silent_ms[i]));
	}
	watchdog_feed();
	if (well) {
		notify(s->ready ? "WATCHDOG=1" : "READY=1");
		s->ready = true;
	}
}

static void
to_all(struct supervisor *s, int number)
{
	for (size_t i = 0; i < PARTS; i++) {
		if (s->parts[i].pid > 0) {
			(void)kill(s->parts[i].pid, number);
		}
	}
}

static bool
any_left(const struct supervisor *s)
{
	for (size_t i = 0; i < PARTS; i++) {
		if (s->parts[i].pid > 0) {
			return true;
		}
	}
	return false;
}

static void
stop_all(struct supervisor *s)
{
	int64_t until = now_ms() + STOP_MS;

	notify("STOPPING=1");
	to_all(s, SIGTERM);
	while (any_left(s)) {
		struct timespec moment = { .tv_nsec = 10000000 };

		if (now_ms() > until) {
			to_all(s, SIGKILL);
		}
		reap(s);
		watchdog_feed();
		(void)nanosleep(&moment, NULL);
	}
}

/* ---- signals ---- */

/* False: go on. */
static bool
take_signal(struct supervisor *s, int number, enum end *out)
{
	struct world fresh;
	struct why why;

	watchdog_feed();
	if (number == SIGUSR1) {
		to_all(s, SIGUSR1);
	} else if (number == SIGHUP && world_read(s->opt, &fresh, &why) != ERR_OK) {
		say("serve.reload", "problem=\"%s\" what_now=\"the old settings stay\"", why.text);
	} else if (number == SIGHUP) {
		world_done(&fresh);
		say("serve.reload", "config=%s",
		    s->opt->config == NULL ? SETTINGS_PATH : s->opt->config);
		*out = END_AGAIN;
		return true;
	} else if (number == SIGTERM || number == SIGINT) {
		*out = END_STOP;
		return true;
	}
	return false;
}

static enum end
watch_over(struct supervisor *s)
{
	enum end end = END_STOP;

	for (;;) {
		struct pollfd p = { .fd = s->signals, .events = POLLIN };
		struct signalfd_siginfo info;

		look_after(s);
		if (poll(&p, 1, 1000) <= 0) {
			reap(s);
			continue;
		}
		if (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info) &&
		    take_signal(s, (int)info.ssi_signo, &end)) {
			return end;
		}
		reap(s);
	}
}

static enum err
take_signals(struct supervisor *s, struct why *why)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD };
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		(void)sigaddset(&set, numbers[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &set, &s->before);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals >= 0 ? ERR_OK : why_set(why, ERR_IO, "signals: %s", why_errno(errno));
}

/* ---- the whole ---- */

static enum err
prepare(struct supervisor *s, struct front_sockets *sockets, struct why *why)
{
	enum err e = front_sockets_open(&s->w->settings, sockets, why);

	e = e == ERR_OK ? syslog_listen_open(&s->w->settings, &s->options.syslog, why) : e;
	if (s->options.syslog < 0) {
		s->parts[PART_LISTENER].off = true;
	}
	if (e != ERR_OK) {
		return e;
	}
	s->beats = mmap(
	    NULL, sizeof(*s->beats), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->beats == MAP_FAILED || !post_pair(s->options.rows) ||
	    !post_pair(s->options.orders)) {
		return why_set(why, ERR_IO, "pipes between the processes: %s", why_errno(errno));
	}
	s->options.beats = s->beats;
	return take_signals(s, why);
}

static void
put_away(struct supervisor *s, struct front_sockets *sockets)
{
	int *const fds[] = { &s->options.rows[0], &s->options.rows[1], &s->options.orders[0],
		&s->options.orders[1], &s->options.syslog, &s->signals };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0) {
			(void)close(*fds[i]);
		}
	}
	if (s->beats != NULL && s->beats != MAP_FAILED) {
		(void)munmap(s->beats, sizeof(*s->beats));
	}
	front_sockets_close(sockets);
	(void)sigprocmask(SIG_SETMASK, &s->before, NULL);
}

enum err
supervisor_run(
    const struct serve_options *opt, const struct world *w, enum end *out, struct why *why)
{
	struct front_sockets sockets;
	struct supervisor s = {
		.opt = opt,
		.w = w,
		.parts = {
		    [PART_ENGINE] = { .name = "engine", .run = part_engine, .orphan_signal = SIGKILL },
		    [PART_FRONT] = { .name = "front", .run = part_front, .orphan_signal = SIGKILL },
		    /* It takes the pauses out of the map before it ends. */
		    [PART_HAND] = { .name = "hand", .run = part_hand, .orphan_signal = SIGTERM },
		    [PART_LISTENER] = { .name = "listener", .run = part_listener, .orphan_signal = SIGKILL },
		    [PART_MONITOR] = { .name = "monitor", .run = part_monitor, .orphan_signal = SIGTERM,
			.off = !monitor_is_wanted(&w->settings) },
		},
		.options = { .w = w, .key = opt->key, .share = opt->share, .sockets = &sockets, .rows = { -1, -1 }, .orders = { -1, -1 }, .syslog = -1,
		    .silent_ms = { [PART_ENGINE] = 300000, [PART_FRONT] = SILENT_MS,
			[PART_HAND] = 60000, [PART_LISTENER] = SILENT_MS, [PART_MONITOR] = 60000 } },
		.signals = -1,
	};
	enum err e;

	(void)sigprocmask(SIG_SETMASK, NULL, &s.before);
	e = prepare(&s, &sockets, why);
	if (e == ERR_OK) {
		s.options.relayhost = hand_finds_relayhost(&w->settings);
		say("serve.begin", "version=%s status=%s policy=%s store=%s paced=%s",
		    CAROM_VERSION, w->settings.status_socket, w->settings.policy_socket,
		    w->settings.store, s.options.relayhost || !w->settings.pacing ? "no" : "yes");
		e = watchdog_start(SILENT_MS, why);
	}
	if (e == ERR_OK) {
		*out = watch_over(&s);
		stop_all(&s);
		watchdog_stop();
		if (*out == END_STOP) {
			say("serve.end", "clean=yes");
		}
	}
	put_away(&s, &sockets);
	return e;
}
