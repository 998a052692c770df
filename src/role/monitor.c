/* SPDX-License-Identifier: Apache-2.0 */
#include "role/monitor.h"

#include "role/say.h"
#include "store/listing.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define MS_PER_S 1000

enum job_name {
	JOB_BLOCKLISTS,
	JOB_AUDITS,
	JOBS
};

struct job {
	const char *name;
	int64_t every_s; /* 0: never */
	uint64_t due_ms;
	uint64_t runs, failed;
};

struct monitor {
	uv_loop_t *loop;          /* borrowed */
	const struct settings *s; /* borrowed */
	const char *share;        /* borrowed */
	struct job jobs[JOBS];
	struct job *at_work; /* NULL: none */
	uv_process_t process;
	uint64_t started_ms;
	uint64_t last_alert; /* id of the last that was told or was there before */
	uint64_t alerts;
	bool knows_alerts, closing;
};

bool
monitor_is_wanted(const struct settings *s)
{
	return s->monitor_blocklists_s > 0 || (s->monitor_audits_s > 0 && s->monitor_domains.n > 0);
}

/* ---- alerts ---- */

struct telling {
	struct monitor *m;
	bool silent; /* only see which is the last */
	size_t told, left;
};

static bool
on_alert(void *context, const struct stored_alert *a)
{
	struct telling *t = context;

	if (a->id <= t->m->last_alert) {
		return true;
	}
	t->m->last_alert = a->id;
	if (t->silent) {
		return true;
	}
	t->m->alerts++;
	if (t->told == MONITOR_ALERTS) {
		t->left++;
		return true;
	}
	t->told++;
	say("monitor.alert", "id=%llu kind=\"%.*s\" subject=\"%.*s\" says=\"%.*s\"",
	    (unsigned long long)a->id, SV_ARG(a->kind), SV_ARG(sv_head(a->subject, 300)),
	    SV_ARG(sv_head(a->says, 1000)));
	return true;
}

/* A store that is not there yet has none. */
static void
look_at_alerts(struct monitor *m, bool silent)
{
	const struct store_options opt = { .path = m->s->store, .read_only = true };
	struct telling t = { .m = m, .silent = silent };
	struct store *s = NULL;
	struct why why;

	m->knows_alerts = true;
	if (access(m->s->store, F_OK) != 0) {
		return;
	}
	if (store_open(&opt, &s, &why) != ERR_OK) {
		say("monitor.trouble", "problem=\"%s\"", why.text);
		m->knows_alerts = !silent;
		return;
	}
	store_alerts(s, 0, on_alert, &t);
	store_close(&s);
	if (t.left > 0) {
		say("monitor.alert", "more=%zu what_now=\"carom alerts\"", t.left);
	}
}

/* ---- commands ---- */

struct words {
	const char *all[MONITOR_WORDS];
	size_t n;
};

static void
put(struct words *w, const char *word)
{
	if (w->n + 1 < MONITOR_WORDS) { /* one is the NULL behind the last */
		w->all[w->n++] = word;
	}
}

static void
put_pair(struct words *w, const char *option, const char *value)
{
	if (value[0] != '\0') {
		put(w, option);
		put(w, value);
	}
}

static void
put_list(struct words *w, const struct setting_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		put(w, list->all[i]);
	}
}

static void
command_of(const struct monitor *m, enum job_name job, struct words *w)
{
	*w = (struct words){ .n = 0 };
	put(w, "carom");
	put_pair(w, "--share", m->share);
	put(w, job == JOB_BLOCKLISTS ? "blocklists" : "audit");
	put_pair(w, "--store", m->s->store);
	put_pair(w, "--resolver", m->s->resolver);
	put(w, "--json"); /* nobody reads it; a text is not made prettier for nobody */
	if (job == JOB_BLOCKLISTS) {
		put_pair(w, "--keys", m->s->monitor_keys);
		put_pair(w, "--timeout", "3600");
		put_list(w, &m->s->monitor_addresses);
	}
	put_list(w, &m->s->monitor_domains);
}

static void
on_closed(uv_handle_t *handle)
{
	struct monitor *m = handle->data;

	m->at_work = NULL;
	if (m->closing) {
		free(m);
	}
}

