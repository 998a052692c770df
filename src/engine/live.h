/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_LIVE_H
#define CAROM_ENGINE_LIVE_H

/*
 * An ingest (engine/ingest.h) of a log that grows: lines in; out goes, after each write, what
 * others have to know at once: recipients whose standing changed, providers that are held or
 * not any more, hosts of providers that the knowledge does not know, messages to try again.
 * The store of a killed one, followed again from the same log, ends as if it had not been
 * killed.
 *
 * Not thread-safe; all borrowed things outlive it.
 */

#include "engine/held.h"
#include "engine/ingest.h"
#include "engine/places.h"

struct live_sink {
	void *context;
	/* reason: of the decision that gave the state; "" */
	void (*recipient)(void *context, const struct memory *m, struct sv reason);
	/* until_s, by the clock of now_s: 0: open; not later than now: it is over */
	void (*hold)(
	    void *context, struct sv provider, const struct ingest_hold *h, uint32_t until_s);
	void (*host)(void *context, struct sv host, struct sv provider);
	void (*try_again)(void *context, const char *queue_id);
};

struct live_options {
	struct ingest_options ingest; /* context, saw and changed are filled in here */
	struct held_settings held;
	struct hash_key key; /* of tables whose keys strangers choose */
	const struct live_sink *sink;
};

struct live;

enum err live_new(const struct live_options *opt, struct live **out, struct why *why);
void live_free(struct live **l);

/* The lines from now on are of this input; what is left of another is written first. */
enum err live_input(
    struct live *l, const char *path, uint64_t identity, int64_t mtime_us, struct why *why);
enum err live_line(struct live *l, struct sv line, uint64_t offset, struct why *why);
/* The same for who reads the lines elsewhere: an event of the input at hand. */
enum err live_event(struct live *l, const struct event *e, struct why *why);
/* What is kept as the name of the input at hand, in place of its path. */
void live_note(struct live *l, const char *note);
/* Writes what was learned, then tells.  now_s: the clock of the sink. */
enum err live_write(struct live *l, double now_s, struct why *why);
/* Tells everything, not only what changed. */
void live_tell_all(struct live *l, double now_s);
/* Once a second: what ended by time, and what is to be tried again. */
void live_tick(struct live *l, double now_s);
/* True, once: another program wrote to the store, so everything is to be told again. */
bool live_is_stale(struct live *l);
/* Once an hour, and at the end. */
enum err live_roll(struct live *l, struct why *why);

const struct ingest_counts *live_counts(const struct live *l);
const struct places *live_places(const struct live *l);
/* Who is mailed slower than at its ceiling, now by the clock of the sink. */
void live_paces(const struct live *l, ingest_pace_row *row, void *context);
size_t live_held(const struct live *l);

#endif
