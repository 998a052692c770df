/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

/*
 * What is learned while all is quiet, and what a campaign shows of itself.
 */

#define SENDER_HOT (-3.0)

static bool
any_open(const struct provider_state *p)
{
	for (size_t i = 0; i < p->n_incidents; i++) {
		if (p->incidents[i].open) {
			return true;
		}
	}
	return false;
}

/* One campaign, one vote: its weight fades after 500 attempts at good, 50 at new recipients. */
static double
weight_of(const struct campaign *c, const struct marks *m)
{
	if (c != NULL && m->n[SIG_U] && c->good_n + c->before_n > 500) {
		return 500.0 / (c->good_n + c->before_n);
	}
	return c != NULL && m->n[SIG_N] && c->fresh_n > 50 ? 50.0 / c->fresh_n : 1.0;
}

void
lessons_learn(struct detector *d, struct provider_state *p, const struct step *s)
{
	struct lesson l = { .t = s->e->t, .stratum = s->stratum };

	if (any_open(p) || bank_above(&p->unknown, 0) || bank_above(&p->temp, 0)) {
		return;
	}
	for (int q = 0; q < SIG_COUNT; q++) {
		const struct bank *b =
		    map_get(&p->sender_banks, bank_key(s->e->sender, (enum signal)q));

		l.n[q] = s->marks.n[q] && (b == NULL || !bank_above(b, SENDER_HOT));
		l.k[q] = s->marks.k[q] && l.n[q];
	}
	l.weight = weight_of(map_get(&p->campaigns, s->e->campaign), &s->marks);
	baseline_learn(d, p, &l);
}

static struct campaign *
campaign_of(struct provider_state *p, const struct step *s)
{
	bool fresh;
	struct campaign *c = map_put(&p->campaigns, s->e->campaign, &fresh);

	if (fresh) {
		c->since = s->e->t;
	}
	return c;
}

void
campaigns_follow(struct provider_state *p, const struct step *s)
{
	struct campaign *c;
	double age;

	if (s->marks.n[SIG_N]) {
		c = campaign_of(p, s);
		c->fresh_n++;
		if (s->e->transactional) {
			c->fresh_n *= 1 - 5e-3;
		}
	}
	if (!s->marks.n[SIG_U]) {
		return;
	}
	if (map_get(&p->campaigns, s->e->campaign) == NULL &&
	    p->campaigns.n > DETECT_CAMPAIGNS_MAX) {
		map_clear(&p->campaigns);
	}
	c = campaign_of(p, s);
	if (any_open(p)) {
		c->open_n++;
		c->open_k += s->marks.k[SIG_U];
		return;
	}
	c->good_n++;
	c->good_k += s->marks.k[SIG_U];
	age = s->e->t - c->since;
	if ((c->good_n >= 2000 && age >= 3600) || (c->good_n >= 200 && age > 6 * 3600)) {
		c->before_n = c->good_n;
		c->before_k = c->good_k;
		c->good_n = c->good_k = 0;
		c->since = s->e->t;
	}
}
