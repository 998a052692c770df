/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/json.h"
#include "base/map.h"
#include "cmd/cmd_store.h"
#include "cmd/options.h"
#include "engine/watch.h"
#include "source/lines.h"

#include <stdio.h>
#include <stdlib.h>

#define COMPLAINTS_MAX     20 /* lines that are complained about by name; the rest is counted */
#define RECIPIENTS_DEFAULT 10000000
#define KNOWN_BYTES        48 /* of a line of the history, about */
#define FLUSH_ABOVE        65536

static const char help[] =
    "usage: carom detect [OPTIONS] --events FILE      incidents in delivery events\n\n"
    "  --events FILE      delivery events, one JSON object a line; - is standard input\n"
    "  --history FILE     when recipients last accepted mail, one JSON object a line\n"
    "  --recipients N     remembered at most (default 10000000, 64 bytes each)\n"
    "  --policy FILE      other numbers than those of share/policy.yaml\n"
    "  --json             decisions as JSON lines\n"
    "  --quiet            no summary on standard error\n\n"
    "doc/detect.md has the members of both inputs and of the output, and the method.\n"
    "exit: 0 done; 2 usage; 3 some lines were not readable and did not count; 4 nothing could be "
    "done\n";

struct detect_args {
	const char *events, *history, *policy;
	uint64_t recipients;
	bool json, quiet;
};

struct run {
	struct watch *watch; /* owned */
	struct buf out;
	bool json, broken;
	uint64_t bad_lines;
};

/* ---- what is decided ---- */

static const char *const what_names[] = { "open", "cause", "hold", "close", "retract", "amend" };
static const char *const action_names[] = { "keep", "retest", "unsuppress" };
static const char *const scope_short[] = { "all", "mx", "snd", "camp" };

static void
flush(struct run *r, size_t above)
{
	if (r->out.n > above) {
		r->broken = r->broken || fwrite(r->out.p, 1, r->out.n, stdout) != r->out.n;
		buf_clear(&r->out);
	}
}

static void
write_items(struct json *j, const struct detect_decision *d)
{
	json_num(j, "lo", d->on, 3);
	json_num(j, "hi", d->end, 3);
	json_open(j, "items", '[');
	for (size_t i = 0; i < d->n_items; i++) {
		json_open(j, NULL, '[');
		json_int(j, NULL, (int64_t)d->items[i].event);
		json_str(j, NULL, action_names[d->items[i].action]);
		json_num(j, NULL, d->items[i].p_false, 4);
		json_close(j, ']');
	}
	json_close(j, ']');
}

static void
write_json(struct run *r, const struct detect_decision *d)
{
	struct json j;

	json_init(&j, &r->out, false);
	json_open(&j, NULL, '{');
	json_str(&j, "ev", what_names[d->what]);
	if (d->what != DETECT_HOLD) {
		json_int(&j, "id", (int64_t)d->incident);
	}
	json_sv(&j, "prov", watch_name(r->watch, d->provider));
	json_num(&j, "t", d->t, 3);
	if (d->what == DETECT_OPEN || d->what == DETECT_HOLD) {
		json_num(&j, "t_on", d->on, 3);
	}
	if (d->what == DETECT_CLOSE) {
		json_num(&j, "t_end", d->end, 3);
	}
	if (d->what == DETECT_AMEND) {
		write_items(&j, d);
	} else if (d->what != DETECT_HOLD) {
		json_str(&j, "cause", detect_cause_name(d->cause));
		json_str(&j, "scope", scope_short[d->scope]);
		if (d->who == NAME_NONE) {
			json_nothing(&j, "who");
		} else {
			json_sv(&j, "who", watch_name(r->watch, d->who));
		}
		json_num(&j, "margin", d->margin, 2);
		json_num(&j, "sev", d->severity, 3);
	}
	json_close(&j, '}');
	buf_char(&r->out, '\n');
}

