/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_PACE_MAP_H
#define CAROM_ROLE_PACE_MAP_H

/*
 * The text of the routing map: for each provider with a limit or a pace, a row for every
 * domain that was seen behind its hosts.  A pace holds for the provider as a whole: domains
 * behind the same hosts share a queue, and where there are several such groups the
 * connections are divided.  The same places give the same text.
 */

#include "decide/pace.h"
#include "engine/places.h"
#include "knowledge/knowledge.h"

struct pace_want {            /* of one provider; what is not said stays 0 */
	uint32_t provider;    /* a name of the store */
	unsigned connections; /* at once; 0: no limit */
	double delay_s;       /* between deliveries */
	bool paused;
	struct sv reason; /* of a pause */
	uint64_t id;      /* the same: of the decision; 0: a person's */
};

struct pace_map {
	const struct places *places;
	const struct store *store;
	const struct pace_want *wants;
	size_t n_wants;
	bool share_nexthop;
	const char *pause_socket;
};

/* Ceilings that the knowledge states, for providers that were seen; *out is malloc'ed. */
size_t pace_ceilings(const struct places *p, const struct store *s, const struct knowledge *k,
    struct pace_want **out);
/* Marks providers as paused by a person; grows the list. */
size_t pace_pause(const struct store *s, const char *const *providers, size_t n_providers,
    struct pace_want **wants, size_t n);
/* What the engine decided about a provider (engine/ingest.h); grows the list. */
size_t pace_decided(uint32_t provider, const struct pace_now *now, uint64_t decision,
    struct pace_want **wants, size_t n);
typedef void pace_paused(void *context, struct sv domain, const struct pace_want *w);
/* Every domain that is paused. */
void pace_each_paused(const struct pace_map *m, pace_paused *each, void *context);
/* Returns the number of rows. */
size_t pace_map_write(const struct pace_map *m, struct buf *out);

#endif
