/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_STORE_STORE_H
#define CAROM_STORE_STORE_H

/*
 * What is kept: events, recipients, lanes in time buckets, incidents, decisions, and how far
 * each input was read.  doc/store.md has the tables.
 *
 * What was learned from an input and the position in it are one transaction: store_begin,
 * any number of puts, store_commit.  A put does not fail by itself: the first trouble is
 * kept and store_commit tells it, with nothing of the transaction written.
 *
 * One writer; readers at the same time see the last commit.  A recipient is known by the
 * keyed hash of its address; the address itself is only kept if the store was made so.
 * Times are seconds since 1970 where the name ends in _s, microseconds in _us.
 */

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"
#include "decide/decide.h"
#include "decide/pace.h"
#include "remember/memory.h"

#define STORE_VERSION 5 /* of the tables; migrations lead here from any older one */

struct store;

struct store_options {
	const char *path;
	bool create;         /* make it if it is not there */
	bool read_only;      /* nothing can be put */
	bool hash_only;      /* of a new store: addresses are not kept */
	struct hash_key key; /* of a new store */
};

enum err store_open(const struct store_options *opt, struct store **out, struct why *why);
void store_close(struct store **s);
bool store_hash_only(const struct store *s);
/* Of store_hash; whoever has it can tell whether an address is in the store. */
struct hash_key store_key(const struct store *s);
/* The keyed hash of an address, without regard to the case of A-Z. */
uint64_t store_hash(const struct store *s, struct sv address);

/* Sees first what another program wrote meanwhile. */
void store_begin(struct store *s);
/* How often it was seen that another program had written; looks. */
uint64_t store_outside_changes(struct store *s);
/* All or nothing. */
enum err store_commit(struct store *s, struct why *why);
void store_rollback(struct store *s);
/* The first trouble since store_begin, also of reads; ERR_OK: none. */
enum err store_trouble(const struct store *s, struct why *why);

/* ---- inputs ---- */

/* Bytes of the (unpacked) input that are done; 0: new.  `id` is what its first line is. */
uint64_t store_input_done(struct store *s, uint64_t id);
void store_input_put(struct store *s, uint64_t id, const char *path, uint64_t done);
/* Its path, or what a source put in its place; "": not known.  Into `out`. */
void store_input_note(struct store *s, uint64_t id, struct buf *out);

/* ---- names: providers, domains, hosts, senders, causes, rules, reasons ---- */

/* A number for a text, 1 and up; made when it is new and a transaction is open. */
uint32_t store_name(struct store *s, struct sv text);
/* The number of a text that has one; 0: it has none. */
uint32_t store_name_find(const struct store *s, struct sv text);
/* The text of a number; "" for 0.  Lives as long as the store. */
struct sv store_name_text(const struct store *s, uint32_t id);

/* ---- recipients ---- */

/* False: not known (then *out is all zero). */
bool store_recipient_get(struct store *s, uint64_t hash, struct memory *out);
/* Its address; false: not known, or a store of hashes. */
bool store_recipient_address(struct store *s, uint64_t hash, struct buf *out);
/* `known`: store_recipient_get found it, and its address stays as it is. */
void store_recipient_put(struct store *s, struct sv address, const struct memory *m, bool known);
struct new_recipient { /* one that store_recipient_get did not find; borrowed */
	struct sv address;
	const struct memory *m;
};
/* Many of them, best in the order of their hashes. */
void store_recipients_add(struct store *s, const struct new_recipient *rows, size_t n);

typedef bool store_recipient_row(void *context, struct sv address, const struct memory *m);
/* All in one of the states (bits 1 << enum recipient_state), by hash, until the row returns false. */
void store_recipients(struct store *s, unsigned states, store_recipient_row *row, void *context);

/* ---- events ---- */

#define WATCHED        1
#define WATCHED_TURNED 2 /* the same, and we turned a refusal into a deferral */

struct stored_event {
	uint64_t id; /* filled in by store_event_put: 1, 2, 3 ... */
	int64_t t_us;
	uint64_t recipient;                           /* hash */
	uint32_t kind;                                /* enum event_kind */
	uint32_t klass;                               /* enum detect_class */
	uint32_t provider, domain, host, cause, rule; /* names; 0: none */
	uint32_t sender, organisation, campaign;      /* the stream, whose it is, and the mailing */
	uint32_t attempt, code;
	uint32_t status;  /* class * 1000000 + subject * 1000 + detail */
	uint32_t watched; /* it was shown to the detector: WATCHED, WATCHED_TURNED; 0: it was not */
	uint32_t permanent; /* the verdict: the recipient is bad for good */
	uint32_t rung;      /* of the ladder that the message went by (act/ladder.h); 0: none */
	double good_days, since_gone_s;
	struct sv queue_id, reply;
	uint64_t input, at; /* where it was read */
};

