/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_BLOCKLISTS_PRIVATE_H
#define CAROM_CMD_BLOCKLISTS_PRIVATE_H

/*
 * What the files of `carom blocklists` share: who is looked up and where that is known from, what
 * refusals say of each list, and one round of questions.
 */

#include "base/json.h"
#include "base/map.h"
#include "blocklist/check.h"
#include "cmd/cmd.h"
#include "store/listing.h"

#define LOGS_MAX           256
#define ZONES_MAX          64
#define COST_PROVIDERS_MAX 64
#define COST_NAMED_MAX     65536 /* pairs of a list and a target in refusals */

struct list_cost { /* refusals that name a list */
	uint64_t refusals;
	uint32_t providers[COST_PROVIDERS_MAX]; /* in blocklists_session.providers */
	size_t n_providers;
};

struct blocklists_args {
	const char *logs[LOGS_MAX];
	const char *zones[ZONES_MAX];
	size_t n_logs, n_zones;
	const char *store, *keys, *lists, *resolver;
	uint64_t timeout_s;
	bool json;
};

struct key_line {
	struct sv name;
	const char *value; /* secret */
};

struct blocklists_session {
	const struct cmd_context *ctx;
	const struct blocklists_args *args;
	struct blocklists *lists;
	struct arena *arena;     /* of keys and targets */
	struct list_cost *costs; /* owned; of each list, all refusals */
	struct list_cost *open;  /* owned; of each list, those that say nothing of who is on it */
	struct names named;      /* list and target, as blocklists_named_key writes it */
	struct list_cost *named_costs; /* owned; refusals that name both, by the id in `named` */
	size_t room_named;
	struct names providers;      /* those that named one */
	struct names known;          /* targets in text */
	struct list_target *targets; /* owned */
	size_t n_targets, room_targets, lost_targets;
	int64_t first_us, last_us; /* of the events; TIME_NONE: none */
	struct key_line keys[32];
	size_t n_keys;
	struct store *store;      /* owned; NULL: none */
	struct check_zone *zones; /* owned */
	size_t n_zones;
	struct list_check *round; /* owned */
	bool late;
};

/* "192.0.2.1" or "shop.example"; false: it is neither. */
bool blocklists_add(struct blocklists_session *s, struct sv text);
/* Of a list and a target; into `out`. */
void blocklists_named_key(const struct blocklists_session *s, const struct blocklist *l,
    struct sv target, struct buf *out);
/* From the logs and the store; false: said what is wrong. */
bool blocklists_gather(struct blocklists_session *s);
bool blocklists_run(struct blocklists_session *s);
/* After the round; the exit code. */
int blocklists_show(struct blocklists_session *s);

#endif
