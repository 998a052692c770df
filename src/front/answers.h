/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FRONT_ANSWERS_H
#define CAROM_FRONT_ANSWERS_H

/*
 * The table that the front answers from, and the rows by which the engine fills it: which
 * recipients are suppressed or resting, and which providers' unknown-user refusals are not
 * believed now.  The engine sends all of it once (CLEAR, rows, WHOLE) and what changes from
 * then on; a BEAT says that it lives.  A table that is built anew takes the place of the old
 * one as a whole, so that an engine that begins again leaves no gap.
 *
 * Recipients are keyed hashes (store_hash's key comes with CLEAR).  Nothing here does I/O or
 * knows the time.  The table owns its texts.  Bounded by the limits below; what does not fit
 * is counted and has no answer, which lets mail through.
 */

#include "base/buf.h"
#include "base/map.h"

#define ANSWERS_RECIPIENTS_MAX 20000000
#define ANSWERS_HOLDS_MAX      4096
#define ANSWERS_HOSTS_MAX      65536
#define ANSWERS_PAUSES_MAX     200000 /* domains */
#define ANSWERS_REASONS_MAX    4096
#define FRONT_TEXT_MAX         768 /* of a row */

enum front_row_kind {
	FRONT_CLEAR = 1, /* a new table begins; hash is k0 and id k1 of the key */
	FRONT_WHOLE,     /* it is whole */
	FRONT_RECIPIENT, /* text: the reason; state OPEN: nothing is known against it any more */
	FRONT_HOLD,      /* text: the provider; id: the incident; until 0: open */
	FRONT_HOST,      /* text: "HOST PROVIDER" of one that the knowledge does not know */
	FRONT_PAUSE,     /* text: "DOMAIN REASON"; id: of the decision; until 1: it is over */
	FRONT_BEAT,
};

enum standing { /* of a recipient */
	STANDING_OPEN,
	STANDING_RESTING,
	STANDING_BOUNCED, /* suppressed for what providers answered */
	STANDING_ASKED,   /* it complained or unsubscribed, or a person suppressed it */
};

struct front_row {
	uint32_t kind, state;
	uint64_t hash, id; /* id: of the decision or incident */
	uint32_t since_s, until_s;
	struct sv text; /* view */
};

/* The same machine and the same program read it again: numbers as they lie in memory. */
void front_row_write(const struct front_row *r, struct buf *out);
/* Off the front of *in; false: it ends before, or is no row. */
bool front_row_take(struct sv *in, struct front_row *out);

struct answer_recipient {
	uint64_t decision;
	uint32_t since_s, until_s;
	uint32_t standing, reason;
};

struct answer_hold {
	uint64_t incident;
	uint32_t since_s, until_s;
};

struct answer_pause {
	uint64_t id;
	uint32_t until_s, reason;
};

struct answers_table {
	struct hash_key key;
	struct map recipients; /* hash -> struct answer_recipient */
	struct map holds;      /* hash of the provider's name -> struct answer_hold */
	struct map hosts;      /* hash of the host's name -> hash of the provider's */
	struct map pauses;     /* hash of the domain -> struct answer_pause */
	struct names reasons;
	bool made;
};

struct answers {
	struct answers_table now, next;
	bool building;
	int64_t beat_us; /* when the engine was last heard of */
	uint64_t n_rows, n_dropped;
};

void answers_init(struct answers *a);
void answers_done(struct answers *a);
/* Rows as they were written; now_us by a clock that only goes forward.  False: no rows. */
bool answers_take(struct answers *a, struct sv rows, int64_t now_us);
/* Is there a table, and was the engine heard of within max_age_us? */
bool answers_fresh(const struct answers *a, int64_t now_us, int64_t max_age_us);

/* NULL: nothing is known against it at that time. */
const struct answer_recipient *answers_recipient(
    const struct answers *a, struct sv address, uint32_t now_s);
/* The text of a `reason`. */
struct sv answers_text(const struct answers *a, uint32_t reason);
/* NULL: mail for the domain need not wait. */
const struct answer_pause *answers_pause(const struct answers *a, struct sv domain, uint32_t now_s);
/* NULL: its refusals are believed at that time. */
const struct answer_hold *answers_hold(const struct answers *a, struct sv provider, uint32_t now_s);
/* The same for the provider that the engine saw behind a host. */
const struct answer_hold *answers_hold_host(
    const struct answers *a, struct sv host, uint32_t now_s);
bool answers_holds_any(const struct answers *a);

#endif
