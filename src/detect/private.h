/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DETECT_PRIVATE_H
#define CAROM_DETECT_PRIVATE_H

/* Shared inside detect/ only: the state of a provider, and the parts of the test. */

#include "base/err.h"
#include "base/map.h"
#include "detect/detect.h"

#define MONTH_S      (30.0 * 86400.0)
#define DAY_S        86400.0
#define STRATA       5 /* by days since the last acceptance: <=3, <=14, <=60, longer, never */
#define STRATUM_OLD  3 /* below: previously good */
#define STRATUM_NEW  4
#define RATE_WINDOWS 32
#define GRID_MAX     4
#define COLD_LOG     (-60.0) /* log of nothing */

enum signal {
	SIG_U,
	SIG_T,
	SIG_H,
	SIG_B,
	SIG_N,
	SIG_COUNT
}; /* unknown of good, temp, throttle, block, unknown of new */

/* Shiryaev-Roberts mixture over a few alternatives; 4 numbers a signal. */
struct bank {
	const double *grid; /* borrowed, static */
	unsigned n;
	bool started;
	bool cold[GRID_MAX];
	double log_sr[GRID_MAX];
	double last, tau;
};
struct bank_step {
	double t, null, gain, ratio;
	double extra_s; /* mass on top of the time that went by */
	bool failed;
};
void bank_init(struct bank *b, enum signal s, bool provider_level);
void bank_update(struct bank *b, const struct bank_step *s, const struct detect_settings *set);
double bank_stat(const struct bank *b);
bool bank_above(const struct bank *b, double limit); /* bank_stat(b) > limit */
unsigned bank_best(const struct bank *b);
bool bank_all_cold(const struct bank *b, unsigned from, unsigned to);
void bank_cool(struct bank *b);

struct tally2 { /* attempts and failures */
	double n, k;
};
struct tallies {
	struct tally2 of[SIG_COUNT];
};

#define EXCURSION_GROUPS 32
struct excursion { /* counts since the test left its resting place */
	bool active;
	double t0;
	struct map senders, hosts; /* -> struct tallies; at most 16, then '*' */
	struct map campaigns;      /* -> struct tally2, unknown of good only; at most 32 */
	struct tallies total;
	uint32_t recipients[4];
	unsigned n_recipients;
};
struct marks { /* which signals an event speaks about, and which of them it fails */
	bool n[SIG_COUNT], k[SIG_COUNT];
	int failed; /* the signal it fails, or -1 */
};
void excursion_start(struct excursion *x, double t);
void excursion_stop(struct excursion *x);
void excursion_add(struct excursion *x, const struct marks *m, const struct detect_event *e);

struct incident {
	uint64_t id;
	enum detect_cause cause;
	enum detect_scope scope;
	uint32_t who;
	enum signal sig;
	bool open;
	double opened, on, end, margin;
	double a, b;          /* Beta counts of the severity */
	double v, v_since;    /* reversed test */
	uint32_t accepted[8]; /* different recipients that were accepted in the run */
	unsigned n_accepted;
	double retests, flips; /* called unknown before, tried again while open; accepted then */
	double still;          /* of them, refused in a row by now */
	double retests_after, flips_after;
	struct tally2 fresh, fresh_waits; /* new recipients asked and refused; not yet counted */
	unsigned refused, moved; /* good recipients since it was opened; of domains that moved */
	struct detect_item *pending; /* owned; waits for retests after the end */
	size_t n_pending;
};

struct unknown { /* for the amendment */
	double t;
	uint64_t event;
	uint32_t recipient, mx;
	uint32_t campaign; /* NAME_NONE: a stream that never ends */
	uint8_t stratum;
	bool dead;
};

struct campaign {
	double good_n, good_k, fresh_n, before_n, before_k, since;
	double open_n, open_k; /* good ones while refusals are doubted: all, refused */
};

#define HOME_PLATFORMS 4
struct home { /* of a recipient domain: whose hosts answered for it, the first ones */
	double since[HOME_PLATFORMS];
	uint32_t platform[HOME_PLATFORMS];
	uint64_t n;
};

struct provider_state {
	uint32_t id;
	bool changed; /* since detector_changed */
	double ab[STRATA][2], learned_at;
	double waiting[2][STRATA][2],
	    waiting_since; /* lessons not yet believed: this and the last bucket */
	bool learned;
	double rate[3][2], quantile[3]; /* temp, throttle, block */
	struct {
		double t, r;
	} windows[3][RATE_WINDOWS];
	unsigned n_windows[3];
	double window[3][2], window_at;
	bool window_started;
	double attempts[2];         /* for temp: all, failed */
	struct map lists;           /* sender -> double: when a campaign last began */
	struct map sender_attempts; /* sender -> struct tally2 */
	struct map snapshots;       /* sender -> double[4] */
	struct bank unknown, temp;
	struct excursion excursions[2][2]; /* [U or T][slow, fast] */
	struct map mx_banks, sender_banks; /* (who, signal) -> struct bank */
	struct map homes;                  /* domain -> struct home */
	double homes_began;
	struct map campaigns, domains; /* -> struct campaign; -> double[2] */
	struct map hosts, senders;     /* -> double: attempts */
	struct map domain_set;
	struct incident *incidents; /* owned */
	size_t n_incidents, room_incidents;
	struct incident last_closed;
	bool has_closed, held;
	double closed_at, held_at;
	struct unknown *unknowns; /* owned */
	size_t n_unknowns, room_unknowns;
};

