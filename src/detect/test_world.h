/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DETECT_TEST_WORLD_H
#define CAROM_DETECT_TEST_WORLD_H

/* Of the tests of detect/ only: a detector that keeps what it said, and a generator of traffic. */

#include "detect/private.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define PROVIDER 1
#define KEPT_MAX 4096

struct world { /* a detector, what it said, and a traffic generator */
	struct detector *d;
	struct detect_decision said[64];
	size_t n_said;
	struct detect_item items[KEPT_MAX]; /* of the last amendment */
	size_t n_items;
	uint64_t rng, id;
	double t;
	uint32_t next_recipient;
};

static inline void
listen(void *context, const struct detect_decision *d)
{
	struct world *w = context;

	assert_true(w->n_said < 64);
	w->said[w->n_said++] = *d;
	if (d->what == DETECT_AMEND) {
		assert_true(d->n_items <= KEPT_MAX);
		w->n_items = d->n_items;
		memcpy(w->items, d->items, d->n_items * sizeof(*d->items));
	}
}

static inline struct world *
world_new(void)
{
	struct world *w = mem_new(1, sizeof(*w));

	w->d = detector_new(&detect_defaults, listen, w);
	w->rng = 88172645463325252u;
	w->t = 1.7e9;
	w->next_recipient = 1000;
	return w;
}

static inline void
world_free(struct world *w)
{
	detector_free(&w->d);
	free(w);
}

static inline double
chance(struct world *w)
{
	w->rng ^= w->rng << 13;
	w->rng ^= w->rng >> 7;
	w->rng ^= w->rng << 17;
	return (double)(w->rng >> 11) / 9007199254740992.0;
}

static inline struct detect_event
mail(struct world *w, enum detect_class klass)
{
	uint32_t sender = 10 + (uint32_t)(chance(w) * 4);

	w->t += 2.0;
	return (struct detect_event){ .id = ++w->id,
		.t = w->t,
		.provider = PROVIDER,
		.domain = 50,
		.mx = 60 + (uint32_t)(chance(w) * 3),
		.sender = sender,
		.campaign = 100 + sender,
		.transactional = true,
		.recipient = w->next_recipient++,
		.attempt = 1,
		.klass = klass,
		.good_days = 1.0,
		.since_unknown_s = -1 };
}

/* n events, of which this share fails as `klass`. */
static inline void
traffic(struct world *w, unsigned n, double share, enum detect_class klass)
{
	for (unsigned i = 0; i < n; i++) {
		struct detect_event e = mail(w, chance(w) < share ? klass : DETECT_OK);

		detector_event(w->d, &e);
	}
}

static inline const struct detect_decision *
first(const struct world *w, enum detect_what what)
{
	for (size_t i = 0; i < w->n_said; i++) {
		if (w->said[i].what == what) {
			return &w->said[i];
		}
	}
	return NULL;
}

static inline struct provider_state *
state(struct world *w)
{
	struct provider_state **p = map_get(&w->d->providers, PROVIDER);

	return *p;
}

#endif
