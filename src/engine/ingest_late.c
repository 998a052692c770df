/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"

/*
 * Inputs overlap, hosts hand in their logs after each other, clocks jump: what was told before
 * changes nothing, and what comes late is counted, for some of it may come out differently.
 */

/* One message is not delivered to one recipient twice at the same moment with the same outcome. */
static uint64_t
fingerprint(const struct ingest *in, const struct event *e, uint64_t recipient)
{
	const struct hash_key key = { recipient ^ store_key(in->opt.store).k0,
		(uint64_t)e->time_us ^ (uint64_t)e->kind << 56 ^ e->reply.code };

	return hash_sip(&key, e->queue_id);
}

static bool
at_hand(struct ingest *in, uint64_t print)
{
	if (map_get(&in->told[0], print) != NULL || map_get(&in->told[1], print) != NULL) {
		return true;
	}
	if (in->told[0].n == INGEST_TOLD_MAX) {
		struct map older = in->told[1];

		in->told[1] = in->told[0];
		in->told[0] = older;
		map_clear(&in->told[0]);
		in->told_since_us = in->told_next_us;
		in->told_next_us = in->newest_us;
	}
	(void)map_put(&in->told[0], print, NULL);
	return false;
}

bool
ingest_was_told(struct ingest *in, const struct event *e, uint64_t recipient)
{
	const struct stored_event s = { .t_us = e->time_us,
		.recipient = recipient,
		.kind = (uint32_t)e->kind,
		.code = e->reply.code,
		.queue_id = e->queue_id };

	if (e->queue_id.n == 0) { /* it cannot be told from another one */
		return false;
	}
	if (at_hand(in, fingerprint(in, e, recipient))) {
		return true;
	}
	return e->time_us <= in->told_since_us && store_event_told(in->opt.store, &s);
}

void
ingest_count_late(struct ingest *in, const struct stored_event *s, const struct memory *m)
{
	int64_t t_s = s->t_us / US_PER_SECOND;
	bool of_recipient = t_s < m->run.accepted_s || t_s < m->run.gone_s || t_s < m->since_s;

	for (int i = 0; i < REFUSAL_KINDS; i++) {
		of_recipient = of_recipient || t_s < m->run.runs[i].last_s;
	}
	in->counts.late +=
	    of_recipient ||
	    (in->newest_us != INT64_MIN && s->t_us < in->newest_us - INGEST_LATE_S * US_PER_SECOND);
}
