/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_HELD_H
#define CAROM_ENGINE_HELD_H

/*
 * Which queued messages wait because we turned a refusal into a deferral, by provider, and
 * when they are to be tried again (act/release.h).  Made from the events, past and present,
 * so that nothing of it has to be kept.  At most HELD_MAX messages; those over it wait for
 * Postfix's own schedule and are counted.
 */

#include "act/release.h"
#include "base/hash.h"
#include "store/store.h"

#define HELD_MAX    1000000
#define HELD_ID_MAX 31 /* bytes of a queue id; Postfix's long ones have 15 to 20 */

struct held;

struct held_settings {
	size_t first, growth;
	double every_s;
};

struct held *held_new(const struct held_settings *set, const struct hash_key *key);
void held_free(struct held **h);
void held_saw(struct held *h, const struct stored_event *e);

struct held_caller {
	void *context;
	bool (*is_held)(void *context, uint32_t provider);
	void (*try_again)(void *context, const char *queue_id);
};
/* What is due now, of providers that are not held any more. */
void held_due(struct held *h, double now_s, const struct held_caller *caller);
size_t held_count(const struct held *h);
uint64_t held_forgotten(const struct held *h);

#endif
