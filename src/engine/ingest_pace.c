/* SPDX-License-Identifier: Apache-2.0 */
#include "act/ladder.h"
#include "engine/ingest_private.h"
#include "engine/watch.h"

#include <stdlib.h>

/* How fast providers are mailed (decide/pace.h): fed with what the detector sees, and its incidents. */

static double
ceiling_of(const struct ingest *in, uint32_t provider)
{
	const struct provider *p =
	    in->opt.k == NULL
		? NULL
		: knowledge_provider_by_id(in->opt.k, store_name_text(in->opt.store, provider));

	return p == NULL ? 0 : (double)knowledge_connections(p);
}

static struct paced *
paced(struct ingest *in, uint32_t provider)
{
	bool is_new;
	struct paced *p = map_put(&in->paces, provider, &is_new);

	if (is_new) {
		p->ceiling = ceiling_of(in, provider);
	}
	return p;
}

static void
keep(struct ingest *in, uint32_t provider, struct paced *p, uint64_t event,
    const struct pace_decision *d)
{
	struct stored_pace row = { .provider = provider, .event = event, .d = *d };

	if (d->kind != PACE_NOTHING && in->live) {
		store_pace_put(in->opt.store, &row);
		p->decision = row.id;
		in->counts.paces[d->kind]++;
	}
}

void
ingest_pace(struct ingest *in, const struct stored_event *s)
{
	enum pace_answer a = s->klass == DETECT_OK
				 ? PACE_ACCEPTED
				 : watch_pace(store_name_text(in->opt.store, s->cause));
	const struct rung *r = ladder_numbered(s->rung);
	const struct pace_heard heard = { .answer = a,
		.t_s = (double)s->t_us / 1e6,
		.by = r == NULL ? (struct pace_speed){ 0, 0 }
				: (struct pace_speed){ r->connections, r->delay_s } };
	struct pace_decision d;
	struct paced *p;

	/* Most providers never refuse for the rate: nothing is kept of them. */
	if (in->opt.pace == NULL || (a != PACE_THROTTLED && a != PACE_BLOCKED &&
					map_get(&in->paces, s->provider) == NULL)) {
		return;
	}
	p = paced(in, s->provider);
	pace_answer(in->opt.pace, p->ceiling, &heard, &p->pace, &d);
	keep(in, s->provider, p, s->id, &d);
}

static bool
may_pause(const struct detect_decision *d)
{
	return d->cause == CAUSE_THROTTLE || d->cause == CAUSE_SENDER_BLOCK;
}

void
ingest_pace_incident(struct ingest *in, const struct detect_decision *i)
{
	bool begins = (i->what == DETECT_OPEN || i->what == DETECT_CAUSE) && may_pause(i);
	bool ends = i->what == DETECT_CLOSE || i->what == DETECT_RETRACT ||
		    (i->what == DETECT_CAUSE && !begins);
	struct paced *p = in->opt.pace == NULL || (!begins && !ends) ? NULL
			  : begins                                   ? paced(in, i->provider)
				   : map_get(&in->paces, i->provider);
	struct pace_decision d;

	/* Where several are open, the last one that opened is the one that may pause. */
	if (p == NULL || (ends && p->pace.incident != i->incident)) {
		return;
	}
	pace_incident(in->opt.pace, p->ceiling, begins ? i->incident : 0, i->t, &p->pace, &d);
	keep(in, i->provider, p, 0, &d);
}

/* ---- by hand ---- */

static bool
take_hand(void *context, const struct stored_pace *row)
{
	struct ingest *in = context;

	if (!stored_pace_by_hand(row) || row->id <= in->hand_seen) {
		return true;
	}
	in->hand = mem_grow(in->hand, in->n_hand + 1, sizeof(*in->hand));
	in->hand[in->n_hand++] = (struct hand_pace){ row->id, row->event, row->provider,
		row->d.kind == PACE_FREED ? (struct pace_speed){ 0, 0 } : row->d.after,
		row->d.t_s };
	in->hand_seen = row->id;
	return true;
}

void
ingest_pace_hand_read(struct ingest *in)
{
	in->n_hand = in->hand_done = 0;
	if (in->opt.pace != NULL) {
		store_paces(in->opt.store, take_hand, in);
	}
}

void
ingest_pace_hand(struct ingest *in, uint64_t event)
{
	for (; in->hand_done < in->n_hand && in->hand[in->hand_done].event < event;
	     in->hand_done++) {
		const struct hand_pace *h = &in->hand[in->hand_done];
		struct paced *p = paced(in, h->provider);

		pace_by_hand(h->to, h->t_s, &p->pace);
		p->decision = h->id;
	}
}

void
ingest_paces_by_hand(struct ingest *in)
{
	ingest_pace_hand_read(in);
	ingest_pace_hand(in, UINT64_MAX);
}

static bool
remember(void *context, const struct stored_pace *row)
{
	const struct ingest *in = context;
	struct paced *p = map_get(&in->paces, row->provider);

	if (p != NULL) {
		p->decision = row->id;
	}
	return true;
}

void
ingest_pace_remember(struct ingest *in)
{
	if (in->paces.n > 0) {
		store_paces(in->opt.store, remember, in);
	}
}

void
ingest_paces(const struct ingest *in, double t_s, ingest_pace_row *row, void *context)
{
	for (size_t i = 0; i < in->paces.n; i++) {
		const struct paced *p = map_at(&in->paces, i);
		struct pace_now now = pace_at(in->opt.pace, &p->pace, t_s);

		if (now.phase != PACE_FREE) {
			row(context, (uint32_t)in->paces.keys[i], &now, p->decision);
		}
	}
}
