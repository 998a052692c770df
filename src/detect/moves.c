/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

/*
 * A recipient that accepted mail last before its domain came to the hosts that refuse it now:
 * its mailbox may not have moved along.
 */

bool
moves_see(struct provider_state *p, const struct detect_event *e)
{
	double accepted = e->t - e->good_days * DAY_S;
	struct home *h;
	bool fresh;

	if (e->platform == NAME_NONE) {
		return false;
	}
	if (p->homes.n == DETECT_DOMAINS_MAX && map_get(&p->homes, e->domain) == NULL) {
		map_clear(&p->homes);
	}
	if (p->homes.n == 0) {
		p->homes_began = e->t;
	}
	h = map_put(&p->homes, e->domain, &fresh);
	for (unsigned i = 0; i < HOME_PLATFORMS; i++) {
		if (h->n == i) {
			h->platform[i] = e->platform;
			h->since[i] = e->t;
			h->n++;
		}
		if (h->platform[i] == e->platform) {
			/* Of the first one it is not known since when, unless we watched before. */
			return e->good_days >= 0 && accepted < h->since[i] &&
			       (i > 0 || accepted >= p->homes_began);
		}
	}
	return false; /* at home in many places: a move is not told from the usual */
}
