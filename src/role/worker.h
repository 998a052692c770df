/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_WORKER_H
#define CAROM_ROLE_WORKER_H

/*
 * A process for hostile bytes: a child that gets a text, says another, and can do nothing
 * else.  It is forked when the first text comes, so that it has what its parent has
 * loaded; then seccomp takes files, network and other programs away from it, and a limit
 * of address space bounds its memory.  A text that kills it, or takes longer than
 * WORKER_SECONDS, costs a child: the next text gets a new one.
 *
 * Files that the parent has open are closed in the child.  The two talk by a pipe in each
 * direction: a length, then as many bytes.
 */

#include "base/buf.h"
#include "base/err.h"

#define WORKER_SECONDS      10                               /* for one text */
#define WORKER_MEMORY_BYTES ((size_t)2 * 1024 * 1024 * 1024) /* of address space */
#define WORKER_ANSWER_MAX   ((size_t)64 * 1024 * 1024)

/* Runs in the child.  `out` is empty, and what it holds at the end is the answer. */
typedef void worker_job(void *context, struct sv text, struct buf *out);

struct worker {
	worker_job *job;
	void *context; /* borrowed; as it is when the child is forked */
	int to, from;  /* pipes; -1: there is no child */
	int pid;
	unsigned seconds; /* WORKER_SECONDS, or what a test asks for */
};

void worker_init(struct worker *w, worker_job *job, void *context);
/* Lets the child end. */
void worker_done(struct worker *w);
/* Replaces the content of `answer`.  ERR_INTERRUPTED: the text killed the child, or time ran out. */
enum err worker_ask(struct worker *w, struct sv text, struct buf *answer, struct why *why);

/* Takes away everything but memory and the pipes that are open (sandbox.c). */
enum err sandbox_enter(struct why *why);

#endif
