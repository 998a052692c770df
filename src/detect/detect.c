/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/detect.h"

#include "detect/private.h"

/*
 * One event through all parts, in order: what it says, the ends of incidents, the tests,
 * the alarms, the lessons.
 */

static const double strata_days[] = { 3.0, 14.0, 60.0 };

#define DEAD_FOR_S      (30 * DAY_S) /* called unknown lately: tried again, it is a retest */
#define HOSTED_DOMAINS  20           /* so many recipient domains make a hosted provider */
#define DOMAIN_SET_MAX  64
#define DOMAIN_FORGET_S (7 * DAY_S)

static unsigned
stratum_of(double days)
{
	if (days < 0) {
		return STRATUM_NEW;
	}
	for (unsigned i = 0; i < STRATUM_OLD; i++) {
		if (days <= strata_days[i]) {
			return i;
		}
	}
	return STRATUM_OLD;
}

static void
mark(struct step *s)
{
	const struct detect_event *e = s->e;
	bool about_recipient =
	    e->klass == DETECT_OK || e->klass == DETECT_UNKNOWN || e->klass == DETECT_FULL;
	struct marks *m = &s->marks;

	m->failed = -1;
	if (e->attempt != 1) {
		return;
	}
	if (about_recipient && !s->dead) {
		enum signal q = s->stratum < STRATUM_OLD ? SIG_U : SIG_N;

		m->n[q] = true;
		m->k[q] = e->klass == DETECT_UNKNOWN;
		m->failed = m->k[q] ? (int)q : -1;
	}
	if (e->klass != DETECT_GREY) {
		m->n[SIG_T] = m->n[SIG_H] = m->n[SIG_B] = true;
		m->k[SIG_T] = e->klass == DETECT_TEMP || e->klass == DETECT_CONN;
		m->k[SIG_H] = e->klass == DETECT_THROTTLE;
		m->k[SIG_B] = e->klass == DETECT_BLOCK;
		for (int q = SIG_T; q <= SIG_B; q++) {
			m->failed = m->k[q] ? q : m->failed;
		}
	}
}

static void
cap_domain(struct detector *d, struct provider_state *p, struct step *s)
{
	double *seen;
	bool fresh;

	if (s->marks.failed == SIG_U) {
		seen = map_put(&p->domains, s->e->domain, &fresh);
		if (fresh || s->e->t - seen[0] > DOMAIN_FORGET_S) {
			seen[0] = s->e->t;
			seen[1] = 0;
		}
		seen[1]++;
		s->over_cap = seen[1] > d->set.domain_cap && p->domain_set.n >= HOSTED_DOMAINS;
	}
	if (p->domains.n > DETECT_DOMAINS_MAX) {
		map_clear(&p->domains);
	}
	if (p->mx_banks.n > DETECT_HOSTS_MAX) {
		map_clear(&p->mx_banks);
	}
	if (p->domain_set.n < DOMAIN_SET_MAX) {
		(void)map_put(&p->domain_set, s->e->domain, NULL);
	}
}

static struct provider_state *
provider_of(struct detector *d, uint32_t id)
{
	struct provider_state **slot = map_put(&d->providers, id, NULL);

	if (*slot == NULL) {
		*slot = provider_new(id);
	}
	(*slot)->changed = true;
	return *slot;
}

/* Attempts by place; places beyond the limit are not told apart. */
static void
count_place(struct map *places, uint32_t who, size_t most)
{
	double *n = places->n < most ? map_put(places, who, NULL) : map_get(places, who);

	if (n != NULL) {
		*n += 1;
	}
}

static void
remember(struct provider_state *p, const struct step *s)
{
	const struct detect_event *e = s->e;

	if (e->mx != NAME_NONE) {
		count_place(&p->hosts, e->mx, DETECT_HOSTS_MAX);
	}
	count_place(&p->senders, e->sender, DETECT_SENDERS_MAX);
	if (e->klass == DETECT_UNKNOWN) {
		const struct unknown u = { e->t, e->id, e->recipient, e->mx,
			e->transactional ? NAME_NONE : e->campaign, (uint8_t)s->stratum, s->dead };

		unknown_keep(p, &u);
	}
}

bool
detect_is_retest(const struct detect_event *e)
{
	bool accepted_since = e->good_days >= 0 && e->good_days * DAY_S < e->since_unknown_s;

	return e->since_unknown_s >= 0 && !accepted_since;
}

void
detector_event(struct detector *d, const struct detect_event *e)
{
	struct provider_state *p = provider_of(d, e->provider);
	struct step s = { .e = e, .stratum = stratum_of(e->good_days) };

	s.dead = detect_is_retest(e) && e->since_unknown_s < DEAD_FOR_S;
	s.moved = moves_see(p, e);
	mark(&s);
	incidents_retest(d, p, e);
	remember(p, &s);
	incidents_step(d, p, &s);
	if (e->attempt != 1) {
		return;
	}
	cap_domain(d, p, &s);
	signals_test(d, p, &s);
	for (int i = 0; i < 4; i++) {
		struct excursion *x = &p->excursions[i / 2][i % 2];

		if (x->active) {
			excursion_add(x, &s.marks, e);
		}
	}
	alarms_raise(d, p, &s);
	lessons_learn(d, p, &s);
	campaigns_follow(p, &s);
}
