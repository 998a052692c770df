/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DECIDE_PACE_H
#define CAROM_DECIDE_PACE_H

/*
 * How fast mail may go to one provider: down by a factor when it says "too fast", up by a
 * step when it takes what it gets (AIMD, as TCP does), and a pause when it takes nothing even
 * at the slowest.  A level that was refused is not tried again for a while, so that the pace
 * settles below it instead of swinging around it.
 *
 * The level is connections at once, down to 2; below that one delivery at a time with a
 * delay, which pace_limits tells.  Ceilings that a provider states are not known here: who
 * acts takes the lower one.
 *
 * Pure: event time is an argument; the same events under the same policy give the same
 * decisions.  Only refusals for the rate count; what comes late is taken as of now.
 */

#include "decide/decide.h"

#define PACE_FLOOR 0.25 /* one delivery at a time, with the longest delay */

enum pace_event_kind {
	PACE_ACCEPTED,
	PACE_LIMITED, /* refused because of the rate */
	PACE_OTHER,   /* refused for something else */
};

struct pace {
	double level;              /* 0: free, as without carom */
	double refused;            /* the lowest level that was refused lately; 0: none */
	double refused_s, retry_s; /* when; after how long it is tried again */
	double borne;             /* the level before the last step up; 0: the last step was down */
	double down_s, changed_s; /* the last step down; the last change */
	double window_s;          /* where the counts of a minute begin */
	uint32_t limited, attempts;
	uint32_t accepted; /* since the last refusal for the rate, or the last change */
	double pause_s;    /* how long the last pause was; 0: none since mail was taken */
	double paused_until_s;
	double newest_s;
};

struct pace_decision {
	enum decision_kind kind; /* DECISION_NONE, PACE_DOWN, PACE_UP, PACE_FREE, PAUSE */
	const char *reason;      /* static */
	double before, after;    /* levels; 0: free */
	uint32_t t_s, until_s;   /* until: of a pause */
};

void pace_event(const struct pace_policy *p, enum pace_event_kind kind, double t, struct pace *s,
    struct pace_decision *out);
/* What a level means; 0, 0: no limit. */
void pace_limits(double level, unsigned *connections_out, double *delay_s_out);
bool pace_is_paused(const struct pace *s, double t);

#endif
