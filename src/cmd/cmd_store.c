/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd_store.h"

#include "base/civil.h"
#include "cmd/options.h"

#include <stdio.h>
#include <stdlib.h>

#define STORE_PATH "/var/lib/carom/carom.db"

const char *
cmd_store_path(void)
{
	const char *v =
	    getenv("CAROM_STORE"); // NOLINT(concurrency-mt-unsafe): one thread, at start

	return v == NULL || v[0] == '\0' ? STORE_PATH : v;
}

struct store *
cmd_store(const char *command, const char *path, bool read_only)
{
	const struct store_options opt = { .path = path, .read_only = read_only };
	struct store *s = NULL;
	struct why why;

	if (store_open(&opt, &s, &why) != ERR_OK) {
		cmd_complain(command, "%s", why.text);
		cmd_complain(command,
		    "carom ingest makes a store from logs; --store FILE or $CAROM_STORE names it");
		return NULL;
	}
	return s;
}

enum err
cmd_policy(const struct cmd_context *ctx, const char *path, struct policies *out, struct why *why)
{
	struct buf b;
	enum err e;

	buf_init(&b, 4096);
	buf_fmt(&b, "%s/policy.yaml", ctx->share);
	e = policy_load(path == NULL ? b.p : path, out, why);
	buf_done(&b);
	return e;
}

bool
cmd_print(const struct buf *out)
{
	return fwrite(out->p, 1, out->n, stdout) == out->n && fflush(stdout) == 0;
}

const char *
cmd_time(int64_t t_s, char *room, size_t size)
{
	room[0] = '\0';
	if (t_s != 0) {
		civil_print(t_s * US_PER_SECOND, room, size);
	}
	return room;
}

void
cmd_json_time(struct json *j, const char *key, int64_t t_s)
{
	char room[40];

	json_str(j, key, t_s == 0 ? NULL : cmd_time(t_s, room, sizeof(room)));
}

/* ---- options ---- */

static void
put(struct cmd_option *all, size_t *n, struct cmd_option one)
{
	all[(*n)++] = one;
}

int
cmd_store_args(const char *help, unsigned allowed, int argc, char **argv, struct store_args *out)
{
	struct cmd_option all[OPTIONS_MAX];
	struct cmd_words words = { NULL, 0 };
	size_t n = 0;
	int code;

	*out = (struct store_args){
		.store = cmd_store_path(), .from_us = TIME_NONE, .to_us = TIME_NONE
	};
	put(all, &n, (struct cmd_option){ "store", OPTION_TEXT, .out = &out->store });
	put(all, &n, (struct cmd_option){ "json", OPTION_FLAG, .out = &out->json });
	if ((allowed & ALLOW_POLICY) != 0) {
		put(all, &n, (struct cmd_option){ "policy", OPTION_TEXT, .out = &out->policy });
	}
	if ((allowed & ALLOW_PROVIDER) != 0) {
		put(all, &n, (struct cmd_option){ "provider", OPTION_TEXT, .out = &out->provider });
		put(all, &n, (struct cmd_option){ "from", OPTION_DATE, .out = &out->from_us });
		put(all, &n, (struct cmd_option){ "to", OPTION_DATE, .out = &out->to_us });
	}
	if ((allowed & ALLOW_DRY_RUN) != 0) {
		put(all, &n, (struct cmd_option){ "dry-run", OPTION_FLAG, .out = &out->dry_run });
	}
	if ((allowed & ALLOW_REASON) != 0) {
		put(all, &n, (struct cmd_option){ "reason", OPTION_TEXT, .out = &out->reason });
	}
	code = cmd_options(help, all, n, argc, argv, &words);
	out->words = words.word;
	out->n_words = words.n;
	return code;
}

void
cmd_pace_speed(struct buf *out, const struct pace_speed *s)
{
	buf_fmt(out, "%.0f connection%s", s->connections, s->connections == 1 ? "" : "s");
	if (s->delay_s > 0) {
		buf_fmt(out, ", %.1f s between deliveries", s->delay_s);
	}
}

static void
json_speed(struct json *j, const char *key, const struct pace_speed *s)
{
	json_open(j, key, '{');
	json_num(j, "connections", s->connections, 0);
	json_num(j, "delay_s", s->delay_s, 3);
	json_close(j, '}');
}

void
cmd_json_pace(struct json *j, const struct store *s, const struct stored_pace *p)
{
	json_int(j, "id", (int64_t)p->id);
	json_sv(j, "provider", store_name_text(s, p->provider));
	cmd_json_time(j, "time", (int64_t)p->d.t_s);
	json_str(j, "kind", pace_kind_name(p->d.kind));
	json_sv(j, "reason", p->reason);
	json_speed(j, "before", &p->d.before);
	json_speed(j, "after", &p->d.after);
	cmd_json_time(j, "until", (int64_t)p->d.until_s);
	json_int(j, "attempts", (int64_t)p->d.attempts);
	json_int(j, "throttled", (int64_t)p->d.throttled);
	json_int(j, "incident", (int64_t)p->d.incident);
	json_str(j, "undo", pace_undo(p->d.kind));
}
