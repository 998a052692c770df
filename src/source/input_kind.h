/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_INPUT_KIND_H
#define CAROM_SOURCE_INPUT_KIND_H

/*
 * Mails or a log?  A folder holds mails; a file is told by its first line (unpacked): "From "
 * begins an mbox, a header or a continuation of one a mail, and everything else is a log.
 * Standard input and pipes cannot be looked into without taking from them, and are logs.
 */

#include "base/sv.h"

bool input_has_mails(const char *path);
/* The same of what a file begins with. */
bool text_has_mails(struct sv first);

#endif
