/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/read/analyze_mails.h"
#include "engine/analyze.h"
#include "report/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NOTES_MAX 64

struct analyze_args {
	struct log_options log;
	const char **paths; /* borrowed; also of log, but its order may change */
	bool json, quiet, addresses;
	const char *only, *colour, *complaints;
	uint64_t top, width;
};

static const char help[] =
    "usage: carom analyze [OPTIONS] FILE|DIR...     Postfix logs, plain or packed, in any order; - "
    "is\n"
    "standard input.  Mails among them (files, mboxes, Maildirs: bounces and complaints) are tied "
    "to the\n"
    "messages of the logs; what a log has already is not counted again.\n\n"
    "  --since DATE, --until DATE   only events from / before: 2020-09-21 or 2020-09-21T10:00:00Z\n"
    "  --provider NAME              only this provider or domain\n"
    "  --top N                      providers shown (default 10)\n"
    "  --year YYYY                  of the first line, where dates have no year\n"
    "  --complaints FILE            as of carom parse\n"
    "  --show-addresses             do not mask recipients in the list to doubt\n"
    "  --json                       one document, as in doc/schema/analyze.md\n"
    "  --width N, --color auto|always|never, --quiet\n\n"
    "exit: 0 fine; 1 some provider refuses out of proportion; 2 usage; 3 some input was not "
    "readable\n"
    "to its end (the report is made of the rest); 4 nothing could be done\n";

/* ---- progress ---- */

struct progress {
	struct timespec start, shown;
};

static double
seconds_since(const struct timespec *from)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - from->tv_sec) + (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

/* Nothing in the first second; then ten times a second at most. */
static void
show_progress(void *context, uint64_t done, uint64_t total)
{
	struct progress *p = context;
	double t = seconds_since(&p->start);
	double rate;

	if (t < 1.0 || seconds_since(&p->shown) < 0.1) {
		return;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &p->shown);
	rate = (double)done / t;
	if (total > 0 && rate > 0) {
		(void)fprintf(stderr, "\r%3.0f %%  %.0f MB/s  %.0f s left \x1b[K",
		    100.0 * (double)done / (double)total, rate / 1e6,
		    (double)(total - (done < total ? done : total)) / rate);
	} else {
		(void)fprintf(
		    stderr, "\r%.0f MB  %.0f MB/s \x1b[K", (double)done / 1e6, rate / 1e6);
	}
}

/* ---- what the input was like ---- */

struct notes {
	struct input_note row[NOTES_MAX];
	char *text[NOTES_MAX]; /* owned */
	size_t n;
};

static void
note_count(struct notes *n, const char *name, uint64_t count)
{
	n->row[n->n++] = (struct input_note){ name, count, NULL };
}

static void
note_text(struct notes *n, const char *name, const struct buf *text)
{
	if (n->n < NOTES_MAX) {
		n->text[n->n] = mem_dup(text->p, text->n);
		n->row[n->n] = (struct input_note){ name, 0, n->text[n->n] };
		n->n++;
	}
}

static void
gather_notes(struct postfix_log *log, struct notes *n)
{
	const struct log_counts *c = postfix_log_counts(log);
	size_t n_rows;
	const struct log_problem *problems = postfix_log_problems(log, &n_rows);
	const struct log_shape *shapes;
	struct buf b;

	buf_init(&b, 0);
	note_count(n, "lines", c->lines);
	note_count(n, "bytes", c->bytes);
	note_count(n, "deliveries and expiries", c->events);
	note_count(n, "lines joined by queue id", c->joined_lines);
	note_count(n, "other lines of Postfix", c->ignored_lines);
	note_count(n, "warnings and errors of Postfix", c->trouble_lines);
	note_count(n, "incoming mail refused or held at the door", c->incoming_refused);
	note_count(n, "non-delivery notifications sent", c->notifications);
	note_count(n, "lines of other programs", c->other_lines);
	note_count(n, "lines of Postfix that were not understood", c->unknown_lines);
	note_count(n, "lines that are no log lines", c->garbage_lines);
	note_count(n, "lines longer than 256 KiB, read up to there", c->long_lines);
	note_count(n, "messages forgotten before they were delivered (memory limit)", c->forgotten);
	for (size_t i = 0; i < n_rows && i < 20; i++) {
		buf_clear(&b);
		buf_str(&b, problems[i].text);
		note_text(n, "problem", &b);
	}
	shapes = postfix_log_shapes(log, &n_rows);
	for (size_t i = 0; i < n_rows && i < 10; i++) {
		buf_clear(&b);
		buf_fmt(&b, "%llu lines like (%s, byte %llu) %.*s",
		    (unsigned long long)shapes[i].lines, postfix_log_file(log, shapes[i].file),
		    (unsigned long long)shapes[i].offset, SV_ARG(shapes[i].sample));
		note_text(n, "not understood", &b);
	}
	buf_done(&b);
}

/* What became of the mails among the inputs. */
static void
gather_mail_notes(const struct analyze_mails *a, struct notes *n)
{
	const struct mail_counts *c = &a->counts;
	struct sv rest = buf_view(&a->samples);
	struct sv line;
	struct buf b;

	note_count(n, "mails", c->mails);
	note_count(n, "bounces", c->kinds[BOUNCE_BOUNCE]);
	note_count(n, "complaints", c->kinds[BOUNCE_COMPLAINT]);
	note_count(n, "notices of delay", c->kinds[BOUNCE_DELAY]);
	note_count(n, "automatic replies", c->kinds[BOUNCE_AUTO_REPLY]);
	note_count(n, "reports of success", c->kinds[BOUNCE_REPORT]);
	note_count(n, "mails of other kinds", c->kinds[BOUNCE_OTHER]);
	note_count(
	    n, "recipients of bounces whose refusal the log has, not counted again", c->in_log);
	note_count(
	    n, "recipients of bounces that the log has as accepted: rejected later", c->later);
	note_count(n, "recipients of bounces, counted without a log", c->counted);
	note_count(n, "recipients that another bounce told already", c->again);
	note_count(
	    n, "recipients of bounces tied to no message of the log, not counted", c->untied);
	note_count(n, "complaints tied to a message of the log", c->complaints_tied);
	note_count(n, "mails lost (memory limit)", a->lost);
	buf_init(&b, 0);
	while (sv_cut(&rest, '\n', &line)) {
		buf_clear(&b);
		buf_sv(&b, line);
		note_text(n, "tied to no message of the log", &b);
	}
	buf_done(&b);
}

/* ---- output ---- */

static bool
environment_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < 3; i++) {
		const char *v =
		    getenv(names[i]); // NOLINT(concurrency-mt-unsafe): one thread, at start

		if (v != NULL && v[0] != '\0') {
			return sv_ifind(sv_from(v), SV("utf-8")) >= 0 ||
			       sv_ifind(sv_from(v), SV("utf8")) >= 0;
		}
	}
	return false;
}

