/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/file.h"
#include "cmd/cmd_store.h"
#include "cmd/mail_facts.h"
#include "cmd/options.h"
#include "engine/ingest.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_FILE_MAX ((size_t)64 * 1024)

struct ingest_args {
	struct log_options log;
	const char **paths; /* borrowed; also of log, but its order may change */
	const char *store, *policy, *complaints, *key;
	uint64_t batch;
	bool json, quiet, hash_only;
};

static const char help[] =
    "usage: carom ingest [OPTIONS] FILE|DIR...     Postfix logs into the store; - is standard "
    "input.\n"
    "Mails among them (files, mboxes, Maildirs: bounces and complaints) change a recipient only if "
    "the\n"
    "store knows that their message was sent to him; the logs are read first.\n\n"
    "  --store FILE     the store (default $CAROM_STORE, else /var/lib/carom/carom.db); made if it "
    "is not there\n"
    "  --policy FILE    another policy than share/policy.yaml\n"
    "  --hash-only      of a new store: keep keyed hashes of addresses, not the addresses\n"
    "  --complaints FILE   as of carom parse\n"
    "  --return-path-key FILE   its first line is the key of your signed return paths (prvs=...)\n"
    "  --batch N        events a transaction (default 50000)\n"
    "  --year YYYY      of the first line, where dates have no year\n"
    "  --json, --quiet\n\n"
    "An input is known by its first line: what was read before is not read again, also when the "
    "log was\n"
    "rotated or packed meanwhile.\n\n"
    "exit: 0 fine; 1 an incident was noticed; 2 usage; 3 some input was not readable to its end; 4 "
    "nothing\n"
    "could be done, or not to the end: what was written before is kept, start again\n";

static void
print_json(const struct ingest_counts *c, struct buf *out)
{
	struct json j;

	json_init(&j, out, false);
	json_open(&j, NULL, '{');
	json_int(&j, "version", 1);
	json_int(&j, "events", (int64_t)c->events);
	json_int(&j, "known_events", (int64_t)c->known_events);
	json_int(&j, "suspended", (int64_t)c->suspended);
	json_int(&j, "repeated", (int64_t)c->repeated);
	json_int(&j, "late", (int64_t)c->late);
	json_int(&j, "senders_dropped", (int64_t)c->senders_dropped);
	json_int(&j, "incidents", (int64_t)c->incidents);
	json_int(&j, "pardoned", (int64_t)c->pardoned);
	json_int(&j, "mails", (int64_t)c->mails);
	json_int(&j, "known_mails", (int64_t)c->known_mails);
	json_int(&j, "returned", (int64_t)c->returned);
	json_int(&j, "complained", (int64_t)c->complained);
	json_int(&j, "unsubscribed", (int64_t)c->unsubscribed);
	json_int(&j, "told_before", (int64_t)c->mails_in_log);
	json_int(&j, "untied", (int64_t)c->untied);
	json_open(&j, "decisions", '{');
	for (int k = DECISION_SUPPRESS; k <= DECISION_UNSUPPRESS; k++) {
		json_int(&j, decision_kind_name((enum decision_kind)k), (int64_t)c->decisions[k]);
	}
	json_close(&j, '}');
	json_close(&j, '}');
	buf_char(out, '\n');
}

static void
print_mails(const struct ingest_counts *c, struct buf *out)
{
	const struct {
		uint64_t n;
		const char *what;
	} rows[] = { { c->known_mails, "mails that were known already" },
		{ c->mails_in_log, "recipients of whom the log, or a mail before, told it" },
		{ c->returned, "recipients whose mail was accepted and came back" },
		{ c->complained, "recipients who complained" },
		{ c->unsubscribed, "recipients who unsubscribed" },
		{ c->untied, "recipients tied to no message that was sent: nothing was changed" } };

	if (c->mails + c->known_mails > 0) {
		buf_fmt(out, "%llu mails\n", (unsigned long long)c->mails);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].n > 0) {
			buf_fmt(out, "  %10llu  %s\n", (unsigned long long)rows[i].n, rows[i].what);
		}
	}
}

