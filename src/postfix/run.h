/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_RUN_H
#define CAROM_POSTFIX_RUN_H

/*
 * Runs one of Postfix's commands, without a shell, and reads what it says.  Commands are
 * found in PATH and in the folders of system programs.  One that takes longer than
 * RUN_SECONDS is killed.
 */

#include "base/buf.h"
#include "base/err.h"

#define RUN_SECONDS   60
#define RUN_TEXT_MAX  ((size_t)8 * 1024 * 1024)
#define RUN_WORDS_MAX 128

/*
 * argv ends with NULL.  out: standard output, appended (NULL: dropped).  ERR_OK: it ended with
 * 0.  Else `why` has the command and the last line that it said.
 */
enum err run_command(const char *const *argv, struct buf *out, struct why *why);

#endif
