/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/blocklists/private.h"
#include "cmd/cmd_store.h"
#include "cmd/options.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

static const char help[] =
    "usage: carom blocklists [OPTIONS] [ADDRESS|DOMAIN]...\n\n"
    "Is an address or a domain on a blocklist, since when, why, what does it cost, how to "
    "leave.\n\n"
    "  --log FILE       look up what this Postfix log sent from, and count the refusals that name "
    "a list\n"
    "                   (more than once)\n"
    "  --store FILE     the same from a store, which also keeps since when, and alerts\n"
    "  --zone ZONE      only this list (more than once)\n"
    "  --keys FILE      keys for lists that want one: lines of NAME KEY; never shown\n"
    "  --resolver H[:P] ask this name server instead of the system's: lists refuse public ones\n"
    "  --lists FILE     another table of lists than share/blocklists.yaml\n"
    "  --timeout S      stop after so many seconds (default 300)\n"
    "  --json           one document, as in doc/blocklists.md\n\n"
    "exit: 0 on no list; 1 listed; 2 usage; 3 some list that matters gave no answer to believe; "
    "4 nothing\ncould be done\n";

static bool
take_log(struct sv value, void *out)
{
	struct blocklists_args *args = out;

	if (args->n_logs == LOGS_MAX) {
		return false;
	}
	args->logs[args->n_logs++] = value.p; /* of argv: with a NUL */
	return true;
}

static bool
take_zone(struct sv value, void *out)
{
	struct blocklists_args *args = out;

	if (args->n_zones == ZONES_MAX) {
		return false;
	}
	args->zones[args->n_zones++] = value.p;
	return true;
}

static bool
load(struct blocklists_session *s)
{
	struct buf path;
	struct why why;
	bool ok;

	buf_init(&path, 4096);
	buf_fmt(&path, "%s/blocklists.yaml", s->ctx->share);
	ok = blocklists_load(s->args->lists != NULL ? s->args->lists : path.p, &s->lists, &why) ==
	     ERR_OK;
	buf_done(&path);
	if (!ok) {
		cmd_complain("blocklists", "%s", why.text);
	}
	return ok;
}

static int
run(struct blocklists_session *s, const struct cmd_words *words)
{
	if (!load(s)) {
		return EXIT_BROKEN;
	}
	s->costs = mem_new(s->lists->n + 1, sizeof(*s->costs));
	s->open = mem_new(s->lists->n + 1, sizeof(*s->open));
	if (s->args->store != NULL &&
	    (s->store = cmd_store("blocklists", s->args->store, false)) == NULL) {
		return EXIT_BROKEN;
	}
	for (int i = 0; i < words->n; i++) {
		if (!blocklists_add(s, sv_from(words->word[i]))) {
			cmd_complain(
			    "blocklists", "'%s' is no address and no domain", words->word[i]);
			return EXIT_USAGE_ERROR;
		}
	}
	if (!blocklists_gather(s)) {
		return EXIT_BROKEN;
	}
	if (s->n_targets == 0) {
		cmd_complain("blocklists",
		    "nothing to look up: name addresses and domains, or --log, or --store");
		return EXIT_USAGE_ERROR;
	}
	return blocklists_run(s) ? blocklists_show(s) : EXIT_BROKEN;
}

int
cmd_blocklists(const struct cmd_context *ctx, int argc, char **argv)
{
	struct blocklists_args args = { .timeout_s = 300 };
	const struct cmd_option options[] = {
		{ "log", OPTION_OTHER, .out = &args, .take = take_log,
		    .expected = "a file, at most 256 times" },
		{ "store", OPTION_TEXT, .out = &args.store },
		{ "zone", OPTION_OTHER, .out = &args, .take = take_zone,
		    .expected = "a list, at most 64 times" },
		{ "keys", OPTION_TEXT, .out = &args.keys },
		{ "resolver", OPTION_TEXT, .out = &args.resolver },
		{ "lists", OPTION_TEXT, .out = &args.lists },
		{ "timeout", OPTION_NUMBER, .out = &args.timeout_s, .low = 1, .high = 86400 },
		{ "json", OPTION_FLAG, .out = &args.json },
	};
	struct blocklists_session s = {
		.ctx = ctx, .args = &args, .first_us = TIME_NONE, .last_us = TIME_NONE
	};
	struct cmd_words words;
	int code =
	    cmd_options(help, options, sizeof(options) / sizeof(options[0]), argc, argv, &words);

	if (code >= 0) {
		return code;
	}
	s.arena = arena_new(ARENA_BYTES);
	names_init(&s.providers, &ctx->key);
	names_init(&s.known, &ctx->key);
	names_init(&s.named, &ctx->key);
	code = run(&s, &words);
	list_check_free(&s.round);
	store_close(&s.store);
	blocklists_free(&s.lists);
	names_done(&s.providers);
	names_done(&s.known);
	names_done(&s.named);
	arena_free(&s.arena);
	free(s.costs);
	free(s.open);
	free(s.named_costs);
	free(s.targets);
	free(s.zones);
	return code;
}