static void
print_text(const struct ingest_counts *c, struct buf *out)
{
	buf_fmt(out, "%llu events", (unsigned long long)c->events);
	if (c->known_events > 0) {
		buf_fmt(out, ", %llu more were known already", (unsigned long long)c->known_events);
	}
	buf_fmt(out, "; %llu incidents noticed\n", (unsigned long long)c->incidents);
	if (c->repeated > 0) {
		buf_fmt(out, "  %10llu  were told before, in another input: they changed nothing\n",
		    (unsigned long long)c->repeated);
	}
	if (c->late > 0) {
		buf_fmt(out,
		    "  %10llu  came late: older than what was known of the recipient, or an hour "
		    "behind the newest\n",
		    (unsigned long long)c->late);
	}
	for (int k = DECISION_SUPPRESS; k <= DECISION_UNSUPPRESS; k++) {
		if (c->decisions[k] > 0) {
			buf_fmt(out, "  %-10s %llu\n", decision_kind_name((enum decision_kind)k),
			    (unsigned long long)c->decisions[k]);
		}
	}
	print_mails(c, out);
	if (c->incidents > 0) {
		buf_str(out, "carom incidents tells more.\n");
	}
}

struct parts { /* what an ingest is made of; all owned */
	struct knowledge *k;
	struct classifier *classifier;
	struct store *store;
	struct postfix_log *log;
	struct ingest *ingest;
	struct policies policies;
	struct mail_facts facts;
	struct buf key;         /* of signed return paths; empty: none */
	size_t n_paths, n_logs; /* the mails are behind the logs */
};

static struct sv
first_line(const struct buf *b)
{
	struct sv rest = buf_view(b);
	struct sv line;

	return sv_trim(sv_cut(&rest, '\n', &line) ? line : rest);
}

static bool
take_mail(void *context, const struct returned *r)
{
	struct why why;
	enum err e = ingest_mail(context, r, &why);

	if (e != ERR_OK) {
		cmd_complain("ingest", "%s", why.text);
	}
	return e == ERR_OK;
}

static void
parts_free(struct parts *p)
{
	mail_facts_done(&p->facts);
	buf_done(&p->key);
	ingest_free(&p->ingest);
	postfix_log_close(&p->log);
	store_close(&p->store);
	classifier_free(&p->classifier);
	knowledge_free(&p->k);
}

/* The first line of the file. */
static enum err
read_key(struct parts *p, const char *path, struct why *why)
{
	enum err e;

	buf_init(&p->key, KEY_FILE_MAX);
	e = path == NULL ? ERR_OK : file_read(path, &p->key, why);
	if (e == ERR_OK && path != NULL && first_line(&p->key).n == 0) {
		e = why_set(why, ERR_DATA, "%s: its first line is empty; expected a key", path);
	}
	return e;
}

