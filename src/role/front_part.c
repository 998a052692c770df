/* SPDX-License-Identifier: Apache-2.0 */
#include "role/front_part.h"

#include "classify/classify.h"
#include "engine/watch.h"
#include "front/answers.h"
#include "front/door.h"
#include "front/pause.h"
#include "front/socketmap.h"
#include "front/status_filter.h"
#include "role/say.h"
#include "role/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Postfix has a hundred delivery agents by itself (default_process_limit): most stay for others. */
#define WAITING_MAX 40

struct front_part {
	struct front_options opt;
	struct answers answers;
	struct classifier *classifier; /* owned */
	struct door_settings door;
	struct server *servers[FRONT_SOCKETS_MAX]; /* owned */
	size_t n_servers;
	bool was_fresh;
	uint64_t asked[FRONT_SERVICES], answered[2]; /* status, policy, pause */
};

/* ---- time ---- */

static int64_t
steady_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint32_t
now_s(void)
{
	return (uint32_t)time(NULL);
}

static bool
is_fresh(const struct front_part *f)
{
	return answers_fresh(
	    &f->answers, steady_us(), f->opt.settings->max_age_s * INT64_C(1000000));
}

/* ---- the status filter ---- */

static struct sv
provider_of(void *context, struct sv host, uint32_t t_s)
{
	const struct front_part *f = context;
	const struct place place = { .host = host, .time_us = (int64_t)t_s * 1000000 };
	const struct provider *p = knowledge_provider_find(f->opt.k, &place);

	return p == NULL ? (struct sv){ 0 } : sv_from(p->id);
}

static void
judge_reply(struct front_part *f, const struct filter_question *q, struct verdict *out)
{
	const struct question ask = { .reply = q->reply,
		.host = q->host,
		.stage = q->stage,
		.saw = q->saw,
		.time_us = (int64_t)q->now_s * 1000000 };

	classify(f->classifier, &ask, out);
}

static bool
is_unknown_user(void *context, const struct filter_question *q)
{
	struct verdict v;

	judge_reply(context, q, &v);
	return watch_class(&v, q->reply.code, -1) == DETECT_UNKNOWN;
}

static bool
is_of_the_sender(void *context, const struct filter_question *q)
{
	struct verdict v;

	judge_reply(context, q, &v);
	return watch_pace(sv_from(v.cause->name)) != PACE_REFUSED;
}

static enum taken
take_status(void *context, struct sv *in, struct buf *out)
{
	struct front_part *f = context;
	const struct filter_judge judge = { f, provider_of, is_unknown_user, is_of_the_sender };
	struct socketmap_request r;
	enum taken t = socketmap_take(in, &r);
	struct buf text;

	if (t != TAKEN_ONE) {
		return t;
	}
	f->asked[0]++;
	if (!sv_eq(r.map, SV("status")) || !is_fresh(f)) {
		socketmap_not_found(out);
		return t;
	}
	buf_init(&text, SOCKETMAP_KEY_MAX);
	if (status_filter(&f->answers, &judge, r.key, now_s(), &text)) {
		f->answered[0]++;
		socketmap_ok(out, buf_view(&text));
	} else {
		t = f->opt.settings->pacing && status_filter_of_the_sender(&judge, r.key, now_s())
			? TAKEN_LATER
			: t;
		socketmap_not_found(out);
	}
	buf_done(&text);
	return t;
}

/* ---- the door ---- */

static enum taken
take_policy(void *context, struct sv *in, struct buf *out)
{
	struct front_part *f = context;
	struct policy_request r;
	enum taken t = policy_request_take(in, &r);

	if (t == TAKEN_ONE) {
		f->asked[1]++;
		if (is_fresh(f)) {
			f->answered[1] += door_answer(&f->answers, &f->door, &r, now_s(), out);
		} else {
			policy_answer(out, SV("DUNNO"));
		}
	}
	return t;
}

/* ---- pauses ---- */

static enum taken
take_pause(void *context, struct sv *in, struct buf *out)
{
	struct front_part *f = context;
	enum taken t = pause_take(&f->answers, now_s(), in, out);

	f->asked[2] += t == TAKEN_ONE;
	return t;
}

static const struct server_service services[FRONT_SERVICES] = {
	{ "status", SOCKETMAP_KEY_MAX, NULL, take_status },
	{ "policy", POLICY_REQUEST_MAX, NULL, take_policy },
	{ "pause", PAUSE_LINE_MAX, pause_greet, take_pause },
};

/* ---- sockets ---- */

static enum err
open_below(const struct settings *s, const char *path, int *fd_out, struct why *why)
{
	char below[4096];

	if (s->postfix_chroot[0] == '\0') {
		return ERR_OK;
	}
	(void)snprintf(below, sizeof(below), "%s/run", s->postfix_chroot);
	(void)mkdir(below, 0755); /* socket_listen tells if that was in vain */
	(void)snprintf(below, sizeof(below), "%s%s", s->postfix_chroot, path);
	return socket_listen(below, s->socket_group, fd_out, why);
}

