/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_CONFINE_H
#define CAROM_ROLE_CONFINE_H

/*
 * For a command that reads hostile bytes and keeps what it learned in one process: takes away
 * what it will not need.  Landlock leaves it the files that are named, seccomp takes network,
 * other programs and other processes.  For good, for this process.  A kernel without Landlock
 * (before 5.13) leaves the files open; that is no error.  A worker (role/worker.h) is tighter,
 * and the choice where a text can be handed over whole.
 */

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct confine_paths {
	const char *const *read; /* files and folders that may be read */
	size_t n_read;
	const char *const *write; /* folders in which files may be made, changed and removed */
	size_t n_write;
	bool workers; /* processes may be started and ended, but no other program be run */
};

/* A path that is not there is passed over. */
enum err confine_enter(const struct confine_paths *paths, struct why *why);
/* Does the kernel have Landlock? */
bool confine_has_landlock(void);

#endif
