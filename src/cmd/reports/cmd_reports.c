/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"
#include "cmd/reports/private.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_MAX 4000000 /* some ten thousand years */

static const char help[] =
    "usage: carom reports [OPTIONS] [FILE|FOLDER|-]...\n\n"
    "DMARC aggregate and TLS reports: XML and JSON, packed, in mails, mboxes, Maildirs, "
    "folders.\n\n"
    "  --store FILE     keep them there and show all that is kept; else for this run only\n"
    "  --alerts FILE    tell what changed (carom alerts) in this store of carom ingest\n"
    "  --policy FILE    another file than share/policy.yaml\n"
    "  --domain NAME    only this domain\n"
    "  --since DATE, --until DATE   only reports from / before that day: 2025-11-20\n"
    "  --top N          sources shown of a domain (default 15)\n"
    "  --json           one document, as in doc/schema/reports.md\n"
    "  --csv            every record, one a line\n"
    "  --imap URL       also the mails of imaps://HOST/FOLDER; --imap-user NAME\n"
    "  --imap-password-file FILE   else $CAROM_IMAP_PASSWORD\n"
    "  --imap-archive FOLDER, --imap-delete   put away what was taken in, after it is stored\n"
    "  --imap-ca-file FILE         trust these certificates instead of the system's\n"
    "  --authserv-id ID believe what this server of yours wrote into mails (also: report_servers)\n"
    "  --no-dns         do not ask for the keys of mails' DKIM signatures\n"
    "  --resolver H[:P] ask this name server instead of the system's\n"
    "  --config FILE    settings; default /etc/carom/carom.yaml\n"
    "  --apart          show what is kept apart, because its mail failed, and nothing else\n"
    "  --proven         only reports whose mail is proven\n"
    "  --no-view        only take in, for a cron job; says nothing if all is well\n"
    "  --color auto|always|never\n\n"
    "exit: 0 fine; 1 there is something to act on; 2 usage; 3 a report was damaged or a file held "
    "none;\n4 nothing could be done\n";

static bool
take_day(struct sv value, void *out)
{
	int64_t us;

	if (!civil_take_iso(value, &us) || us < 0 || us / US_PER_DAY > DAY_MAX) {
		return false;
	}
	*(int32_t *)out = (int32_t)(us / US_PER_DAY);
	return true;
}

static bool
take_server(struct sv value, void *out)
{
	struct prover_options *opt = out;

	if (value.n == 0 || opt->n_servers == PROVER_SERVERS_MAX) {
		return false;
	}
	opt->servers[opt->n_servers++] = value.p; /* of argv: with a NUL */
	return true;
}

struct reading {
	const struct cmd_context *ctx;
	const struct reports_args *args;
};

static int
read_mailbox(void *context, const char *folder)
{
	const struct reading *r = context;
	struct reports_args args = *r->args;
	const char **paths = mem_new(args.n_paths + 1, sizeof(*paths));
	int code;

	for (size_t i = 0; i < args.n_paths; i++) {
		paths[i] = args.paths[i];
	}
	paths[args.n_paths++] = folder;
	args.paths = paths;
	args.mailbox = folder;
	code = reports_read(r->ctx, &args);
	free(paths);
	return code;
}

static int
check_and_read(const struct cmd_context *ctx, const struct reports_args *args)
{
	if (args->alerts != NULL && args->store == NULL) {
		cmd_complain("reports",
		    "--alerts wants --store: what changed is seen over all reports that are kept");
		return EXIT_USAGE_ERROR;
	}
	if (args->imap.url != NULL) {
		bool stays = args->imap.archive == NULL && !args->imap.remove;

		if (args->imap.user == NULL || (!stays && args->store == NULL) ||
		    (args->imap.archive != NULL && args->imap.remove)) {
			cmd_complain("reports",
			    "--imap wants --imap-user; and --store, if mails are archived or "
			    "deleted, one of both");
			return EXIT_USAGE_ERROR;
		}
		return reports_imap(&args->imap, read_mailbox, &(struct reading){ ctx, args });
	}
	if (args->n_paths == 0 && args->store == NULL) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	return reports_read(ctx, args);
}

int
cmd_reports(const struct cmd_context *ctx, int argc, char **argv)
{
	struct reports_args args = {
		/* A day of slack for clocks; what says to be of later has a wrong or a forged date. */
		.range = { .since = 0, .until = (int32_t)(ctx->now_us / US_PER_DAY) + 2 },
		.colour = "auto",
		.top = 15,
	};
	uint64_t top = args.top;
	bool json = false;
	bool csv = false;
	bool no_view = false;
	bool apart = false;
	bool proven = false;
	static const char day[] = "a date such as 2025-11-20";
	const struct cmd_option options[] = {
		{ "store", OPTION_TEXT, .out = &args.store },
		{ "alerts", OPTION_TEXT, .out = &args.alerts },
		{ "policy", OPTION_TEXT, .out = &args.policy },
		{ "domain", OPTION_TEXT, .out = &args.range.domain },
		{ "since", OPTION_OTHER, .out = &args.range.since, .take = take_day,
		    .expected = day },
		{ "until", OPTION_OTHER, .out = &args.range.until, .take = take_day,
		    .expected = day },
		{ "top", OPTION_NUMBER, .out = &top, .low = 1, .high = REPORTS_SOURCES_MAX },
		{ "imap", OPTION_TEXT, .out = &args.imap.url },
		{ "imap-user", OPTION_TEXT, .out = &args.imap.user },
		{ "imap-password-file", OPTION_TEXT, .out = &args.imap.password_file },
		{ "imap-archive", OPTION_TEXT, .out = &args.imap.archive },
		{ "imap-delete", OPTION_FLAG, .out = &args.imap.remove },
		{ "imap-ca-file", OPTION_TEXT, .out = &args.imap.ca_file },
		{ "authserv-id", OPTION_OTHER, .out = &args.prover, .take = take_server,
		    .expected = "the name of a server, at most 64 times" },
		{ "no-dns", OPTION_FLAG, .out = &args.prover.no_dns },
		{ "resolver", OPTION_TEXT, .out = &args.prover.resolver },
		{ "config", OPTION_TEXT, .out = &args.prover.config },
		{ "apart", OPTION_FLAG, .out = &apart },
		{ "proven", OPTION_FLAG, .out = &proven },
		{ "json", OPTION_FLAG, .out = &json },
		{ "csv", OPTION_FLAG, .out = &csv },
		{ "no-view", OPTION_FLAG, .out = &no_view },
		{ "color", OPTION_TEXT, .out = &args.colour },
	};
	struct cmd_words words;
	int code =
	    cmd_options(help, options, sizeof(options) / sizeof(options[0]), argc, argv, &words);

	if (code >= 0) {
		return code;
	}
	args.top = (unsigned)top;
	args.range.which = apart ? REPORTS_APART : proven ? REPORTS_PROVEN : REPORTS_ALL_COUNTED;
	args.form = no_view ? FORM_NONE : csv ? FORM_CSV : json ? FORM_JSON : FORM_TEXT;
	args.paths = (const char *const *)words.word;
	args.n_paths = (size_t)words.n;
	return check_and_read(ctx, &args);
}
