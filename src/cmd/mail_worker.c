/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/mail_worker.h"

#include "cmd/cmd.h"
#include "role/confine.h"

#include <stdlib.h>

#define ARENA_KEPT_BYTES ((size_t)1024 * 1024)
#define ARENA_KEPT_MAILS 256
#define BATCH_BYTES      ((size_t)48 * 1024) /* of mails that the worker gets at once */

/* ---- in the worker ---- */

/* An arena keeps its chunks; those of a large mail, and of very many, are given back. */
static void
renew_arena(struct mail_worker *w)
{
	if (arena_used(w->arena) > ARENA_KEPT_BYTES || ++w->n_since > ARENA_KEPT_MAILS) {
		arena_free(&w->arena);
		w->arena = arena_new(BOUNCE_ARENA_BYTES);
		w->n_since = 0;
	}
	arena_reset(w->arena);
}

/* A batch is frames: their length, whether the mail was cut, its name with a NUL, the mail. */
static void
job(void *context, struct sv batch, struct buf *out)
{
	struct mail_worker *w = context;

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
		renew_arena(w);
		bounce_read(w->reader, frame, w->arena, &b);
		w->says(w->context, &(struct heard_mail){ name.p, frame, cut, &b, w->arena }, out);
	}
}

/* ---- in the process that has the files ---- */

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

static void
say_broken(struct mail_worker *w, const char *name, const char *why)
{
	cmd_complain(w->command, "%s: %s", name, why);
	w->code = EXIT_INPUT_PROBLEM;
	if (w->broken != NULL) {
		w->broken(w->context, name, why);
	}
}

static bool
stop(struct mail_worker *w)
{
	w->code = EXIT_BROKEN;
	return false;
}

/* One frame after the other, to find the one that breaks the reader. */
static bool
ask_singly(struct mail_worker *w)
{
	struct sv rest = buf_view(&w->batch);

	while (rest.n > 0) {
		struct sv frame = take_frame(&rest);
		struct why why;
		enum err e = worker_ask(&w->worker, frame, &w->answer, &why);

		if (e == ERR_INTERRUPTED) {
			say_broken(w, frame.p + sizeof(uint64_t) + 1, why.text);
		} else if (e != ERR_OK) {
			cmd_complain(w->command, "%s", why.text);
			return false;
		} else if (!w->said(w->context, buf_view(&w->answer))) {
			return false;
		}
	}
	return true;
}

static bool
ask_batch(struct mail_worker *w)
{
	struct why why;
	enum err e;
	bool ok;

	if (w->batch.n == 0) {
		return true;
	}
	e = worker_ask(&w->worker, buf_view(&w->batch), &w->answer, &why);
	if (e == ERR_OK) {
		ok = w->said(w->context, buf_view(&w->answer));
	} else if (e == ERR_INTERRUPTED) {
		ok = ask_singly(w);
	} else {
		cmd_complain(w->command, "%s", why.text);
		ok = false;
	}
	buf_clear(&w->batch);
	return ok || stop(w);
}

static bool
on_mail(void *context, const char *name, struct sv mail, bool cut)
{
	struct mail_worker *w = context;
	size_t n_name = strlen(name) + 1;
	uint64_t n = 1 + n_name + mail.n;

	buf_add(&w->batch, &n, sizeof(n));
	buf_char(&w->batch, cut ? '1' : '\0');
	buf_add(&w->batch, name, n_name);
	buf_sv(&w->batch, mail);
	return w->batch.n < BATCH_BYTES || ask_batch(w);
}

static void
on_trouble(void *context, const char *name, const char *why)
{
	struct mail_worker *w = context;
	bool named = sv_find(sv_from(why), sv_from(name)) >= 0;

	cmd_complain(w->command, "%s%s%s", named ? "" : name, named ? "" : ": ", why);
	w->code = EXIT_INPUT_PROBLEM;
}

enum err
mail_worker_start(struct mail_worker *w, const char *share, struct why *why)
{
	enum err e = bounce_forms_load(share, w->complaints, &w->forms, why);

	buf_init(&w->batch, 0);
	buf_init(&w->answer, 0);
	worker_init(&w->worker, job, w);
	if (e == ERR_OK) {
		w->reader = bounce_reader_new(w->forms);
		w->arena = arena_new(BOUNCE_ARENA_BYTES);
	}
	return e;
}

bool
mail_worker_read(struct mail_worker *w, const char *path)
{
	const struct mailbox_reader reader = { on_mail, on_trouble, w };

	(void)mailbox_read(path, &reader);
	return w->code != EXIT_BROKEN;
}

bool
mail_worker_end(struct mail_worker *w)
{
	return w->code != EXIT_BROKEN && ask_batch(w);
}

void
mail_worker_done(struct mail_worker *w)
{
	if (w->worker.job == NULL) { /* it was never started */
		return;
	}
	worker_done(&w->worker);
	bounce_reader_free(&w->reader);
	bounce_forms_free(&w->forms);
	arena_free(&w->arena);
	buf_done(&w->batch);
	buf_done(&w->answer);
}

/* ---- before the first file is opened ---- */

/* The folder of a path, in the buffer. */
static const char *
folder_of(const char *path, struct buf *b)
{
	ptrdiff_t slash = sv_rfind(sv_from(path), SV("/"));

	buf_sv(b, slash < 0 ? SV(".") : slash == 0 ? SV("/") : sv_make(path, (size_t)slash));
	return b->p;
}

enum err
mail_confine(const char *const *paths, size_t n_paths, const char *store, struct why *why)
{
	/* Where SQLite puts what it sorts. */
	const char *temporary = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): one thread
	const char *write[4] = { "/var/tmp", "/tmp" };
	struct confine_paths p = { paths, n_paths, write, 0, true };
	struct buf b;
	enum err e;
	char *real = store == NULL ? NULL : realpath(store, NULL); /* NULL: it is not there yet */

	buf_init(&b, 0);
	if (store != NULL) {
		p.n_write = 2;
		write[p.n_write++] = folder_of(real == NULL ? store : real, &b);
		if (temporary != NULL) {
			write[p.n_write++] = temporary;
		}
	}
	e = confine_enter(&p, why);
	buf_done(&b);
	free(real);
	return e;
}
