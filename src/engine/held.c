/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/held.h"

#include "base/err.h"
#include "base/map.h"
#include "fact/event.h"

#include <stdlib.h>

struct message {
	uint32_t provider;
	uint32_t tried; /* and nothing was heard of it since */
	char id[HELD_ID_MAX + 1];
};

struct held {
	struct held_settings set;
	struct hash_key key;
	struct map messages; /* hash of the queue id -> struct message */
	struct map plans;    /* provider -> struct release, of those that are being released */
	uint64_t forgotten;
};

struct held *
held_new(const struct held_settings *set, const struct hash_key *key)
{
	struct held *h = mem_new(1, sizeof(*h));

	h->set = *set;
	h->key = *key;
	map_init(&h->messages, sizeof(struct message));
	map_init(&h->plans, sizeof(struct release));
	return h;
}

void
held_free(struct held **ph)
{
	struct held *h = *ph;

	if (h != NULL) {
		map_done(&h->messages);
		map_done(&h->plans);
		free(h);
		*ph = NULL;
	}
}

static void
outcome(struct held *h, const struct message *m, bool accepted)
{
	struct release *plan = m->tried ? map_get(&h->plans, m->provider) : NULL;

	if (plan != NULL) {
		release_outcome(plan, accepted);
	}
}

static void
keep(struct held *h, uint64_t key, const struct stored_event *e)
{
	struct message *m;

	if (e->queue_id.n == 0 || e->queue_id.n > HELD_ID_MAX ||
	    (h->messages.n >= HELD_MAX && map_get(&h->messages, key) == NULL)) {
		h->forgotten++;
		return;
	}
	m = map_put(&h->messages, key, NULL);
	outcome(h, m, false);
	*m = (struct message){ .provider = e->provider };
	memcpy(m->id, e->queue_id.p, e->queue_id.n);
}

void
held_saw(struct held *h, const struct stored_event *e)
{
	uint64_t key = hash_sip(&h->key, e->queue_id);
	struct message *m;

	if (e->watched == WATCHED_TURNED) {
		keep(h, key, e);
		return;
	}
	m = h->messages.n == 0 ? NULL : map_get(&h->messages, key);
	if (m == NULL) {
		return;
	}
	if (e->kind == EVENT_DEFERRED && !m->tried) { /* another recipient of the message */
		return;
	}
	outcome(h, m, e->kind == EVENT_ACCEPTED);
	map_drop(&h->messages, key);
}

/* A release begins anew when the provider was held again meanwhile. */
static void
see_plans(struct held *h, const struct held_caller *caller)
{
	for (size_t i = h->plans.n; i-- > 0;) {
		if (caller->is_held(caller->context, (uint32_t)h->plans.keys[i])) {
			map_drop(&h->plans, h->plans.keys[i]);
		}
	}
	for (size_t i = 0; i < h->messages.n; i++) {
		const struct message *m = map_at(&h->messages, i);
		bool is_new;
		struct release *plan;

		if (m->tried || caller->is_held(caller->context, m->provider)) {
			continue;
		}
		plan = map_put(&h->plans, m->provider, &is_new);
		if (is_new) {
			release_init(plan, h->set.first, h->set.growth, h->set.every_s);
		}
	}
}

static void
release_some(struct held *h, uint32_t provider, size_t n, const struct held_caller *caller)
{
	for (size_t i = 0; i < h->messages.n && n > 0; i++) {
		struct message *m = map_at(&h->messages, i);

		if (m->provider == provider && !m->tried) {
			caller->try_again(caller->context, m->id);
			m->tried = 1;
			n--;
		}
	}
}

void
held_due(struct held *h, double now_s, const struct held_caller *caller)
{
	if (h->messages.n == 0) {
		map_clear(&h->plans);
		return;
	}
	see_plans(h, caller);
	for (size_t i = 0; i < h->plans.n; i++) {
		size_t n = release_due(map_at(&h->plans, i), now_s);

		if (n > 0) {
			release_some(h, (uint32_t)h->plans.keys[i], n, caller);
		}
	}
}

size_t
held_count(const struct held *h)
{
	return h->messages.n;
}

uint64_t
held_forgotten(const struct held *h)
{
	return h->forgotten;
}