static void
write_when(struct buf *b, const char *word, double t)
{
	char text[32];

	civil_print((int64_t)(t * 1e6), text, sizeof(text));
	buf_fmt(b, "%s%.19s", word, text);
}

static void
write_amend(struct run *r, const struct detect_decision *d)
{
	size_t n[3] = { 0 };

	for (size_t i = 0; i < d->n_items; i++) {
		n[d->items[i].action]++;
	}
	buf_fmt(&r->out, "take back %zu refusals, test %zu again, keep %zu", n[AMEND_UNSUPPRESS],
	    n[AMEND_RETEST], n[AMEND_KEEP]);
}

static void
write_text(struct run *r, const struct detect_decision *d)
{
	struct buf *b = &r->out;

	write_when(b, "", d->t);
	buf_str(b, "  ");
	buf_printable(b, watch_name(r->watch, d->provider), 60);
	buf_fmt(b, "  %s", what_names[d->what]);
	if (d->what != DETECT_HOLD) {
		buf_fmt(b, " #%llu", (unsigned long long)d->incident);
	}
	buf_str(b, "  ");
	if (d->what == DETECT_HOLD) {
		buf_str(b, "unknown-user refusals are doubted");
	} else if (d->what == DETECT_AMEND) {
		write_amend(r, d);
	} else {
		buf_str(b, detect_cause_name(d->cause));
		if (d->who != NAME_NONE) {
			buf_fmt(b, " (%s ", detect_scope_name(d->scope));
			buf_printable(b, watch_name(r->watch, d->who), 60);
			buf_char(b, ')');
		}
		buf_fmt(b, ", %.1f %% of attempts", 100 * d->severity);
	}
	if (d->what == DETECT_OPEN || d->what == DETECT_HOLD) {
		write_when(b, ", since ", d->on);
	}
	if (d->what == DETECT_CLOSE) {
		write_when(b, ", over at ", d->end);
	}
	buf_char(b, '\n');
}

static void
take_decision(void *context, const struct detect_decision *d)
{
	struct run *r = context;

	if (r->json) {
		write_json(r, d);
	} else {
		write_text(r, d);
	}
	flush(r, FLUSH_ABOVE);
}

/* ---- what is read ---- */

typedef bool take_line(struct run *r, struct json_in *j, struct sv line);

static bool
take_known(struct run *r, struct json_in *j, struct sv line)
{
	struct known_recipient known;

	if (!known_recipient_read(j, line, &known)) {
		return false;
	}
	watch_known(r->watch, &known);
	return true;
}

static bool
take_delivery(struct run *r, struct json_in *j, struct sv line)
{
	struct delivery d;

	if (!delivery_read(j, line, &d)) {
		return false;
	}
	watch_event(r->watch, &d);
	return true;
}

static void
complain_line(struct run *r, const char *path, uint64_t number, const struct json_in *j)
{
	if (++r->bad_lines <= COMPLAINTS_MAX) {
		cmd_complain("detect", "%s:%llu:%zu: expected %s", path, (unsigned long long)number,
		    j->at + 1, j->expected);
	}
}

static enum err
read_file(struct run *r, const char *path, take_line *take, struct why *why)
{
	struct input *in = NULL;
	struct lines lines;
	struct json_in j;
	struct sv line;
	uint64_t number = 0;
	uint64_t offset;
	enum err e = input_open(path, &in, why);

	if (e != ERR_OK) {
		return e;
	}
	if (take == take_known) {
		watch_expect(r->watch, input_size(in) / KNOWN_BYTES);
	}
	lines_init(&lines, in);
	json_in_init(&j);
	while (!r->broken && lines_next(&lines, &line, &offset)) {
		number++;
		if (sv_trim(line).n > 0 && !take(r, &j, line)) {
			complain_line(r, path, number, &j);
		}
	}
	e = lines.error;
	*why = lines.why;
	json_in_done(&j);
	lines_done(&lines);
	input_close(&in);
	return e;
}

