/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_WATCH_H
#define CAROM_ENGINE_WATCH_H

/*
 * The order of the stages for one delivery event, up to incidents:
 * feed -> classify -> remember -> detect.  Event time only; the same events give
 * the same decisions, to the byte, whatever the hash key is.
 */

#include "base/hash.h"
#include "classify/classify.h"
#include "decide/pace.h"
#include "detect/detect.h"
#include "feed/delivery.h"

#define WATCH_NAMES_MAX 16000000 /* providers, hosts, senders, campaigns, domains; more are "*" */

struct watch;

struct watch_options {
	const struct detect_settings *settings;
	struct hash_key key;
	size_t recipients_max; /* remembered at most */
	detect_sink *sink;
	void *context; /* borrowed: of the sink */
};

struct watch_stats {
	uint64_t events, refusals, undetermined;
	size_t recipients, recipient_bytes;
	uint64_t forgotten; /* recipients that gave up their place */
};

/* k and c are borrowed. */
struct watch *watch_new(
    const struct knowledge *k, struct classifier *c, const struct watch_options *opt);
void watch_free(struct watch **w);
/* About so many known recipients will come. */
void watch_expect(struct watch *w, size_t n);
void watch_known(struct watch *w, const struct known_recipient *known);
void watch_event(struct watch *w, const struct delivery *d);
/* The text of a provider, host, sender or campaign of a decision. */
struct sv watch_name(const struct watch *w, uint32_t id);
void watch_stats(const struct watch *w, struct watch_stats *out);

/*
 * What a verdict means to the detector.  good_days: since the recipient last
 * accepted, -1 never; a known-good one is not greylisted, whatever the words.
 */
enum detect_class watch_class(const struct verdict *v, unsigned code, double good_days);
/* What a refusal of that cause means to the pace; it is finer than the class: a block that passes by
 * itself is of the class of throttling to the detector. */
enum pace_answer watch_pace(struct sv cause);
/* False: a cause of the knowledge has no row in the table; who_out names it. */
bool watch_knows_all(const struct knowledge *k, const char **who_out);

#endif
