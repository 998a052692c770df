/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_FILE_H
#define CAROM_BASE_FILE_H

/* A whole file into memory, for small files that are ours or that a person names. */

#include "base/buf.h"
#include "base/err.h"

/* Appends to `out`, whose limit is the most that is taken; "-" is standard input.
 * ERR_IO, or ERR_TOO_BIG where the limit is reached; `why` names the path. */
enum err file_read(const char *path, struct buf *out, struct why *why);

#endif
