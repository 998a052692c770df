/* SPDX-License-Identifier: Apache-2.0 */
#include "act/ladder.h"
#include "base/file.h"
#include "mail/postfix.h"
#include "postfix/run.h"
#include "postfix/trial_private.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOG_MAX ((size_t)4 * 1024 * 1024)

/* ---- the messages ---- */

static enum err
postfix(const struct private_queue *q, const char *verb, struct why *why)
{
	char etc[128];
	const char *argv[] = { "postfix", "-c", etc, verb, NULL };

	(void)snprintf(etc, sizeof(etc), "%s/etc", q->place);
	return run_command(argv, NULL, why);
}

static enum err
send_to(const struct private_queue *q, const char *address, struct why *why)
{
	char etc[128];
	static const char from[] = "check@queue." DOMAIN;
	const char *argv[] = { "sendmail", "-C", etc, "-i", "-f", from, address, NULL };

	(void)snprintf(etc, sizeof(etc), "%s/etc", q->place);
	return run_command(argv, NULL, why);
}

/* What the log says of the address; false: nothing yet. */
static bool
outcome(struct sv log, struct sv address, struct postfix_line *out)
{
	struct sv line;

	while (sv_cut(&log, '\n', &line)) {
		struct syslog_head h;
		struct sv instance;
		enum postfix_daemon d;

		if (!syslog_head_take(line, &h)) {
			continue;
		}
		d = postfix_daemon_of(h.tag, &instance);
		postfix_line_read(d, h.message, out);
		if (out->kind == POSTFIX_DELIVERY && sv_eq(out->recipient, address)) {
			return true;
		}
	}
	return false;
}

static bool
trouble(struct sv log, struct sv *out)
{
	struct sv line;

	while (sv_cut(&log, '\n', &line)) {
		struct syslog_head h;

		if (syslog_head_take(line, &h) && (sv_starts(h.message, SV("warning: ")) ||
						      sv_starts(h.message, SV("fatal: ")))) {
			*out = h.message;
			return true;
		}
	}
	return false;
}

/* ---- what came of them ---- */

static void
add(struct trial *t, bool fine, const char *what, struct sv detail)
{
	struct trial_row *r = &t->rows[t->n];
	struct buf b;

	if (t->n == TRIAL_ROWS_MAX) {
		return;
	}
	buf_init(&b, 0);
	buf_printable(&b, detail, sizeof(r->detail) - 8);
	(void)snprintf(r->what, sizeof(r->what), "%s", what);
	(void)snprintf(r->detail, sizeof(r->detail), "%s", b.p == NULL ? "" : b.p);
	r->fine = fine;
	t->n++;
	buf_done(&b);
}

static const char *const words[] = { [POSTFIX_OUTCOME_NONE] = "",
	[POSTFIX_SENT] = "sent",
	[POSTFIX_DEFERRED] = "deferred",
	[POSTFIX_BOUNCED] = "bounced",
	[POSTFIX_SOFTBOUNCE] = "softbounce",
	[POSTFIX_DELIVERABLE] = "",
	[POSTFIX_UNDELIVERABLE] = "" };

static void
judge_one(struct sv log, const char *address, const char *what, enum postfix_outcome want,
    struct trial *t)
{
	struct postfix_line line;

	if (!outcome(log, sv_from(address), &line)) {
		add(t, false, what, SV("nothing was logged about it"));
	} else if (line.outcome == want) {
		add(t, true, what, sv_from(words[want]));
	} else {
		add(t, false, what, line.reason);
	}
}

static void
rung_address(const struct rung *r, char *room, size_t size)
{
	(void)snprintf(room, size, "test@%s." DOMAIN, r->transport);
}

static bool
has_rung(const struct postconf *c, const struct rung *r)
{
	return postconf_service(c, sv_from(r->transport), SV("unix")) != NULL;
}

static void
judge(const struct postconf *c, struct sv log, struct trial *t)
{
	size_t n;
	const struct rung *r = ladder(&n);
	struct sv words_of = { 0 };
	struct postfix_line line;
	char address[96];
	char what[80];

	judge_one(log, "test@" DOMAIN, "a message that is accepted", POSTFIX_SENT, t);
	/* While an incident is open it is held, which is as good. */
	if (outcome(log, SV("unknown@" DOMAIN), &line) && line.outcome == POSTFIX_DEFERRED &&
	    sv_find(line.reason, SV("[carom:")) >= 0) {
		add(t, true, "a message that is refused", SV("held by carom"));
	} else {
		judge_one(log, "unknown@" DOMAIN, "a message that is refused", POSTFIX_BOUNCED, t);
	}
	for (size_t i = 0; i < n; i++) {
		if (has_rung(c, &r[i])) {
			rung_address(&r[i], address, sizeof(address));
			(void)snprintf(what, sizeof(what), "a message by %s", r[i].transport);
			judge_one(log, address, what, POSTFIX_SENT, t);
		}
	}
	if (trouble(log, &words_of)) {
		add(t, false, "nothing that Postfix warns of", words_of);
	} else {
		add(t, true, "nothing that Postfix warns of", SV(""));
	}
}

