/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <math.h>

#define PURGE_REFUSED 20  /* good recipients refused before a purge is thought of */
#define PURGE_RETESTS 10  /* without one accepted: what is refused stays refused */
#define MOVED_MOST    0.8 /* of the refused ones are of domains that moved */
#define PURGE_DOUBT   0.7 /* of the severity seen, which an alarm overstates at first */

bool
purge_is_move(const struct incident *i)
{
	return i->refused >= PURGE_REFUSED && i->moved >= MOVED_MOST * i->refused;
}

static void
count(struct incident *i, const struct step *s)
{
	enum detect_class k = s->e->klass;

	if (s->stratum == STRATUM_NEW &&
	    (k == DETECT_OK || k == DETECT_UNKNOWN || k == DETECT_FULL)) {
		i->fresh_waits.n++;
		i->fresh_waits.k += k == DETECT_UNKNOWN;
	} else if (s->stratum < STRATUM_OLD && k == DETECT_UNKNOWN) {
		i->refused++;
		i->moved += s->moved;
		i->fresh.n += i->v < 2.0 ? i->fresh_waits.n : 0;
		i->fresh.k += i->v < 2.0 ? i->fresh_waits.k : 0;
		i->fresh_waits = (struct tally2){ 0, 0 };
	}
}

/*
 * A broken directory refuses new recipients as well as old ones; a purge takes old ones
 * only, and so does a move that leaves mailboxes behind.  What new recipients tell counts when a
 * refusal of a good one follows, that is while it is still going on.  True: the refusals are true.
 */
bool
purge_is_likely(const struct detector *d, const struct provider_state *p, struct incident *i,
    const struct step *s)
{
	double severity = i->a / (i->a + i->b);
	double natural = base_unknown(d, p, STRATUM_NEW);
	double either = natural + PURGE_DOUBT * severity * (1 - natural);
	double age = s->e->t - i->opened;
	double need;
	bool moved;

	if (i->cause != CAUSE_FALSE_UNKNOWN || s->e->attempt != 1) {
		return false;
	}
	count(i, s);
	moved = purge_is_move(i);
	if (i->retests >= PURGE_RETESTS && i->flips == 0 &&
	    age > (moved ? d->set.move_after_s : d->set.purge_after_s)) {
		return true;
	}
	/* The longer it lasts, the less it looks like a directory that fails. */
	need = moved ? d->set.move_gain
		     : fmax(d->set.move_gain,
			   d->set.purge_gain - d->set.purge_gain_daily * age / DAY_S);
	/* New recipients may lie together in one part of the directory that works: no haste. */
	return age > d->set.purge_min_s && i->refused >= PURGE_REFUSED &&
	       (moved || severity <= d->set.purge_share) && i->flips <= 0.1 * i->retests &&
	       i->fresh.k * log(natural / either) +
		       (i->fresh.n - i->fresh.k) * log((1 - natural) / (1 - either)) >
		   need;
}
