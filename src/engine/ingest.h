/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_INGEST_H
#define CAROM_ENGINE_INGEST_H

/*
 * The order of the stages from an input into the store:
 * source -> classify -> remember -> detect -> decide -> store.
 *
 * A step is one event; every `batch` events what was learned and the position in the
 * input are written in one transaction.  What the detector knows is kept with it every now and
 * then (ingest_state.c); when an ingest begins, only the events since are gone through
 * again, so that a program that was killed goes on as if nothing had happened.
 */

#include "classify/classify.h"
#include "detect/detect.h"
#include "engine/returned.h"
#include "source/postfix_log.h"
#include "store/store.h"

#define INGEST_BATCH 50000
/*
 * Domains of senders whose names are at hand.  When there are more, the table begins anew:
 * nothing is lost but the time to work out a name again.
 */
#define INGEST_SENDERS_MAX 65536
/*
 * Events may come in any order within this time of each other, as long as those of one recipient
 * come in theirs: the recipients end the same.  What is later is taken at its time, and counted.
 */
#define INGEST_LATE_S 3600
/* Events of which it is known at hand that they were told; of older ones the store is asked. */
#define INGEST_TOLD_MAX 65536

struct ingest_options {
	struct store *store;                     /* borrowed */
	const struct knowledge *k;               /* borrowed */
	struct classifier *classifier;           /* borrowed */
	const struct policy *policy;             /* borrowed */
	const struct detect_settings *detect;    /* borrowed */
	const struct pace_policy *pace;          /* borrowed; NULL: nobody is slowed down */
	const struct incident_policy *incidents; /* borrowed */
	const struct keep_policy *keep;          /* borrowed; NULL: nothing is forgotten */
	struct sv return_path_key; /* of signed return paths; empty: none are believed */
	size_t batch;              /* events; 0: INGEST_BATCH */
	/* For whoever has to know at once; may be NULL. */
	void *context; /* borrowed */
	/* Of the past too; *e is borrowed. */
	void (*saw)(void *context, const struct stored_event *e);
	/* It is about to be written. */
	void (*changed)(void *context, const struct memory *m);
};

struct ingest_counts {
	uint64_t events, known_events; /* known: done by an earlier ingest */
	uint64_t suspended;            /* not an attempt */
	uint64_t repeated; /* told before, maybe in another input: they changed nothing */
	uint64_t
	    late; /* older than what is known of the recipient, or by INGEST_LATE_S than the newest */
	uint64_t senders_dropped; /* INGEST_SENDERS_MAX was reached so often */
	uint64_t decisions[DECISION_UNSUPPRESS + 1];
	uint64_t incidents, pardoned;
	uint64_t paces[PACE_RESUME + 1];
	/* Mails, and recipients in bounces and complaints: */
	uint64_t mails, known_mails;
	uint64_t mails_in_log, returned, complained, unsubscribed, untied;
};

struct ingest;

/* Reads the past of the store.  ERR_OK, or why that failed. */
enum err ingest_new(const struct ingest_options *opt, struct ingest **out, struct why *why);
void ingest_free(struct ingest **in);
typedef void ingest_progress(void *context, uint64_t done, uint64_t total);
/* To the end of the log.  What was committed stays, whatever comes after. */
enum err ingest_run(struct ingest *in, struct postfix_log *log, ingest_progress *progress,
    void *context, struct why *why);
/*
 * The same in steps, for a log that grows: an event, which is written when the batch is full
 * or its file changes; and whatever is not written yet.
 */
enum err ingest_take(
    struct ingest *in, struct postfix_log *log, const struct event *e, struct why *why);
enum err ingest_write(struct ingest *in, struct postfix_log *log, struct why *why);
/* Makes old lane buckets coarser: now and then, and at the end. */
enum err ingest_roll(struct ingest *in, struct why *why);
/* An input begins: how far it was done is asked of the store again. */
void ingest_forget_inputs(struct ingest *in);

struct ingest_hold {         /* a provider whose unknown-user refusals are not believed */
	uint64_t incident;   /* 0: not yet told */
	double since, until; /* seconds of event time; HUGE_VAL: until the incident ends */
};
typedef void ingest_hold_row(void *context, struct sv provider, const struct ingest_hold *h);
/* All that are or were held, in the order of their first time. */
void ingest_holds(const struct ingest *in, ingest_hold_row *row, void *context);

/*
 * A mail that came back, or a complaint.  It changes a recipient only if the store knows that the
 * message was sent to him: by Message-ID, by queue id where the log had no other, or by a return
 * path that carries him and is signed.  What is tied to nothing is counted, and asked again when
 * it is read again.
 */
enum err ingest_mail(struct ingest *in, const struct returned *m, struct why *why);
/* After the last mail. */
enum err ingest_mails_end(struct ingest *in, struct why *why);
/* What persons decided about paces since the last time counts from now on. */
void ingest_paces_by_hand(struct ingest *in);
typedef void ingest_pace_row(
    void *context, uint32_t provider, const struct pace_now *now, uint64_t decision);
/* Who is mailed slower than at its ceiling, in the order of their first refusal; provider is a name. */
void ingest_paces(const struct ingest *in, double t_s, ingest_pace_row *row, void *context);

const struct ingest_counts *ingest_counts(const struct ingest *in);

#endif
