/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"

#include <stddef.h>

/*
 * What the ingest knows beside the store: the detector, who is held, how fast providers are
 * mailed.  It is kept in the store with the last event that is in it, so that a start goes
 * through the later ones only.  Other settings than those it was made under make it useless:
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
code_all(struct ingest *in, struct coder *c)
{
	if (!code_settings(in, c)) {
		return false;
	}
	coder_bytes(c, &in->newest_us, sizeof(in->newest_us));
	coder_map(c, &in->held, code_hold);
	coder_map(c, &in->mixes, NULL);
	coder_map(c, &in->outages, NULL);
	coder_map(c, &in->paces, code_paced);
	detector_code(in->detector, c);
	return !c->bad;
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
	buf_init(&bytes, STATE_BYTES_MAX);
	if (code_all(in, &c)) { /* too large: the next start takes longer */
		store_state_put(in->opt.store, buf_view(&bytes));
	}
	buf_done(&bytes);
}

uint64_t
ingest_state_read(struct ingest *in)
{
	struct buf bytes;
	struct coder c = { .out = NULL };
	uint64_t event = 0;

	buf_init(&bytes, STATE_BYTES_MAX);
	if (store_state_get(in->opt.store, &event, &bytes)) {
		c.in = buf_view(&bytes);
		if (!code_all(in, &c)) {
			event = 0;
			detector_free(&in->detector);
			in->detector = detector_new(in->opt.detect, ingest_incident, in);
			map_clear(&in->held);
			map_clear(&in->mixes);
			map_clear(&in->outages);
			map_clear(&in->paces);
			in->newest_us = INT64_MIN;
		}
	}
	buf_done(&bytes);
	return event;
}
