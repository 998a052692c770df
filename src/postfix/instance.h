/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_INSTANCE_H
#define CAROM_POSTFIX_INSTANCE_H

/*
 * One instance of Postfix, by its configuration folder: read it, and change it through
 * postconf(1), which edits main.cf and master.cf as a whole or not at all.
 */

#include "postfix/wanted.h"

/* The folder of the instance of that name (`postmulti -l`). */
enum err instance_find(const char *name, struct buf *folder_out, struct why *why);
/* folder NULL: the one that Postfix has for its default.  types: of `postconf -m`, or NULL. */
enum err instance_read(
    const char *folder, struct postconf *out, struct buf *types_out, struct why *why);

/*
 * Copies main.cf and master.cf to main.cf.TAG and master.cf.TAG, makes the rows that are
 * WANTED_MISSING so, and lets `postfix check` judge; where that fails the copies come back and
 * the error says so.
 */
enum err instance_change(
    const char *folder, const struct wanted *w, const char *tag, struct why *why);
/* *done_out: it runs, and was told to read its files again. */
enum err instance_reload(const char *folder, bool *done_out, struct why *why);
/* An empty map where there is none, for the user `owner` if there is such a one. */
enum err instance_map(const char *folder, const char *map, const char *owner, struct why *why);

#endif
