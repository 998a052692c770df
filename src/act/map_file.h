/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ACT_MAP_FILE_H
#define CAROM_ACT_MAP_FILE_H

/*
 * The routing map as a file that Postfix reads: a text, and the indexed form that postmap
 * makes of it.  Both are made beside the old ones and take their place by a rename, so that
 * at every moment there is a whole map.  Postfix sees that the file is another one and needs
 * no reload.  No root is needed: the folder belongs to the user that runs carom.
 */

#include "base/err.h"
#include "base/sv.h"

#include <stdbool.h>

struct map_file {               /* borrowed texts */
	const char *dir, *type; /* "hash" */
	const char *postmap, *postfix_config;
};

#define MAP_FILE_NAME "transport"

/* Waits for postmap.  *changed_out: it was another text before, or there was no map. */
enum err map_file_replace(
    const struct map_file *m, struct sv text, bool *changed_out, struct why *why);

#endif