static void
say_summary(const struct run *r)
{
	struct watch_stats s;

	watch_stats(r->watch, &s);
	(void)fprintf(stderr,
	    "carom detect: %llu events, %llu refusals read (%llu not understood), %zu recipients "
	    "in %.1f MB, %llu forgotten, %llu lines not readable\n",
	    (unsigned long long)s.events, (unsigned long long)s.refusals,
	    (unsigned long long)s.undetermined, s.recipients, (double)s.recipient_bytes / 1e6,
	    (unsigned long long)s.forgotten, (unsigned long long)r->bad_lines);
}

static int
read_all(struct run *r, const struct detect_args *args)
{
	struct watch_stats s;
	struct why why;
	int code = EXIT_FINE;

	if (args->history != NULL && read_file(r, args->history, take_known, &why) != ERR_OK) {
		cmd_complain("detect", "%s", why.text);
		return EXIT_BROKEN;
	}
	if (read_file(r, args->events, take_delivery, &why) != ERR_OK) {
		cmd_complain("detect", "%s", why.text);
		watch_stats(r->watch, &s);
		code = s.events == 0 ? EXIT_BROKEN : EXIT_INPUT_PROBLEM;
	}
	flush(r, 0);
	if (r->broken || fflush(stdout) != 0) {
		cmd_complain("detect", "standard output: cannot be written");
		return EXIT_BROKEN;
	}
	if (!args->quiet && code != EXIT_BROKEN) {
		say_summary(r);
	}
	return r->bad_lines > 0 && code == EXIT_FINE ? EXIT_INPUT_PROBLEM : code;
}

static int
run_detect(const struct cmd_context *ctx, const struct detect_args *args)
{
	struct run r = { .json = args->json };
	struct policies policies;
	struct knowledge *k = NULL;
	struct classifier *c = NULL;
	struct watch_options opt = {
		.settings = &policies.detect,
		.key = ctx->key,
		.recipients_max = args->recipients,
		.sink = take_decision,
		.context = &r,
	};
	struct why why;
	int code = EXIT_BROKEN;

	if (cmd_policy(ctx, args->policy, &policies, &why) != ERR_OK) {
		cmd_complain("detect", "%s", why.text);
		return code;
	}
	k = cmd_knowledge(ctx);
	if (k == NULL) {
		return code;
	}
	if (classifier_new(k, &c, &why) != ERR_OK) {
		cmd_complain("detect", "%s", why.text);
	} else {
		buf_init(&r.out, 0);
		r.watch = watch_new(k, c, &opt);
		code = read_all(&r, args);
		watch_free(&r.watch);
		buf_done(&r.out);
	}
	classifier_free(&c);
	knowledge_free(&k);
	return code;
}

/* ---- the command line ---- */

int
cmd_detect(const struct cmd_context *ctx, int argc, char **argv)
{
	struct detect_args args = { .recipients = RECIPIENTS_DEFAULT };
	const struct cmd_option options[] = {
		{ "events", OPTION_TEXT, .out = &args.events },
		{ "history", OPTION_TEXT, .out = &args.history },
		{ "recipients", OPTION_NUMBER, .out = &args.recipients, .low = 1,
		    .high = 1000000000 },
		{ "policy", OPTION_TEXT, .out = &args.policy },
		{ "json", OPTION_FLAG, .out = &args.json },
		{ "quiet", OPTION_FLAG, .out = &args.quiet },
	};
	struct cmd_words words;
	int code =
	    cmd_options(help, options, sizeof(options) / sizeof(options[0]), argc, argv, &words);

	if (code >= 0) {
		return code;
	}
	if (args.events == NULL || words.n > 0) {
		cmd_complain("detect", args.events == NULL
					   ? "expected --events FILE"
					   : "unexpected argument: files are named by --events and "
					     "--history");
		return EXIT_USAGE_ERROR;
	}
	return run_detect(ctx, &args);
}
