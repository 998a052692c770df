/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/pace.h"

#include <math.h>

const char *
pace_kind_name(enum pace_kind k)
{
	static const char *const names[] = { "none", "pace_down", "pace_up", "pause", "resume",
		"pace_freed", "pace_restored" };

	return names[k];
}

const char *
pace_phase_name(enum pace_phase p)
{
	static const char *const names[] = { "free", "slow", "paused", "probing" };

	return names[p];
}

const char *
pace_undo(enum pace_kind k)
{
	static const char *const words[] = { "",
		"it goes up by itself while mail is accepted; `pacing: false` ends it",
		"it goes down by itself when mail is refused for the rate",
		"it ends by itself; `pacing: false` in carom.yaml ends it",
		"`paused` in carom.yaml pauses a provider by hand",
		"carom pace undo, with the number of this decision",
		"carom pace free, with the provider" };

	return words[k];
}

/* ---- speeds ---- */

#define FIRST_DELAY_S 1 /* of one connection: without a delay it makes a few deliveries a second */

static double
top(const struct pace_policy *policy, double ceiling)
{
	return ceiling >= 1 ? fmin(ceiling, policy->ceiling_connections)
			    : policy->ceiling_connections;
}

static struct pace_speed
slower(const struct pace_policy *policy, struct pace_speed s)
{
	if (s.connections > 1) {
		return (
		    struct pace_speed){ fmax(1, floor(s.connections * policy->down_factor)), 0 };
	}
	return (struct pace_speed){ 1,
		s.delay_s <= 0 ? FIRST_DELAY_S
			       : fmin(policy->floor_delay_s, s.delay_s / policy->down_factor) };
}

/* One number for both: connections, and below one the deliveries a second. */
static double
level_of(struct pace_speed s)
{
	return s.delay_s > 0 ? 1 / s.delay_s : s.connections;
}

static double
additive(const struct pace_policy *policy, struct pace_speed s)
{
	return s.delay_s > 0 ? policy->up_rate : policy->up_connections;
}

#define NEAR 0.8 /* of the deliveries a second at which it was refused */

/*
 * Is there room below what was refused, so that the way back need not be slow?  Connections
 * say little where too few deliveries came for them: what was accepted a second counts, too.
 */
static bool
is_below_refused(const struct pace_policy *policy, const struct pace *p)
{
	return level_of(p->speed) + additive(policy, p->speed) < p->refused &&
	       (p->refused_rate <= 0 || p->rate < NEAR * p->refused_rate);
}

/* Twice as fast would still be half of what was refused at the most: after a pause. */
static bool
is_far_below_refused(const struct pace *p)
{
	return level_of(p->speed) * 4 <= p->refused &&
	       (p->refused_rate <= 0 || p->rate * 2 < p->refused_rate);
}

/* Half of the way to what was refused, and twice as fast at the most; else a step more. */
static struct pace_speed
faster(const struct pace_policy *policy, double most, const struct pace *p)
{
	double level = level_of(p->speed);
	double step = is_below_refused(policy, p) ? fmin(level, (p->refused - level) / 2) : 0;
	double next = level + fmax(additive(policy, p->speed), step);

	if (p->speed.delay_s > 0 && next < 1) {
		return (struct pace_speed){ 1, 1 / next };
	}
	return (struct pace_speed){ fmin(most, floor(next)), 0 };
}

static bool
same(struct pace_speed a, struct pace_speed b)
{
	return a.connections == b.connections && a.delay_s == b.delay_s;
}

static void
change(struct pace *p, enum pace_phase phase, struct pace_speed speed, double t_s)
{
	p->phase = phase;
	p->speed = speed;
	p->changed_s = t_s;
	p->by_before = p->by > 0 ? p->by : p->by_before;
	p->by = 0;
	p->window_s = t_s;
	p->attempts = p->throttled = p->others = p->accepted = 0;
	p->window_accepted = p->rate = 0;
}

/* The pace of now is refused; where a step up led to it, the next one waits longer. */
static void
note_refused(const struct pace_policy *policy, struct pace *p)
{
	double window_s = p->newest_s - p->window_s;

	p->wait = p->borne.connections > 0
		      ? fmin(fmax(p->wait, 1) * 2, policy->up_every_max_s / policy->up_every_s)
		      : 1;
	p->refused = level_of(p->speed);
	/* Of less than a part of a window nothing follows. */
	p->refused_rate = window_s * 4 < policy->down_every_s
			      ? p->rate
			      : fmax(p->rate, p->window_accepted / window_s);
	p->borne = (struct pace_speed){ 0, 0 };
}

/*
 * Went the message by a rung of before, as it was in the active queue when the pace changed?
 * A slower rung than the pace may be that of now: rungs are few, and groups of domains share.
 */
