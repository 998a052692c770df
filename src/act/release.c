/* SPDX-License-Identifier: Apache-2.0 */
#include "act/release.h"

void
release_init(struct release *r, size_t first, size_t growth, double every_s)
{
	*r = (struct release){ .first = first, .growth = growth, .every_s = every_s, .wait = 1 };
}

void
release_outcome(struct release *r, bool accepted)
{
	r->accepted += accepted;
	r->refused += !accepted;
}

static size_t
grown(const struct release *r)
{
	size_t n =
	    r->batch > RELEASE_BATCH_MAX / r->growth ? RELEASE_BATCH_MAX : r->batch * r->growth;

	return n;
}

size_t
release_due(struct release *r, double now_s)
{
	if (now_s < r->next_s) {
		return 0;
	}
	if (r->batch == 0) {
		r->batch = r->first;
	} else if (r->refused > r->accepted) {
		r->batch = r->first;
		r->wait = r->wait * 2 > RELEASE_WAIT_MAX ? RELEASE_WAIT_MAX : r->wait * 2;
	} else if (r->accepted > 0) { /* silence is no reason for more */
		r->batch = grown(r);
		r->wait = 1;
	}
	r->accepted = r->refused = 0;
	r->next_s = now_s + r->every_s * r->wait;
	return r->batch;
}
