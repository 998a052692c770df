/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/decide.h"

#define DAY_S  86400.0
#define HOUR_S 3600.0

const char *
decision_kind_name(enum decision_kind k)
{
	static const char *const names[] = { "none", "suppress", "rest", "hold", "release",
		"unsuppress" };

	return names[k];
}

const char *
decision_undo(enum decision_kind k)
{
	static const char *const commands[] = { "", "carom suppressions remove",
		"carom suppressions remove", "carom suppressions add", "carom suppressions add",
		"carom suppressions add" };

	return commands[k];
}

static uint32_t
second_of(double t)
{
	return t < 1 ? 1 : t >= (double)UINT32_MAX ? UINT32_MAX : (uint32_t)t;
}

static void
enter(struct memory *m, enum recipient_state state, uint32_t t_s, uint32_t until_s)
{
	m->state = state;
	m->since_s = t_s;
	m->until_s = until_s;
}

static void
decided(struct decision *out, enum decision_kind kind, const char *reason)
{
	out->kind = kind;
	out->reason = reason;
}

/* What a person said or did about it: no acceptance changes that. */
static bool
is_final(const struct memory *m)
{
	return m->complained_s != 0 || m->unsubscribed_s != 0 || m->by_hand_s != 0;
}

enum recipient_state
decide_state_at(const struct memory *m, double t)
{
	return m->state == RECIPIENT_RESTING && m->until_s != 0 && t >= (double)m->until_s
		   ? RECIPIENT_RELEASED
		   : m->state;
}

/* Of before the last acceptance: it comes late and is not true any more. */
static bool
is_late(const struct memory *m, double t)
{
	return second_of(t) < m->run.accepted_s;
}

/* ---- what happened ---- */

/*
 * An acceptance that comes late, of one that was taken for a stranger: it was good when it was
 * refused, so it rests as it would have done.
 */
static void
was_no_stranger(
    const struct policy *p, const struct happening *h, struct memory *m, struct decision *out)
{
	const struct refusal_run *gone = &m->run.runs[REFUSAL_GONE];

	if (m->state != RECIPIENT_SUPPRESSED || gone->first_s == 0 ||
	    second_of(h->t) > gone->first_s ||
	    gone->first_s - second_of(h->t) > p->good_days * DAY_S ||
	    gone->last_s >= gone->first_s + p->rest_confirm_hours * HOUR_S) {
		return;
	}
	decided(out, DECISION_REST, "it accepted mail before it was refused, as is known only now");
	enter(m, RECIPIENT_RESTING, gone->first_s,
	    second_of((double)gone->first_s + p->rest_days * DAY_S));
}

static void
on_accepted(
    const struct policy *p, const struct happening *h, struct memory *m, struct decision *out)
{
	bool newer =
	    second_of(h->t) >= m->since_s; /* an old acceptance that comes late undoes nothing */

	recipient_accepted(&m->run, h->t);
	if (is_final(m)) {
		return;
	}
	if (!newer) {
		was_no_stranger(p, h, m, out);
		return;
	}
	if (m->state == RECIPIENT_SUPPRESSED) {
		decided(out, DECISION_UNSUPPRESS, "it accepted mail after it was suppressed");
	} else if (m->state == RECIPIENT_RESTING) {
		decided(out, DECISION_RELEASE, "it accepted mail");
	}
	if (m->state != RECIPIENT_GOOD) {
		enter(m, RECIPIENT_GOOD, second_of(h->t), 0);
	}
}

static bool
was_good(const struct policy *p, const struct memory *m, double t)
{
	double days = recipient_good_days(&m->run, t);

	return days >= 0 && days <= p->good_days;
}

static void
rest(const struct policy *p, const struct happening *h, struct memory *m, struct decision *out)
{
	decided(out, DECISION_REST, "first hard bounce of a recipient that accepted mail before");
	enter(m, RECIPIENT_RESTING, second_of(h->t), second_of(h->t + p->rest_days * DAY_S));
}

static void
on_gone(const struct policy *p, const struct happening *h, struct memory *m, struct decision *out)
{
	bool good = was_good(p, m, h->t);
	double first = (double)m->run.runs[REFUSAL_GONE].first_s; /* of the run before this one */

	recipient_refused(&m->run, REFUSAL_GONE, h->t);
	if (is_final(m) || m->state == RECIPIENT_SUPPRESSED || is_late(m, h->t)) {
		return;
	}
	if (h->held) {
		decided(out, DECISION_HOLD,
		    "the provider calls good recipients unknown: its word does not count now");
		if (m->state == RECIPIENT_GOOD || m->state == RECIPIENT_NEW) {
			enter(m, RECIPIENT_DOUBTFUL, second_of(h->t), 0);
		}
		return;
	}
	if (!h->permanent) {
		if (m->state == RECIPIENT_GOOD || m->state == RECIPIENT_NEW) {
			enter(m, RECIPIENT_DOUBTFUL, second_of(h->t), 0);
		}
		return;
	}
	if (good && first == 0) {
		rest(p, h, m, out);
	} else if (good && h->t < first + p->rest_confirm_hours * HOUR_S) {
		if (m->state != RECIPIENT_RESTING) { /* what came before was held or for now */
			rest(p, h, m, out);
		}
	} else if (good) {
		decided(out, DECISION_SUPPRESS,
		    "refused as gone again, a day or more after the first time");
		enter(m, RECIPIENT_SUPPRESSED, second_of(h->t), 0);
	} else if ((double)m->run.counts[REFUSAL_GONE] >= p->hard_count) {
		decided(out, DECISION_SUPPRESS,
		    "refused as gone, and it never accepted mail as far as known");
		enter(m, RECIPIENT_SUPPRESSED, second_of(h->t), 0);
	}
}

