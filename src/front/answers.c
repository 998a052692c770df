/* SPDX-License-Identifier: Apache-2.0 */
#include "front/answers.h"

#include "base/err.h"

#define ADDRESS_MAX 320 /* as in store_hash */

/* ---- rows ---- */

struct row_head {
	uint32_t kind, state;
	uint64_t hash, id;
	uint32_t since_s, until_s;
	uint32_t text_n, zero;
};

void
front_row_write(const struct front_row *r, struct buf *out)
{
	struct row_head h = { r->kind, r->state, r->hash, r->id, r->since_s, r->until_s, 0, 0 };
	struct sv text = sv_head(r->text, FRONT_TEXT_MAX);

	h.text_n = (uint32_t)text.n;
	buf_add(out, &h, sizeof(h));
	buf_sv(out, text);
}

bool
front_row_take(struct sv *in, struct front_row *out)
{
	struct row_head h;

	if (in->n < sizeof(h)) {
		return false;
	}
	memcpy(&h, in->p, sizeof(h));
	if (h.kind < FRONT_CLEAR || h.kind > FRONT_BEAT || h.text_n > FRONT_TEXT_MAX ||
	    h.text_n > in->n - sizeof(h)) {
		return false;
	}
	*out = (struct front_row){ h.kind, h.state, h.hash, h.id, h.since_s, h.until_s,
		sv_make(in->p + sizeof(h), h.text_n) };
	*in = sv_from_at(*in, sizeof(h) + h.text_n);
	return true;
}

/* ---- tables ---- */

static void
table_init(struct answers_table *t, struct hash_key key)
{
	*t = (struct answers_table){ .key = key, .made = true };
	map_init(&t->recipients, sizeof(struct answer_recipient));
	map_init(&t->holds, sizeof(struct answer_hold));
	map_init(&t->hosts, sizeof(uint64_t));
	map_init(&t->pauses, sizeof(struct answer_pause));
	names_init(&t->reasons, &t->key);
}

static void
table_done(struct answers_table *t)
{
	if (t->made) {
		map_done(&t->recipients);
		map_done(&t->holds);
		map_done(&t->hosts);
		map_done(&t->pauses);
		names_done(&t->reasons);
	}
	*t = (struct answers_table){ 0 };
}

void
answers_init(struct answers *a)
{
	*a = (struct answers){ .beat_us = INT64_MIN };
}

void
answers_done(struct answers *a)
{
	table_done(&a->now);
	table_done(&a->next);
}

static uint64_t
hash_of(const struct answers_table *t, struct sv s)
{
	char room[ADDRESS_MAX];

	return hash_sip(&t->key, sv_lower(s, room, sizeof(room)));
}

static bool
has_room(struct answers *a, const struct map *m, uint64_t key, size_t most)
{
	bool fits = m->n < most || map_get(m, key) != NULL;

	a->n_dropped += !fits;
	return fits;
}

static uint32_t
reason_of(struct answers_table *t, struct sv text)
{
	uint32_t id = names_get(&t->reasons, text);

	return id == NAME_NONE && t->reasons.n < ANSWERS_REASONS_MAX ? names_put(&t->reasons, text)
								     : id;
}

static void
put_recipient(struct answers *a, struct answers_table *t, const struct front_row *r)
{
	struct answer_recipient *at;

	if (r->state == STANDING_OPEN) {
		if (map_get(&t->recipients, r->hash) != NULL) {
			map_drop(&t->recipients, r->hash);
		}
		return;
	}
	if (has_room(a, &t->recipients, r->hash, ANSWERS_RECIPIENTS_MAX)) {
		at = map_put(&t->recipients, r->hash, NULL);
		*at = (struct answer_recipient){ r->id, r->since_s, r->until_s, r->state,
			reason_of(t, r->text) };
	}
}

static void
put_hold(struct answers *a, struct answers_table *t, const struct front_row *r)
{
	uint64_t key = hash_of(t, r->text);

	if (has_room(a, &t->holds, key, ANSWERS_HOLDS_MAX)) {
		struct answer_hold *at = map_put(&t->holds, key, NULL);

		*at = (struct answer_hold){ r->id, r->since_s, r->until_s };
	}
}

static void
put_host(struct answers *a, struct answers_table *t, const struct front_row *r)
{
	struct sv provider = r->text;
	struct sv host;
	uint64_t key;

	if (!sv_cut(&provider, ' ', &host)) {
		return;
	}
	key = hash_of(t, host);
	if (has_room(a, &t->hosts, key, ANSWERS_HOSTS_MAX)) {
		*(uint64_t *)map_put(&t->hosts, key, NULL) = hash_of(t, provider);
	}
}

