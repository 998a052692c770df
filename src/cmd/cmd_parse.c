/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/parse.h"
#include "source/mailbox.h"

#include <stdio.h>
#include <string.h>

#define ARENA_KEPT_BYTES ((size_t)1024 * 1024)
#define ARENA_KEPT_MAILS 256
#define BATCH_BYTES      ((size_t)48 * 1024) /* of mails that the worker gets at once */

static const char help[] =
    "usage: carom parse [--json] FILE|DIR|- ...      what bounces and complaints say\n\n"
    "Reads single mails, mboxes (all four dialects), Maildirs, folders and standard input,\n"
    "plain or packed with gzip, xz, zstd or bzip2.  For each mail: is it a bounce, a complaint,\n"
    "an automatic reply, a delay, a report or none of these; who is meant, what was said, and\n"
    "what it means.  A bounce can be sent by anybody: nothing here is proof.\n\n"
    "  --json   one object a mail, as documented in doc/schema/parse.md\n";

/* ---- in the worker ---- */

/* An arena keeps its chunks; those of a large mail, and of very many, are given back. */
static void
renew_arena(struct parsing *p)
{
	if (arena_used(p->arena) > ARENA_KEPT_BYTES || ++p->n_since > ARENA_KEPT_MAILS) {
		arena_free(&p->arena);
		p->arena = arena_new(BOUNCE_ARENA_BYTES);
		p->n_since = 0;
	}
	arena_reset(p->arena);
}

/* A batch is frames: their length, whether the mail was cut, its name with a NUL, the mail. */
static void
job(void *context, struct sv batch, struct buf *out)
{
	struct parsing *p = context;

	while (batch.n > sizeof(uint64_t)) {
		struct bounce b;
		struct sv frame;
		struct sv name;
		uint64_t n;
		bool cut;

		memcpy(&n, batch.p, sizeof(n));
		frame = sv_head(sv_from_at(batch, sizeof(n)), n);
		batch = sv_from_at(batch, sizeof(n) + n);
		cut = frame.n > 0 && frame.p[0] != '\0';
		frame = sv_from_at(frame, 1);
		check(sv_cut(&frame, '\0', &name));
		renew_arena(p);
		bounce_read(p->r, frame, p->arena, &b);
		(p->json ? parse_json : parse_table)(p, out, name.p, &b, cut);
	}
}

/* ---- in the process that has the files ---- */

static bool
flush(struct parsing *p, size_t above)
{
	bool ok = true;

	if (p->out.n > above) {
		ok = fwrite(p->out.p, 1, p->out.n, stdout) == p->out.n;
		buf_clear(&p->out);
	}
	if (!ok) {
		p->code = EXIT_BROKEN;
	}
	return ok;
}

/* The mail that broke the reader has its line too. */
static void
say_broken(struct parsing *p, const char *name, const char *why)
{
	struct json j;

	cmd_complain("parse", "%s: %s", name, why);
	p->code = EXIT_INPUT_PROBLEM;
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

/* The next frame of a batch; *batch moves behind it. */
static struct sv
take_frame(struct sv *batch)
{
	uint64_t n;
	struct sv whole;

	memcpy(&n, batch->p, sizeof(n));
	whole = sv_head(*batch, sizeof(n) + n);
	*batch = sv_from_at(*batch, sizeof(n) + n);
	return whole;
}

/* One frame after the other, to find the one that breaks the reader. */
static bool
ask_singly(struct parsing *p)
{
	struct sv rest = buf_view(&p->batch);

	while (rest.n > 0) {
		struct sv frame = take_frame(&rest);
		struct why why;
		enum err e = worker_ask(&p->worker, frame, &p->answer, &why);

		if (e == ERR_OK) {
			buf_sv(&p->out, buf_view(&p->answer));
		} else if (e == ERR_INTERRUPTED) {
			say_broken(p, frame.p + sizeof(uint64_t) + 1, why.text);
		} else {
			return false;
		}
	}
	return true;
}

static bool
ask_batch(struct parsing *p)
{
	struct why why;
	enum err e;

	if (p->batch.n == 0) {
		return true;
	}
	e = worker_ask(&p->worker, buf_view(&p->batch), &p->answer, &why);
	if (e == ERR_OK) {
		buf_sv(&p->out, buf_view(&p->answer));
	}
	if (e != ERR_OK && (e != ERR_INTERRUPTED || !ask_singly(p))) {
		cmd_complain("parse", "%s", why.text);
		p->code = EXIT_BROKEN;
		return false;
	}
	buf_clear(&p->batch);
	return flush(p, 65536);
}

static bool
on_mail(void *context, const char *name, struct sv mail, bool cut)
{
	struct parsing *p = context;
	size_t n_name = strlen(name) + 1;
	uint64_t n = 1 + n_name + mail.n;

	buf_add(&p->batch, &n, sizeof(n));
	buf_char(&p->batch, cut ? '1' : '\0');
	buf_add(&p->batch, name, n_name);
	buf_sv(&p->batch, mail);
	return p->batch.n < BATCH_BYTES || ask_batch(p);
}

static void
on_trouble(void *context, const char *name, const char *why)
{
	struct parsing *p = context;
	bool named = sv_find(sv_from(why), sv_from(name)) >= 0;

	cmd_complain("parse", "%s%s%s", named ? "" : name, named ? "" : ": ", why);
	p->code = EXIT_INPUT_PROBLEM;
}

static bool
start(struct parsing *p, const struct cmd_context *ctx)
{
	struct why why;

	p->k = cmd_knowledge(ctx);
	if (p->k == NULL) {
		return false;
	}
	if (bounce_forms_load(ctx->share, &p->f, &why) != ERR_OK ||
	    classifier_new(p->k, &p->c, &why) != ERR_OK) {
		cmd_complain("parse", "%s", why.text);
		return false;
	}
	p->r = bounce_reader_new(p->f);
	p->arena = arena_new(BOUNCE_ARENA_BYTES);
	return true;
}

static void
stop(struct parsing *p)
{
	worker_done(&p->worker);
	bounce_reader_free(&p->r);
	bounce_forms_free(&p->f);
	classifier_free(&p->c);
	knowledge_free(&p->k);
	arena_free(&p->arena);
	buf_done(&p->out);
	buf_done(&p->batch);
	buf_done(&p->answer);
	buf_done(&p->scratch);
}

int
cmd_parse(const struct cmd_context *ctx, int argc, char **argv)
{
	struct parsing p = { 0 };
	const struct mailbox_reader reader = { on_mail, on_trouble, &p };
	const struct cmd_option options[] = { { "json", OPTION_FLAG, .out = &p.json } };
	struct cmd_words words;
	int code = cmd_options(help, options, 1, argc, argv, &words);

	if (code >= 0) {
		return code;
	}
	if (words.n == 0) {
		(void)fputs(help, stderr);
		return EXIT_USAGE_ERROR;
	}
	buf_init(&p.out, 0);
	buf_init(&p.scratch, 4096);
	buf_init(&p.batch, 0);
	buf_init(&p.answer, 0);
	worker_init(&p.worker, job, &p);
	if (!start(&p, ctx)) {
		stop(&p);
		return EXIT_BROKEN;
	}
	for (int i = 0; i < words.n && p.code != EXIT_BROKEN; i++) {
		(void)mailbox_read(words.word[i], &reader);
	}
	if (!ask_batch(&p) || !flush(&p, 0) || fflush(stdout) != 0) {
		p.code = EXIT_BROKEN;
	}
	stop(&p);
	return p.code;
}
