/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BLOCKLIST_PRIVATE_H
#define CAROM_BLOCKLIST_PRIVATE_H

/* Shared by the files of blocklist/ only. */

#include "blocklist/blocklist.h"

/* "127.0.0.4-127.0.0.7 listed words"; NULL, or what was expected. */
const char *list_code_read(struct sv s, struct arena *arena, struct list_code *out);

#endif
