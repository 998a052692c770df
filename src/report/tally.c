/* SPDX-License-Identifier: Apache-2.0 */
#include "report/tally.h"

#include "report/private.h"

#include <stdlib.h>

struct tally *
tally_new(const struct knowledge *k, const struct hash_key *key)
{
	struct tally *t = mem_new(1, sizeof(*t));

	t->k = k;
	t->key = *key;
	t->first_us = t->last_us = TIME_NONE;
	map_init(&t->by_host, sizeof(uint64_t));
	map_init(&t->by_domain, sizeof(uint64_t));
	map_init(&t->by_name, sizeof(uint64_t));
	map_init(&t->by_message, sizeof(uint64_t));
	t->heard = heard_new(HEARD_MAX, key);
	t->messages = heard_new(MESSAGES_MAX, key);
	t->refused = heard_new(MESSAGES_MAX, key);
	t->templates = mem_new(TEMPLATES_MAX, sizeof(*t->templates));
	t->template_hashes = mem_new(TEMPLATES_MAX, sizeof(*t->template_hashes));
	buf_init(&t->text, 0);
	/* The group for what does not fit is there from the start, and empty as a rule. */
	t->groups = mem_new(1, sizeof(*t->groups));
	t->others = mem_new(1, sizeof(*t->others));
	t->others->name = mem_dup("(others)", 8);
	t->groups[t->n_groups++] = t->others;
	return t;
}

void
tally_free(struct tally **pt)
{
	struct tally *t = *pt;

	if (t == NULL) {
		return;
	}
	for (size_t i = 0; i < t->n_groups; i++) {
		group_free(t->groups[i]);
		free(t->groups[i]);
	}
	for (size_t i = 0; i < t->n_templates; i++) {
		free(t->templates[i].shape);
		free(t->templates[i].sample);
		free(t->templates[i].host);
	}
	free(t->groups);
	free(t->templates);
	free(t->template_hashes);
	map_done(&t->by_host);
	map_done(&t->by_domain);
	map_done(&t->by_name);
	map_done(&t->by_message);
	heard_free(&t->heard);
	heard_free(&t->messages);
	heard_free(&t->refused);
	buf_done(&t->text);
	free(t);
	*pt = NULL;
}

struct group *
tally_group(struct tally *t, const struct event *e)
{
	return group_find(t, e);
}

/* ---- one event ---- */

/* A message counts once for each provider it went to. */
static void
count_message(struct tally *t, struct group *g, const struct event *e)
{
	struct hash_key key = { t->key.k0, t->key.k1 ^ g->number };

	uint64_t hash = hash_sip(&key, e->queue_id);

	heard_note_hash(t->messages, hash == 0 ? 1 : hash, &g->messages);
}

static void
count_kind(struct group *g, const struct event *e)
{
	if (e->suspended) {
		g->suspended++;
		return;
	}
	if (e->kind == EVENT_EXPIRED) {
		g->expired++;
		return;
	}
	if (e->ours) { /* our own effect must not look like the provider's */
		g->ours++;
		return;
	}
	g->attempts++;
	g->accepted += e->kind == EVENT_ACCEPTED;
	g->deferred += e->kind == EVENT_DEFERRED;
	g->rejected += e->kind == EVENT_REJECTED;
	g->deferred_at[e->stage] += e->kind == EVENT_DEFERRED;
	g->rejected_at[e->stage] += e->kind == EVENT_REJECTED;
	if (e->kind == EVENT_ACCEPTED) {
		if (e->delay_us >= 0) {
			histogram_add(&g->delay, e->delay_us);
		}
		g->retries += e->earlier_deferrals;
		g->delivered_after_retries += e->earlier_deferrals > 0;
	}
	trend_add(&g->all, e->time_us);
	if (e->kind != EVENT_ACCEPTED) {
		trend_add(&g->refused, e->time_us);
	}
}

static void
add_doubt(struct group *g, struct sv recipient)
{
	g->doubts++;
	if (g->n_doubt_list < DOUBTS_MAX) {
		g->doubt_list =
		    mem_grow(g->doubt_list, g->n_doubt_list + 1, sizeof(*g->doubt_list));
		g->doubt_list[g->n_doubt_list++] = mem_dup(recipient.p, recipient.n);
	}
}

static void
remember_recipient(struct tally *t, struct group *g, const struct event *e, const struct verdict *v)
{
	if (e->recipient.n == 0) {
		return;
	}
	if (e->kind == EVENT_ACCEPTED) {
		uint64_t hash = heard_hash(&t->key, e->recipient);

		g->came_back += heard_has_hash(t->refused, hash);
		heard_note_hash(t->heard, hash, NULL);
		return;
	}
	if (v != NULL && v->cause->suppressible && strcmp(v->cause->scope, "recipient") == 0 &&
	    (v->suppress || e->kind == EVENT_REJECTED) && heard_put(t->refused, e->recipient)) {
		g->unknown++;
		if (heard_has(t->heard, e->recipient)) {
			add_doubt(g, e->recipient);
		}
	}
}

