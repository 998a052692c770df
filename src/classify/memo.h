/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CLASSIFY_MEMO_H
#define CAROM_CLASSIFY_MEMO_H

/*
 * Inside classify/ only.  Servers say the same words to thousands of recipients,
 * and a normalised reply has no address in it any more; so the rule that won is
 * remembered by all that the choice depends on, compared byte for byte.  A fixed
 * table in sets of eight, whose marks are one line of the cache: a reply that comes
 * for the second time (some never come again) takes a free place of its set, or the
 * one that was longest there.  Nothing grows.  One thread.
 */

#include "classify/classify.h"

#define MEMO_TEXT_MAX 448 /* longer replies are not remembered */
#define MEMO_SETS     1024
#define MEMO_WAYS     8 /* places of a set; about 4 MB in all */
#define MEMO_ONCE     16384

struct memo_key { /* no padding: compared as bytes */
	const struct provider *provider;
	uint32_t epoch; /* between which dates of rules */
	uint16_t code, klass, subject, detail;
	uint16_t stage, saw;
	uint32_t text_n;
	uint32_t zero;
};

struct memo_found {
	const struct rule *rule; /* NULL: no rule knew it */
	enum tier tier;
	size_t end; /* of the match, in the normalised text */
};

struct memo;

struct memo *memo_new(const struct knowledge *k);
void memo_free(struct memo **m);
/* Fills the key; false if such a reply is not remembered. */
bool memo_key_make(
    const struct memo *m, const struct question *q, struct sv text, struct memo_key *out);
/* NULL: not there.  Otherwise valid until the next memo_put. */
const struct memo_found *memo_get(struct memo *m, const struct memo_key *key, struct sv text);
/* Behind a memo_get of the same key and text that gave NULL. */
void memo_put(
    struct memo *m, const struct memo_key *key, struct sv text, const struct memo_found *found);

#endif
