/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/pace.h"

#define WINDOW_S      60
#define SLOW_WINDOW_S 600 /* where there are a few deliveries a minute */

/* ---- what a level means ---- */

void
pace_limits(double level, unsigned *connections_out, double *delay_s_out)
{
	static const struct {
		double from, delay_s;
	} slow[] = { { 1, 1 }, { 0.5, 5 }, { 0, 30 } };

	*connections_out = level >= 1 ? (unsigned)level : level > 0 ? 1 : 0;
	*delay_s_out = 0;
	for (size_t i = 0; level > 0 && level < 2 && i < sizeof(slow) / sizeof(slow[0]); i++) {
		if (level >= slow[i].from) {
			*delay_s_out = slow[i].delay_s;
			return;
		}
	}
}

bool
pace_is_paused(const struct pace *s, double t)
{
	return t < s->paused_until_s;
}

/* ---- steps ---- */

static void
decided(struct pace *s, double level, enum decision_kind kind, const char *reason,
    struct pace_decision *out)
{
	*out = (struct pace_decision){
		.kind = kind,
		.reason = reason,
		.before = s->level,
		.after = level,
		.t_s = (uint32_t)s->newest_s,
	};
	s->level = level;
	s->changed_s = s->newest_s;
	s->accepted = 0;
	s->limited = s->attempts = 0;
	s->window_s = s->newest_s;
}

/* Even one delivery at a time is refused: nobody is asked for a while, each time longer. */
static void
pause(const struct pace_policy *p, struct pace *s, struct pace_decision *out)
{
	double next = s->pause_s * 2;

	s->pause_s = s->pause_s == 0 ? p->pause_s : next > p->pause_max_s ? p->pause_max_s : next;
	decided(s, s->level, DECISION_PAUSE,
	    "refused for the rate even at the slowest; waiting mail is tried again after it", out);
	s->paused_until_s = s->newest_s + s->pause_s;
	out->until_s = (uint32_t)s->paused_until_s;
}

/* Back to what was borne, if that was one step ago; else a part of it. */
static double
down_from(const struct pace_policy *p, const struct pace *s, double from)
{
	double to = from * p->down_factor;

	if (s->borne != 0 && s->borne < from) {
		return s->borne;
	}
	return to >= 2 ? (double)(unsigned)to : to;
}

static void
on_limited(const struct pace_policy *p, struct pace *s, struct pace_decision *out)
{
	double from = s->level == 0 ? p->start_connections : s->level;
	double to = down_from(p, s, from);

	s->limited++;
	s->accepted = 0;
	if (s->limited < p->down_count || s->limited < p->down_share * s->attempts ||
	    (s->down_s != 0 && s->newest_s - s->down_s < p->down_every_s)) {
		return;
	}
	if (s->level == PACE_FLOOR) {
		if (s->limited >= p->pause_count && s->limited >= p->pause_share * s->attempts) {
			s->down_s = s->newest_s;
			pause(p, s, out);
		}
		return;
	}
	s->retry_s = s->refused != from                ? p->retry_s
		     : s->retry_s * 2 < p->retry_max_s ? s->retry_s * 2
						       : p->retry_max_s;
	s->borne = 0;
	s->refused = from;
	s->refused_s = s->newest_s;
	s->down_s = s->newest_s;
	decided(s, to < PACE_FLOOR ? PACE_FLOOR : to, DECISION_PACE_DOWN,
	    "the provider refuses for the rate", out);
}

static double
next_level(const struct pace_policy *p, double level)
{
	return level < 1 ? level * 2 : level + p->up_step;
}

static void
on_accepted(const struct pace_policy *p, struct pace *s, struct pace_decision *out)
{
	double to = next_level(p, s->level);
	bool known = s->refused != 0 && s->newest_s - s->refused_s < s->retry_s;

	s->accepted++;
	s->pause_s = 0;
	if (s->level == 0 || s->accepted < p->up_accepted ||
	    s->newest_s - s->changed_s < p->up_every_s) {
		return;
	}
	if (known && to >= s->refused) {
		return; /* it was refused there not long ago */
	}
	if (to >= p->start_connections) {
		s->refused = s->borne = 0;
		decided(s, 0, DECISION_PACE_FREE, "the provider takes all that it gets", out);
		return;
	}
	s->borne = s->level;
	decided(s, to, DECISION_PACE_UP, "the provider takes what it gets", out);
}

void
pace_event(const struct pace_policy *p, enum pace_event_kind kind, double t, struct pace *s,
    struct pace_decision *out)
{
	*out = (struct pace_decision){ .kind = DECISION_NONE };
	s->newest_s = t > s->newest_s ? t : s->newest_s;
	if (pace_is_paused(s, s->newest_s)) {
		return; /* attempts that had begun before */
	}
	if (s->newest_s - s->window_s >=
	    (s->level > 0 && s->level < 2 ? SLOW_WINDOW_S : WINDOW_S)) {
		s->window_s = s->newest_s;
		s->limited = s->attempts = 0;
	}
	s->attempts++;
	if (kind == PACE_LIMITED) {
		on_limited(p, s, out);
	} else if (kind == PACE_ACCEPTED) {
		on_accepted(p, s, out);
	}
}
