/* SPDX-License-Identifier: Apache-2.0 */
#include "role/say.h"
#include "role/serve_private.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#define SPARE_FILES 64 /* beside connections: logs, store, pipes */

void
world_done(struct world *w)
{
	knowledge_free(&w->k);
	settings_done(&w->settings);
}

enum err
world_read(const struct serve_options *opt, struct world *out, struct why *why)
{
	const struct knowledge_options ko = { .share = opt->share };
	struct world w = { 0 };
	char path[4096];
	enum err e = settings_load(opt->config, &w.settings, why);

	if (e != ERR_OK) {
		return e;
	}
	(void)snprintf(path, sizeof(path), "%s/policy.yaml", opt->share);
	e = policy_load(w.settings.policy[0] == '\0' ? path : w.settings.policy, &w.policies, why);
	e = e == ERR_OK ? knowledge_load(&ko, &w.k, why) : e;
	if (e != ERR_OK) {
		world_done(&w);
		return e;
	}
	*out = w;
	return ERR_OK;
}

/* As many descriptors as the settings may need, or as many as the system gives. */
static void
raise_files(const struct settings *s)
{
	struct rlimit r;
	rlim_t sockets = FRONT_SERVICES * (s->postfix_chroot[0] == '\0' ? 1 : 2);
	rlim_t want = (rlim_t)s->connections * sockets + SPARE_FILES;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want) {
		return;
	}
	if (want > r.rlim_max) {
		if (r.rlim_cur < r.rlim_max) {
			r.rlim_cur = r.rlim_max;
			(void)setrlimit(RLIMIT_NOFILE, &r);
		}
		say("serve.files",
		    "limit=%llu wanted=%llu problem=\"fewer connections than the settings "
		    "say; raise LimitNOFILE\"",
		    (unsigned long long)r.rlim_cur, (unsigned long long)want);
		return;
	}
	r.rlim_cur = want;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

enum err
serve_run(const struct serve_options *opt, struct why *why)
{
	enum end end = END_AGAIN;
	enum err e = ERR_OK;

	(void)signal(SIGPIPE, SIG_IGN);
	notify_open();
	while (e == ERR_OK && end == END_AGAIN) {
		struct world w;

		e = world_read(opt, &w, why);
		if (e != ERR_OK) {
			break;
		}
		raise_files(&w.settings);
		e = opt->single ? single_run(opt, &w, &end, why)
				: supervisor_run(opt, &w, &end, why);
		world_done(&w);
	}
	return e;
}

enum err
serve_unpause(const struct serve_options *opt, struct why *why)
{
	struct settings s;
	enum err e = settings_load(opt->config, &s, why);

	if (e == ERR_OK) {
		hand_unpause(&s);
		settings_done(&s);
	}
	return e;
}
