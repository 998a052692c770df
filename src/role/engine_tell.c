/* SPDX-License-Identifier: Apache-2.0 */
#include "role/engine_private.h"
#include "role/say.h"

#include <stdio.h>

/* ---- rows for the front ---- */

void
engine_flush(struct engine_part *e)
{
	if (e->rows.n > 0) {
		e->opt.out->rows(e->opt.out->context, buf_view(&e->rows));
		buf_clear(&e->rows);
	}
}

void
engine_row(struct engine_part *e, struct front_row r)
{
	if (e->rows.n + FRONT_TEXT_MAX + sizeof(r) > ENGINE_ROWS_MAX) {
		engine_flush(e);
	}
	front_row_write(&r, &e->rows);
}

static enum standing
standing_of(const struct memory *m)
{
	if (m->state == RECIPIENT_RESTING) {
		return STANDING_RESTING;
	}
	if (m->state != RECIPIENT_SUPPRESSED) {
		return STANDING_OPEN;
	}
	return m->complained_s != 0 || m->unsubscribed_s != 0 || m->by_hand_s != 0
		   ? STANDING_ASKED
		   : STANDING_BOUNCED;
}

static void
on_recipient(void *context, const struct memory *m, struct sv reason)
{
	engine_row(context, (struct front_row){ .kind = FRONT_RECIPIENT,
				.state = standing_of(m),
				.hash = m->run.hash,
				.id = m->decision,
				.since_s = m->since_s,
				.until_s = m->until_s,
				.text = reason });
}

static void
on_hold(void *context, struct sv provider, const struct ingest_hold *h, uint32_t until_s)
{
	struct engine_part *e = context;

	if (!e->telling_all) {
		say("engine.hold", "provider=%.*s incident=%llu %s", SV_ARG(provider),
		    (unsigned long long)h->incident,
		    until_s == 0   ? "until=its_end"
		    : until_s == 1 ? "over=yes"
				   : "until=within_the_hour");
	}
	engine_row(context, (struct front_row){ .kind = FRONT_HOLD,
				.id = h->incident,
				.since_s = (uint32_t)h->since,
				.until_s = until_s,
				.text = provider });
}

static void
on_host(void *context, struct sv host, struct sv provider)
{
	char room[FRONT_TEXT_MAX];
	int n = snprintf(room, sizeof(room), "%.*s %.*s", SV_ARG(host), SV_ARG(provider));

	if (n > 0 && (size_t)n < sizeof(room)) {
		engine_row(context,
		    (struct front_row){ .kind = FRONT_HOST, .text = sv_make(room, (size_t)n) });
	}
}

static void
on_try_again(void *context, const char *queue_id)
{
	struct engine_part *e = context;
	char order[HELD_ID_MAX + 4];
	int n = snprintf(order, sizeof(order), "R %s", queue_id);

	e->tried++;
	e->opt.out->order(e->opt.out->context, sv_make(order, (size_t)n));
}

void
engine_sink(struct engine_part *e, struct live_sink *out)
{
	*out = (struct live_sink){ e, on_recipient, on_hold, on_host, on_try_again };
}
