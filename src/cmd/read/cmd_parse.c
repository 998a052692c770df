/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/read/parse.h"

#include <stdio.h>

static const char help[] =
    "usage: carom parse [--json] FILE|DIR|- ...      what bounces and complaints say\n\n"
    "Reads single mails, mboxes (all four dialects), Maildirs, folders and standard input,\n"
    "plain or packed with gzip, xz, zstd or bzip2.  For each mail: is it a bounce, a complaint,\n"
    "an automatic reply, a delay, a report or none of these; who is meant, what was said, and\n"
    "what it means.  A bounce can be sent by anybody: nothing here is proof.\n\n"
    "  --complaints FILE   where your mails say to whom they go, instead of "
    "share/complaints.yaml\n"
    "  --json              one object a mail, as documented in doc/schema/parse.md\n";

/* In the worker. */
static void
say(void *context, const struct heard_mail *m, struct buf *out)
{
	struct parsing *p = context;

	(p->json ? parse_json : parse_table)(p, out, m->name, m->bounce, m->cut);
}

static bool
flush(struct parsing *p, size_t above)
{
	bool ok = true;

	if (p->out.n > above) {
		ok = fwrite(p->out.p, 1, p->out.n, stdout) == p->out.n;
		buf_clear(&p->out);
	}
	return ok;
}

static bool
said(void *context, struct sv answer)
{
	struct parsing *p = context;

	buf_sv(&p->out, answer);
	return flush(p, 65536);
}

/* The mail that broke the reader has its line too. */
static void
broken(void *context, const char *name, const char *why)
{
	struct parsing *p = context;
	struct json j;

	if (!p->json) {
		return;
	}
	json_init(&j, &p->out, false);
	json_open(&j, NULL, '{');
	json_str(&j, "file", name);
	json_str(&j, "kind", bounce_kind_name(BOUNCE_OTHER));
	json_open(&j, "recipients", '[');
	json_close(&j, ']');
	json_open(&j, "warnings", '[');
	json_str(&j, NULL, why);
	json_close(&j, ']');
	json_close(&j, '}');
	buf_char(&p->out, '\n');
}

static enum err
start(struct parsing *p, const struct cmd_context *ctx, const struct cmd_words *words,
    struct why *why)
{
	enum err e = classifier_new(p->k, &p->c, why);

	e = e == ERR_OK ? mail_worker_start(&p->mails, ctx->share, why) : e;
	return e == ERR_OK
		   ? mail_confine((const char *const *)words->word, (size_t)words->n, NULL, why)
		   : e;
}

static int
run(struct parsing *p, const struct cmd_context *ctx, const struct cmd_words *words)
{
	struct why why;

	p->k = cmd_knowledge(ctx);
	if (p->k == NULL) {
		return EXIT_BROKEN;
	}
	if (start(p, ctx, words, &why) != ERR_OK) {
		cmd_complain("parse", "%s", why.text);
		return EXIT_BROKEN;
	}
	for (int i = 0; i < words->n && mail_worker_read(&p->mails, words->word[i]); i++) {
	}
	return mail_worker_end(&p->mails) && flush(p, 0) && fflush(stdout) == 0 ? p->mails.code
										: EXIT_BROKEN;
}

int
cmd_parse(const struct cmd_context *ctx, int argc, char **argv)
{
	struct parsing p = { .mails = { .command = "parse",
				 .context = &p,
				 .says = say,
				 .said = said,
				 .broken = broken } };
	const struct cmd_option options[] = {
		{ "complaints", OPTION_TEXT, .out = &p.mails.complaints },
		{ "json", OPTION_FLAG, .out = &p.json },
	};
	struct cmd_words words;
	int code = cmd_options(help, options, 2, argc, argv, &words);

	if (code >= 0) {
		return code;
	}
	if (words.n == 0) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	buf_init(&p.out, 0);
	buf_init(&p.scratch, 4096);
	code = run(&p, ctx, &words);
	mail_worker_done(&p.mails);
	classifier_free(&p.c);
	knowledge_free(&p.k);
	buf_done(&p.out);
	buf_done(&p.scratch);
	return code;
}