/* Exit codes of both commands: 0 and 1 are an answer, 3 a part of it. */
static void
on_ended(uv_process_t *p, int64_t status, int term_signal)
{
	struct monitor *m = p->data;
	struct job *job = m->at_work;
	bool good = term_signal == 0 && (status == 0 || status == 1 || status == 3);

	job->failed += !good;
	say("monitor.done", "what=%s code=%lld signal=%d took_ms=%llu%s", job->name,
	    (long long)status, term_signal, (unsigned long long)(uv_now(m->loop) - m->started_ms),
	    good ? "" : " problem=\"it learned nothing: see the line above\"");
	if (!m->closing) {
		look_at_alerts(m, false);
	}
	uv_close((uv_handle_t *)p, on_closed);
}

static void
start(struct monitor *m, enum job_name name)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *environment[] = { path, NULL };
	struct words w;
	uv_stdio_container_t io[3] = { { .flags = UV_IGNORE }, { .flags = UV_IGNORE },
		{ .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO } };
	uv_process_options_t opt = { .exit_cb = on_ended,
		.file = "/proc/self/exe",
		.env = environment,
		.stdio = io,
		.stdio_count = 3 };
	int e;

	command_of(m, name, &w);
	opt.args = (char **)(uintptr_t)w.all;
	m->at_work = &m->jobs[name];
	m->at_work->runs++;
	m->at_work->due_ms = uv_now(m->loop) + (uint64_t)m->at_work->every_s * MS_PER_S;
	m->started_ms = uv_now(m->loop);
	m->process.data = m;
	e = uv_spawn(m->loop, &m->process, &opt);
	if (e != 0) {
		m->at_work->failed++;
		say("monitor.start", "what=%s problem=\"%s\"", m->jobs[name].name, uv_strerror(e));
		uv_close((uv_handle_t *)&m->process, on_closed);
	}
}

void
monitor_tick(struct monitor *m)
{
	if (m == NULL || m->closing) {
		return;
	}
	if (!m->knows_alerts) {
		look_at_alerts(m, true);
	}
	if (m->at_work != NULL) {
		if (uv_now(m->loop) - m->started_ms > (uint64_t)MONITOR_RUN_S * MS_PER_S &&
		    uv_is_active((uv_handle_t *)&m->process)) {
			say("monitor.kill", "what=%s problem=\"it takes too long\"",
			    m->at_work->name);
			(void)uv_process_kill(&m->process, SIGKILL);
		}
		return;
	}
	for (size_t i = 0; i < JOBS && m->at_work == NULL; i++) {
		if (m->jobs[i].every_s > 0 && uv_now(m->loop) >= m->jobs[i].due_ms) {
			start(m, (enum job_name)i);
		}
	}
}

void
monitor_tell(const struct monitor *m)
{
	if (m != NULL) {
		uint64_t failed = m->jobs[JOB_BLOCKLISTS].failed + m->jobs[JOB_AUDITS].failed;

		say("monitor.counts", "blocklists=%llu audits=%llu failed=%llu alerts=%llu",
		    (unsigned long long)m->jobs[JOB_BLOCKLISTS].runs,
		    (unsigned long long)m->jobs[JOB_AUDITS].runs, (unsigned long long)failed,
		    (unsigned long long)m->alerts);
	}
}

/* ---- life ---- */

struct monitor *
monitor_new(uv_loop_t *loop, const struct settings *s, const char *share)
{
	struct monitor *m = mem_new(1, sizeof(*m));

	m->loop = loop;
	m->s = s;
	m->share = share;
	m->jobs[JOB_BLOCKLISTS] =
	    (struct job){ .name = "blocklists", .every_s = s->monitor_blocklists_s };
	m->jobs[JOB_AUDITS] = (struct job){ .name = "audits",
		.every_s = s->monitor_domains.n > 0 ? s->monitor_audits_s : 0 };
	for (size_t i = 0; i < JOBS; i++) {
		int64_t first = m->jobs[i].every_s;

		first = first > MONITOR_FIRST_S ? MONITOR_FIRST_S : first;
		m->jobs[i].due_ms = uv_now(loop) + (uint64_t)first * MS_PER_S;
	}
	return m;
}

void
monitor_close(struct monitor **pm)
{
	struct monitor *m = *pm;

	if (m == NULL) {
		return;
	}
	*pm = NULL;
	m->closing = true;
	if (m->at_work == NULL) {
		free(m);
	} else if (uv_is_active((uv_handle_t *)&m->process)) {
		(void)uv_process_kill(&m->process, SIGTERM); /* freed when it has ended */
	}
}