enum err
front_sockets_open(const struct settings *s, struct front_sockets *out, struct why *why)
{
	const char *const paths[FRONT_SERVICES] = { s->status_socket, s->policy_socket,
		s->pause_socket };
	enum err e = ERR_OK;

	memset(out, -1, sizeof(*out));
	for (size_t i = 0; i < FRONT_SERVICES && e == ERR_OK; i++) {
		e = socket_listen(paths[i], s->socket_group, &out->fds[0][i], why);
		e = e == ERR_OK ? open_below(s, paths[i], &out->fds[1][i], why) : e;
	}
	if (e != ERR_OK) {
		front_sockets_close(out);
	}
	return e;
}

void
front_sockets_close(struct front_sockets *f)
{
	for (size_t i = 0; i < FRONT_SOCKETS_MAX; i++) {
		int fd = f->fds[i / FRONT_SERVICES][i % FRONT_SERVICES];

		if (fd >= 0) {
			(void)close(fd);
		}
	}
	memset(f, -1, sizeof(*f));
}

static enum err
serve_on(struct front_part *f, int fd, const struct server_service *service, struct why *why)
{
	const struct settings *s = f->opt.settings;
	const struct server_limits limits = { (size_t)s->connections, (unsigned)s->idle_s,
		(unsigned)s->half_s, WAITING_MAX, (unsigned)f->opt.policies->pace.refused_wait_s };
	int own = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	enum err e;

	if (fd < 0) {
		return ERR_OK;
	}
	if (own < 0) {
		return why_set(why, ERR_IO, "%s socket: %s", service->name, why_errno(errno));
	}
	e = server_open(&(struct server_place){ f->opt.loop, own, service, f }, &limits,
	    &f->servers[f->n_servers], why);
	f->n_servers += e == ERR_OK;
	return e;
}

/* ---- the whole ---- */

enum err
front_part_new(const struct front_options *opt, struct front_part **out, struct why *why)
{
	struct front_part *f = mem_new(1, sizeof(*f));
	enum err e;

	f->opt = *opt;
	f->door = (struct door_settings){ opt->policies->door, opt->settings->transactional.all,
		opt->settings->transactional.n };
	answers_init(&f->answers);
	e = classifier_new(opt->k, &f->classifier, why);
	for (size_t i = 0; i < FRONT_SOCKETS_MAX && e == ERR_OK; i++) {
		e = serve_on(f, opt->sockets->fds[i / FRONT_SERVICES][i % FRONT_SERVICES],
		    &services[i % FRONT_SERVICES], why);
	}
	if (e != ERR_OK) {
		front_part_close(&f);
		return e;
	}
	*out = f;
	return ERR_OK;
}

void
front_part_close(struct front_part **pf)
{
	struct front_part *f = *pf;

	if (f != NULL) {
		for (size_t i = 0; i < f->n_servers; i++) {
			server_close(&f->servers[i]);
		}
		answers_done(&f->answers);
		classifier_free(&f->classifier);
		free(f);
		*pf = NULL;
	}
}

void
front_part_rows(struct front_part *f, struct sv rows)
{
	if (!answers_take(&f->answers, rows, steady_us())) {
		say("front.rows",
		    "problem=\"rows that are none; the rest of the message is dropped\"");
	}
}

void
front_part_tick(struct front_part *f)
{
	bool fresh = is_fresh(f);

	for (size_t i = 0; i < f->n_servers; i++) {
		server_tick(f->servers[i]);
	}
	if (fresh != f->was_fresh) {
		say(fresh ? "front.table" : "front.no_opinion",
		    fresh ? "recipients=%zu holds=%zu"
			  : "recipients=%zu holds=%zu reason=\"the engine was not heard of\"",
		    f->answers.now.recipients.n, f->answers.now.holds.n);
	}
	f->was_fresh = fresh;
}

void
front_part_tell(const struct front_part *f)
{
	say("front.counts",
	    "status=%llu turned=%llu policy=%llu refused_or_deferred=%llu paused=%llu rows=%llu "
	    "dropped=%llu",
	    (unsigned long long)f->asked[0], (unsigned long long)f->answered[0],
	    (unsigned long long)f->asked[1], (unsigned long long)f->answered[1],
	    (unsigned long long)f->asked[2], (unsigned long long)f->answers.n_rows,
	    (unsigned long long)f->answers.n_dropped);
	for (size_t i = 0; i < f->n_servers; i++) {
		const struct server_counts *c = server_counts(f->servers[i]);

		say("front.socket",
		    "service=%s open=%zu most=%zu connections=%llu requests=%llu over_limit=%llu "
		    "malformed=%llu too_big=%llu idle=%llu half=%llu broken=%llu waited=%llu "
		    "not_waited=%llu",
		    services[i % FRONT_SERVICES].name, c->open, c->most_open,
		    (unsigned long long)c->connections, (unsigned long long)c->requests,
		    (unsigned long long)c->refused, (unsigned long long)c->bad,
		    (unsigned long long)c->big, (unsigned long long)c->idle,
		    (unsigned long long)c->half, (unsigned long long)c->failed,
		    (unsigned long long)c->later, (unsigned long long)c->not_later);
	}
}