static void
put_pause(struct answers *a, struct answers_table *t, const struct front_row *r)
{
	struct sv reason = r->text;
	struct sv domain;
	uint64_t key;

	if (!sv_cut(&reason, ' ', &domain)) {
		return;
	}
	key = hash_of(t, domain);
	if (r->until_s == 1) {
		if (map_get(&t->pauses, key) != NULL) {
			map_drop(&t->pauses, key);
		}
	} else if (has_room(a, &t->pauses, key, ANSWERS_PAUSES_MAX)) {
		*(struct answer_pause *)map_put(&t->pauses, key, NULL) =
		    (struct answer_pause){ r->id, r->until_s, reason_of(t, reason) };
	}
}

static void
take_row(struct answers *a, const struct front_row *r, int64_t now_us)
{
	struct answers_table *t = a->building ? &a->next : &a->now;

	a->n_rows++;
	if (r->kind == FRONT_CLEAR) {
		table_done(&a->next);
		table_init(&a->next, (struct hash_key){ r->hash, r->id });
		a->building = true;
		return;
	}
	if (!t->made) { /* the middle of a stream whose beginning another process read */
		return;
	}
	if (r->kind == FRONT_WHOLE && a->building) {
		table_done(&a->now);
		a->now = a->next;
		a->next = (struct answers_table){ 0 };
		a->building = false;
		a->beat_us = now_us;
	} else if (r->kind == FRONT_RECIPIENT) {
		put_recipient(a, t, r);
	} else if (r->kind == FRONT_HOLD) {
		put_hold(a, t, r);
	} else if (r->kind == FRONT_HOST) {
		put_host(a, t, r);
	} else if (r->kind == FRONT_PAUSE) {
		put_pause(a, t, r);
	} else if (r->kind == FRONT_BEAT) {
		a->beat_us = now_us;
	}
}

bool
answers_take(struct answers *a, struct sv rows, int64_t now_us)
{
	struct front_row r;

	while (rows.n > 0) {
		if (!front_row_take(&rows, &r)) {
			return false;
		}
		take_row(a, &r, now_us);
	}
	return true;
}

/* ---- questions ---- */

bool
answers_fresh(const struct answers *a, int64_t now_us, int64_t max_age_us)
{
	return a->now.made && a->beat_us != INT64_MIN && now_us - a->beat_us <= max_age_us;
}

const struct answer_recipient *
answers_recipient(const struct answers *a, struct sv address, uint32_t now_s)
{
	const struct answer_recipient *r =
	    a->now.made ? map_get(&a->now.recipients, hash_of(&a->now, address)) : NULL;

	return r == NULL || (r->until_s != 0 && now_s >= r->until_s) ? NULL : r;
}

struct sv
answers_text(const struct answers *a, uint32_t reason)
{
	return reason == NAME_NONE ? (struct sv){ 0 } : names_text(&a->now.reasons, reason);
}

const struct answer_pause *
answers_pause(const struct answers *a, struct sv domain, uint32_t now_s)
{
	const struct answer_pause *p =
	    a->now.made ? map_get(&a->now.pauses, hash_of(&a->now, domain)) : NULL;

	return p == NULL || (p->until_s != 0 && now_s >= p->until_s) ? NULL : p;
}

static const struct answer_hold *
hold_of(const struct answers *a, uint64_t provider, uint32_t now_s)
{
	const struct answer_hold *h = map_get(&a->now.holds, provider);

	return h == NULL || (h->until_s != 0 && now_s >= h->until_s) ? NULL : h;
}

const struct answer_hold *
answers_hold(const struct answers *a, struct sv provider, uint32_t now_s)
{
	return answers_holds_any(a) ? hold_of(a, hash_of(&a->now, provider), now_s) : NULL;
}

const struct answer_hold *
answers_hold_host(const struct answers *a, struct sv host, uint32_t now_s)
{
	const uint64_t *provider =
	    answers_holds_any(a) ? map_get(&a->now.hosts, hash_of(&a->now, host)) : NULL;

	return provider == NULL ? NULL : hold_of(a, *provider, now_s);
}

bool
answers_holds_any(const struct answers *a)
{
	return a->now.made && a->now.holds.n > 0;
}