/* Files that nobody named are read before the process is confined, the named ones after. */
static enum err
parts_make(
    const struct cmd_context *ctx, struct ingest_args *args, struct parts *p, struct why *why)
{
	const struct store_options store = {
		.path = args->store, .create = true, .hash_only = args->hash_only, .key = ctx->key
	};
	enum err e = cmd_policy(ctx, args->policy, &p->policies, why);

	e = e == ERR_OK ? read_key(p, args->key, why) : e;
	e = e == ERR_OK ? classifier_new(p->k, &p->classifier, why) : e;
	p->facts = (struct mail_facts){
		.command = "ingest", .k = p->k, .c = p->classifier, .take = take_mail
	};
	e = e == ERR_OK ? mail_facts_start(&p->facts, ctx->share, args->complaints, why) : e;
	p->n_paths = args->log.n_paths;
	e = e == ERR_OK ? mail_confine(args->paths, p->n_paths, args->store, why) : e;
	if (e == ERR_OK) {
		p->n_logs = args->log.n_paths = mail_facts_split(args->paths, p->n_paths);
	}
	if (e == ERR_OK && p->n_logs > 0) {
		e = postfix_log_open(&args->log, &p->log, why);
	}
	e = e == ERR_OK ? store_open(&store, &p->store, why) : e;
	if (e == ERR_OK) {
		const struct ingest_options opt = { .store = p->store,
			.k = p->k,
			.classifier = p->classifier,
			.policy = &p->policies.recipients,
			.detect = &p->policies.detect,
			.pace = &p->policies.pace,
			.incidents = &p->policies.incidents,
			.keep = &p->policies.keep,
			.return_path_key = first_line(&p->key),
			.batch = args->batch };

		e = ingest_new(&opt, &p->ingest, why);
	}
	p->facts.context = p->ingest;
	return e;
}

/* The logs, and then the mails, for they are tied to what the logs tell. */
static enum err
read_all(struct parts *p, const char *const *paths, struct why *why)
{
	enum err e = p->log == NULL ? ERR_OK : ingest_run(p->ingest, p->log, NULL, NULL, why);

	if (e == ERR_OK && p->n_logs < p->n_paths) {
		e = mail_facts_read(&p->facts, paths + p->n_logs, p->n_paths - p->n_logs, why);
		e = e == ERR_OK ? ingest_mails_end(p->ingest, why) : e;
	}
	return e;
}

static int
run(const struct cmd_context *ctx, struct ingest_args *args)
{
	struct parts p = { .k = cmd_knowledge(ctx) };
	const struct ingest_counts *c;
	const struct log_problem *problems;
	struct why why;
	struct buf out;
	size_t n = 0;
	int code;

	if (p.k == NULL) {
		return EXIT_BROKEN;
	}
	if (parts_make(ctx, args, &p, &why) != ERR_OK ||
	    read_all(&p, args->paths, &why) != ERR_OK) {
		cmd_complain("ingest", "%s", why.text);
		parts_free(&p);
		return EXIT_BROKEN;
	}
	c = ingest_counts(p.ingest);
	problems = p.log == NULL ? NULL : postfix_log_problems(p.log, &n);
	for (size_t i = 0; i < n; i++) {
		cmd_complain("ingest", "%s", problems[i].text);
	}
	n += p.facts.mails.code != EXIT_FINE;
	code = n > 0 ? EXIT_INPUT_PROBLEM : c->incidents > 0 ? EXIT_TROUBLE : EXIT_FINE;
	buf_init(&out, 0);
	if (args->json) {
		print_json(c, &out);
	} else if (!args->quiet) {
		print_text(c, &out);
	}
	code = cmd_print(&out) ? code : EXIT_BROKEN;
	buf_done(&out);
	parts_free(&p);
	return code;
}

int
cmd_ingest(const struct cmd_context *ctx, int argc, char **argv)
{
	struct ingest_args args = {
		.log = { .key = ctx->key,
		    .now_us = ctx->now_us,
		    .since_us = TIME_NONE,
		    .until_us = TIME_NONE },
		.store = cmd_store_path(),
	};
	uint64_t year = 0;
	const struct cmd_option options[] = {
		{ "store", OPTION_TEXT, .out = &args.store },
		{ "policy", OPTION_TEXT, .out = &args.policy },
		{ "complaints", OPTION_TEXT, .out = &args.complaints },
		{ "return-path-key", OPTION_TEXT, .out = &args.key },
		{ "hash-only", OPTION_FLAG, .out = &args.hash_only },
		{ "batch", OPTION_NUMBER, .out = &args.batch, .low = 1, .high = 10000000 },
		{ "year", OPTION_NUMBER, .out = &year, .low = 1970, .high = 2999 },
		{ "json", OPTION_FLAG, .out = &args.json },
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
