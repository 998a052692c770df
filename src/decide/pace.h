/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DECIDE_PACE_H
#define CAROM_DECIDE_PACE_H

/*
 * How fast a provider is mailed: its answers, policy -> connections at once and the delay
 * between deliveries, and a decision with its reason whenever that changes.
 *
 * Multiplicative down, at most one step in `down_every_s`, and for refusals for the rate
 * only.  Up, slower, by acceptances without such a refusal: half of the way to the pace that
 * was refused last, twice as fast at the most, and from there on additive; between the
 * ceiling of the provider and the floor of the policy.  A step up that is refused leads back
 * to what was borne, and the next try waits twice as long: so the pace settles below the
 * limit instead of swinging around it.  Far below what was refused, as after a pause, a step
 * needs as little as the end of the pause: `probes` acceptances, and `down_every_s`.
 *
 * Messages whose transport is chosen stay on the rung that they are on, beside those that go by
 * the new one, so for a while a provider feels both.  Refusals count against the pace now when
 * most of what was tried lately went by its own rung, and `up_every_s` after a step at the
 * latest; any of them delays the way up.
 *
 * A pause needs an open incident (throttled or blocked) and a row of refusals without an
 * acceptance; of refusals for the rate only, a row that lasts `down_every_s`, as going slower
 * is tried first.  After it real mail goes out one by one (`probe_delay_s`), and what becomes of it
 * ends the pause, with a delivery a second, or begins a longer one.  Everything here undoes itself.  What we made
 * Postfix defer is no answer of the provider: the caller leaves it out.
 *
 * Pure: no clock, no store; the same events under the same policy give the same decisions.
 * Times are seconds since 1970, event time; one that comes late counts as the newest.
 */

#include "fact/policy.h"

#include <stdbool.h>
#include <stdint.h>

enum pace_answer {
	PACE_ACCEPTED,
	PACE_REFUSED,   /* for anything else: it is an attempt, and no more */
	PACE_THROTTLED, /* for the rate */
	PACE_BLOCKED,   /* this sender is refused: counts for the pause only */
};

enum pace_phase {
	PACE_FREE, /* at the ceiling */
	PACE_SLOW,
	PACE_PAUSED,  /* until until_s; then it is PACE_PROBING */
	PACE_PROBING, /* real mail, one by one */
};

struct pace_speed {
	double connections; /* at once, 1 and up */
	double delay_s;     /* between deliveries, when it is one connection; 0: none */
};

struct pace_heard { /* what the provider answered to an attempt */
	enum pace_answer answer;
	double t_s;
	struct pace_speed by; /* of the rung that the message went by; connections 0: not known */
};

struct pace { /* of one provider; all zero: never refused for the rate */
	enum pace_phase phase;
	struct pace_speed speed;
	double newest_s;
	double window_s;            /* when the window of down_every_s began */
	double attempts, throttled; /* in it, by the rung of now */
	double others;              /* attempts in it by other rungs */
	double window_accepted;     /* in it, by any */
	double rate;                /* accepted a second in the window before; 0: there was none */
	double changed_s;           /* the last change */
	double throttled_s;         /* the last refusal for the rate */
	double accepted;            /* since the last of the two */
	double row;                 /* refusals for the rate and blocks, without an acceptance */
	double row_since_s, row_blocked;
	double until_s, pause_s; /* of the last pause */
	double probes;           /* accepted since */
	uint64_t incident;       /* that is open and may pause; 0: none */
	struct pace_speed
	    borne;      /* before the last step up; connections 0: the last step was none */
	double wait;    /* times up_every_s before the next step up; 0: once */
	double refused; /* connections, or deliveries a second below one, that were refused last,
			   above the speed; 0: none known */
	double refused_rate;  /* accepted a second then; 0: not known */
	double by, by_before; /* the same, of the fastest rung within the speed that was seen since
				 the change; and before it */
};

enum pace_kind {
	PACE_NOTHING,
	PACE_DOWN,
	PACE_UP,
	PACE_PAUSE,
	PACE_RESUME,
	PACE_FREED,    /* by a person: it begins at the ceiling */
	PACE_RESTORED, /* by a person: that is taken back */
};

struct pace_decision {
	enum pace_kind kind;
	const char *reason; /* static */
	struct pace_speed before, after;
	double t_s, until_s;        /* until_s: of a pause */
	double attempts, throttled; /* the evidence: of the window, or of the row */
	uint64_t incident;          /* of a pause */
};

const char *pace_kind_name(enum pace_kind k);
const char *pace_phase_name(enum pace_phase p);
/* What a person can do about it. */
const char *pace_undo(enum pace_kind k);

/*
 * The answer of the provider to an attempt.  ceiling: connections that the knowledge states,
 * 0: none.  Changes *p; *out says what was decided (PACE_NOTHING: the pace stays).
 */
void pace_answer(const struct pace_policy *policy, double ceiling, const struct pace_heard *h,
    struct pace *p, struct pace_decision *out);
/* An incident of throttling or of a block is open at the provider; 0: not any more. */
void pace_incident(const struct pace_policy *policy, double ceiling, uint64_t incident, double t_s,
    struct pace *p, struct pace_decision *out);

/*
 * A person's word: no limit of ours (connections 0), or this speed; what was counted is
 * forgotten, and from there on the answers decide as before.
 */
void pace_by_hand(struct pace_speed to, double t_s, struct pace *p);

/* The pace at a time, for who routes mail: a pause ends by itself. */
struct pace_now {
	enum pace_phase phase;
	struct pace_speed speed; /* connections 0: no limit of ours */
	double until_s;          /* of a pause */
};
struct pace_now pace_at(const struct pace_policy *policy, const struct pace *p, double t_s);

#endif