struct detector {
	struct detect_settings set;
	detect_sink *sink;
	void *context;        /* borrowed */
	struct map providers; /* id -> struct provider_state * (owned) */
	double global[STRATA][2];
	uint64_t next_id;
};

struct step { /* what is known of the event before the tests see it */
	const struct detect_event *e;
	unsigned stratum;
	bool dead;     /* called unknown within DEAD_FOR_S */
	bool moved;    /* last accepted before its domain came to these hosts */
	bool over_cap; /* one more unknown of a domain that has had its say */
	struct marks marks;
};

/* detect.c: the recipient was called unknown, and has accepted nothing since. */
bool detect_is_retest(const struct detect_event *e);

/* signals.c */
uint64_t bank_key(uint32_t who, enum signal q); /* of mx_banks and sender_banks */
void signals_test(struct detector *d, struct provider_state *p, const struct step *s);

/* alarm.c */
void alarms_raise(struct detector *d, struct provider_state *p, const struct step *s);

/* lessons.c */
void lessons_learn(struct detector *d, struct provider_state *p, const struct step *s);
void campaigns_follow(struct provider_state *p, const struct step *s);

/* provider.c */
struct provider_state *provider_new(uint32_t id);
void provider_free(struct provider_state *p); /* may be NULL */

/* baseline.c */
double base_unknown(const struct detector *d, const struct provider_state *p, unsigned stratum);
double null_unknown(
    const struct detector *d, const struct provider_state *p, unsigned stratum, uint32_t campaign);
/* The same without the inflation: of the stratum, or what the campaign showed of itself. */
double natural_unknown(
    const struct detector *d, const struct provider_state *p, unsigned stratum, uint32_t campaign);
double null_rate(const struct detector *d, const struct provider_state *p, enum signal s);
/* The strata from `first` to `last` together, by how much traffic each has. */
double base_mixed(
    const struct detector *d, const struct provider_state *p, unsigned first, unsigned last);
struct lesson {
	double t, weight;
	unsigned stratum;
	bool n[SIG_COUNT], k[SIG_COUNT];
};
/* An incident came: what was seen lately is not how it usually is. */
void baseline_drop_waiting(struct provider_state *p);
/* A purge: what is refused now is how it is from now on. */
void baseline_accept(struct provider_state *p, double share);
void baseline_learn(struct detector *d, struct provider_state *p, const struct lesson *l);

/* cause.c */
struct explanation {
	double score;
	enum detect_cause cause;
	enum detect_scope scope;
	uint32_t who;
	enum signal sig;
};
#define EXPLANATIONS_MAX 12
/* Sorted by score, best first. */
size_t explain(const struct detector *d, const struct provider_state *p, const struct excursion *x,
    struct explanation out[EXPLANATIONS_MAX]);

/* incident.c */
struct opening {
	struct explanation why;
	double t, margin;
	const struct excursion *x; /* NULL: a sender's own test */
	struct tally2 seen;        /* then: attempts and failures, about */
};
void incident_open(struct detector *d, struct provider_state *p, const struct opening *o);
void incident_emit(struct detector *d, const struct provider_state *p, const struct incident *i,
    enum detect_what what, double t);
/* recovery.c: the test run backwards on each open incident. */
void incidents_step(struct detector *d, struct provider_state *p, const struct step *s);
/* A recipient that had been called unknown was tried again. */
void incidents_retest(struct detector *d, struct provider_state *p, const struct detect_event *e);
void incident_drop(struct incident *i);

/* purge.c: true when the refusals of an incident of false unknowns turn out to be true. */
bool purge_is_likely(const struct detector *d, const struct provider_state *p, struct incident *i,
    const struct step *s);
/* Most of what it refused was of domains that moved. */
bool purge_is_move(const struct incident *i);

/* moves.c: sees the domain at the host; true: the recipient accepted mail last elsewhere. */
bool moves_see(struct provider_state *p, const struct detect_event *e);

/* amend.c */
void incident_amend(struct detector *d, struct provider_state *p, struct incident *i, double t);
void amend_pending(struct detector *d, struct provider_state *p, struct incident *i, double t);
void unknown_keep(struct provider_state *p, const struct unknown *u);

#endif
