/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"

#include <stddef.h>

/*
 * What the ingest knows beside the store: the detector, who is held, how fast providers are
 * mailed.  It is kept in the store with the last event that is in it, so that a start goes
 * through the later ones only.  What belongs to one provider is a row of its own, and is written
 * only when the provider has seen an event since.  Other settings than those it was made under make it useless:
 * then it is made again from the events that are kept.
 */

static void
code_hold(struct coder *c, uint64_t key, void *value)
{
	(void)key;
	coder_bytes(c, value, sizeof(struct ingest_hold)); /* numbers of one size */
}

static void
code_paced(struct coder *c, uint64_t key, void *value)
{
	struct paced *p = value;
	size_t phase = p->pace.phase;

	(void)key;
	coder_count(c, &phase, PACE_PROBING);
	p->pace.phase = (enum pace_phase)phase;
	coder_bytes(c, (char *)&p->pace + offsetof(struct pace, speed),
	    sizeof(struct pace) - offsetof(struct pace, speed));
	coder_bytes(c, &p->ceiling, sizeof(p->ceiling));
}

static void
settings(const struct ingest *in, struct buf *out)
{
	detector_settings_bytes(in->opt.detect, out);
	buf_add(out, in->opt.incidents, sizeof(*in->opt.incidents)); /* numbers of one size */
	if (in->opt.pace != NULL) {
		buf_add(out, in->opt.pace, sizeof(*in->opt.pace));
	}
}

/* False: they are not those of the bytes. */
static bool
code_settings(struct ingest *in, struct coder *c)
{
	struct buf now;
	bool same;
	size_t n;

	buf_init(&now, 0);
	settings(in, &now);
	n = now.n;
	coder_count(c, &n, SIZE_MAX);
	if (coder_reads(c)) {
		same = !c->bad && n == now.n && sv_eq(sv_head(c->in, n), buf_view(&now));
		c->in = sv_from_at(c->in, same ? n : 0);
	} else {
		coder_bytes(c, now.p, now.n);
		same = !c->bad;
	}
	buf_done(&now);
	return same;
}

static bool
code_common(struct ingest *in, struct coder *c)
{
	if (!code_settings(in, c)) {
		return false;
	}
	coder_bytes(c, &in->newest_us, sizeof(in->newest_us));
	coder_bytes(c, &in->hand_seen, sizeof(in->hand_seen));
	coder_map(c, &in->held, code_hold);
	coder_map(c, &in->outages, NULL);
	coder_map(c, &in->paces, code_paced);
	detector_code(in->detector, c);
	return !c->bad;
}

/* What is known of a provider, whoever it is: there are as many as domains that were mailed. */
static void
code_part(struct ingest *in, uint32_t provider, struct coder *c)
{
	bool mixed = map_get(&in->mixes, provider) != NULL;

	coder_bool(c, &mixed);
	if (mixed) {
		coder_bytes(c, map_put(&in->mixes, provider, NULL), sizeof(struct refusal_mix));
	}
	detector_code_provider(in->detector, provider, c);
}

static void
write_part(void *context, uint32_t provider)
{
	struct ingest *in = context;
	struct buf bytes;
	struct coder c = { .out = &bytes };

	buf_init(&bytes, STATE_BYTES_MAX);
	code_part(in, provider, &c);
	if (c.bad) {
		in->state_too_large = true;
	} else {
		store_state_part_put(in->opt.store, provider, buf_view(&bytes));
		in->parts_written++;
	}
	buf_done(&bytes);
}

void
ingest_state_write(struct ingest *in)
{
	struct buf bytes;
	struct coder c = { .out = &bytes };

	in->since_state = 0;
	if (in->gap) { /* the next start goes through the events of both */
		return;
	}
	if (in->state_useless) { /* parts of it would be taken for those of today */
		store_state_drop(in->opt.store);
		in->state_useless = false;
	}
	buf_init(&bytes, STATE_BYTES_MAX);
	in->state_too_large = !code_common(in, &c);
	detector_changed(in->detector, write_part, in);
	if (in->state_too_large) { /* the next start takes longer */
		store_state_drop(in->opt.store);
	} else {
		store_state_put(in->opt.store, buf_view(&bytes));
	}
	buf_done(&bytes);
}

static bool
read_part(void *context, uint32_t provider, struct sv value)
{
	struct ingest *in = context;
	struct coder c = { .in = value };

	code_part(in, provider, &c);
	in->state_useless = c.bad || c.in.n > 0;
	return !in->state_useless;
}

static void
forget(struct ingest *in)
{
	detector_free(&in->detector);
	in->detector = detector_new(in->opt.detect, ingest_incident, in);
	map_clear(&in->held);
	map_clear(&in->mixes);
	map_clear(&in->outages);
	map_clear(&in->paces);
	in->newest_us = INT64_MIN;
	in->hand_seen = 0;
}

uint64_t
ingest_state_read(struct ingest *in)
{
	struct buf bytes;
	struct coder c = { .out = NULL };
	uint64_t event = 0;

	buf_init(&bytes, STATE_BYTES_MAX);
	if (!store_state_get(in->opt.store, &event, &bytes)) {
		in->state_useless = true;
	} else {
		c.in = buf_view(&bytes);
		in->state_useless = !code_common(in, &c) || c.in.n > 0;
		if (!in->state_useless) {
			store_state_parts(in->opt.store, read_part, in);
		}
	}
	if (in->state_useless) {
		event = 0;
		forget(in);
	}
	buf_done(&bytes);
	return event;
}
