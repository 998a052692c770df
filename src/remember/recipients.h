/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REMEMBER_RECIPIENTS_H
#define CAROM_REMEMBER_RECIPIENTS_H

/*
 * What is remembered of each recipient: when it last accepted mail, and the
 * present run of refusals since then, by kind, with count and span.  It decides
 * nothing: a state such as "suppressed" is made from this and a policy.
 *
 * Addresses are kept as keyed 64-bit hashes only, without regard to the case of
 * A-Z; 10 million of them collide with a chance of 3 in a million.  A recipient is
 * a number (an index) that stays its own until it is forgotten.  Memory is bounded:
 * at `most` recipients a new one takes the place of one not touched for long.
 *
 * Times are seconds since 1970 and may come out of order: an event from before
 * what is known never takes back what is newer.  The table owns all it holds.
 */

#include "base/hash.h"

enum refusal_kind {
	REFUSAL_GONE, /* no such user, disabled, moved */
	REFUSAL_FULL, /* the mailbox is full */
	REFUSAL_SOFT, /* it, or its own filter, did not take the mail now */
	REFUSAL_KINDS
};

struct refusal_run {
	uint32_t first_s, last_s; /* 0: there is none */
};

struct recipient {
	uint64_t hash;
	uint32_t accepted_s; /* last accepted; 0: never, as far as known */
	uint32_t gone_s;     /* last called unknown, whatever came after; 0: never */
	struct refusal_run runs[REFUSAL_KINDS]; /* since it last accepted */
	uint16_t counts[REFUSAL_KINDS];         /* of the runs; 65535 means "or more" */
	uint16_t touched;                       /* lately: not the next to be forgotten */
};

#define RECIPIENT_NONE UINT32_MAX

struct recipient_slot {
	uint32_t at;  /* number + 1; 0: free */
	uint32_t tag; /* high half of the hash: most others are told apart without a look at them */
};

struct recipients {
	struct hash_key key;
	struct recipient *all;        /* owned */
	struct recipient_slot *slots; /* owned */
	size_t n, room, n_slots, most;
	size_t hand;        /* of the clock that looks for one to forget */
	uint64_t forgotten; /* so many gave up their place */
};

/* most: 1 to 1,000,000,000 */
void recipients_init(struct recipients *r, const struct hash_key *key, size_t most);
void recipients_done(struct recipients *r);
/* Its number; a new one has accepted nothing. */
uint32_t recipients_put(struct recipients *r, struct sv address);
/*
 * The same in two steps, for many in a row: the hash first, with a hint to the machine where it
 * will be looked for, and some others later the rest.
 */
uint64_t recipients_hint(const struct recipients *r, struct sv address);
uint32_t recipients_put_hash(struct recipients *r, uint64_t hash);
uint32_t recipients_find(const struct recipients *r, struct sv address); /* RECIPIENT_NONE */
/* Borrowed until the next recipients_put. */
static inline struct recipient *
recipients_at(const struct recipients *r, uint32_t number)
{
	return &r->all[number];
}
/* So many will come: room is made once. */
void recipients_expect(struct recipients *r, size_t n);
size_t recipients_bytes(const struct recipients *r); /* of memory, with the slots */

void recipient_accepted(struct recipient *p, double t);
void recipient_refused(struct recipient *p, enum refusal_kind kind, double t);
/* Days since it last accepted (0 when that was later than t); -1: never. */
double recipient_good_days(const struct recipient *p, double t);
/* Seconds since it was last called gone; -1: never. */
double recipient_since_gone_s(const struct recipient *p, double t);
/* From the first to the last refusal of the run. */
double recipient_span_s(const struct recipient *p, enum refusal_kind kind);

#endif
