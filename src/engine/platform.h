/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_PLATFORM_H
#define CAROM_ENGINE_PLATFORM_H

/*
 * Whose host it is: the provider that the knowledge has for it, else the domain under which it
 * is registered.  A recipient domain whose hosts are another's from a day on has moved there
 * (detect/moves.c).  Worked out once a host; dates play no part, so a host is always the same's.
 */

#include "base/map.h"
#include "knowledge/knowledge.h"

/* When there are more, the table begins anew: only time is lost. */
#define PLATFORM_HOSTS_MAX 65536

struct platforms {
	const struct knowledge *k; /* borrowed; may be NULL */
	struct map of_host;        /* number of the host -> uint32_t, number of the platform */
};

void platforms_init(struct platforms *p, const struct knowledge *k);
void platforms_done(struct platforms *p);
/* A number for the platform of the host, the same in every run; `number` is the caller's for the host. */
uint32_t platform_of(struct platforms *p, uint32_t number, struct sv host);

#endif
