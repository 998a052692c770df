/* SPDX-License-Identifier: Apache-2.0 */
#include "base/coder.h"
#include "detect/private.h"

#include <stddef.h>

/*
 * All that a detector knows, as bytes and back.  Structs that have gaps go field by field.
 */

#define STATE_FORM 5 /* of the bytes; another one is not read */

/* From the first member up to and with the last: numbers without gaps between them. */
#define SPAN(c, p, first, last)                                    \
	coder_bytes((c), &(p)->first,                              \
	    offsetof(__typeof__(*(p)), last) + sizeof((p)->last) - \
		offsetof(__typeof__(*(p)), first))
#define ONE(c, p) coder_bytes((c), (p), sizeof(*(p)))

/* ---- parts ---- */

static void
code_bank(struct coder *c, struct bank *b, enum signal s, bool provider_level)
{
	if (coder_reads(c)) {
		bank_init(b, s, provider_level);
	}
	coder_bool(c, &b->started);
	for (int i = 0; i < GRID_MAX; i++) {
		coder_bool(c, &b->cold[i]);
	}
	SPAN(c, b, log_sr, tau);
}

static void
code_place_bank(struct coder *c, uint64_t key, void *value)
{
	code_bank(c, value, (enum signal)(key % SIG_COUNT), false);
}

static void
code_excursion(struct coder *c, struct excursion *x)
{
	size_t n = x->n_recipients;

	coder_bool(c, &x->active);
	if (!x->active) {
		return;
	}
	ONE(c, &x->t0);
	if (coder_reads(c)) {
		excursion_start(x, x->t0);
	}
	coder_map(c, &x->senders, NULL);
	coder_map(c, &x->hosts, NULL);
	coder_map(c, &x->campaigns, NULL);
	SPAN(c, x, total, recipients);
	coder_count(c, &n, sizeof(x->recipients) / sizeof(x->recipients[0]));
	x->n_recipients = (unsigned)n;
}

/* A number of an enum or of things in a small array. */
static unsigned
code_small(struct coder *c, unsigned v, unsigned most)
{
	size_t n = v;

	coder_count(c, &n, most);
	return (unsigned)n;
}

static void
code_item(struct coder *c, struct detect_item *i)
{
	ONE(c, &i->event);
	ONE(c, &i->recipient);
	i->action = (enum detect_action)code_small(c, i->action, AMEND_UNSUPPRESS);
	ONE(c, &i->p_false);
}

static void
code_incident(struct coder *c, struct incident *i)
{
	ONE(c, &i->id);
	i->cause = (enum detect_cause)code_small(c, i->cause, CAUSE_GONE);
	i->scope = (enum detect_scope)code_small(c, i->scope, SCOPE_CAMPAIGN);
	ONE(c, &i->who);
	i->sig = (enum signal)code_small(c, i->sig, SIG_COUNT - 1);
	coder_bool(c, &i->open);
	SPAN(c, i, opened, accepted);
	i->n_accepted = code_small(c, i->n_accepted, 8);
	SPAN(c, i, retests, fresh_waits);
	SPAN(c, i, refused, moved);
	coder_count(c, &i->n_pending, DETECT_UNKNOWNS_MAX);
	if (coder_reads(c)) {
		i->pending = i->n_pending == 0 ? NULL : mem_new(i->n_pending, sizeof(*i->pending));
	}
	for (size_t k = 0; k < i->n_pending; k++) {
		code_item(c, &i->pending[k]);
	}
}

static void
code_unknown(struct coder *c, struct unknown *u)
{
	SPAN(c, u, t, campaign);
	u->stratum = (uint8_t)code_small(c, u->stratum, STRATA - 1);
	coder_bool(c, &u->dead);
}

/* ---- a provider ---- */

static void
code_lists(struct coder *c, struct provider_state *p)
{
	coder_count(c, &p->n_incidents, DETECT_UNKNOWNS_MAX);
	coder_count(c, &p->n_unknowns, DETECT_UNKNOWNS_MAX);
	if (coder_reads(c)) {
		p->room_incidents = p->n_incidents;
		p->room_unknowns = p->n_unknowns;
		p->incidents = mem_grow(NULL, p->n_incidents + 1, sizeof(*p->incidents));
		p->unknowns = mem_grow(NULL, p->n_unknowns + 1, sizeof(*p->unknowns));
		memset(p->incidents, 0, (p->n_incidents + 1) * sizeof(*p->incidents));
		memset(p->unknowns, 0, (p->n_unknowns + 1) * sizeof(*p->unknowns));
	}
	for (size_t i = 0; i < p->n_incidents; i++) {
		code_incident(c, &p->incidents[i]);
	}
	for (size_t i = 0; i < p->n_unknowns; i++) {
		code_unknown(c, &p->unknowns[i]);
	}
	coder_bool(c, &p->has_closed);
	if (p->has_closed) {
		code_incident(c, &p->last_closed);
	}
	coder_bool(c, &p->held);
	SPAN(c, p, closed_at, held_at);
}

static void
code_provider(struct coder *c, struct provider_state *p)
{
	struct map *plain[] = { &p->lists, &p->sender_attempts, &p->snapshots, &p->campaigns,
		&p->domains, &p->hosts, &p->senders, &p->domain_set };

	SPAN(c, p, ab, waiting_since);
	coder_bool(c, &p->learned);
	SPAN(c, p, rate, quantile);
	for (int i = 0; i < 3; i++) {
		p->n_windows[i] = code_small(c, p->n_windows[i], RATE_WINDOWS);
		coder_bytes(c, p->windows[i], p->n_windows[i] * sizeof(p->windows[i][0]));
	}
	SPAN(c, p, window, window_at);
	coder_bool(c, &p->window_started);
	ONE(c, &p->attempts);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		coder_map(c, plain[i], NULL);
	}
	code_bank(c, &p->unknown, SIG_U, true);
	code_bank(c, &p->temp, SIG_T, true);
	coder_map(c, &p->homes, NULL);
	ONE(c, &p->homes_began);
	coder_map(c, &p->mx_banks, code_place_bank);
	coder_map(c, &p->sender_banks, code_place_bank);
	for (int i = 0; i < 4; i++) {
		code_excursion(c, &p->excursions[i / 2][i % 2]);
	}
	code_lists(c, p);
}

void
detector_code_provider(struct detector *d, uint32_t provider, struct coder *c)
{
	struct provider_state **slot = map_put(&d->providers, provider, NULL);

	if (coder_reads(c)) {
		provider_free(*slot); /* the same one twice: the bytes are damaged */
		*slot = provider_new(provider);
	}
	check(*slot != NULL);
	code_provider(c, *slot);
}

void
detector_changed(struct detector *d, detector_row *row, void *context)
{
	for (size_t i = 0; i < d->providers.n; i++) {
		struct provider_state *p = *(struct provider_state **)map_at(&d->providers, i);

		if (p->changed) {
			p->changed = false;
			row(context, p->id);
		}
	}
}

void
detector_code(struct detector *d, struct coder *c)
{
	uint32_t form = STATE_FORM;

	ONE(c, &form);
	c->bad |= form != STATE_FORM;
	ONE(c, &d->global);
	ONE(c, &d->next_id);
}

void
detector_settings_bytes(const struct detect_settings *set, struct buf *out)
{
	struct coder c = { .out = out };
	struct detect_settings s = *set;

	SPAN(&c, &s, kappa, min_recipients);
	SPAN(&c, &s, beta, domain_cap);
	SPAN(&c, &s, strength, amend_p);
}
