/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"

/* The pace of each provider (decide/pace.h), made again from the past as the detector is. */

struct paced {
	struct pace pace;
	uint64_t decision; /* the last one; 0: none yet */
	struct sv reason;  /* of it: a name of the store */
};

static enum pace_event_kind
kind_of(const struct ingest *in, const struct stored_event *s)
{
	if (s->kind == EVENT_ACCEPTED) {
		return PACE_ACCEPTED;
	}
	return s->cause != 0 && s->cause == in->rate_limited ? PACE_LIMITED : PACE_OTHER;
}

static void
keep(
    struct ingest *in, struct paced *p, const struct stored_event *s, const struct pace_decision *d)
{
	struct stored_decision row = {
		.event = s->id,
		.d = { .kind = d->kind, .reason = d->reason, .t_s = d->t_s, .until_s = d->until_s },
		.level_before = d->before,
		.level_after = d->after,
	};

	store_decision_put(in->opt.store, &row);
	p->decision = row.id;
	p->reason = store_name_text(in->opt.store, store_name(in->opt.store, sv_from(d->reason)));
	in->counts.decisions[d->kind]++;
}

void
ingest_pace(struct ingest *in, const struct stored_event *s, bool past)
{
	struct pace_decision d;
	struct paced *p;

	if (in->opt.pace == NULL || s->watched == 0 || s->kind > EVENT_REJECTED) {
		return; /* our own deferrals and what is no attempt say nothing about the pace */
	}
	if (in->rate_limited == 0) {
		in->rate_limited = store_name_find(in->opt.store, SV("rate_limited"));
	}
	p = map_put(&in->paces, s->provider, NULL);
	pace_event(in->opt.pace, kind_of(in, s), (double)s->t_us / 1e6, &p->pace, &d);
	if (d.kind != DECISION_NONE && !past) {
		keep(in, p, s, &d);
	}
}

bool
ingest_past_pace(void *context, const struct stored_decision *d)
{
	struct ingest *in = context;
	struct stored_event e;
	struct paced *p;

	if (d->d.kind >= DECISION_PACE_DOWN && store_event_get(in->opt.store, d->event, &e)) {
		p = map_put(&in->paces, e.provider, NULL);
		p->decision = d->id;
		p->reason = d->reason;
	}
	return true;
}

void
ingest_paces(const struct ingest *in, double now_s, ingest_pace_row *row, void *context)
{
	for (size_t i = 0; i < in->paces.n; i++) {
		const struct paced *p = map_at(&in->paces, i);
		struct ingest_pace now = {
			.provider = (uint32_t)in->paces.keys[i],
			.paused = pace_is_paused(&p->pace, now_s),
			.reason = p->reason,
			.decision = p->decision,
		};

		pace_limits(p->pace.level, &now.connections, &now.delay_s);
		if (now.paused || now.connections != 0) {
			row(context, &now);
		}
	}
}

void
ingest_paces_init(struct ingest *in)
{
	map_init(&in->paces, sizeof(struct paced));
}
