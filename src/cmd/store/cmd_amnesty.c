/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cmd/cmd_store.h"
#include "engine/by_hand.h"
#include "feed/csv.h"

#include <stdio.h>

static const char help[] = "usage: carom amnesty [--store FILE] --provider NAME --from DATE --to "
			   "DATE [--dry-run] [--json]\n\n"
			   "Lifts every suppression and rest that rests only on unknown-user "
			   "refusals of the provider in that\n"
			   "time; complaints, unsubscriptions and what was suppressed by hand are "
			   "never touched. The list on\n"
			   "standard output undoes it: carom suppressions import.\n"
			   "exit: 0 done; 2 usage; 4 nothing could be done\n";

struct list {
	struct buf out;
	struct json j;
	bool json;
};

static void
row(void *context, struct sv address, const struct memory *m)
{
	struct list *l = context;
	char room[40];

	(void)cmd_time(m->run.runs[REFUSAL_GONE].last_s, room, sizeof(room));
	if (l->json) {
		json_open(&l->j, NULL, '{');
		json_sv(&l->j, "address", address);
		json_str(&l->j, "state", recipient_state_name(m->state));
		json_str(&l->j, "refused", room);
		json_close(&l->j, '}');
	} else {
		csv_cell(&l->out, address);
		buf_fmt(&l->out, ",bounce,%s\n", room);
	}
}

static int
lift(const struct cmd_context *ctx, const struct store_args *args, struct store *s, struct list *l)
{
	struct amnesty a = { .provider = sv_from(args->provider),
		.from_s = (uint32_t)(args->from_us / US_PER_SECOND),
		.to_s = (uint32_t)(args->to_us / US_PER_SECOND),
		.now_s = (uint32_t)(ctx->now_us / US_PER_SECOND),
		.dry_run = args->dry_run };
	struct knowledge *k = cmd_knowledge(ctx);
	struct policies policies;
	struct why why;
	enum err e = k == NULL ? ERR_DATA : cmd_policy(ctx, args->policy, &policies, &why);
	size_t n = 0;

	a.k = k;
	if (e == ERR_OK) {
		store_begin(s);
		n = amnesty_run(s, &policies.recipients, &a, row, l);
		e = store_commit(s, &why);
	}
	if (e != ERR_OK) {
		if (k != NULL) {
			cmd_complain("amnesty", "%s", why.text);
		}
	} else {
		(void)fprintf(stderr, "carom amnesty: %zu recipients %s\n", n,
		    args->dry_run ? "would be released" : "released");
	}
	knowledge_free(&k);
	return e == ERR_OK ? EXIT_FINE : EXIT_BROKEN;
}

int
cmd_amnesty(const struct cmd_context *ctx, int argc, char **argv)
{
	struct store_args args;
	struct list l = { .json = false };
	struct store *s;
	int code =
	    cmd_store_args(help, ALLOW_POLICY | ALLOW_PROVIDER | ALLOW_DRY_RUN, argc, argv, &args);

	if (code >= 0) {
		return code;
	}
	if (args.n_words != 0 || args.provider == NULL || args.from_us == TIME_NONE ||
	    args.to_us == TIME_NONE || args.from_us < 0 || args.to_us < args.from_us) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	s = cmd_store("amnesty", args.store, false);
	if (s == NULL) {
		return EXIT_BROKEN;
	}
	l.json = args.json;
	buf_init(&l.out, 0);
	json_init(&l.j, &l.out, false);
	if (l.json) {
		json_open(&l.j, NULL, '[');
	} else {
		buf_str(&l.out, "address,reason,created\n");
	}
	code = lift(ctx, &args, s, &l);
	if (l.json) {
		json_close(&l.j, ']');
		buf_char(&l.out, '\n');
	}
	if (code == EXIT_FINE && !cmd_print(&l.out)) {
		code = EXIT_BROKEN;
	}
	buf_done(&l.out);
	store_close(&s);
	return code;
}
