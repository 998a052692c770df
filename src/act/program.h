/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ACT_PROGRAM_H
#define CAROM_ACT_PROGRAM_H

/* A program of Postfix or systemd: argv without a shell, a short environment, no input. */

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* argv[0] is its path; NULL ends.  Killed after so many seconds.  ERR_IO: it failed, with its last words. */
enum err program_run(const char *const *argv, unsigned seconds, struct why *why);
/* The same; what it said is appended to `said` as it is, up to its limit. */
enum err program_ask(const char *const *argv, unsigned seconds, struct buf *said, struct why *why);
/* Begins one; what it says goes to `out`, and if `errors` what it complains of.  Returns 0 or an errno. */
int program_start(const char *const *argv, int out, bool errors, pid_t *pid_out);

#endif
