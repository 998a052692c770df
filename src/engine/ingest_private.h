/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_INGEST_PRIVATE_H
#define CAROM_ENGINE_INGEST_PRIVATE_H

/* Shared by the files of engine/ingest only. */

#include "base/buf.h"
#include "base/map.h"
#include "engine/ingest.h"
#include "engine/platform.h"

#define LANES_AT_HAND   1024
#define STATE_EVERY     1000000 /* events: so many are gone through at a start, at most */
#define STATE_BYTES_MAX ((size_t)512 << 20)

struct at_hand { /* a recipient of this batch */
	struct memory m;
	size_t address_at;
	uint32_t address_n;
	bool known; /* it was in the store */
	bool changed;
};

struct lane_at_hand {
	uint32_t sender, provider;
	int64_t minute;
	struct lane_counts counts;
};

enum mix_part { /* what a refusal is about (engine/ingest_cause.c) */
	MIX_AUTHENTICATION,
	MIX_SENDER,  /* anything else of a sender */
	MIX_NETWORK, /* no connection, no answer of the DNS */
	MIX_PROVIDER,
	MIX_PARTS
};
struct refusal_mix { /* of a provider: the last hundred or so */
	double weight[MIX_PARTS];
};

struct sender_names { /* of an envelope sender's domain: names of the store */
	uint32_t sender, organisation, campaign;
	int64_t day; /* of the campaign, since 1970 */
};

struct paced { /* how fast a provider is mailed */
	struct pace pace;
	double ceiling;    /* that the knowledge states; 0: none */
	uint64_t decision; /* the last one; 0: none */
};

struct hand_pace {          /* of a person, about a provider */
	uint64_t id, event; /* of the store; the last event before it */
	uint32_t provider;
	struct pace_speed to; /* connections 0: no limit of ours */
	double t_s;
};

struct ingest {
	struct ingest_options opt;
	struct detector *detector; /* owned */
	struct map recipients;     /* hash -> struct at_hand */
	struct buf addresses;
	struct buf reply;   /* of the event at hand, without addresses */
	struct map held;    /* name of a provider -> struct ingest_hold */
	struct map senders; /* name of an envelope sender's domain -> struct sender_names */
	struct map outages; /* incident that is open and of the network -> provider */
	struct map mixes;   /* name of a provider -> struct refusal_mix */
	struct platforms platforms;
	struct map told[2]; /* of the last events: now, and those before; no values */
	int64_t told_next_us;
	int64_t told_since_us;  /* what is older may have been told, and is not in them */
	double mix_kept;        /* of the weight of a refusal, by the next one */
	struct map paces;       /* the same -> struct paced */
	struct hand_pace *hand; /* owned: by-hand decisions about paces, in their order */
	size_t n_hand, hand_done;
	uint64_t hand_seen; /* the last of them that was read */
	struct lane_at_hand lanes[LANES_AT_HAND];
	struct ingest_counts counts;
	bool live; /* not only making the past of the detector again */
	int64_t newest_us;
	uint64_t *done; /* owned, by file of the log: bytes that earlier ingests did */
	size_t n_done;
	size_t in_batch;
	size_t since_state;   /* events since the state was written */
	uint64_t last_id;     /* of the events that were seen */
	size_t parts_written; /* of the state, so far */
	bool state_useless;   /* what the store has cannot be read, or there is none */
	bool state_too_large;
	bool gap;           /* another program put events: the state is not of all */
	uint64_t past;      /* the last event that is in the state that was read */
	uint32_t last_file; /* of the batch */
	uint64_t last_offset;
};

/* The recipient, from the store if it is not at hand; lives until the end of the batch. */
struct at_hand *ingest_recipient(struct ingest *in, uint64_t hash, struct sv address);
/* Decides, and keeps a decision that is worth a record. */
void ingest_decide(struct ingest *in, struct at_hand *r, const struct happening *h, uint64_t event,
    uint64_t incident, struct decision *out);
void ingest_event(struct ingest *in, const struct event *e, uint64_t input);
/* It was told before, as far as the store knows (ingest_late.c). */
bool ingest_was_told(struct ingest *in, const struct event *e, uint64_t recipient);
/* Counts it where it comes late. */
void ingest_count_late(struct ingest *in, const struct stored_event *s, const struct memory *m);
/* Keeps the event (which gets its id), decides, shows it to the detector; *r may move. */
void ingest_apply(struct ingest *in, struct stored_event *s, struct at_hand *r);
/* Remembers that the message came to its end with the recipient (ingest_mail.c). */
void ingest_sent(struct ingest *in, const struct event *e, const struct stored_event *s);
/* Ends the batch: everything at hand is written. */
enum err ingest_commit(struct ingest *in, struct why *why);
/* The sink of the detector; context is the ingest. */
void ingest_incident(void *context, const struct detect_decision *d);
/* Shows the detector an event. */
void ingest_watch(struct ingest *in, const struct stored_event *s);
/* Are the provider's unknown-user refusals not believed at this time? */
bool ingest_is_held(const struct ingest *in, uint32_t provider, double t);
/* Counts what the refusals of a provider are about, before the detector sees the event. */
void ingest_mix(struct ingest *in, const struct stored_event *s);
/* The name of an incident's cause. */
const char *ingest_cause(const struct ingest *in, const struct detect_decision *d);
/* Counts outages that are open; where they are too many at a time, they are ours. */
void ingest_outage(struct ingest *in, const struct detect_decision *d);
void ingest_outages_name(struct ingest *in);
/* What an answer, and what an incident, changes about the pace. */
void ingest_pace(struct ingest *in, const struct stored_event *s);
/* After the past: which decisions brought the paces. */
void ingest_pace_remember(struct ingest *in);
void ingest_pace_incident(struct ingest *in, const struct detect_decision *i);
/* Reads what persons decided since the last time; obeys it, up to what came before the event. */
void ingest_pace_hand_read(struct ingest *in);
void ingest_pace_hand(struct ingest *in, uint64_t event);
void ingest_lane_count(struct ingest *in, const struct stored_event *e);
void ingest_lanes_write(struct ingest *in);
/* Inside a transaction, when all events are put (ingest_state.c). */
void ingest_state_write(struct ingest *in);
/* Returns the last event that is in what was read; 0: none. */
uint64_t ingest_state_read(struct ingest *in);

#endif
