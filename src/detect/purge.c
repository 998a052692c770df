/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>

#define PURGE_REFUSED 20  /* good recipients refused before a purge is thought of */
#define PURGE_RETESTS 10  /* without one accepted: what is refused stays refused */
#define PURGE_DOUBT   0.7 /* of the severity seen, which an alarm overstates at first */

/*
 * A broken directory refuses new recipients as well as old ones; a purge takes old ones
 * only.  What new recipients tell counts when a refusal of a good one follows, that is
 * while it is still going on.  True: the refusals are true.
 */
bool
purge_is_likely(const struct detector *d, const struct provider_state *p, struct incident *i,
    const struct detect_event *e, unsigned stratum)
{
	double severity = i->a / (i->a + i->b);
	double natural = base_unknown(d, p, STRATUM_NEW);
	double either = natural + PURGE_DOUBT * severity * (1 - natural);

	if (i->cause != CAUSE_FALSE_UNKNOWN || e->attempt != 1) {
		return false;
	}
	if (stratum == STRATUM_NEW &&
	    (e->klass == DETECT_OK || e->klass == DETECT_UNKNOWN || e->klass == DETECT_FULL)) {
		i->fresh_waits.n++;
		i->fresh_waits.k += e->klass == DETECT_UNKNOWN;
	} else if (stratum < STRATUM_OLD && e->klass == DETECT_UNKNOWN) {
		i->refused++;
		i->fresh.n += i->v < 2.0 ? i->fresh_waits.n : 0;
		i->fresh.k += i->v < 2.0 ? i->fresh_waits.k : 0;
		i->fresh_waits = (struct tally2){ 0, 0 };
	}
	if (i->retests >= PURGE_RETESTS && i->flips == 0 &&
	    e->t - i->opened > d->set.purge_after_s) {
		return true;
	}
	/* New recipients may lie together in one part of the directory that works: no haste. */
	return e->t - i->opened > d->set.purge_min_s && i->refused >= PURGE_REFUSED &&
	       severity <= d->set.purge_share && i->flips <= 0.1 * i->retests &&
	       i->fresh.k * log(natural / either) +
		       (i->fresh.n - i->fresh.k) * log((1 - natural) / (1 - either)) >
		   d->set.purge_gain;
}
