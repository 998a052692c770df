/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DETECT_DETECT_H
#define CAROM_DETECT_DETECT_H

/*
 * Lane state -> incidents.  An unknown-user refusal of a recipient that accepted
 * mail lately is improbable by itself; many of them at one provider speak about the
 * provider.  doc/detect.md has the method and its equations.
 *
 * Pure: event time is an argument, nothing is read but the events, and the same
 * events give the same decisions.  Texts come as ids (base/map.h `struct names`) of
 * one table of the caller.  Memory is bounded by the named limits below.
 * Probabilities are doubles; every threshold is in struct detect_settings.
 */

#include "base/coder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Per provider; the oldest knowledge is dropped when a limit is reached. */
#define DETECT_UNKNOWNS_MAX  400000 /* unknown-user refusals kept for the amendment */
#define DETECT_DOMAINS_MAX   4096
#define DETECT_CAMPAIGNS_MAX 256
#define DETECT_SENDERS_MAX   512
#define DETECT_HOSTS_MAX     64

enum detect_class { /* what a reply says, as far as incidents care */
	DETECT_OK,
	DETECT_UNKNOWN,  /* no such user, disabled, moved */
	DETECT_TEMP,     /* the provider's own trouble */
	DETECT_THROTTLE, /* slow down */
	DETECT_BLOCK,    /* this sender is refused */
	DETECT_FULL,     /* mailbox full: the mailbox is alive */
	DETECT_GREY,     /* greylisted */
	DETECT_CONN,     /* no connection */
	DETECT_OTHER,    /* speaks about one message or one mailbox: the provider works */
};

struct detect_event {
	uint64_t id;
	double t;                                                   /* seconds, event time */
	uint32_t provider, domain, mx, sender, campaign, recipient; /* mx NAME_NONE: no host */
	uint32_t platform;  /* whose host mx is (engine/platform.h); NAME_NONE: not known */
	bool transactional; /* the campaign never ends: its weight as one campaign fades */
	unsigned attempt;   /* 1: the first */
	enum detect_class klass;
	double good_days; /* days since the recipient last accepted; -1: never, as far as known */
	double since_unknown_s; /* seconds since it was last called unknown; -1: never */
};

enum detect_cause {
	CAUSE_FALSE_UNKNOWN,
	CAUSE_OUTAGE,
	CAUSE_THROTTLE,
	CAUSE_SENDER_BLOCK,
	CAUSE_SENDER_TEMP,
	CAUSE_BAD_LIST,
	CAUSE_GONE, /* a provider migration or purge: what is refused is gone for good */
};
enum detect_scope {
	SCOPE_ALL,
	SCOPE_MX,
	SCOPE_SENDER,
	SCOPE_CAMPAIGN
};
const char *detect_cause_name(enum detect_cause c);
const char *detect_scope_name(enum detect_scope s);

enum detect_what {
	DETECT_OPEN,
	DETECT_CAUSE,
	DETECT_HOLD,
	DETECT_CLOSE,
	DETECT_RETRACT, /* it was none, or (CAUSE_GONE) its refusals are true */
	DETECT_AMEND
};
enum detect_action {
	AMEND_KEEP,
	AMEND_RETEST,
	AMEND_UNSUPPRESS
};

struct detect_item { /* what becomes of one refusal of a window of false unknowns */
	uint64_t event;
	uint32_t recipient;
	enum detect_action action;
	double p_false;
};

struct detect_decision { /* borrowed: valid during the call */
	enum detect_what what;
	uint64_t incident;
	uint32_t provider;
	double t;
	double on, end; /* OPEN: since when; CLOSE: when it was over */
	enum detect_cause cause;
	enum detect_scope scope;
	uint32_t who; /* NAME_NONE for SCOPE_ALL */
	double margin, severity;
	const struct detect_item *items; /* AMEND */
	size_t n_items;
};

typedef void detect_sink(void *context, const struct detect_decision *d);

struct detect_settings {
	double kappa;        /* inflation of the null over the baseline */
	double kappa_stream; /* the same for a stream that never ends, such as transactional mail */
	double kappa_campaign, campaign_cap, campaign_strength;
	double floor;         /* least null probability of an unknown-user refusal */
	double clamp;         /* most one event may add, in nats */
	double ratio_unknown; /* the same for unknown-user refusals of good recipients */
	double ratio;         /* least distance of an alternative from the null */
	double a_provider, a_mx, a_sender;       /* false alarms: one in so many provider-months */
	double a_list;                           /* the same for the new recipients of a sender */
	double kappa_list, list_floor, list_cap; /* its null: inflation, least, most */
	double list_ratio;
	double temp_floor;
	double margin; /* nats by which the best explanation must lead */
	unsigned min_recipients;
	double beta; /* a close may be wrong this often */
	double reopen_gain;
	unsigned domain_cap; /* unknowns of one domain that count at a hosted provider */
	double strength;     /* of the mean over providers, in events */
	double half_life_days;
	double learn_delay_events; /* a bucket is full with so many, however soon */
	double learn_delay_s;      /* a bucket of lessons; they count one to two buckets later */
	double learn_at_once;      /* until a stratum has so many events, they count at once */
	double purge_gain;       /* nats of evidence from new recipients that make refusals true */
	double purge_gain_daily; /* so many less for each day that it lasts; at least move_gain */
	double purge_min_s;      /* and no sooner than so long after it was opened */
	double purge_after_s;    /* no retest accepted for so long: the refusals are true */
	double move_gain;        /* the same two, where the domain moved to another platform */
	double move_after_s;
	double purge_share; /* most refused at which a purge is thought of */
	double close_min_s;
	double amend_p;
};
extern const struct detect_settings detect_defaults;

struct detector;

struct detector *detector_new(
    const struct detect_settings *settings, detect_sink *sink, void *context);
void detector_free(struct detector **d);
void detector_event(struct detector *d, const struct detect_event *e);
/*
 * Its state to bytes and back (base/coder.h), the settings apart: what all providers share, and
 * each provider for itself.  One that was read goes on as the one that was written.  What reads is
 * new; when c->bad, it is good for nothing but to be freed.
 */
void detector_code(struct detector *d, struct coder *c);
void detector_code_provider(struct detector *d, uint32_t provider, struct coder *c);
/* The providers that changed since the last time, in the order of their first event. */
typedef void detector_row(void *context, uint32_t provider);
void detector_changed(struct detector *d, detector_row *row, void *context);
/* The settings as bytes: two that are equal have the same. */
void detector_settings_bytes(const struct detect_settings *set, struct buf *out);

#endif
