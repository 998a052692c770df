/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_FOLLOW_H
#define CAROM_ROLE_FOLLOW_H

/*
 * A log file that grows, line by line, through what logrotate does to it: renamed and begun
 * anew (the old one is read to its end, and left only when the new one has a line), copied
 * and truncated (what was not read yet is read from the copy, PATH.1), rewritten.  A line is
 * given when its newline is there.  Offsets are those of the file, so that what was done of
 * it is known again by its first line, whatever it is called then (source/postfix_log.h).
 *
 * No loop and no clock in it: who owns it calls follow_step when there may be something.
 */

#include "base/err.h"
#include "base/sv.h"

#include <stdint.h>
#include <sys/types.h>

#define FOLLOW_STEP_BYTES ((size_t)1024 * 1024) /* read in one step */
#define FOLLOW_HEAD_BYTES 256                   /* compared to notice a rewritten file */

struct follow_sink { /* borrowed; an error ends the step and comes back from it */
	void *context;
	enum err (*input)(
	    void *context, const char *path, uint64_t identity, int64_t mtime_us, struct why *why);
	enum err (*line)(void *context, struct sv line, uint64_t offset, struct why *why);
};

struct follow {
	const char *path; /* borrowed */
	const struct follow_sink *sink;
	int fd;
	dev_t device;
	ino_t inode;
	char *room;  /* owned */
	size_t n;    /* bytes in it */
	uint64_t at; /* offset of the first of them */
	bool named, skipping;
	uint64_t identity;
	int64_t mtime_us;
	char head[FOLLOW_HEAD_BYTES];
	size_t head_n;
	uint64_t rotations, truncations, lost, long_lines; /* lost: truncations without a copy */
};

void follow_init(struct follow *f, const char *path, const struct follow_sink *sink);
void follow_done(struct follow *f);
/* The newest rotated file beside it, from its beginning; none is no error. */
enum err follow_past(struct follow *f, struct why *why);
/* Reads on; *more_out: there is more at once.  A file that is not there (yet) is no error. */
enum err follow_step(struct follow *f, bool *more_out, struct why *why);

#endif