static void
judge_door(struct sv log, const struct trial_door *door, struct trial *t)
{
	struct sv passed = sv_from(door->passed);
	struct sv refused = sv_from(door->refused);

	if (sv_starts(passed, SV("2"))) {
		judge_one(log, BY_SMTP, "a message past the policy service", POSTFIX_SENT, t);
	} else {
		add(t, false, "a message past the policy service",
		    passed.n > 0 ? passed : SV("no answer by SMTP"));
	}
	add(t, sv_starts(refused, SV("5")) && sv_find(refused, SV("[carom:")) >= 0,
	    "a recipient that the policy service refuses",
	    refused.n == 0 ? SV("no answer by SMTP") : refused);
}

/* ---- a run ---- */

static bool
all_told(const struct private_queue *q, const struct postconf *c, struct sv log)
{
	size_t n;
	const struct rung *r = ladder(&n);
	struct postfix_line line;
	char address[96];
	bool told =
	    outcome(log, SV("test@" DOMAIN), &line) && outcome(log, SV("unknown@" DOMAIN), &line);

	/* What the door refused is in no log; what it let in comes last. */
	told = told && (q->door == 0 || outcome(log, SV(BY_SMTP), &line));
	for (size_t i = 0; i < n && told; i++) {
		rung_address(&r[i], address, sizeof(address));
		told = !has_rung(c, &r[i]) || outcome(log, sv_from(address), &line);
	}
	return told;
}

static enum err
send_all(const struct private_queue *q, const struct postconf *c, struct why *why)
{
	size_t n;
	const struct rung *r = ladder(&n);
	char address[96];
	enum err e = send_to(q, "test@" DOMAIN, why);

	e = e == ERR_OK ? send_to(q, "unknown@" DOMAIN, why) : e;
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		rung_address(&r[i], address, sizeof(address));
		e = has_rung(c, &r[i]) ? send_to(q, address, why) : ERR_OK;
	}
	return e;
}

static void
watch(const struct private_queue *q, const struct postconf *c, struct buf *log)
{
	const struct timespec pause = { .tv_nsec = 200000000 };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/log", q->place);
	for (int i = 0; i < TRIAL_SECONDS * 5; i++) {
		buf_clear(log);
		if (file_read(path, log, NULL) == ERR_OK && all_told(q, c, buf_view(log))) {
			return;
		}
		(void)nanosleep(&pause, NULL);
	}
}

enum err
trial_run(
    const struct postconf *c, const struct postfix_places *at, struct trial *out, struct why *why)
{
	struct private_queue q = { .place = "/var/tmp/carom-check-XXXXXX", .sink = -1 };
	struct trial_door door = { .passed = "" };
	const char *clean[] = { "rm", "-r", "-f", q.place, NULL };
	struct buf log;
	enum err e;

	*out = (struct trial){ 0 };
	if (geteuid() != 0) {
		return why_set(why, ERR_USAGE, "a private queue needs root, as Postfix does");
	}
	if (mkdtemp(q.place) == NULL) {
		return why_set(why, ERR_IO, "%s: %s", q.place, why_errno(errno));
	}
	buf_init(&log, LOG_MAX);
	buf_init(&q.policy, 0);
	q.door = trial_door_entry(c, at, &q.policy) ? trial_free_port() : 0;
	q.sink = trial_sink_start(&q.port, why);
	e = q.sink < 0 ? ERR_IO : trial_furnish(&q, c, why);
	if (e == ERR_OK) {
		e = postfix(&q, "start", why);
		if (e == ERR_OK) {
			e = send_all(&q, c, why);
			if (q.door != 0) {
				trial_door_ask(q.door, BY_SMTP, &door);
			}
			watch(&q, c, &log);
			judge(c, buf_view(&log), out);
			if (q.door != 0) {
				judge_door(buf_view(&log), &door, out);
			}
		}
		(void)postfix(&q, "stop", NULL);
	}
	if (q.sink > 0) {
		(void)kill(q.sink, SIGKILL);
		(void)waitpid(q.sink, NULL, 0);
	}
	(void)run_command(clean, NULL, NULL);
	buf_done(&log);
	buf_done(&q.policy);
	return e;
}
