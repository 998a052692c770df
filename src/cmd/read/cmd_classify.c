/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/json.h"
#include "classify/classify.h"
#include "cmd/cmd.h"
#include "cmd/options.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_MAX_BYTES ((size_t)1024 * 1024) /* a line of --json input */

struct classify_args {
	bool json;
	struct sv host, mx, recipient;
	enum smtp_stage stage;
	int64_t time_us;
};

static const char help[] =
    "usage: carom classify [OPTIONS] 'REPLY' ...     what a refusal means\n"
    "       carom classify [OPTIONS]                 one reply a line from standard input\n"
    "       carom classify --json                    one JSON object a line in and out\n\n"
    "REPLY is the answer of the remote host, a Postfix reason (\"host H[IP] said: ...\"),\n"
    "or a whole line of a mail log.\n\n"
    "  --host HOST        the host that was contacted (decides which provider's rules hold)\n"
    "  --mx HOST          an MX host of the recipient's domain\n"
    "  --recipient ADDR   the recipient, or its domain\n"
    "  --stage STAGE      connect helo starttls auth mail rcpt data end_of_data\n"
    "  --time DATE        when it was said: 2020-09-21 or 2020-09-21T10:00:00Z\n"
    "  --json             as documented in doc/schema/classify.md\n";

/* ---- for people ---- */

static void
print_how_long(const struct verdict *v, struct buf *b)
{
	buf_str(b, "lasting:    ");
	buf_str(b, v->lasting == LASTING_TEMPORARY ? "temporary: time alone may heal it"
		   : v->lasting == LASTING_PERMANENT
		       ? "permanent: it stays until somebody changes something"
		       : "nothing was refused");
	if (v->rule != NULL && v->rule->hours > 0) {
		buf_fmt(b, ", at most %d hours", v->rule->hours);
	}
	buf_char(b, '\n');
}

static void
print_rule(const struct verdict *v, struct buf *b)
{
	const struct rule *r = v->rule;
	char day[32];

	if (r == NULL) {
		buf_str(b, "rule:       none knows this reply; please report it\n");
		return;
	}
	buf_fmt(b, "rule:       %s (%s, %s:%d), confidence %.2f\n", r->id, tier_name(v->tier),
	    r->file, r->line, v->confidence);
	if (r->until_us != TIME_NONE) {
		civil_print(r->until_us, day, sizeof(day));
		buf_fmt(b, "            it held until %.10s\n", day);
	}
	for (size_t i = 0; i < r->n_sources; i++) {
		buf_fmt(b, "%s%s\n", i == 0 ? "source:     " : "            ", r->sources[i]);
	}
}

static void
print_doubts(const struct question *q, const struct verdict *v, struct buf *b)
{
	static const enum quirk quirks[] = { QUIRK_MAY_BE_FALSE, QUIRK_STATUS_MISLEADS,
		QUIRK_TEXT_MISLEADS };
	unsigned klass = q->reply.code / 100;

	if (v->disagrees && klass == 5 && v->lasting == LASTING_TEMPORARY) {
		buf_fmt(b, "beware:     The code %u says for ever, but this passes by itself.\n",
		    q->reply.code);
	} else if (v->disagrees && klass == 4 && v->lasting == LASTING_PERMANENT) {
		buf_fmt(b,
		    "beware:     The code %u says try again, but waiting does not cure this.\n",
		    q->reply.code);
	}
	for (size_t i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++) {
		if ((v->quirks & quirks[i]) != 0) {
			buf_fmt(b, "beware:     %s\n", quirk_sentence(quirks[i]));
		}
	}
}

static void
print_verdict(const struct question *q, const struct verdict *v, struct buf *b)
{
	char status[16];

	status_print(q->reply.status, status, sizeof(status));
	buf_str(b, "reply:      ");
	if (q->reply.code != 0) {
		buf_fmt(b, "%u ", q->reply.code);
	}
	buf_fmt(b, "%s%s", status, status[0] == '\0' ? "" : " ");
	buf_printable(b, q->reply.text, 300);
	buf_fmt(b, "\ncause:      %s\n            ", v->cause->name);
	verdict_says(v, b);
	buf_fmt(b, "\nfault:      %s\n", fault_name(v->fault));
	print_how_long(v, b);
	buf_fmt(b, "what to do: %s\n", verdict_does(v));
	buf_fmt(b, "suppress:   %s\n",
	    v->suppress ? "yes: the recipient or its domain is permanently bad" : "no");
	if (v->provider != NULL) {
		buf_fmt(b, "provider:   %s (%s)\n", v->provider->id, v->provider->name);
	}
	if (q->stage != STAGE_NONE) {
		buf_fmt(b, "stage:      %s\n", smtp_stage_name(q->stage));
	}
	print_doubts(q, v, b);
	print_rule(v, b);
}

