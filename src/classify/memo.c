/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/memo.h"

#include "base/err.h"
#include "base/hash.h"

#include <stdlib.h>

struct slot {
	struct memo_key key;
	struct memo_found found;
	char text[MEMO_TEXT_MAX];
};

struct set {                      /* one line of the cache */
	uint32_t mark[MEMO_WAYS]; /* of the hash of what is in the slot; 0: free */
	uint32_t next;            /* the way to take for the next one */
	uint32_t line[7];         /* nothing */
};

struct memo {
	struct set *sets;   /* owned: MEMO_SETS */
	struct slot *slots; /* owned: MEMO_WAYS a set */
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

	m->sets = mem_new(MEMO_SETS, sizeof(*m->sets));
	m->slots = mem_new((size_t)MEMO_SETS * MEMO_WAYS, sizeof(*m->slots));
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
		free(m->sets);
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

static uint32_t
mark_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1;
}

const struct memo_found *
memo_get(struct memo *m, const struct memo_key *key, struct sv text)
{
	uint32_t set_at;
	const struct set *set;
	uint32_t mark;

	m->hash = hash_text(text, text.n ^ (uint64_t)key->code << 32 ^ (uint64_t)key->detail << 44 ^
				      (uint64_t)(uintptr_t)key->provider);
	set_at = (uint32_t)(m->hash % MEMO_SETS);
	set = &m->sets[set_at];
	mark = mark_of(m->hash);
	for (uint32_t i = 0; i < MEMO_WAYS; i++) {
		const struct slot *slot = &m->slots[set_at * MEMO_WAYS + i];

		if (set->mark[i] == mark && memcmp(&slot->key, key, sizeof(*key)) == 0 &&
		    memcmp(slot->text, text.p, text.n) == 0) {
			return &slot->found;
		}
	}
	return NULL;
}

void
memo_put(struct memo *m, const struct memo_key *key, struct sv text, const struct memo_found *found)
{
	uint32_t *once = &m->once[m->hash % MEMO_ONCE];
	uint32_t set_at = (uint32_t)(m->hash % MEMO_SETS);
	struct set *set = &m->sets[set_at];
	uint32_t mark = mark_of(m->hash);
	struct slot *slot;

	if (*once != mark) {
		*once = mark;
		return;
	}
	slot = &m->slots[set_at * MEMO_WAYS + set->next % MEMO_WAYS];
	set->mark[set->next % MEMO_WAYS] = mark;
	set->next++;
	slot->key = *key;
	slot->found = *found;
	memcpy(slot->text, text.p, text.n);
}
