/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#define PLACES_MAX    16
#define CAMPAIGNS_MAX 32

void
excursion_start(struct excursion *x, double t)
{
	excursion_stop(x);
	x->active = true;
	x->t0 = t;
	map_init(&x->senders, sizeof(struct tallies));
	map_init(&x->hosts, sizeof(struct tallies));
	map_init(&x->campaigns, sizeof(struct tally2));
}

void
excursion_stop(struct excursion *x)
{
	map_done(&x->senders);
	map_done(&x->hosts);
	map_done(&x->campaigns);
	*x = (struct excursion){ 0 };
}

/* The place's own count, or that of all the rest when the table is full. */
static void *
place(struct map *m, uint32_t who, size_t limit)
{
	void *p = map_get(m, who);

	return p != NULL ? p : map_put(m, m->n >= limit ? NAME_NONE : who, NULL);
}

static void
add_recipient(struct excursion *x, uint32_t recipient)
{
	for (unsigned i = 0; i < x->n_recipients; i++) {
		if (x->recipients[i] == recipient) {
			return;
		}
	}
	if (x->n_recipients < sizeof(x->recipients) / sizeof(x->recipients[0])) {
		x->recipients[x->n_recipients++] = recipient;
	}
}

void
excursion_add(struct excursion *x, const struct marks *m, const struct detect_event *e)
{
	struct tallies *sender = place(&x->senders, e->sender, PLACES_MAX);
	struct tallies *host = place(&x->hosts, e->mx, PLACES_MAX);
	struct tally2 *campaign = place(&x->campaigns, e->campaign, CAMPAIGNS_MAX);

	for (int q = 0; q < SIG_COUNT; q++) {
		double k = m->k[q] ? 1 : 0;

		if (!m->n[q]) {
			continue;
		}
		x->total.of[q].n++;
		x->total.of[q].k += k;
		sender->of[q].n++;
		sender->of[q].k += k;
		host->of[q].n++;
		host->of[q].k += k;
		if (q == SIG_U) {
			campaign->n++;
			campaign->k += k;
		}
	}
	if (m->failed == SIG_U || m->failed == SIG_T) {
		add_recipient(x, e->recipient);
	}
}
