/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/memo.h"

#include "base/err.h"
#include "base/hash.h"

#include <stdlib.h>

struct slot {
	struct memo_key key;
	struct memo_found found;
	bool used;
	char text[MEMO_TEXT_MAX];
};

struct memo {
	struct slot *slots; /* owned */
	uint32_t *once;     /* owned: MEMO_ONCE marks of replies that came */
	uint64_t hash;      /* of the last memo_get */
	int64_t *dates;     /* owned: of all rules, ascending */
	size_t n_dates;
};

static int
date_cmp(const void *pa, const void *pb)
{
	const int64_t *a = pa;
	const int64_t *b = pb;

	return *a < *b ? -1 : *a > *b;
}

static void
date_add(struct memo *m, int64_t date_us)
{
	if (date_us != TIME_NONE) {
		m->dates[m->n_dates++] = date_us;
	}
}

struct memo *
memo_new(const struct knowledge *k)
{
	struct memo *m = mem_new(1, sizeof(*m));
	size_t n;
	size_t kept = 0;
	const struct rule *const *rules = knowledge_rules(k, &n);

	m->slots = mem_new(MEMO_SLOTS, sizeof(*m->slots));
	m->once = mem_new(MEMO_ONCE, sizeof(*m->once));
	m->dates = mem_new(n * 2 + 1, sizeof(*m->dates));
	for (size_t i = 0; i < n; i++) {
		date_add(m, rules[i]->from_us);
		date_add(m, rules[i]->until_us);
	}
	qsort(m->dates, m->n_dates, sizeof(*m->dates), date_cmp);
	for (size_t i = 0; i < m->n_dates; i++) {
		if (i == 0 || m->dates[i] != m->dates[i - 1]) {
			m->dates[kept++] = m->dates[i];
		}
	}
	m->n_dates = kept;
	return m;
}

void
memo_free(struct memo **pm)
{
	struct memo *m = *pm;

	if (m != NULL) {
		free(m->slots);
		free(m->once);
		free(m->dates);
		free(m);
		*pm = NULL;
	}
}

/* How many dates are not after the time: rules hold or not alike between two dates. */
static uint32_t
epoch_of(const struct memo *m, int64_t time_us)
{
	size_t low = 0;
	size_t high = m->n_dates;

	if (time_us == TIME_NONE) {
		return UINT32_MAX;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->dates[mid] <= time_us) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return (uint32_t)low;
}

bool
memo_key_make(const struct memo *m, const struct question *q, struct sv text, struct memo_key *out)
{
	if (text.n > MEMO_TEXT_MAX || q->reply.code > UINT16_MAX) {
		return false;
	}
	*out = (struct memo_key){
		.provider = q->provider,
		.epoch = epoch_of(m, q->time_us),
		.code = (uint16_t)q->reply.code,
		.klass = q->reply.status.klass,
		.subject = q->reply.status.subject,
		.detail = q->reply.status.detail,
		.stage = (uint16_t)q->stage,
		.saw = (uint16_t)q->saw,
		.text_n = (uint32_t)text.n,
	};
	return true;
}

/* Who chooses texts that meet in one slot only makes us forget: a plain hash will do. */
static NO_WRAP_CHECK uint64_t
hash_text(struct sv s, uint64_t h)
{
	uint64_t w;

	for (; s.n >= sizeof(w); s = sv_from_at(s, sizeof(w))) {
		memcpy(&w, s.p, sizeof(w));
		h = (h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	w = 0;
	memcpy(&w, s.p, s.n);
	h = (h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

const struct memo_found *
memo_get(struct memo *m, const struct memo_key *key, struct sv text)
{
	const struct slot *slot;

	m->hash = hash_text(text, text.n ^ (uint64_t)key->code << 32 ^ (uint64_t)key->detail << 44 ^
				      (uint64_t)(uintptr_t)key->provider);
	slot = &m->slots[m->hash % MEMO_SLOTS];
	return slot->used && memcmp(&slot->key, key, sizeof(*key)) == 0 &&
		       memcmp(slot->text, text.p, text.n) == 0
		   ? &slot->found
		   : NULL;
}

void
memo_put(struct memo *m, const struct memo_key *key, struct sv text, const struct memo_found *found)
{
	uint32_t *once = &m->once[m->hash % MEMO_ONCE];
	uint32_t mark = (uint32_t)(m->hash >> 32) | 1;
	struct slot *slot = &m->slots[m->hash % MEMO_SLOTS];

	if (*once != mark) {
		*once = mark;
		return;
	}
	slot->key = *key;
	slot->found = *found;
	slot->used = true;
	memcpy(slot->text, text.p, text.n);
}
