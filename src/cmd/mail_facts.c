/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/mail_facts.h"

#include "cmd/cmd.h"
#include "source/input_kind.h"

#include <stdlib.h>

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
	struct mail_facts *f = context;
	struct returned r;

	if (returned_make(f->c, f->k, m->bounce, m->arena, &r)) {
		r.digest = digest_of(m->mail);
		r.name = sv_from(m->name);
		returned_write(&r, out);
	}
}

static bool
said(void *context, struct sv answer)
{
	struct mail_facts *f = context;
	struct returned r;

	while (answer.n > 0) {
		arena_reset(f->arena);
		if (!returned_read(&answer, f->k, f->arena, &r)) {
			cmd_complain(
			    f->command, "what the reader of mails said cannot be understood");
			return false;
		}
		if (!f->take(f->context, &r)) {
			return false;
		}
	}
	return true;
}

const char **
mail_facts_paths(char *const *words, size_t n)
{
	const char **paths = mem_new(n, sizeof(*paths));

	for (size_t i = 0; i < n; i++) {
		paths[i] = words[i];
	}
	return paths;
}

size_t
mail_facts_split(const char **paths, size_t n)
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

enum err
mail_facts_start(struct mail_facts *f, const char *share, const char *complaints, struct why *why)
{
	f->arena = arena_new(RETURNED_BYTES_MAX);
	f->mails = (struct mail_worker){ .command = f->command,
		.complaints = complaints,
		.context = f,
		.says = say,
		.said = said };
	return mail_worker_start(&f->mails, share, why);
}

enum err
mail_facts_read(struct mail_facts *f, const char *const *paths, size_t n, struct why *why)
{
	for (size_t i = 0; i < n && mail_worker_read(&f->mails, paths[i]); i++) {
	}
	return mail_worker_end(&f->mails) ? ERR_OK
					  : why_set(why, ERR_DATA, "the mails could not be read");
}

void
mail_facts_done(struct mail_facts *f)
{
	mail_worker_done(&f->mails);
	arena_free(&f->arena);
}
