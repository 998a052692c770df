/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/analyze_mails.h"

#include "fact/event.h"
#include "source/input_kind.h"

#include <stdlib.h>

#define SAMPLES_MAX 10

/* A mail again is the same mail; nobody gains by making two of one digest, so no key. */
static uint64_t
digest_of(struct sv mail)
{
	static const struct hash_key fixed = { 0x6361726f6d206d61, 0x696c206469676573 };

	return hash_sip(&fixed, mail);
}

/* In the worker. */
static void
say(void *context, const struct heard_mail *m, struct buf *out)
{
	struct analyze_mails *a = context;
	struct returned r;

	if (returned_make(a->c, a->k, m->bounce, m->arena, &r)) {
		r.digest = digest_of(m->mail);
		r.name = sv_from(m->name);
		returned_write(&r, out);
	}
}

static bool
said(void *context, struct sv answer)
{
	struct analyze_mails *a = context;
	struct returned r;

	while (answer.n > 0) {
		arena_reset(a->arena);
		if (!returned_read(&answer, a->k, a->arena, &r)) {
			cmd_complain(
			    "analyze", "what the reader of mails said cannot be understood");
			return false;
		}
		a->lost += !tie_add(a->tie, &r);
	}
	return true;
}

/* The paths with mails behind the others, in their order. */
static size_t
split(const char **paths, size_t n)
{
	const char **mails = mem_new(n, sizeof(*mails));
	size_t n_mails = 0;
	size_t n_logs = 0;

	for (size_t i = 0; i < n; i++) {
		if (input_has_mails(paths[i])) {
			mails[n_mails++] = paths[i];
		} else {
			paths[n_logs++] = paths[i];
		}
	}
	for (size_t i = 0; i < n_mails; i++) {
		paths[n_logs + i] = mails[i];
	}
	free(mails);
	return n_logs;
}

static enum err
read_all(struct analyze_mails *a, const char *const *paths, size_t n, struct why *why)
{
	for (size_t i = 0; i < n && mail_worker_read(&a->mails, paths[i]); i++) {
	}
	return mail_worker_end(&a->mails) ? ERR_OK
					  : why_set(why, ERR_DATA, "the mails could not be read");
}

enum err
analyze_mails_read(struct analyze_mails *a, const struct cmd_context *ctx, const char **paths,
    size_t *n_paths, struct why *why)
{
	size_t n = *n_paths;
	enum err e;

	a->mails =
	    (struct mail_worker){ .command = "analyze", .context = a, .says = say, .said = said };
	/* What the worker needs is read while files can be opened that nobody named. */
	e = mail_worker_start(&a->mails, ctx->share, why);
	e = e == ERR_OK ? mail_confine(paths, n, NULL, why) : e;
	if (e == ERR_OK) {
		*n_paths = split(paths, n);
	}
	if (e == ERR_OK && *n_paths < n) {
		a->tie = tie_new(&ctx->key);
		a->arena = arena_new(RETURNED_BYTES_MAX);
		buf_init(&a->samples, 0);
		e = read_all(a, paths + *n_paths, n - *n_paths, why);
	}
	a->code = a->mails.code;
	mail_worker_done(&a->mails);
	return e;
}

static void
on_untied(void *context, const struct returned *mail, const struct returned_recipient *r)
{
	struct analyze_mails *a = context;

	if (a->n_samples++ >= SAMPLES_MAX) {
		return;
	}
	buf_printable(&a->samples, mail->name, 200);
	buf_str(&a->samples, ": ");
	if (r->address.n == 0) {
		buf_str(&a->samples, "somebody");
	} else if (a->addresses) {
		buf_printable(&a->samples, r->address, 200);
	} else {
		address_mask(r->address, &a->samples);
	}
	buf_fmt(&a->samples, ", %s\n", r->verdict.cause->name);
}

void
analyze_mails_count(struct analyze_mails *a, struct tally *t, bool has_log, int64_t now_us)
{
	if (a->tie != NULL) {
		analyze_mails(a->tie, t, has_log, now_us, on_untied, a, &a->counts);
	}
}

void
analyze_mails_done(struct analyze_mails *a)
{
	if (a->tie != NULL) {
		tie_free(&a->tie);
		arena_free(&a->arena);
		buf_done(&a->samples);
	}
}