/* ---- JSON ---- */

static void
write_json(json_t *id, const struct verdict *v, struct buf *b)
{
	struct json j;

	json_init(&j, b, false);
	json_open(&j, NULL, '{');
	if (json_is_string(id)) {
		json_sv(&j, "id", sv_make(json_string_value(id), json_string_length(id)));
	} else if (json_is_integer(id)) {
		json_int(&j, "id", json_integer_value(id));
	} else {
		json_nothing(&j, "id");
	}
	json_str(&j, "cause", v->cause->name);
	json_str(&j, "fault", fault_name(v->fault));
	json_str(&j, "lasting", lasting_name(v->lasting));
	json_str(&j, "action", v->action);
	json_bool(&j, "suppress", v->suppress);
	json_str(&j, "provider", v->provider == NULL ? NULL : v->provider->id);
	json_str(&j, "rule", v->rule == NULL ? NULL : v->rule->id);
	json_num(&j, "confidence", v->confidence, 2);
	json_close(&j, '}');
	buf_char(b, '\n');
}

static struct sv
member(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return json_is_string(v) ? sv_make(json_string_value(v), json_string_length(v))
				 : (struct sv){ 0 };
}

/* Members win over options, and both over what the text itself tells. */
static bool
question_from_json(const json_t *o, struct question *q, const char **bad_out)
{
	struct sv host = member(o, "host");
	struct sv recipient = member(o, "recipient");
	struct sv stage = member(o, "stage");
	struct sv time = member(o, "time");

	*bad_out = "\"reply\" (a string)";
	if (!json_is_string(json_object_get(o, "reply"))) {
		return false;
	}
	question_from_text(member(o, "reply"), q);
	if (host.n > 0) {
		q->host = host;
	}
	if (recipient.n > 0) {
		q->domain = address_domain(recipient);
	}
	*bad_out = "\"stage\": connect, helo, starttls, auth, mail, rcpt, data or end_of_data";
	if (stage.n > 0 && !smtp_stage_find(stage, &q->stage)) {
		return false;
	}
	*bad_out = "\"time\": an ISO date such as 2020-09-21T10:00:00Z";
	return time.n == 0 || civil_take_iso(time, &q->time_us);
}

static void
apply_args(const struct classify_args *args, struct question *q)
{
	if (args->host.n > 0) {
		q->host = args->host;
	}
	q->mx = args->mx;
	if (args->recipient.n > 0) {
		q->domain = sv_rfind(args->recipient, SV("@")) < 0
				? args->recipient
				: address_domain(args->recipient);
	}
	if (args->stage != STAGE_NONE) {
		q->stage = args->stage;
	}
	if (args->time_us != TIME_NONE) {
		q->time_us = args->time_us;
	}
}

static bool
json_line(struct classifier *c, const char *line, size_t n, unsigned long number, struct buf *out)
{
	json_error_t error;
	json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	const char *bad = "one JSON object a line";
	struct question q;
	struct verdict v;
	bool ok = json_is_object(o) && question_from_json(o, &q, &bad);

	if (ok) {
		classify(c, &q, &v);
		write_json(json_object_get(o, "id"), &v, out);
	} else if (o == NULL) {
		cmd_complain("classify",
		    "standard input, line %lu, byte %d: %s; expected one JSON object a line",
		    number, error.position, error.text);
	} else {
		cmd_complain("classify", "standard input, line %lu: expected %s", number, bad);
	}
	json_decref(o);
	return ok;
}

/* ---- running ---- */

