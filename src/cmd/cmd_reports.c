/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/reports_imap.h"
#include "cmd/reports_prover.h"
#include "engine/reports.h"
#include "feed/csv.h"
#include "role/confine.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_MAX 4000000 /* some ten thousand years */

enum form {
	FORM_TEXT,
	FORM_JSON,
	FORM_CSV,
	FORM_NONE
};

struct reports_args {
	struct reports_range range;
	const char *store, *colour;
	enum form form;
	unsigned top;
	struct prover_options prover;
	struct reports_imap imap; /* url NULL: none */
	const char *mailbox;      /* the temporary folder of its mails; NULL: none */
	const char *const *paths;
	size_t n_paths;
};

static const char help[] =
    "usage: carom reports [OPTIONS] [FILE|FOLDER|-]...\n\n"
    "DMARC aggregate and TLS reports: XML and JSON, packed, in mails, mboxes, Maildirs, "
    "folders.\n\n"
    "  --store FILE     keep them there and show all that is kept; else for this run only\n"
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
    "  --no-view        only take in, for a cron job; says nothing if all is well\n"
    "  --color auto|always|never\n\n"
    "exit: 0 fine; 1 there is something to act on; 2 usage; 3 a report was damaged or a file held "
    "none;\n4 nothing could be done\n";

/* ---- CSV ---- */

/* What a spreadsheet would run as a formula gets an apostrophe in front. */
static void
add_cell(struct buf *line, struct sv s)
{
	bool formula = s.n > 0 && strchr("=+-@\t\r", s.p[0]) != NULL;
	struct buf safe;

	buf_init(&safe, 0);
	buf_str(&safe, formula ? "'" : "");
	buf_sv(&safe, s);
	csv_cell(line, buf_view(&safe));
	buf_done(&safe);
}

static void
csv_row(void *context, const struct sv *cells, size_t n)
{
	struct buf line;

	buf_init(&line, 0);
	for (size_t i = 0; i < n; i++) {
		buf_str(&line, i == 0 ? "" : ",");
		add_cell(&line, cells[i]);
	}
	buf_str(&line, "\r\n"); /* RFC 4180 */
	(void)fwrite(line.p, 1, line.n, context);
	buf_done(&line);
}

#define COLUMNS_MAX 64

static enum err
show_csv(struct reports_store *store, const struct reports_args *args, struct why *why)
{
	struct sv heads[COLUMNS_MAX];
	size_t n;
	const char *const *names = reports_columns(&n);

	check(n <= COLUMNS_MAX);
	for (size_t i = 0; i < n; i++) {
		heads[i] = sv_from(names[i]);
	}
	csv_row(stdout, heads, n);
	return reports_rows(store, &args->range, csv_row, stdout, why);
}

/* ---- views ---- */

static enum err
show_view(struct reports_store *store, const struct report_words *words,
    const struct reports_args *args, const struct reports_run *run, bool *trouble_out,
    struct why *why)
{
	bool tty = isatty(1) == 1 && getenv("NO_COLOR") == NULL; // NOLINT(concurrency-mt-unsafe)
	struct view_show show = {
		.input = reports_run_counts(run),
		.top = args->top,
		.colour = strcmp(args->colour, "always") == 0 ||
			  (strcmp(args->colour, "auto") == 0 && tty),
	};
	struct view *v = NULL;
	struct buf out;
	enum err e = reports_view(store, words, &args->range, &v, why);

	if (e != ERR_OK) {
		return e;
	}
	show.view = v;
	show.notes = reports_run_notes(run, &show.n_notes, &show.n_notes_left);
	*trouble_out = view_has_trouble(v);
	buf_init(&out, 0);
	if (args->form == FORM_JSON) {
		view_json(&show, &out);
	} else {
		view_text(&show, &out);
	}
	if (fwrite(out.p, 1, out.n, stdout) != out.n) {
		e = why_set(why, ERR_IO, "standard output");
	}
	buf_done(&out);
	view_free(&v);
	return e;
}

/* Without a view, only what went wrong is told. */
static void
complain_notes(const struct reports_run *run)
{
	size_t n;
	size_t left;
	const struct report_note *notes = reports_run_notes(run, &n, &left);

	for (size_t i = 0; i < n; i++) {
		cmd_complain("reports", "%.*s: %s: %.*s", SV_ARG(notes[i].where),
		    report_note_name(notes[i].kind), SV_ARG(notes[i].text));
	}
	if (left > 0) {
		cmd_complain("reports", "and %zu more files like these", left);
	}
}

