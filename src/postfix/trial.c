/* SPDX-License-Identifier: Apache-2.0 */
#include "postfix/trial.h"

#include "act/ladder.h"
#include "base/file.h"
#include "mail/postfix.h"
#include "postfix/run.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DOMAIN  "carom-check.invalid"
#define LOG_MAX ((size_t)4 * 1024 * 1024)

struct private_queue {
	char place[64];
	unsigned port; /* of the sink */
	int sink;      /* its pid */
};

static const char master[] = "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n"
			     "qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\n"
			     "bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n"
			     "trace unix - - n - 0 bounce\nflush unix n - n 1000 0 flush\n"
			     "proxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\n"
			     "relay unix - - n - - smtp\nshowq unix n - n - - showq\n"
			     "error unix - - n - - error\nretry unix - - n - - error\n"
			     "discard unix - - n - - discard\nlocal unix - n n - - local\n"
			     "virtual unix - n n - - virtual\nlmtp unix - - n - - lmtp\n"
			     "tlsmgr unix - - n 1000 1 tlsmgr\nverify unix - - n - 1 verify\n"
			     "scache unix - - n - 1 scache\nanvil unix - - n - 1 anvil\n"
			     "postlog unix-dgram n - n - 1 postlogd\n";

/* ---- its files ---- */

static bool
write_file(const struct private_queue *q, const char *name, const struct buf *text)
{
	char path[128];
	FILE *f;
	bool ok;

	(void)snprintf(path, sizeof(path), "%s/%s", q->place, name);
	f = fopen(path, "we");
	if (f == NULL) {
		return false;
	}
	ok = fwrite(text->p, 1, text->n, f) == text->n;
	return fclose(f) == 0 && ok;
}

/* The settings that are tried, as the true instance has them; all others are Postfix's own. */
static void
main_text(const struct private_queue *q, const struct postconf *c, struct buf *b)
{
	static const char *const same[] = { "compatibility_level", "daemon_directory",
		"command_directory", "mail_owner", "setgid_group", "smtp_delivery_status_filter" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct sv v = postconf_value(c, same[i]);

		if (v.n > 0) {
			buf_fmt(b, "%s = %.*s\n", same[i], SV_ARG(v));
		}
	}
	buf_fmt(b, "queue_directory = %s/spool\ndata_directory = %s/lib\n", q->place, q->place);
	buf_fmt(b, "maillog_file = %s/log\nmaillog_file_prefixes = %s\n", q->place, q->place);
	buf_fmt(b, "transport_maps = texthash:%s/etc/routes %.*s\n", q->place,
	    SV_ARG(postconf_value(c, "transport_maps")));
	buf_str(b, "myhostname = queue." DOMAIN "\nmydestination =\nalias_maps =\n"
		   "alias_database =\ninet_interfaces = loopback-only\ninet_protocols = ipv4\n"
		   "notify_classes =\n");
	for (size_t i = 0; i < c->n_parameters; i++) {
		const struct postconf_parameter *p = &c->parameters[i];

		if (p->set && sv_starts(p->name, SV("carom-"))) {
			buf_fmt(b, "%.*s = %.*s\n", SV_ARG(p->name), SV_ARG(p->value));
		}
	}
}

/* A rung's own domain, so that each is taken; all else goes by smtp, and all to the sink. */
static void
routes_text(const struct private_queue *q, const struct postconf *c, struct buf *b)
{
	size_t n;
	const struct rung *r = ladder(&n);

	for (size_t i = 0; i < n; i++) {
		if (postconf_service(c, sv_from(r[i].transport), SV("unix")) != NULL) {
			buf_fmt(b, "%s." DOMAIN " %s:[127.0.0.1]:%u\n", r[i].transport,
			    r[i].transport, q->port);
		}
	}
	buf_fmt(b, DOMAIN " smtp:[127.0.0.1]:%u\nqueue." DOMAIN " discard:\n", q->port);
}

static void
master_text(const struct postconf *c, struct buf *b)
{
	buf_str(b, master);
	for (size_t i = 0; i < c->n_services; i++) {
		const struct postconf_service *s = &c->services[i];

		if (sv_starts(s->name, SV("carom-"))) {
			buf_fmt(b, "%.*s %.*s - - n - - %.*s %.*s\n", SV_ARG(s->name),
			    SV_ARG(s->type), SV_ARG(s->command), SV_ARG(s->arguments));
		}
	}
}

static bool
make_folders(const struct private_queue *q, struct sv owner)
{
	static const char *const names[] = { "etc", "spool", "lib" };
	char name[64];
	char path[128];
	const struct passwd *p;

	(void)snprintf(name, sizeof(name), "%.*s", SV_ARG(owner));
	p = getpwnam(name); // NOLINT(concurrency-mt-unsafe): one thread
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", q->place, names[i]);
		if (mkdir(path, 0755) != 0) {
			return false;
		}
	}
	return p != NULL && chown(path, p->pw_uid, 0) == 0 && chmod(q->place, 0755) == 0;
}

static enum err
furnish(const struct private_queue *q, const struct postconf *c, struct why *why)
{
	struct buf b;
	bool ok = make_folders(q, postconf_value(c, "mail_owner"));

	buf_init(&b, 0);
	main_text(q, c, &b);
	ok = ok && write_file(q, "etc/main.cf", &b);
	buf_clear(&b);
	master_text(c, &b);
	ok = ok && write_file(q, "etc/master.cf", &b);
	buf_clear(&b);
	routes_text(q, c, &b);
	ok = ok && write_file(q, "etc/routes", &b);
	buf_done(&b);
	return ok ? ERR_OK
		  : why_set(why, ERR_IO, "%s: the private queue cannot be made: %s", q->place,
			why_errno(errno));
}

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

/* ---- a run ---- */

static bool
all_told(const struct postconf *c, struct sv log)
{
	size_t n;
	const struct rung *r = ladder(&n);
	struct postfix_line line;
	char address[96];
	bool told =
	    outcome(log, SV("test@" DOMAIN), &line) && outcome(log, SV("unknown@" DOMAIN), &line);

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
		if (file_read(path, log, NULL) == ERR_OK && all_told(c, buf_view(log))) {
			return;
		}
		(void)nanosleep(&pause, NULL);
	}
}

enum err
trial_run(const struct postconf *c, struct trial *out, struct why *why)
{
	struct private_queue q = { .place = "/var/tmp/carom-check-XXXXXX", .sink = -1 };
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
	q.sink = trial_sink_start(&q.port, why);
	e = q.sink < 0 ? ERR_IO : furnish(&q, c, why);
	if (e == ERR_OK) {
		e = postfix(&q, "start", why);
		if (e == ERR_OK) {
			e = send_all(&q, c, why);
			watch(&q, c, &log);
			judge(c, buf_view(&log), out);
		}
		(void)postfix(&q, "stop", NULL);
	}
	if (q.sink > 0) {
		(void)kill(q.sink, SIGKILL);
		(void)waitpid(q.sink, NULL, 0);
	}
	(void)run_command(clean, NULL, NULL);
	buf_done(&log);
	return e;
}