static bool
is_of_before(const struct pace_policy *policy, const struct pace_heard *h, const struct pace *p)
{
	double since = p->phase == PACE_PROBING ? p->until_s : p->changed_s;
	double by = h->by.connections > 0 ? level_of(h->by) : 0;

	if ((p->by <= 0 && p->by_before <= 0) || p->phase == PACE_FREE ||
	    p->newest_s >= since + policy->up_every_s) {
		return false; /* no rung was ever seen, or it cannot wait any longer */
	}
	return by <= 0 || by > level_of(p->speed) || by == p->by_before ||
	       (by < p->by_before && p->borne.connections > 0); /* before the last step up */
}

static void
decided(const struct pace *p, enum pace_kind kind, const char *reason, struct pace_decision *out)
{
	out->kind = kind;
	out->reason = reason;
	out->after = p->speed;
}

/* ---- pauses ---- */

/* A limit by time refuses in rows, too, and is met by going slower: that is tried first. */
static bool
pause_due(const struct pace_policy *policy, const struct pace *p)
{
	return p->incident != 0 && p->row >= policy->pause_refusals &&
	       (p->row_blocked > 0 || p->newest_s >= p->row_since_s + policy->down_every_s) &&
	       p->phase != PACE_PAUSED && p->phase != PACE_PROBING;
}

static void
start_pause(const struct pace_policy *policy, double pause_s, const char *reason, struct pace *p,
    struct pace_decision *out)
{
	p->pause_s = fmin(pause_s, policy->pause_max_s);
	p->until_s = p->newest_s + p->pause_s;
	p->probes = 0;
	change(p, PACE_PAUSED, (struct pace_speed){ 1, policy->probe_delay_s }, p->newest_s);
	p->row = p->row_blocked = 0;
	decided(p, PACE_PAUSE, reason, out);
	out->until_s = p->until_s;
	out->incident = p->incident;
}

static void
resume(
    const struct pace_policy *policy, struct pace *p, const char *reason, struct pace_decision *out)
{
	out->attempts = p->probes;
	change(p, PACE_SLOW, (struct pace_speed){ 1, fmin(FIRST_DELAY_S, policy->probe_delay_s) },
	    p->newest_s);
	p->pause_s = 0;
	decided(p, PACE_RESUME, reason, out);
}

static void
on_probe(const struct pace_policy *policy, const struct pace_heard *h, struct pace *p,
    struct pace_decision *out)
{
	enum pace_answer a = h->answer;

	if (a != PACE_ACCEPTED && is_of_before(policy, h, p)) {
		return; /* it was no try of ours */
	}
	p->attempts++;
	if (a == PACE_ACCEPTED && ++p->probes >= policy->probes) {
		resume(policy, p, "mail that was tried after the pause was accepted", out);
	} else if (a == PACE_THROTTLED || a == PACE_BLOCKED) {
		out->attempts = p->attempts;
		out->throttled = 1;
		start_pause(policy, p->pause_s * policy->pause_factor,
		    "mail that was tried after the pause was refused again", p, out);
	}
}

/* ---- steps ---- */

/* Below the speed that is refused: what was borne one step ago, else a part of it. */
static struct pace_speed
below(const struct pace_policy *policy, const struct pace *p)
{
	return p->borne.connections > 0 ? p->borne : slower(policy, p->speed);
}

static void
step_down(const struct pace_policy *policy, struct pace *p, struct pace_decision *out)
{
	struct pace_speed next = below(policy, p);

	if (p->throttled < policy->down_refusals ||
	    p->throttled < policy->down_share * p->attempts ||
	    p->others > policy->down_share * (p->attempts + p->others) || same(next, p->speed) ||
	    /* Behind a step up the last one down is long ago. */
	    (p->phase == PACE_SLOW && p->borne.connections <= 0 &&
		p->newest_s < p->changed_s + policy->down_every_s)) {
		return;
	}
	note_refused(policy, p);
	change(p, PACE_SLOW, next, p->newest_s);
	decided(p, PACE_DOWN, "mail was refused for the rate", out);
}

static void
step_up(const struct pace_policy *policy, double most, struct pace *p, struct pace_decision *out)
{
	double since = fmax(p->changed_s, p->throttled_s);
	bool far = is_far_below_refused(p);
	double rest = far                           ? policy->down_every_s
		      : is_below_refused(policy, p) ? policy->up_again_s
						    : policy->up_every_s * fmax(p->wait, 1);
	struct pace_speed next;

	if (p->phase != PACE_SLOW || p->accepted < (far ? policy->probes : policy->up_accepted) ||
	    p->newest_s < since + rest) {
		return;
	}
	if (p->borne.connections > 0 && level_of(p->speed) >= p->refused) {
		p->wait = 1; /* the step before this one was borne, where the last one was not */
		p->refused = p->refused_rate = 0;
	}
	p->borne = p->speed;
	next = faster(policy, most, p);
	change(p, next.delay_s <= 0 && next.connections >= most ? PACE_FREE : PACE_SLOW, next,
	    p->newest_s);
	decided(p, PACE_UP, "mail was accepted, and none was refused for the rate", out);
}