static void
note_time(struct tally *t, int64_t us)
{
	if (t->first_us == TIME_NONE || us < t->first_us) {
		t->first_us = us;
	}
	if (t->last_us == TIME_NONE || us > t->last_us) {
		t->last_us = us;
	}
}

void
tally_add(struct tally *t, struct group *g, const struct event *e, const struct verdict *v)
{
	note_time(t, e->time_us);
	if (e->queue_id.n > 0) {
		count_message(t, g, e);
	}
	count_kind(g, e);
	if (e->kind == EVENT_DEFERRED && e->queue_id.n > 0) {
		group_waits(t, g, e);
	}
	if (!g->local) {
		count_kind(&t->total, e);
		remember_recipient(t, g, e, v);
	}
	if (v != NULL && !e->suspended && !e->ours && e->kind != EVENT_ACCEPTED) {
		reason_add(t, g, e, v);
		template_add(t, g, e, v);
	}
}

static void
move_to_rejected(struct group *g)
{
	g->returned++;
	if (g->accepted > 0) {
		g->accepted--;
		g->rejected++;
	}
}

void
tally_returned(struct tally *t, struct group *g, const struct event *e, const struct verdict *v)
{
	if (g == NULL) {
		return;
	}
	note_time(t, e->time_us);
	move_to_rejected(g);
	if (!g->local) {
		move_to_rejected(&t->total);
	}
	trend_add(&g->refused, e->time_us);
	reason_add(t, g, e, v);
	template_add(t, g, e, v);
}

/* ---- the end ---- */

static int
group_cmp(const void *pa, const void *pb)
{
	const struct group *a = *(const struct group *const *)pa;
	const struct group *b = *(const struct group *const *)pb;
	uint64_t ra = a->deferred + a->rejected;
	uint64_t rb = b->deferred + b->rejected;

	if (a->local != b->local) {
		return a->local ? 1 : -1;
	}
	if (ra != rb) {
		return ra > rb ? -1 : 1;
	}
	if (a->attempts != b->attempts) {
		return a->attempts > b->attempts ? -1 : 1;
	}
	return strcmp(a->name, b->name);
}

struct group *const *
tally_groups(struct tally *t, size_t *n_out)
{
	heard_settle(t->messages);
	for (size_t i = 0; i < t->n_groups; i++) {
		reasons_sort(t->groups[i]);
	}
	/* Indexes into the list are not asked for any more once the list is read. */
	qsort(t->groups, t->n_groups, sizeof(*t->groups), group_cmp);
	*n_out = t->n_groups;
	return t->groups;
}

static int
template_cmp(const void *pa, const void *pb)
{
	const struct template_row *a = pa;
	const struct template_row *b = pb;

	if (a->by_code != b->by_code) {
		return a->by_code ? 1 : -1;
	}
	if (a->n != b->n) {
		return a->n > b->n ? -1 : 1;
	}
	return strcmp(a->shape, b->shape);
}

const struct template_row *
tally_templates(struct tally *t, size_t *n_out)
{
	qsort(t->templates, t->n_templates, sizeof(*t->templates), template_cmp);
	*n_out = t->n_templates;
	return t->templates;
}

const struct group *
tally_total(struct tally *t)
{
	heard_settle(t->messages);
	t->total.messages = 0;
	for (size_t i = 0; i < t->n_groups; i++) {
		t->total.messages += t->groups[i]->local ? 0 : t->groups[i]->messages;
	}
	return &t->total;
}

int64_t
tally_first_us(const struct tally *t)
{
	return t->first_us;
}

int64_t
tally_last_us(const struct tally *t)
{
	return t->last_us;
}

struct tally_limits
tally_limits(const struct tally *t)
{
	struct tally_limits l = t->limits;

	l.recipients_forgotten = heard_forgotten(t->heard);
	return l;
}

struct share
group_refused(const struct group *g)
{
	return share_of(g->deferred + g->rejected, g->attempts);
}

struct share
others_refused(const struct tally *t, const struct group *g)
{
	uint64_t k = t->total.deferred + t->total.rejected;
	uint64_t n = t->total.attempts;

	if (!g->local) {
		k -= g->deferred + g->rejected;
		n -= g->attempts;
	}
	return share_of(k, n);
}

bool
group_disproportionate(const struct tally *t, const struct group *g)
{
	struct share mine = group_refused(g);
	struct share others = others_refused(t, g);

	return !g->local && share_disproportionate(&mine, &others);
}
