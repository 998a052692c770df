/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd_store.h"

#include "base/civil.h"

#include <getopt.h>
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

enum option_id {
	OPT_STORE = 256,
	OPT_JSON,
	OPT_HELP,
	OPT_POLICY,
	OPT_PROVIDER,
	OPT_FROM,
	OPT_TO,
	OPT_DRY_RUN
};

static const struct option options[] = {
	{ "store", required_argument, NULL, OPT_STORE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "provider", required_argument, NULL, OPT_PROVIDER },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "to", required_argument, NULL, OPT_TO },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ NULL, 0, NULL, 0 },
};

static unsigned
needs(int option)
{
	switch (option) {
	case OPT_POLICY:
		return ALLOW_POLICY;
	case OPT_PROVIDER:
	case OPT_FROM:
	case OPT_TO:
		return ALLOW_PROVIDER;
	case OPT_DRY_RUN:
		return ALLOW_DRY_RUN;
	default:
		return 0;
	}
}

static bool
take_date(const char *command, const char *value, int64_t *out)
{
	if (!civil_take_iso(sv_from(value), out)) {
		cmd_complain(command,
		    "'%s': expected a date such as 2020-12-14 or 2020-12-14T22:16:00Z", value);
		return false;
	}
	return true;
}

/* False: wrong, and said so. */
static bool
take_option(const char *command, int option, const char *value, struct store_args *out)
{
	switch (option) {
	case OPT_STORE:
		out->store = value;
		return true;
	case OPT_JSON:
		out->json = true;
		return true;
	case OPT_POLICY:
		out->policy = value;
		return true;
	case OPT_PROVIDER:
		out->provider = value;
		return true;
	case OPT_FROM:
		return take_date(command, value, &out->from_us);
	case OPT_TO:
		return take_date(command, value, &out->to_us);
	case OPT_DRY_RUN:
		out->dry_run = true;
		return true;
	default:
		return false;
	}
}

int
cmd_store_args(const char *help, unsigned allowed, int argc, char **argv, struct store_args *out)
{
	int option;

	*out = (struct store_args){
		.store = cmd_store_path(), .from_us = TIME_NONE, .to_us = TIME_NONE
	};
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) !=
	       -1) { // NOLINT(concurrency-mt-unsafe): one thread
		if (option == OPT_HELP) {
			(void)fputs(help, stdout);
			return EXIT_FINE;
		}
		if ((needs(option) & ~allowed) != 0 || !take_option(argv[0], option, optarg, out)) {
			(void)fputs(help, stderr);
			return EXIT_USAGE_ERROR;
		}
	}
	out->words = argv + optind;
	out->n_words = argc - optind;
	return -1;
}
