/* SPDX-License-Identifier: Apache-2.0 */
#include "fact/codec.h"

#include <stddef.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The texts of an event, in the order in which they follow its numbers. */
static const size_t texts[] = {
	offsetof(struct event, instance),
	offsetof(struct event, queue_id),
	offsetof(struct event, recipient),
	offsetof(struct event, orig_to),
	offsetof(struct event, sender),
	offsetof(struct event, message_id),
	offsetof(struct event, host),
	offsetof(struct event, ip),
	offsetof(struct event, reply.text),
	offsetof(struct event, reason),
};

enum flag {
	FLAG_HAS_SENDER = 1,
	FLAG_SUSPENDED = 2,
	FLAG_SOFTBOUNCE = 4,
	FLAG_OURS = 8,
	FLAG_FIRST = 16,
	FLAGS_ALL = 31,
};

struct event_head {
	int64_t time_us, delay_us, delays_us[4];
	uint64_t size_bytes, offset;
	uint32_t kind, via, saw, stage, flags;
	uint32_t code, nrcpt, port, conn_use, earlier;
	struct status status, dsn;
	uint32_t text_n[COUNT(texts)];
};

static unsigned
flags_of(const struct event *e)
{
	return (e->has_sender ? FLAG_HAS_SENDER : 0u) | (e->suspended ? FLAG_SUSPENDED : 0u) |
	       (e->softbounce ? FLAG_SOFTBOUNCE : 0u) | (e->ours ? FLAG_OURS : 0u) |
	       (e->first_attempt ? FLAG_FIRST : 0u);
}

static const struct sv *
text_of(const struct event *e, size_t i)
{
	return (const struct sv *)(const void *)((const char *)e + texts[i]);
}

void
event_write(const struct event *e, struct buf *out)
{
	struct event_head h;

	memset(&h, 0, sizeof(h)); /* no bytes of ours between the numbers */
	h.time_us = e->time_us;
	h.delay_us = e->delay_us;
	memcpy(h.delays_us, e->delays_us, sizeof(h.delays_us));
	h.size_bytes = e->size_bytes;
	h.offset = e->offset;
	h.kind = (uint32_t)e->kind;
	h.via = (uint32_t)e->via;
	h.saw = (uint32_t)e->saw;
	h.stage = (uint32_t)e->stage;
	h.flags = flags_of(e);
	h.code = e->reply.code;
	h.nrcpt = e->nrcpt;
	h.port = e->port;
	h.conn_use = e->conn_use;
	h.earlier = e->earlier_deferrals;
	h.status = e->reply.status;
	h.dsn = e->dsn;
	for (size_t i = 0; i < COUNT(texts); i++) {
		h.text_n[i] = (uint32_t)text_of(e, i)->n;
	}
	buf_add(out, &h, sizeof(h));
	for (size_t i = 0; i < COUNT(texts); i++) {
		buf_sv(out, *text_of(e, i));
	}
}

static bool
is_sound(const struct event_head *h)
{
	return h->kind <= EVENT_EXPIRED && h->via <= POSTFIX_DAEMON_OTHER && h->saw <= SAW_LOCAL &&
	       h->stage <= STAGE_QUIT && h->flags <= FLAGS_ALL && h->code < 1000 &&
	       h->status.klass < 10 && h->status.subject < 1000 && h->status.detail < 1000;
}

bool
event_take(struct sv *in, struct event *out)
{
	struct event_head h;
	struct sv s = *in;

	if (s.n < sizeof(h)) {
		return false;
	}
	memcpy(&h, s.p, sizeof(h));
	s = sv_from_at(s, sizeof(h));
	if (!is_sound(&h)) {
		return false;
	}
	*out = (struct event){ .kind = (enum event_kind)h.kind,
		.time_us = h.time_us,
		.via = (enum postfix_daemon)h.via,
		.has_sender = (h.flags & FLAG_HAS_SENDER) != 0,
		.size_bytes = h.size_bytes,
		.nrcpt = h.nrcpt,
		.port = h.port,
		.conn_use = h.conn_use,
		.delay_us = h.delay_us,
		.saw = (enum postfix_saw)h.saw,
		.stage = (enum smtp_stage)h.stage,
		.suspended = (h.flags & FLAG_SUSPENDED) != 0,
		.reply = { .code = h.code, .status = h.status },
		.dsn = h.dsn,
		.softbounce = (h.flags & FLAG_SOFTBOUNCE) != 0,
		.ours = (h.flags & FLAG_OURS) != 0,
		.earlier_deferrals = h.earlier,
		.first_attempt = (h.flags & FLAG_FIRST) != 0,
		.offset = h.offset };
	memcpy(out->delays_us, h.delays_us, sizeof(out->delays_us));
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (h.text_n[i] > s.n) {
			return false;
		}
		*(struct sv *)(void *)((char *)out + texts[i]) = sv_head(s, h.text_n[i]);
		s = sv_from_at(s, h.text_n[i]);
	}
	*in = s;
	return true;
}
