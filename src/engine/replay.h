/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_REPLAY_H
#define CAROM_ENGINE_REPLAY_H

/*
 * The same history under another policy: the events of a store are decided about again,
 * from the first, in a store of its own that is thrown away.  The store that is read is
 * not changed.
 */

#include "engine/ingest.h"
#include "policy/policy.h"

struct replay_counts {
	struct ingest_counts ingest;
	uint64_t states[RECIPIENT_STATES]; /* of the recipients, in the end */
	uint64_t
	    spared; /* attempts to who was resting or suppressed: they would not have been made */
	uint64_t missed; /* of these, so many were accepted: mail that would not have arrived */
};

/* What became of the recipients is in *past_out, which the caller closes. */
struct replay_options {
	const struct policies *policies; /* borrowed */
	const struct knowledge *k;       /* borrowed: limits of providers; NULL: none */
};
enum err replay_run(struct store *history, const struct replay_options *replay,
    struct replay_counts *out, struct store **past_out, struct why *why);

#define REPLAY_PACES_MAX 1000000 /* of a side that are compared */

struct replay_paces {
	uint64_t same, only_now, only_then;
	bool cut; /* there were more than REPLAY_PACES_MAX */
};
/* A decision about a pace that only one side made; in the order of their times. */
typedef void replay_pace_row(
    void *context, bool then, struct sv provider, const struct stored_pace *p);
/* Compares what two replays decided about paces; what a person decided is left out. */
void replay_compare_paces(struct store *now, struct store *then, replay_pace_row *row,
    void *context, struct replay_paces *out);

#endif
