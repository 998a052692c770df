/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_MAIL_FACTS_H
#define CAROM_CMD_MAIL_FACTS_H

/*
 * Mails for commands that have logs, too: told from logs by their first line, read and judged in
 * the worker (cmd/mail_worker.h), and given back one by one as facts (engine/returned.h).
 *
 * A mail_facts is the caller's: filled in, started, read, done.
 */

#include "cmd/mail_worker.h"
#include "engine/returned.h"

struct mail_facts {
	const char *command;       /* for complaints */
	const struct knowledge *k; /* borrowed, as all of these */
	struct classifier *c;
	/* One mail; the fact lives until the call returns.  False: stop. */
	bool (*take)(void *context, const struct returned *r);
	void *context;
	/* Its own: */
	struct arena *arena;
	struct mail_worker mails;
};

/* Before mail_confine(), for it reads files that the user did not name. */
enum err mail_facts_start(
    struct mail_facts *f, const char *share, const char *complaints, struct why *why);
/* A list of the words whose order may be changed; malloc'ed. */
const char **mail_facts_paths(char *const *words, size_t n);
/* Moves the paths that have mails behind the others; how many the others are. */
size_t mail_facts_split(const char **paths, size_t n);
/* ERR_OK, or why it could not go on; f->mails.code says whether all was readable. */
enum err mail_facts_read(struct mail_facts *f, const char *const *paths, size_t n, struct why *why);
void mail_facts_done(struct mail_facts *f);

#endif