static unsigned
terminal_width(void)
{
	struct winsize w = { 0 };

	return ioctl(1, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40 ? w.ws_col : 100;
}

static int
report(const struct analyze_args *args, struct postfix_log *log, const struct analyze_mails *mails,
    struct tally *t)
{
	struct notes notes = { .n = 0 };
	bool tty = isatty(1) == 1 && getenv("NO_COLOR") == NULL; // NOLINT(concurrency-mt-unsafe)
	struct render r = {
		.tally = t,
		.only = args->only,
		.top = (unsigned)args->top,
		.width = args->width != 0 ? (unsigned)args->width : terminal_width(),
		.colour = strcmp(args->colour, "always") == 0 ||
			  (strcmp(args->colour, "auto") == 0 && tty),
		.utf8 = environment_is_utf8(),
		.addresses = args->addresses,
	};
	struct buf out;
	int code = EXIT_FINE;
	size_t n;
	struct group *const *groups;

	if (log != NULL) {
		gather_notes(log, &notes);
	}
	if (mails->tie != NULL) {
		gather_mail_notes(mails, &notes);
	}
	r.notes = notes.row;
	r.n_notes = notes.n;
	buf_init(&out, 0);
	if (args->json) {
		render_json(&r, &out);
	} else {
		render_text(&r, &out);
	}
	groups = tally_groups(t, &n);
	for (size_t i = 0; i < n; i++) {
		code = group_disproportionate(t, groups[i]) ? EXIT_TROUBLE : code;
	}
	n = 0;
	if (log != NULL) {
		(void)postfix_log_problems(log, &n);
	}
	code = n > 0 || mails->code != EXIT_FINE ? EXIT_INPUT_PROBLEM : code;
	if (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) != 0) {
		code = EXIT_BROKEN;
	}
	for (size_t i = 0; i < notes.n; i++) {
		free(notes.text[i]);
	}
	buf_done(&out);
	return code;
}

