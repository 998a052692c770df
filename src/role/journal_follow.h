/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_JOURNAL_FOLLOW_H
#define CAROM_ROLE_JOURNAL_FOLLOW_H

/*
 * systemd's journal, followed through `journalctl -f -o json`.  Entries have no offsets, so
 * they are numbered; the cursor of the last one is kept beside the number of how many were
 * done.  The next reading begins an hour before the cursor, for what the older lines say of
 * messages that are still in the queue; up to the cursor they are known.
 */

#include "base/buf.h"
#include "base/err.h"
#include "settings/settings.h"

#include <sys/types.h>

#define JOURNAL_NAME       "journal" /* the input's first line, so to speak */
#define JOURNAL_BACK_S     3600
#define JOURNAL_CURSOR_MAX 512

struct journal_follow {
	char cursor[JOURNAL_CURSOR_MAX]; /* of the last entry; "": none */
	int64_t cursor_us;               /* its time */
	uint64_t done;                   /* so many were done before */
	uint64_t next;                   /* number of the next new one */
	bool behind;                     /* the cursor was passed, or there is none */
};

/* note: the cursor as it was kept; empty: none. */
void journal_begin(struct journal_follow *j, struct sv note, uint64_t done);
/* The number of an entry; of a known one it is below `done`. */
uint64_t journal_number(struct journal_follow *j, struct sv line);
/* Starts the program; its output is *fd_out, which does not block. */
enum err journal_spawn(const struct journal_follow *j, const struct settings *s, int *fd_out,
    pid_t *pid_out, struct why *why);

#endif