void store_event_put(struct store *s, struct stored_event *e);
/* The number of the last one that was put; 0: none. */
uint64_t store_last_event(const struct store *s);
typedef bool store_event_row(void *context, const struct stored_event *e);
/* In the order of their ids; recipient 0: of all. */
void store_events(struct store *s, uint64_t recipient, store_event_row *row, void *context);
/* Of all, those with a higher id. */
void store_events_after(struct store *s, uint64_t id, store_event_row *row, void *context);
/* From the first one of that time or later on, in the order of their ids: what came late is among them. */
void store_events_since(struct store *s, int64_t t_us, store_event_row *row, void *context);
/*
 * Those that are older than `age_us`, in whole days before the day of the middle one of the last
 * thousand, up to the first that stays; one that came late stays until those before it are old.
 * Messages that were sent then are forgotten too.  Returns how many events went.
 */
uint64_t store_events_forget(struct store *s, int64_t age_us);
/* One with its recipient, time, kind, code and queue id, among the last STORE_TOLD_MAX of the recipient. */
#define STORE_TOLD_MAX 256
bool store_event_told(struct store *s, const struct stored_event *e);
bool store_event_get(struct store *s, uint64_t id, struct stored_event *out);

/* ---- state of the engine (sqlite_state.c) ---- */

/* As of the last event that was put. */
void store_state_put(struct store *s, struct sv value);
/* False: there is none.  event_out: the last event that is in it. */
bool store_state_get(struct store *s, uint64_t *event_out, struct buf *out);
/* What belongs to a provider (a name), beside it: written only when it changed. */
void store_state_part_put(struct store *s, uint32_t provider, struct sv value);
/* By their names, until the row returns false; value lives during the call. */
typedef bool store_state_row(void *context, uint32_t provider, struct sv value);
void store_state_parts(struct store *s, store_state_row *row, void *context);
/* All of it goes. */
void store_state_drop(struct store *s);

/* ---- messages that were sent (sqlite_sent.c) ---- */

/* A number for a Message-ID or a queue id, with the key of the store. */
uint64_t store_message(const struct store *s, struct sv id);
/* The message came to its end with the recipient, as the event says; a later event counts. */
void store_sent_put(struct store *s, uint64_t message, uint64_t recipient, uint64_t event);
struct sent {
	uint64_t recipient, event;
};
/* To whom the message went, at most `max` of them. */
size_t store_sent(struct store *s, uint64_t message, struct sent *out, size_t max);
bool store_was_sent(struct store *s, uint64_t message, uint64_t recipient, uint64_t *event_out);

/* ---- decisions ---- */

struct stored_decision {
	uint64_t id;                         /* filled in by store_decision_put */
	uint64_t recipient, event, incident; /* 0: none */
	struct decision d;
	struct sv reason; /* when read; d.reason is NULL then */
};

void store_decision_put(struct store *s, struct stored_decision *d);
bool store_decision_get(struct store *s, uint64_t id, struct stored_decision *out);
typedef bool store_decision_row(void *context, const struct stored_decision *d);
void store_decisions(struct store *s, uint64_t recipient, store_decision_row *row, void *context);

struct stored_pace {       /* a decision about the pace of a provider */
	uint64_t id;       /* filled in by store_pace_put; one row of numbers with the others */
	uint32_t provider; /* a name */
	uint64_t event;    /* that brought it; 0: an incident did */
	struct pace_decision d;
	struct sv reason; /* when read; d.reason is NULL then */
};

/* By hand: event is then the last one before it. */
static inline bool
stored_pace_by_hand(const struct stored_pace *p)
{
	return p->d.kind == PACE_FREED || p->d.kind == PACE_RESTORED;
}

void store_pace_put(struct store *s, struct stored_pace *p);
bool store_pace_get(struct store *s, uint64_t id, struct stored_pace *out);
typedef bool store_pace_row(void *context, const struct stored_pace *p);
/* All, in the order of their ids. */
void store_paces(struct store *s, store_pace_row *row, void *context);

/* ---- incidents ---- */

struct stored_incident {
	uint64_t id;
	uint32_t provider, cause, scope, who;             /* names; who 0: everybody */
	int64_t opened_us, began_us, ended_us, closed_us; /* 0: not yet */
	double margin, severity;
	uint32_t held, retracted;
	uint32_t refusals, pardoned; /* of recipients, by the amendment */
};

bool store_incident_get(struct store *s, uint64_t id, struct stored_incident *out);
void store_incident_put(struct store *s, const struct stored_incident *i);
typedef bool store_incident_row(void *context, const struct stored_incident *i);
void store_incidents(struct store *s, store_incident_row *row, void *context);

/* ---- lanes ---- */

struct lane_counts {
	uint32_t attempts, accepted, deferred, rejected, expired;
};

#define LANE_MINUTE 60
#define LANE_HOUR   3600
#define LANE_DAY    86400

/* Adds to the minute's bucket of the stream at the provider. */
void store_lane_add(
    struct store *s, uint32_t sender, uint32_t provider, int64_t t_s, const struct lane_counts *c);
/* Minutes and hours that are too old become hours and days. */
void store_lanes_roll(struct store *s, const struct keep_policy *keep, int64_t now_s);

#endif
