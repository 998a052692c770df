/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_BLOCKLISTS_SHOWN_H
#define CAROM_CMD_BLOCKLISTS_SHOWN_H

/* Between what is said of listings (show.c) and of lists (zone.c). */

#include "cmd/blocklists/private.h"
#include "cmd/cmd_store.h"

struct shown {
	struct blocklists_session *s;
	struct buf out;
	struct json j;
	int64_t now_s;
	size_t listed, policy, unknown_zones, asked_zones, deaf_zones;
};

/* "WORDS 12 refusals a day at 3 providers MORE: ..."; nothing where there are none. */
void blocklists_cost_text(
    struct shown *w, const struct list_cost *c, const char *words, const char *more);
void blocklists_cost_json(struct shown *w, const struct list_cost *c);
/* The list at `z`, and keeps its health. */
void blocklists_show_zone(struct shown *w, size_t z);

#endif
