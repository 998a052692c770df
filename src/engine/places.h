/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_PLACES_H
#define CAROM_ENGINE_PLACES_H

/*
 * Which host answered for which domain last, and which provider that is: so a limit holds
 * for a provider with all the domains behind it.  Made from the events; names are those of
 * the store.  A host that answers for many domains and that the knowledge does not know may
 * be a relay of our own, so nothing is concluded from it.
 */

#include "base/map.h"
#include "store/store.h"

#define PLACES_DOMAINS_MAX 200000
#define PLACES_HOSTS_MAX   65536

struct place_seen {
	uint32_t provider, host;
};

struct host_seen {
	uint32_t provider;
	uint32_t many; /* more than one */
};

struct places {
	struct map domains; /* domain -> struct place_seen */
	struct map hosts;   /* host -> struct host_seen */
};

void places_init(struct places *p);
void places_done(struct places *p);
/* True: the host was seen for the first time, or for another provider. */
bool places_saw(struct places *p, const struct stored_event *e);

#endif
