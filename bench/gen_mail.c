/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_mail.h"

#include "base/err.h"

#include <stdlib.h>

/* What a message is in the queue for on average: most leave in two seconds, a few stay for hours. */
#define MEAN_STAY_US (INT64_C(120) * US_PER_SECOND)
/* ---- the heap ---- */

static bool
due_before(const struct due *a, const struct due *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : (int32_t)(a->order - b->order) < 0;
}

static void
heap_push(struct gen *g, int64_t at_us, uint32_t mail)
{
	struct due d = { at_us, g->counter++, mail };
	uint32_t i = g->n_heap++;

	while (i > 0 && due_before(&d, &g->heap[(i - 1) / 2])) {
		g->heap[i] = g->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	g->heap[i] = d;
}

/* Puts d in the place of the first one, and then where it belongs. */
static void
heap_replace(struct gen *g, struct due d)
{
	uint32_t i = 0;

	for (;;) {
		uint32_t child = i * 2 + 1;

		if (child >= g->n_heap) {
			break;
		}
		if (child + 1 < g->n_heap && due_before(&g->heap[child + 1], &g->heap[child])) {
			child++;
		}
		if (!due_before(&g->heap[child], &d)) {
			break;
		}
		g->heap[i] = g->heap[child];
		i = child;
	}
	g->heap[i] = d;
}

static void
heap_drop_first(struct gen *g)
{
	struct due last = g->heap[--g->n_heap];

	if (g->n_heap > 0) {
		heap_replace(g, last);
	}
}

/* ---- messages ---- */

/* Postfix's long queue id: seconds and microseconds in base 52, 'z', the inode in base 51. */
static void
mail_name(struct mail *m, uint32_t slot)
{
	static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
	uint64_t part[3] = { (uint64_t)(m->born_us / US_PER_SECOND),
		(uint64_t)(m->born_us % US_PER_SECOND), 8000000U + slot * UINT64_C(7) };
	static const unsigned width[3] = { 6, 4, 5 };
	static const unsigned base[3] = { 52, 52, 51 };
	unsigned n = 0;

	for (unsigned k = 0; k < 3; k++) {
		for (unsigned i = width[k]; i-- > 0;) {
			m->qid[n + i] = alphabet[part[k] % base[k]];
			part[k] /= base[k];
		}
		n += width[k];
		if (k == 1) {
			m->qid[n++] = 'z';
		}
	}
	m->n_qid = (uint8_t)n;
}

static struct mail *
mail_take(struct gen *g, int64_t born_us, const struct stream *stream)
{
	uint32_t slot = g->idle[--g->n_idle];
	struct mail *m = &g->mails[slot];

	*m = (struct mail){ .born_us = born_us, .stream = stream, .id = random_next(&g->rng) };
	m->size = stream->size_low + random_below(&g->rng, stream->size_high - stream->size_low);
	m->client = random_below(&g->rng, 4);
	m->session = random_below(&g->rng, 100) < g->session_percent;
	mail_name(m, slot);
	return m;
}

static uint32_t
mail_slot(const struct gen *g, const struct mail *m)
{
	return (uint32_t)(m - g->mails);
}

static void
order_rcpt(struct gen *g, struct rcpt *r)
{
	uint32_t roll = random_below(&g->rng, 1000);
	size_t at = 0;
	uint8_t n = 0;

	while (at + 1 < world_n_providers() && roll >= world_providers[at].weight) {
		roll -= world_providers[at].weight;
		at++;
	}
	*r = (struct rcpt){ .at = &world_providers[at] };
	r->user = 1 + random_below(&g->rng, 2000000);
	while (n < 6 && r->at->domains[n].n > 0) {
		n++;
	}
	r->domain = (uint8_t)random_below(&g->rng, n);
}

static void
order_random(struct gen *g, struct order *o)
{
	uint32_t roll = random_below(&g->rng, 1000);
	uint32_t s = 0;

	while (s + 1 < world_n_streams() && roll >= world_streams[s].weight) {
		roll -= world_streams[s].weight;
		s++;
	}
	*o = (struct order){ .stream = s, .n_rcpt = 1 };
	if (random_below(&g->rng, 100) < world_streams[s].many_percent) {
		o->n_rcpt = 2 + random_below(&g->rng, RCPT_MAX - 1);
	}
	if (random_below(&g->rng, 2000) == 0) {
		o->age_us = g->lifetime_us - INT64_C(300) * US_PER_SECOND;
	}
	for (uint32_t i = 0; i < o->n_rcpt; i++) {
		order_rcpt(g, &o->rcpt[i]);
	}
	if (world_streams[s].pickup) {
		o->rcpt[0] = (struct rcpt){ .at = world_provider(SV("local")) };
	}
}

static void
mail_begin(struct gen *g, const struct order *o)
{
	struct mail *m = mail_take(g, g->now_us - o->age_us, &world_streams[o->stream]);

	m->n_rcpt = (uint8_t)o->n_rcpt;
	memcpy(m->rcpt, o->rcpt, sizeof(m->rcpt));
	m->step = m->session ? STEP_CONNECT : STEP_CLIENT;
	if (m->stream->pickup) {
		m->session = false;
		m->step = STEP_CLIENT;
	}
	if (o->age_us > 0) {
		m->attempts = 8;
		m->step = STEP_ACTIVE;
	}
	g->messages++;
	heap_push(g, g->now_us, mail_slot(g, m));
}

/* The return address of a bounced message gets a message of its own. */
struct mail *
mail_notification(struct gen *g, const struct mail *of)
{
	struct mail *m = mail_take(g, g->now_us, of->stream);

	m->null_sender = true;
	m->session = false;
	m->size = of->size / 4 + 2500;
	m->n_rcpt = 1;
	m->rcpt[0] = of->rcpt[0];
	m->rcpt[0].done = false;
	m->step = STEP_MESSAGE_ID;
	heap_push(g, g->now_us + 2000, mail_slot(g, m));
	return m;
}

/* ---- running ---- */

struct gen *
gen_new(uint64_t seed, int64_t start_us, uint32_t in_flight)
{
	struct gen *g = mem_new(1, sizeof(*g));

	g->rng = seed;
	g->now_us = start_us;
	g->arrival_us = start_us;
	g->end_us = INT64_MAX;
	g->limit_bytes = UINT64_MAX;
	g->stamp.second = -1;
	/* Half of the slots are for retries that pile up and for notifications. */
	g->n_mails = in_flight * 4 + 64;
	g->mails = mem_new(g->n_mails, sizeof(*g->mails));
	g->idle = mem_new(g->n_mails, sizeof(*g->idle));
	g->heap = mem_new(g->n_mails + 1, sizeof(*g->heap));
	for (uint32_t i = 0; i < g->n_mails; i++) {
		g->idle[g->n_idle++] = g->n_mails - 1 - i;
	}
	g->gap_us = MEAN_STAY_US / (int64_t)in_flight + 1;
	g->lifetime_us = INT64_C(4) * 3600 * US_PER_SECOND;
	g->noise_percent = 7;
	g->session_percent = 35;
	g->tls_percent = 30;
	g->sign_percent = 30;
	return g;
}

void
gen_free(struct gen **g)
{
	if (*g != NULL) {
		free((*g)->mails);
		free((*g)->idle);
		free((*g)->heap);
		free(*g);
		*g = NULL;
	}
}

static void
gen_arrive(struct gen *g)
{
	struct order o;

	if (g->plan != NULL) {
		mail_begin(g, &g->plan[g->at_plan++]);
		g->arrival_us = g->at_plan < g->n_plan ? g->plan[g->at_plan].at_us : INT64_MAX;
		return;
	}
	order_random(g, &o);
	mail_begin(g, &o);
	g->arrival_us = g->now_us + 1 + (int64_t)random_below(&g->rng, (uint32_t)(2 * g->gap_us));
}

/* One step of the message that is due first. */
static void
gen_step(struct gen *g)
{
	uint32_t slot = g->heap[0].mail;
	struct mail *m = &g->mails[slot];
	int64_t wait = mail_step(g, m);

	/* A step may push a notification, which is due later, so the first is still this one. */
	if (wait == STEP_DONE) {
		heap_drop_first(g);
		g->idle[g->n_idle++] = slot;
	} else {
		heap_replace(g, (struct due){ g->now_us + wait, g->counter++, slot });
	}
	if (random_below(&g->rng, 100) < g->noise_percent) {
		line_noise(g);
	}
}

void
gen_run(struct gen *g)
{
	while (g->out.total < g->limit_bytes && !g->out.broken) {
		int64_t due = g->n_heap > 0 ? g->heap[0].at_us : INT64_MAX;
		bool room = g->n_idle > g->n_mails / 4;
		bool arrives = room && g->arrival_us <= due;
		int64_t next = arrives ? g->arrival_us : due;

		if (next == INT64_MAX || next >= g->end_us) {
			break;
		}
		if (next > g->now_us) {
			g->in_flight_us += (double)g->n_heap * (double)(next - g->now_us);
			g->now_us = next;
		}
		if (arrives) {
			gen_arrive(g);
		} else {
			gen_step(g);
		}
	}
	out_flush(&g->out);
}