static int
analyze(const struct cmd_context *ctx, struct analyze_args *args, struct knowledge *k,
    struct classifier *c)
{
	struct analyze_mails mails = {
		.k = k, .c = c, .addresses = args->addresses, .complaints = args->complaints
	};
	struct postfix_log *log = NULL;
	struct tally *t = tally_new(k, &ctx->key);
	struct progress p = { 0 };
	bool bar = !args->quiet && isatty(2) == 1;
	struct why why;
	int code = EXIT_BROKEN;

	if (analyze_mails_read(&mails, ctx, args->paths, &args->log.n_paths, &why) != ERR_OK ||
	    (args->log.n_paths > 0 && postfix_log_open(&args->log, &log, &why) != ERR_OK)) {
		cmd_complain("analyze", "%s", why.text);
	} else {
		(void)clock_gettime(CLOCK_MONOTONIC, &p.start);
		if (log != NULL) {
			analyze_run(log, c, t, mails.tie, bar ? show_progress : NULL, &p);
		}
		if (bar && p.shown.tv_sec != 0) {
			(void)fputs("\r\x1b[K", stderr);
		}
		analyze_mails_count(&mails, t, log != NULL, ctx->now_us);
		code = report(args, log, &mails, t);
	}
	analyze_mails_done(&mails);
	tally_free(&t);
	postfix_log_close(&log);
	return code;
}

static int
run(const struct cmd_context *ctx, struct analyze_args *args)
{
	struct knowledge *k = cmd_knowledge(ctx);
	struct classifier *c = NULL;
	struct why why;
	int code = EXIT_BROKEN;

	if (k != NULL && classifier_new(k, &c, &why) != ERR_OK) {
		cmd_complain("analyze", "%s", why.text);
	} else if (k != NULL) {
		code = analyze(ctx, args, k, c);
	}
	classifier_free(&c);
	knowledge_free(&k);
	return code;
}

/* ---- options ---- */

static bool
take_colour(struct sv value, void *out)
{
	static const char *const words[] = { "auto", "always", "never" };
	const char **colour = out;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sv_eq(value, sv_from(words[i]))) {
			*colour = words[i];
			return true;
		}
	}
	return false;
}

int
cmd_analyze(const struct cmd_context *ctx, int argc, char **argv)
{
	struct analyze_args args = {
		.log = { .key = ctx->key,
		    .now_us = ctx->now_us,
		    .since_us = TIME_NONE,
		    .until_us = TIME_NONE },
		.colour = "auto",
		.top = 10,
	};
	uint64_t year = 0;
	const struct cmd_option options[] = {
		{ "since", OPTION_DATE, .out = &args.log.since_us },
		{ "until", OPTION_DATE, .out = &args.log.until_us },
		{ "provider", OPTION_TEXT, .out = &args.only },
		{ "top", OPTION_NUMBER, .out = &args.top, .low = 1, .high = 100000 },
		{ "complaints", OPTION_TEXT, .out = &args.complaints },
		{ "year", OPTION_NUMBER, .out = &year, .low = 1970, .high = 2999 },
		{ "show-addresses", OPTION_FLAG, .out = &args.addresses },
		{ "json", OPTION_FLAG, .out = &args.json },
		{ "width", OPTION_NUMBER, .out = &args.width, .low = 40, .high = 1000 },
		{ "color", OPTION_OTHER, .out = &args.colour, .take = take_colour,
		    .expected = "auto, always or never" },
		{ "quiet", OPTION_FLAG, .out = &args.quiet },
	};
	struct cmd_words files;
	int code =
	    cmd_options(help, options, sizeof(options) / sizeof(options[0]), argc, argv, &files);

	if (code >= 0) {
		return code;
	}
	if (files.n == 0) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	args.log.year = (int)year;
	args.paths = mail_facts_paths(files.word, (size_t)files.n);
	args.log.paths = args.paths;
	args.log.n_paths = (size_t)files.n;
	code = run(ctx, &args);
	free(args.paths);
	return code;
}
