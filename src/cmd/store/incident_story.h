/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_STORE_INCIDENT_STORY_H
#define CAROM_CMD_STORE_INCIDENT_STORY_H

/*
 * What stands behind an incident, from the events of its window that are still kept: what the
 * provider said and how often, of how many recipients, which of them were known as good, whose
 * mail it was, and what was decided about them and about the pace.
 */

#include "base/json.h"
#include "base/map.h"
#include "store/store.h"

struct incident_story {
	struct store *s; /* borrowed */
	struct stored_incident i;
	uint64_t attempts, accepted, refused; /* refused: as the cause has it */
	uint64_t recipients, good; /* of the refused: how many there are, that had accepted */
	struct map replies, senders, domains; /* by the ids of names -> struct story_row */
	struct map touched;                   /* hash of a recipient -> nothing */
	uint64_t decisions[DECISION_UNSUPPRESS + 1], paces[PACE_RESTORED + 1];
};

/* Reads it; no trouble of the store is told here.  incident_story_done gives it back. */
void incident_story_read(
    struct store *s, const struct stored_incident *i, struct incident_story *out);
void incident_story_done(struct incident_story *st);
void incident_story_text(const struct incident_story *st, struct buf *out);
/* As members of the object that is open. */
void incident_story_json(const struct incident_story *st, struct json *j);

#endif