static void
begin(const struct pace_policy *policy, double most, double t_s, struct pace *p,
    struct pace_decision *out)
{
	p->newest_s = fmax(p->newest_s, t_s);
	if (p->phase == PACE_FREE) {
		p->speed = (struct pace_speed){ most, 0 };
	}
	if (p->phase == PACE_PAUSED && p->newest_s >= p->until_s) {
		p->phase = PACE_PROBING;
		p->attempts = 0;
	}
	if (p->phase != PACE_PROBING && p->newest_s >= p->window_s + policy->down_every_s) {
		p->rate = p->window_accepted / (p->newest_s - p->window_s);
		p->window_accepted = 0;
		p->window_s = p->newest_s;
		p->attempts = p->throttled = p->others = 0;
	}
	*out = (struct pace_decision){ .before = p->speed, .t_s = p->newest_s };
}

static void
count(enum pace_answer a, bool of_before, struct pace *p)
{
	bool refused = a == PACE_THROTTLED || a == PACE_BLOCKED;

	*(of_before ? &p->others : &p->attempts) += 1;
	if (a == PACE_ACCEPTED) {
		p->window_accepted++;
		p->row = p->row_blocked = 0;
	} else if (refused) {
		p->row_since_s = p->row == 0 ? p->newest_s : p->row_since_s;
		p->row++;
		p->row_blocked += a == PACE_BLOCKED;
	}
	if (a == PACE_THROTTLED) {
		p->throttled += !of_before;
		p->throttled_s = p->newest_s;
		p->accepted = 0;
	} else if (a == PACE_ACCEPTED) {
		p->accepted++;
	}
}

void
pace_answer(const struct pace_policy *policy, double ceiling, const struct pace_heard *h,
    struct pace *p, struct pace_decision *out)
{
	double most = top(policy, ceiling);
	enum pace_answer a = h->answer;

	begin(policy, most, h->t_s, p, out);
	if (p->phase == PACE_PAUSED) { /* it was on its way */
		return;
	}
	if (p->phase == PACE_PROBING) {
		on_probe(policy, h, p, out);
		return;
	}
	count(a, is_of_before(policy, h, p), p);
	if (h->by.connections > 0 && level_of(h->by) <= level_of(p->speed)) {
		p->by = fmax(p->by, level_of(h->by));
	}
	out->attempts = p->attempts;
	out->throttled = p->throttled;
	if (pause_due(policy, p)) {
		out->attempts = out->throttled = p->row;
		note_refused(policy, p);
		start_pause(policy, policy->pause_s, "an incident is open, and nothing is accepted",
		    p, out);
	} else if (a == PACE_THROTTLED) {
		step_down(policy, p, out);
	} else if (a == PACE_ACCEPTED) {
		out->attempts = p->accepted;
		step_up(policy, most, p, out);
	}
}

void
pace_incident(const struct pace_policy *policy, double ceiling, uint64_t incident, double t_s,
    struct pace *p, struct pace_decision *out)
{
	begin(policy, top(policy, ceiling), t_s, p, out);
	p->incident = incident;
	if (pause_due(policy, p)) {
		out->attempts = out->throttled = p->row;
		note_refused(policy, p);
		start_pause(policy, policy->pause_s, "an incident is open, and nothing is accepted",
		    p, out);
	} else if (incident == 0 && (p->phase == PACE_PAUSED || p->phase == PACE_PROBING)) {
		resume(policy, p, "the incident is over", out);
	}
}

void
pace_by_hand(struct pace_speed to, double t_s, struct pace *p)
{
	uint64_t incident = p->incident;

	*p = (struct pace){ .newest_s = fmax(p->newest_s, t_s),
		.throttled_s = p->throttled_s,
		.incident = incident };
	change(p, to.connections > 0 ? PACE_SLOW : PACE_FREE, to, p->newest_s);
}

struct pace_now
pace_at(const struct pace_policy *policy, const struct pace *p, double t_s)
{
	struct pace_now now = { .phase = p->phase, .speed = p->speed, .until_s = 0 };

	if (p->phase == PACE_FREE) {
		now.speed = (struct pace_speed){ 0, 0 };
	} else if (p->phase == PACE_PAUSED) {
		now.until_s = p->until_s;
		if (t_s >= p->until_s) {
			now.phase = PACE_PROBING;
		}
	}
	if (now.phase == PACE_PROBING) {
		now.speed = (struct pace_speed){ 1, policy->probe_delay_s };
	}
	return now;
}
