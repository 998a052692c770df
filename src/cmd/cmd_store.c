/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd_store.h"

#include "base/civil.h"
#include "knowledge/policy.h"

#include <stdio.h>
#include <stdlib.h>

#define STORE_PATH "/var/lib/carom/carom.db"

const char *
cmd_store_path(void)
{
	const char *v = getenv("CAROM_STORE"); // NOLINT(concurrency-mt-unsafe): one thread, at start

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
		cmd_complain(command, "carom ingest makes a store from logs; --store FILE or $CAROM_STORE names it");
		return NULL;
	}
	return s;
}

enum err
cmd_policy(const struct cmd_context *ctx, const char *path, struct policy *out, struct why *why)
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
