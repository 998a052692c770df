/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_MAIL_WORKER_H
#define CAROM_CMD_MAIL_WORKER_H

/*
 * The mails of files, mboxes, Maildirs and folders (source/mailbox.h), each read by a process
 * that has neither files nor network (role/worker.h).  What that process says of a mail is the
 * command's business: it writes it, and the command gets it back, in order.  A mail that breaks
 * the reader is named, and the next one gets a new process.
 *
 * A mail_worker is the caller's; zeroed and filled in, then started, read, ended, done.
 */

#include "bounce/bounce.h"
#include "role/worker.h"
#include "source/mailbox.h"

struct heard_mail {
	const char *name; /* of the file; several mails of an mbox have the same */
	struct sv mail;
	bool cut; /* it was larger than MAILBOX_MAIL_MAX */
	const struct bounce *bounce;
	struct arena *arena; /* for what must live as long as the mail */
};

struct mail_worker {
	const char *command;    /* for complaints */
	const char *complaints; /* a file of the user's own; NULL: share/complaints.yaml */
	void *context;          /* borrowed */
	/* In the process of its own: writes what the command wants to know. */
	void (*says)(void *context, const struct heard_mail *m, struct buf *out);
	/* In ours: what was written of some mails in a row.  False: stop. */
	bool (*said)(void *context, struct sv answer);
	/* A mail that broke the reader, and why; the complaint is made.  NULL: nothing to add. */
	void (*broken)(void *context, const char *name, const char *why);

	int code; /* of the command: EXIT_FINE, EXIT_INPUT_PROBLEM, EXIT_BROKEN */
	/* Its own: */
	struct bounce_forms *forms;
	struct bounce_reader *reader;
	struct arena *arena;
	unsigned n_since; /* mails since the arena was new */
	struct buf batch, answer;
	struct worker worker;
};

enum err mail_worker_start(struct mail_worker *w, const char *share, struct why *why);
/* False: nothing more can be read. */
bool mail_worker_read(struct mail_worker *w, const char *path);
/* What is still waiting; false: not everything was read or said. */
bool mail_worker_end(struct mail_worker *w);
void mail_worker_done(struct mail_worker *w);

/*
 * Before hostile files are opened and unpacked: the process keeps the named paths, its store
 * if it has one, and may start workers; it has no network and starts no programs.
 */
enum err mail_confine(const char *const *paths, size_t n_paths, const char *store, struct why *why);

#endif
