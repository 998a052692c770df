/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd_store.h"
#include "cmd/store/list_match.h"
#include "cmd/store/suppression_import.h"
#include "cmd/store/suppression_list.h"
#include "engine/by_hand.h"
#include "fact/event.h"

#include <stdio.h>

static const char help[] =
    "usage: carom suppressions [--store FILE] export [--json]\n"
    "       carom suppressions [--store FILE] match [--json] FILE   (a list of yours)\n"
    "       carom suppressions [--store FILE] clean FILE\n"
    "       carom suppressions [--store FILE] [--reason WORD] import FILE   (- is standard input)\n"
    "       carom suppressions [--store FILE] add ADDRESS...\n"
    "       carom suppressions [--store FILE] remove ADDRESS...\n\n"
    "export writes CSV (address,reason,created,state) or JSON lines. match writes the same of the\n"
    "addresses of a list that are not to be mailed, clean the lines of those that may be, as they\n"
    "are: an address a line, or CSV; also with a store that keeps only hashes. import reads "
    "exports,\n"
    "and those\n"
    "of SES, SendGrid, Mailgun, Mailchimp and Postmark, as CSV or as the JSON that their "
    "interfaces\n"
    "answer: a column (in JSON: a member) for the address, one for the reason\n"
    "(complaint, unsubscribe, manual, else a bounce), one for the date. Where no column says why, "
    "--reason\n"
    "bounce, complaint, unsubscribe or manual does. remove lifts what is no complaint "
    "and no\n"
    "unsubscription. Every change is a decision: carom recipient ADDRESS tells it.\n"
    "exit: 0 done; 1 some addresses were not changed, or are none; 2 usage; 4 nothing could be "
    "done\n";

/* ---- export ---- */

struct export
{
	struct store *s;
	struct buf out;
	bool json;
};

static bool
export_row(void *context, struct sv address, const struct memory *m)
{
	struct export *x = context;

	list_put(&x->out, x->json, address, m, m->state);
	return true;
}

static int
do_export(struct store *s, bool json)
{
	struct export x = { .s = s, .json = json };
	struct why why;
	int code = EXIT_FINE;

	if (!json && store_hash_only(s)) {
		cmd_complain("suppressions",
		    "this store keeps no addresses: export --json tells the hashes, and match and "
		    "clean take a list of yours");
		return EXIT_BROKEN;
	}

	buf_init(&x.out, 0);
	if (!json) {
		buf_str(&x.out, LIST_HEADER);
	}
	store_recipients(s, 1u << RECIPIENT_SUPPRESSED | 1u << RECIPIENT_RESTING, export_row, &x);
	if (store_trouble(s, &why) != ERR_OK) {
		cmd_complain("suppressions", "%s", why.text);
		code = EXIT_BROKEN;
	} else if (x.out.cut || !cmd_print(&x.out)) {
		cmd_complain("suppressions", "the list could not be written whole");
		code = EXIT_BROKEN;
	}
	buf_done(&x.out);
	return code;
}

/* ---- add, remove ---- */

static int
by_words(const struct cmd_context *ctx, struct store *s, const struct policy *p,
    const struct store_args *args, enum happening_kind kind)
{
	const struct happening h = { .kind = kind, .t = (double)ctx->now_us / 1e6 };
	struct why why;
	int code = EXIT_FINE;

	store_begin(s);
	for (int i = 1; i < args->n_words; i++) {
		struct sv address = sv_from(args->words[i]);
		struct decision d = { .kind = DECISION_NONE };

		if (address_domain(address).n == 0) {
			cmd_complain("suppressions", "'%s': expected an address", args->words[i]);
		} else {
			by_hand(s, p, address, &h, &d);
			(void)printf("%s: %s\n", args->words[i],
			    d.kind != DECISION_NONE    ? d.reason
			    : kind == HAPPENED_BY_HAND ? "is suppressed already"
						       : "nothing to lift, or a complaint or "
							 "unsubscription stands against it");
		}
		code = d.kind == DECISION_NONE ? EXIT_TROUBLE : code;
	}
	if (store_commit(s, &why) != ERR_OK) {
		cmd_complain("suppressions", "%s", why.text);
		return EXIT_BROKEN;
	}
	return code;
}

static bool
is_match(const char *verb)
{
	return strcmp(verb, "match") == 0 || strcmp(verb, "clean") == 0;
}

static int
run(const struct cmd_context *ctx, struct store *s, const struct store_args *args)
{
	const char *verb = args->words[0];
	struct policies p;
	struct why why;

	if (strcmp(verb, "export") == 0) {
		return do_export(s, args->json);
	}
	if (is_match(verb)) {
		return list_match(s, &(struct match_options){ args->words[1],
					 strcmp(verb, "clean") == 0, args->json, ctx->now_us });
	}
	if (cmd_policy(ctx, args->policy, &p, &why) != ERR_OK) {
		cmd_complain("suppressions", "%s", why.text);
		return EXIT_BROKEN;
	}
	if (strcmp(verb, "import") == 0) {
		const struct import_options opt = { .path = args->words[1],
			.reason = args->reason,
			.policy = &p.recipients,
			.now_us = ctx->now_us };

		return suppression_import(s, &opt);
	}
	return by_words(ctx, s, &p.recipients, args,
	    strcmp(verb, "add") == 0 ? HAPPENED_BY_HAND : HAPPENED_RELEASED);
}

static bool
makes_sense(const struct store_args *args)
{
	const char *verb = args->n_words > 0 ? args->words[0] : "";

	enum happening_kind kind;

	if (args->reason != NULL &&
	    (strcmp(verb, "import") != 0 || !list_reason_word(sv_from(args->reason), &kind))) {
		return false;
	}
	if (strcmp(verb, "export") == 0) {
		return args->n_words == 1;
	}
	if (strcmp(verb, "import") == 0 || is_match(verb)) {
		return args->n_words == 2;
	}
	return args->n_words >= 2 && (strcmp(verb, "add") == 0 || strcmp(verb, "remove") == 0);
}

int
cmd_suppressions(const struct cmd_context *ctx, int argc, char **argv)
{
	struct store_args args;
	struct store *s;
	int code = cmd_store_args(help, ALLOW_POLICY | ALLOW_REASON, argc, argv, &args);

	if (code >= 0) {
		return code;
	}
	if (!makes_sense(&args)) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	s = cmd_store("suppressions", args.store,
	    strcmp(args.words[0], "export") == 0 || is_match(args.words[0]));
	if (s == NULL) {
		return EXIT_BROKEN;
	}
	code = run(ctx, s, &args);
	store_close(&s);
	return code;
}
