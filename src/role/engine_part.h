/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_ENGINE_PART_H
#define CAROM_ROLE_ENGINE_PART_H

/*
 * The part of `carom serve` that learns: follows the logs into the store, and says what
 * follows from it, as rows for the front and orders for the hand.  When the store or a log
 * refuses, everything is begun anew after a while, from what was committed.
 */

#include "classify/classify.h"
#include "engine/live.h"
#include "policy/policy.h"
#include "settings/settings.h"

#include <uv.h>

struct engine_out { /* borrowed; where things go */
	void *context;
	void (*rows)(void *context, struct sv rows);   /* at most ENGINE_ROWS_MAX bytes */
	void (*order)(void *context, struct sv order); /* role/hand.h */
	void (*alive)(void *context); /* now and then in long work; NULL: nobody asks */
};
#define ENGINE_ROWS_MAX ((size_t)8 * 1024)

struct parser;

struct engine_options { /* all borrowed */
	uv_loop_t *loop;
	const struct settings *settings;
	const struct knowledge *k;
	const struct policies *policies;
	struct hash_key key; /* of tables, and of a new store */
	bool relayhost;      /* no provider is met, so there is nothing to pace */
	const struct engine_out *out;
	struct parser *parser; /* where lines are read; NULL: here */
};

struct engine_part;

struct engine_part *engine_part_new(const struct engine_options *opt);
/* Writes what is not written yet. The rest is given back when the loop has run once more. */
void engine_part_close(struct engine_part **e);
/* Everything is to be said again: whoever heard it is gone. */
void engine_part_tell_all(struct engine_part *e);
void engine_part_tick(struct engine_part *e);       /* once a second */
void engine_part_tell(const struct engine_part *e); /* counters, for people */

#endif
