/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/cmd_store.h"
#include "cmd/store/suppression_list.h"
#include "engine/by_hand.h"
#include "fact/event.h"

#include <stdio.h>

#define IMPORT_BYTES_MAX ((size_t)1 << 30)

static const char help[] =
    "usage: carom suppressions [--store FILE] export [--json]\n"
    "       carom suppressions [--store FILE] [--reason WORD] import FILE   (- is standard input)\n"
    "       carom suppressions [--store FILE] add ADDRESS...\n"
    "       carom suppressions [--store FILE] remove ADDRESS...\n\n"
    "export writes CSV (address,reason,created,state) or JSON lines. import reads that, and the "
    "CSV exports\n"
    "of SES, SendGrid, Mailgun, Mailchimp and Postmark: a column for the address, one for the "
    "reason\n"
    "(complaint, unsubscribe, manual, else a bounce), one for the date. Where no column says why, "
    "--reason\n"
    "bounce, complaint, unsubscribe or manual does. remove lifts what is no complaint "
    "and no\n"
    "unsubscription. Every change is a decision: carom recipient ADDRESS tells it.\n"
    "exit: 0 done; 1 some addresses were not changed; 2 usage; 4 nothing could be done\n";

/* ---- export ---- */

struct export
{
	struct store *s;
	struct buf out;
	bool json;
};

static const char *
reason_of(const struct memory *m)
{
	return m->complained_s != 0     ? "complaint"
	       : m->unsubscribed_s != 0 ? "unsubscribe"
	       : m->by_hand_s != 0      ? "manual"
					: "bounce";
}

static bool
export_row(void *context, struct sv address, const struct memory *m)
{
	struct export *x = context;
	char since[40];

	(void)cmd_time(m->since_s, since, sizeof(since));
	if (x->json) {
		struct json j;
		char hash[24];

		(void)snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)m->run.hash);
		json_init(&j, &x->out, false);
		json_open(&j, NULL, '{');
		if (address.n == 0) {
			json_nothing(&j, "address");
		} else {
			json_sv(&j, "address", address);
		}
		json_str(&j, "hash", hash);
		json_str(&j, "reason", reason_of(m));
		json_str(&j, "created", since);
		json_str(&j, "state", recipient_state_name(m->state));
		json_close(&j, '}');
		buf_char(&x->out, '\n');
	} else {
		csv_cell(&x->out, address);
		buf_fmt(
		    &x->out, ",%s,%s,%s\n", reason_of(m), since, recipient_state_name(m->state));
	}
	return true;
}

static int
do_export(struct store *s, bool json)
{
	struct export x = { .s = s, .json = json };
	struct why why;
	int code = EXIT_FINE;

	buf_init(&x.out, 0);
	if (!json) {
		buf_str(&x.out, "address,reason,created,state\n");
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

/* ---- import ---- */

struct import {
	struct store *s;
	const struct policy *policy;
	const char *path;
	struct csv csv;
	struct list_head head;
	int64_t now_us;
	size_t n, n_changed, n_bad;
};

/* What is missing in the first line, said; reason: of the person, NULL: none. */
static bool
read_head(struct import *im, const char *reason)
{
	if (!csv_next(&im->csv) || !list_head_read(&im->csv, &im->head)) {
		cmd_complain("suppressions",
		    "%s:1: expected a first line that names the columns, one of "
		    "them address, email or recipient",
		    im->path);
		return false;
	}
	if (!im->head.says_why && reason == NULL) {
		cmd_complain("suppressions",
		    "%s:1: no column tells why the addresses are on the list: say it with --reason "
		    "bounce, complaint, unsubscribe or manual",
		    im->path);
		return false;
	}
	if (reason != NULL && im->head.at[COLUMN_REASON] < 0) {
		(void)list_reason_word(sv_from(reason), &im->head.kind);
	}
	return true;
}

static void
import_row(struct import *im)
{
	struct sv address = list_field(&im->head, &im->csv, COLUMN_ADDRESS);
	struct happening h = { .kind = list_kind(&im->head, &im->csv), .permanent = true };
	int64_t t_us = im->now_us;
	struct decision d;

	if (address_domain(address).n == 0 || address.n > 320) {
		im->n_bad++;
		if (im->n_bad <= 10) {
			cmd_complain("suppressions", "%s:%u: expected an address, not '%.*s'",
			    im->path, im->csv.line, SV_ARG(sv_head(address, 100)));
		}
		return;
	}
	(void)list_date(list_field(&im->head, &im->csv, COLUMN_DATE), &t_us);
	h.t = (double)t_us / 1e6;
	by_hand(im->s, im->policy, address, &h, &d);
	im->n++;
	im->n_changed += d.kind != DECISION_NONE;
}

static int
do_import(const struct cmd_context *ctx, struct store *s, const struct policy *p,
    const struct store_args *args)
{
	const char *path = args->words[1];
	struct import im = { .s = s, .policy = p, .path = path, .now_us = ctx->now_us };
	struct buf text;
	struct why why;
	int code = EXIT_BROKEN;

	buf_init(&text, IMPORT_BYTES_MAX);
	if (file_read(path, &text, &why) != ERR_OK) {
		cmd_complain("suppressions", "%s", why.text);
	} else {
		csv_init(&im.csv, buf_view(&text));
		if (read_head(&im, args->reason)) {
			store_begin(s);
			while (csv_next(&im.csv)) {
				import_row(&im);
			}
			if (store_commit(s, &why) == ERR_OK) {
				(void)printf("%zu addresses read, %zu of them changed, %zu lines "
					     "without an address\n",
				    im.n, im.n_changed, im.n_bad);
				code = im.n_bad > 0 ? EXIT_TROUBLE : EXIT_FINE;
			} else {
				cmd_complain("suppressions", "%s", why.text);
			}
		}
		csv_done(&im.csv);
	}
	buf_done(&text);
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

static int
run(const struct cmd_context *ctx, struct store *s, const struct store_args *args)
{
	const char *verb = args->words[0];
	struct policies p;
	struct why why;

	if (strcmp(verb, "export") == 0) {
		return do_export(s, args->json);
	}
	if (cmd_policy(ctx, args->policy, &p, &why) != ERR_OK) {
		cmd_complain("suppressions", "%s", why.text);
		return EXIT_BROKEN;
	}
	if (strcmp(verb, "import") == 0) {
		return do_import(ctx, s, &p.recipients, args);
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
	if (strcmp(verb, "import") == 0) {
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
	s = cmd_store("suppressions", args.store, strcmp(args.words[0], "export") == 0);
	if (s == NULL) {
		return EXIT_BROKEN;
	}
	code = run(ctx, s, &args);
	store_close(&s);
	return code;
}