static void
on_soft(const struct policy *p, const struct happening *h, struct memory *m, struct decision *out)
{
	bool full = h->kind == HAPPENED_FULL;
	enum refusal_kind kind = full ? REFUSAL_FULL : REFUSAL_SOFT;

	recipient_refused(&m->run, kind, h->t);
	if (h->called_unknown && second_of(h->t) > m->run.gone_s) {
		m->run.gone_s = second_of(h->t); /* tried again, it is no new evidence */
	}
	if (is_final(m) || m->state == RECIPIENT_SUPPRESSED || m->state == RECIPIENT_RESTING ||
	    is_late(m, h->t)) {
		return;
	}
	if ((double)m->run.counts[kind] >= (full ? p->full_count : p->soft_count) &&
	    recipient_span_s(&m->run, kind) >= (full ? p->full_days : p->soft_days) * DAY_S) {
		decided(out, DECISION_SUPPRESS,
		    full ? "the mailbox is full again and again, over weeks"
			 : "refused by the recipient again and again, over weeks");
		enter(m, RECIPIENT_SUPPRESSED, second_of(h->t), 0);
	} else if (m->state == RECIPIENT_GOOD || m->state == RECIPIENT_NEW) {
		enter(m, RECIPIENT_DOUBTFUL, second_of(h->t), 0);
	}
}

static void
on_person(const struct happening *h, struct memory *m, struct decision *out)
{
	uint32_t *since = h->kind == HAPPENED_COMPLAINT      ? &m->complained_s
			  : h->kind == HAPPENED_UNSUBSCRIBED ? &m->unsubscribed_s
							     : &m->by_hand_s;
	const char *reason = h->kind == HAPPENED_COMPLAINT      ? "the recipient complained"
			     : h->kind == HAPPENED_UNSUBSCRIBED ? "the recipient unsubscribed"
								: "a person suppressed it";

	if (*since == 0) {
		*since = second_of(h->t);
	}
	if (m->state != RECIPIENT_SUPPRESSED) {
		decided(out, DECISION_SUPPRESS, reason);
		enter(m, RECIPIENT_SUPPRESSED, second_of(h->t), 0);
	}
}

/* The run of "gone" is forgotten: nothing of it was true, or a person says so. */
static void
forget_gone(struct memory *m)
{
	m->run.runs[REFUSAL_GONE] = (struct refusal_run){ 0 };
	m->run.counts[REFUSAL_GONE] = 0;
}

static void
on_pardon(const struct happening *h, struct memory *m, struct decision *out)
{
	bool by_hand = h->kind == HAPPENED_RELEASED;

	if (by_hand) {
		m->by_hand_s = 0;
	}
	if (m->complained_s != 0 || m->unsubscribed_s != 0 || m->by_hand_s != 0) {
		return;
	}
	forget_gone(m);
	if (m->state == RECIPIENT_SUPPRESSED) {
		decided(out, DECISION_UNSUPPRESS,
		    by_hand ? "a person released it"
			    : "the refusals that suppressed it were false");
	} else if (m->state == RECIPIENT_RESTING) {
		decided(out, DECISION_RELEASE,
		    by_hand ? "a person released it" : "the refusal that made it rest was false");
	} else {
		return;
	}
	enter(m, RECIPIENT_RELEASED, second_of(h->t), 0);
}

void
decide_recipient(
    const struct policy *p, const struct happening *h, struct memory *m, struct decision *out)
{
	*out = (struct decision){ .before = m->state, .t_s = second_of(h->t) };
	switch (h->kind) {
	case HAPPENED_ACCEPTED:
		on_accepted(p, h, m, out);
		break;
	case HAPPENED_GONE:
		on_gone(p, h, m, out);
		break;
	case HAPPENED_FULL:
	case HAPPENED_SOFT:
		on_soft(p, h, m, out);
		break;
	case HAPPENED_COMPLAINT:
	case HAPPENED_UNSUBSCRIBED:
	case HAPPENED_BY_HAND:
		on_person(h, m, out);
		break;
	case HAPPENED_RELEASED:
	case HAPPENED_AMNESTY:
		on_pardon(h, m, out);
		break;
	case HAPPENED_NOTHING:
		break;
	}
	out->after = m->state;
	out->until_s = m->until_s;
}
