/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_PLACES_H
#define CAROM_ENGINE_PLACES_H

/*
 * Which provider answered for which domain last, and which domains share a host: Postfix
 * counts its connections by the domain that a queue is named after, so domains that the same
 * hosts answer for are put into one queue, and a limit holds for all of them.  Made from the
 * events; names are those of the store.  Two domains are one group when one host of a known
 * provider was seen for both; the group is named after the domain that was seen first.
 */

#include "base/map.h"
#include "store/store.h"

#define PLACES_DOMAINS_MAX 200000
#define PLACES_HOSTS_MAX   65536

struct host_seen {
	uint32_t provider;
	uint32_t many; /* more than one */
};

struct places {
	struct map domains; /* domain -> its provider (uint32_t) */
	struct map hosts;   /* host -> struct host_seen */
	struct map up; /* node of a domain or host -> another of its group, nearer to the first */
};

void places_init(struct places *p);
void places_done(struct places *p);
/* True: the host was seen for the first time, or for another provider. */
bool places_saw(struct places *p, const struct stored_event *e);
/* The domain that the group of a domain is named after. */
uint32_t places_group(const struct places *p, uint32_t domain);

#endif
