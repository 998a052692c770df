/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"

/* Counts of the lanes of this minute, until they are written. */

static void
lane_write(struct ingest *in, struct lane_at_hand *l)
{
	if (l->counts.attempts + l->counts.expired > 0) {
		store_lane_add(
		    in->opt.store, l->sender, l->provider, l->minute * LANE_MINUTE, &l->counts);
	}
	*l = (struct lane_at_hand){ 0 };
}

void
ingest_lanes_write(struct ingest *in)
{
	for (size_t i = 0; i < LANES_AT_HAND; i++) {
		lane_write(in, &in->lanes[i]);
	}
}

void
ingest_lane_count(struct ingest *in, const struct stored_event *e)
{
	int64_t minute = e->t_us / (LANE_MINUTE * US_PER_SECOND);
	uint64_t at = (uint64_t)minute * 31 + (uint64_t)e->provider * 7 + e->sender;
	struct lane_at_hand *l = &in->lanes[at % LANES_AT_HAND];

	if (l->minute != minute || l->provider != e->provider || l->sender != e->sender) {
		lane_write(in, l);
		*l = (struct lane_at_hand){ e->sender, e->provider, minute, { 0 } };
	}
	l->counts.attempts += e->kind != EVENT_EXPIRED;
	l->counts.accepted += e->kind == EVENT_ACCEPTED;
	l->counts.deferred += e->kind == EVENT_DEFERRED;
	l->counts.rejected += e->kind == EVENT_REJECTED;
	l->counts.expired += e->kind == EVENT_EXPIRED;
}