static int
show(struct reports_store *store, const struct report_words *words, const struct reports_args *args,
    const struct reports_run *run)
{
	const struct report_input_counts *c = reports_run_counts(run);
	struct why why = { "" };
	bool trouble = false;
	enum err e = ERR_OK;

	if (args->form == FORM_TEXT || args->form == FORM_JSON) {
		e = show_view(store, words, args, run, &trouble, &why);
	} else {
		complain_notes(run);
		e = args->form == FORM_CSV ? show_csv(store, args, &why) : ERR_OK;
	}
	if (e != ERR_OK || fflush(stdout) != 0) {
		cmd_complain("reports", "%s", e != ERR_OK ? why.text : "standard output");
		return EXIT_BROKEN;
	}
	if (c->damaged + c->nothing > 0) {
		return EXIT_INPUT_PROBLEM;
	}
	return trouble || c->apart > 0 ? EXIT_TROUBLE : EXIT_FINE;
}

/* ---- the process ---- */

/* The folder of a path, in the buffer. */
static const char *
folder_of(const char *path, struct buf *b)
{
	ptrdiff_t slash = sv_rfind(sv_from(path), SV("/"));

	buf_clear(b);
	buf_sv(b, slash < 0 ? SV(".") : slash == 0 ? SV("/") : sv_make(path, (size_t)slash));
	return b->p;
}

/* Reports come from strangers: what reads them has the named files, the store, and no network. */
static enum err
confine(const struct reports_args *args, struct why *why)
{
	/* Where SQLite puts what it sorts, and iconv has its charsets. */
	const char *temporary = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): one thread
	const char *write[4] = { "/var/tmp", "/tmp" };
	size_t n_read = args->n_paths + 1;
	const char **read = mem_new(n_read, sizeof(*read));
	struct confine_paths paths = { read, n_read, write, 2 };
	struct buf b;
	enum err e;

	buf_init(&b, 0);
	for (size_t i = 0; i < args->n_paths; i++) {
		read[i] = args->paths[i];
	}
	read[args->n_paths] = "/usr/lib";
	if (temporary != NULL) {
		write[paths.n_write++] = temporary;
	}
	if (args->store != NULL) {
		write[paths.n_write++] = folder_of(args->store, &b);
	}
	e = confine_enter(&paths, why);
	buf_done(&b);
	free(read);
	return e;
}

static int
read_and_show(const struct reports_args *args, struct reports_store *store,
    const struct report_words *words, const struct reports_prover *prover)
{
	struct reports_run *r = reports_run_new(store, reports_prover_judge(prover));
	struct why why = { "" };
	int code = EXIT_BROKEN;

	if (reports_run_read(r, args->paths, args->n_paths, &why) != ERR_OK) {
		cmd_complain("reports", "%s", why.text);
	} else {
		code = show(store, words, args, r);
		if (args->mailbox != NULL) {
			reports_imap_keep(r, args->mailbox);
		}
	}
	reports_run_free(&r);
	return code;
}

static int
run(const struct cmd_context *ctx, const struct reports_args *args)
{
	struct report_words *words = NULL;
	struct reports_store *store = NULL;
	struct reports_prover *prover = NULL;
	struct why why = { "" };
	int code = EXIT_BROKEN;

	/* The prover starts a process: before the store is open, and before all else is given up. */
	if (report_words_load(ctx->share, &words, &why) != ERR_OK ||
	    reports_prover_new(ctx, &args->prover, words, &prover, &why) != ERR_OK ||
	    reports_open(args->store, &ctx->key, &store, &why) != ERR_OK ||
	    confine(args, &why) != ERR_OK) {
		cmd_complain("reports", "%s", why.text);
	} else {
		code = read_and_show(args, store, words, prover);
	}
	reports_prover_free(&prover);
	reports_close(&store);
	report_words_free(&words);
	return code;
}

/* ---- options ---- */

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
	code = run(r->ctx, &args);
	free(paths);
	return code;
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
	static const char day[] = "a date such as 2025-11-20";
	const struct cmd_option options[] = {
		{ "store", OPTION_TEXT, .out = &args.store },
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
		{ "apart", OPTION_FLAG, .out = &args.range.apart },
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
	args.form = no_view ? FORM_NONE : csv ? FORM_CSV : json ? FORM_JSON : FORM_TEXT;
	args.paths = (const char *const *)words.word;
	args.n_paths = (size_t)words.n;
	if (args.imap.url != NULL) {
		bool stays = args.imap.archive == NULL && !args.imap.remove;

		if (args.imap.user == NULL || (!stays && args.store == NULL) ||
		    (args.imap.archive != NULL && args.imap.remove)) {
			cmd_complain("reports",
			    "--imap wants --imap-user; and --store, if mails are archived or "
			    "deleted, one of both");
			return EXIT_USAGE_ERROR;
		}
		return reports_imap(&args.imap, read_mailbox, &(struct reading){ ctx, &args });
	}
	if (args.n_paths == 0 && args.store == NULL) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	return run(ctx, &args);
}
