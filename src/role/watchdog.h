/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_WATCHDOG_H
#define CAROM_ROLE_WATCHDOG_H

/*
 * A watchdog that needs no other process: a timer of the kernel that sends this process
 * SIGKILL unless it is fed in time.  It ends what hangs, and what was stopped (SIGSTOP) and
 * can do nothing any more, even if everybody who could look after it was stopped, too.  The
 * descriptors go with the process: a client that waits on a socket is told so at once.
 *
 * The time that the machine sleeps does not count.  A child made by fork has none, and a
 * program that is started in its place has none either.
 */

#include "base/err.h"

#include <stdint.h>

/* Begins; from now on watchdog_feed within so long, or the process is killed. */
enum err watchdog_start(int64_t ms, struct why *why);
/* The whole time again.  Nothing happens where none was started. */
void watchdog_feed(void);
void watchdog_stop(void);

#endif