static void
text_line(struct classifier *c, const struct classify_args *args, struct sv text, struct buf *out)
{
	struct question q;
	struct verdict v;

	question_from_text(text, &q);
	apply_args(args, &q);
	classify(c, &q, &v);
	print_verdict(&q, &v, out);
}

static bool
flush(struct buf *b, size_t above)
{
	bool ok = true;

	if (b->n > above) {
		ok = fwrite(b->p, 1, b->n, stdout) == b->n;
		buf_clear(b);
	}
	return ok;
}

static int
run_stdin(struct classifier *c, const struct classify_args *args)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	unsigned long number = 0;
	int code = EXIT_FINE;
	struct buf out;

	buf_init(&out, 0);
	while ((n = getline(&line, &room, stdin)) > 0) {
		struct sv s = sv_trim(sv_make(line, (size_t)n));

		number++;
		if (s.n == 0) {
			continue;
		}
		if (s.n > LINE_MAX_BYTES) {
			cmd_complain("classify",
			    "standard input, line %lu: longer than %zu bytes; skipped", number,
			    LINE_MAX_BYTES);
			code = EXIT_INPUT_PROBLEM;
		} else if (args->json) {
			code = json_line(c, s.p, s.n, number, &out) ? code : EXIT_INPUT_PROBLEM;
		} else {
			if (number > 1) {
				buf_char(&out, '\n');
			}
			text_line(c, args, s, &out);
		}
		if (!flush(&out, 65536)) {
			code = EXIT_BROKEN;
			break;
		}
	}
	if (!flush(&out, 0) || fflush(stdout) != 0) {
		code = EXIT_BROKEN;
	}
	free(line);
	buf_done(&out);
	return code;
}

static int
run_words(struct classifier *c, const struct classify_args *args, int argc, char **argv)
{
	struct buf out;
	bool ok;

	buf_init(&out, 0);
	for (int i = 0; i < argc; i++) {
		if (args->json) {
			struct question q;
			struct verdict v;

			question_from_text(sv_from(argv[i]), &q);
			apply_args(args, &q);
			classify(c, &q, &v);
			write_json(NULL, &v, &out);
			continue;
		}
		if (i > 0) {
			buf_char(&out, '\n');
		}
		text_line(c, args, sv_from(argv[i]), &out);
	}
	ok = flush(&out, 0) && fflush(stdout) == 0;
	buf_done(&out);
	return ok ? EXIT_FINE : EXIT_BROKEN;
}

static bool
take_stage(struct sv value, void *out)
{
	return smtp_stage_find(value, out);
}

static int
run(const struct cmd_context *ctx, const struct classify_args *args, const struct cmd_words *words)
{
	struct knowledge *k = cmd_knowledge(ctx);
	struct classifier *c = NULL;
	struct why why;
	int code = EXIT_BROKEN;

	if (k == NULL) {
		return code;
	}
	if (classifier_new(k, &c, &why) != ERR_OK) {
		cmd_complain("classify", "%s", why.text);
	} else {
		code =
		    words->n > 0 ? run_words(c, args, words->n, words->word) : run_stdin(c, args);
	}
	classifier_free(&c);
	knowledge_free(&k);
	return code;
}

int
cmd_classify(const struct cmd_context *ctx, int argc, char **argv)
{
	struct classify_args args = { .time_us = TIME_NONE };
	const char *host = NULL;
	const char *mx = NULL;
	const char *recipient = NULL;
	const struct cmd_option options[] = {
		{ "host", OPTION_TEXT, .out = &host },
		{ "mx", OPTION_TEXT, .out = &mx },
		{ "recipient", OPTION_TEXT, .out = &recipient },
		{ "stage", OPTION_OTHER, .out = &args.stage, .take = take_stage,
		    .expected = "connect, helo, starttls, auth, mail, rcpt, data or end_of_data" },
		{ "time", OPTION_DATE, .out = &args.time_us },
		{ "json", OPTION_FLAG, .out = &args.json },
	};
	struct cmd_words words;
	int code =
	    cmd_options(help, options, sizeof(options) / sizeof(options[0]), argc, argv, &words);

	if (code >= 0) {
		return code;
	}
	args.host = sv_from(host);
	args.mx = sv_from(mx);
	args.recipient = sv_from(recipient);
	return run(ctx, &args, &words);
}
