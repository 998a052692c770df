/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/detect.h"

#include "detect/private.h"

#include <math.h>
#include <stdlib.h>

const struct detect_settings detect_defaults = {
	.kappa = 3.0,
	.kappa_stream = 2.0,
	.kappa_campaign = 2.0,
	.campaign_cap = 0.03,
	.campaign_strength = 200.0,
	.floor = 5e-4,
	.clamp = 6.0,
	.ratio_unknown = 3.0,
	.ratio = 4.0,
	.a_provider = 2000.0, /* two signals share one false alarm in 1000 provider-months */
	.a_mx = 4000.0,
	.a_sender = 200.0,
	.a_list = 50.0,
	.kappa_list = 1.5,
	.list_floor = 0.05,
	.list_cap = 0.15,
	.list_ratio = 1.6,
	.temp_floor = 0.06,
	.margin = 2.0,
	.min_recipients = 3,
	.beta = 1e-4,
	.reopen_gain = 4.605170185988092, /* log 100 */
	.domain_cap = 2,
	.strength = 300.0,
	.half_life_days = 14.0,
	.learn_delay_s = 4 * 3600.0,
	.learn_at_once = 500.0,
	.purge_gain = 4.0,
	.purge_after_s = 5 * DAY_S,
	.purge_share = 0.3,
	.close_min_s = 60.0,
	.amend_p = 0.9,
};

static const double strata_days[] = { 3.0, 14.0, 60.0 };
/* Natural refusals by stratum, before anything was seen; worth 2000 events each. */
static const double prior[STRATA] = { 5e-4, 2e-3, 5e-3, 2e-2, 4e-2 };

#define PRIOR_STRENGTH  2000.0
#define DEAD_FOR_S      (30 * DAY_S) /* called unknown lately: tried again, it is a retest */
#define REOPEN_S        (48 * 3600.0)
#define HOLD_AGAIN_S    1800.0
#define HOSTED_DOMAINS  20 /* so many recipient domains make a hosted provider */
#define DOMAIN_SET_MAX  64
#define DOMAIN_FORGET_S (7 * DAY_S)
#define LIST_MASS_S     (8 * 3600.0)
#define SUPPORT_MIN     3.0
#define SENDER_HOT      (-3.0)
#define RECAUSE_S       (6 * 3600.0)

static const char *const cause_names[] = { "false_unknown", "outage", "throttle", "sender_block",
	"sender_temp", "bad_list" };
static const char *const scope_names[] = { "all", "mx", "sender", "campaign" };

const char *
detect_cause_name(enum detect_cause c)
{
	return cause_names[c];
}

const char *
detect_scope_name(enum detect_scope s)
{
	return scope_names[s];
}

struct detector *
detector_new(const struct detect_settings *settings, detect_sink *sink, void *context)
{
	struct detector *d = mem_new(1, sizeof(*d));

	d->set = *settings;
	d->sink = sink;
	d->context = context;
	map_init(&d->providers, sizeof(struct provider_state *));
	for (unsigned i = 0; i < STRATA; i++) {
		d->global[i][0] = prior[i] * PRIOR_STRENGTH;
		d->global[i][1] = (1 - prior[i]) * PRIOR_STRENGTH;
	}
	return d;
}

static struct provider_state *
provider_new(uint32_t id)
{
	struct provider_state *p = mem_new(1, sizeof(*p));

	p->id = id;
	p->closed_at = -1e18;
	p->quantile[0] = 0.025;
	p->quantile[1] = 0.03;
	p->quantile[2] = 0.01;
	bank_init(&p->unknown, SIG_U, true);
	bank_init(&p->temp, SIG_T, true);
	map_init(&p->lists, sizeof(double));
	map_init(&p->sender_attempts, sizeof(struct tally2));
	map_init(&p->snapshots, 4 * sizeof(double));
	map_init(&p->mx_banks, sizeof(struct bank));
	map_init(&p->sender_banks, sizeof(struct bank));
	map_init(&p->campaigns, sizeof(struct campaign));
	map_init(&p->domains, 2 * sizeof(double));
	map_init(&p->hosts, sizeof(double));
	map_init(&p->senders, sizeof(double));
	map_init(&p->domain_set, 8);
	return p;
}

static void
provider_free(struct provider_state *p)
{
	struct map *maps[] = { &p->lists, &p->sender_attempts, &p->snapshots, &p->mx_banks,
		&p->sender_banks, &p->campaigns, &p->domains, &p->hosts, &p->senders,
		&p->domain_set };

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		map_done(maps[i]);
	}
	for (int i = 0; i < 4; i++) {
		excursion_stop(&p->excursions[i / 2][i % 2]);
	}
	for (size_t i = 0; i < p->n_incidents; i++) {
		incident_drop(&p->incidents[i]);
	}
	incident_drop(&p->last_closed);
	free(p->incidents);
	free(p->unknowns);
	free(p);
}

void
detector_free(struct detector **pd)
{
	struct detector *d = *pd;

	if (d == NULL) {
		return;
	}
	for (size_t i = 0; i < d->providers.n; i++) {
		provider_free(*(struct provider_state **)map_at(&d->providers, i));
	}
	map_done(&d->providers);
	free(d);
	*pd = NULL;
}

/* ---- one event ---- */

struct step { /* what is known of the event before the tests see it */
	const struct detect_event *e;
	unsigned stratum;
	bool dead;     /* called unknown within DEAD_FOR_S */
	bool over_cap; /* one more unknown of a domain that has had its say */
	struct marks marks;
};

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

static uint64_t
bank_key(uint32_t who, enum signal q)
{
	return (uint64_t)who * SIG_COUNT + (uint64_t)q;
}

/* The provider's own test of U and T, and that of the host that answered. */
static void
test_provider(struct detector *d, struct provider_state *p, const struct step *s, enum signal q,
    const struct bank_step *step)
{
	struct bank *b = q == SIG_U ? &p->unknown : &p->temp;
	unsigned slow = q == SIG_U ? 2 : 1; /* alternatives that are slow to see */
	struct bank *host;
	bool fresh = false;

	struct bank_step own = *step;

	own.ratio = q == SIG_U ? d->set.ratio_unknown : 0;
	bank_update(b, &own, &d->set);
	if (step->failed && bank_all_cold(b, 0, slow)) {
		excursion_start(&p->excursions[q][0], step->t);
	}
	if (step->failed && bank_all_cold(b, slow, b->n)) {
		excursion_start(&p->excursions[q][1], step->t);
	}
	if (p->hosts.n < 2 || s->e->mx == NAME_NONE) {
		return;
	}
	host = map_get(&p->mx_banks, bank_key(s->e->mx, q));
	if (host == NULL && step->failed) {
		host = map_put(&p->mx_banks, bank_key(s->e->mx, q), &fresh);
		bank_init(host, q, false);
	}
	if (host != NULL) {
		bank_update(host, step, &d->set);
	}
}

/* Temporary failures of one sender: the others must be clearly better off since it began. */
static bool
others_are_well(const struct detector *d, const struct provider_state *p, uint32_t sender)
{
	const double *snap = map_get(&p->snapshots, sender);
	const struct tally2 *own = map_get(&p->sender_attempts, sender);
	double n;
	double k;
	double rate;
	double null;

	if (p->sender_attempts.n < 2 || snap == NULL || own == NULL) {
		return false;
	}
	n = (p->attempts[0] - snap[0]) - (own->n - snap[2]);
	k = (p->attempts[1] - snap[1]) - (own->k - snap[3]);
	null = null_rate(d, p, SIG_T) / 2;
	rate = (own->k - snap[3] + 0.5) / (own->n - snap[2] + 1);
	return n >= 10 &&
	       k * log(rate / null) + (n - k) * log((1 - fmin(rate, 0.98)) / (1 - null)) <= -3.0;
}

static void
sender_alarm(struct detector *d, struct provider_state *p, const struct step *s, enum signal q,
    struct bank *b)
{
	static const enum detect_cause causes[] = { CAUSE_FALSE_UNKNOWN, CAUSE_SENDER_TEMP,
		CAUSE_THROTTLE, CAUSE_SENDER_BLOCK, CAUSE_BAD_LIST };
	uint32_t sender = s->e->sender;
	struct opening o = {
		.why = { bank_stat(b), causes[q], SCOPE_SENDER, sender, q },
		.t = s->e->t,
		.margin = bank_stat(b),
	};

	if (q == SIG_U || (q == SIG_T && !others_are_well(d, p, sender))) {
		return; /* decided by comparing at the provider */
	}
	for (size_t i = 0; i < p->n_incidents; i++) {
		const struct incident *x = &p->incidents[i];

		if (x->open && ((x->cause == causes[q] && x->who == sender) ||
				   (q == SIG_N && x->cause == CAUSE_FALSE_UNKNOWN))) {
			return;
		}
	}
	if (q == SIG_N && bank_stat(&p->unknown) > 2.0) {
		return; /* good recipients fail as well: the provider's verdict comes first */
	}
	incident_open(d, p, &o);
	bank_cool(b);
}

static void
count_temp(struct provider_state *p, const struct step *s, const struct bank *b, bool failed)
{
	struct tally2 *own = map_put(&p->sender_attempts, s->e->sender, NULL);

	p->attempts[0]++;
	p->attempts[1] += failed;
	own->n++;
	own->k += failed;
	if (failed && b != NULL && bank_all_cold(b, 0, b->n)) {
		double *snap = map_put(&p->snapshots, s->e->sender, NULL);

		snap[0] = p->attempts[0] - 1;
		snap[1] = p->attempts[1] - 1;
		snap[2] = own->n - 1;
		snap[3] = own->k - 1;
	}
}

static bool
provider_incident_is_open(const struct provider_state *p)
{
	for (size_t i = 0; i < p->n_incidents; i++) {
		if (p->incidents[i].open && (p->incidents[i].cause == CAUSE_FALSE_UNKNOWN ||
						p->incidents[i].cause == CAUSE_OUTAGE)) {
			return true;
		}
	}
	return false;
}

/*
 * A list is tried out when a campaign begins, so there the test gets some mass at once: as
 * much as time has brought since the last one began, so that the bound holds with half of A.
 */
static double
list_begins(struct provider_state *p, const struct step *s)
{
	double *last;
	double extra;
	bool fresh;

	if (s->e->transactional || map_get(&p->campaigns, s->e->campaign) != NULL) {
		return 0;
	}
	last = map_put(&p->lists, s->e->sender, &fresh);
	extra = fresh ? LIST_MASS_S : fmin(fmax(s->e->t - *last, 0), LIST_MASS_S);
	*last = fmax(*last, s->e->t);
	return extra;
}

static void
test_sender(struct detector *d, struct provider_state *p, const struct step *s, enum signal q,
    struct bank_step step, bool provider_open)
{
	uint64_t key = bank_key(s->e->sender, q);
	struct bank *b = map_get(&p->sender_banks, key);

	if (b == NULL && step.failed) {
		if (p->sender_banks.n > DETECT_SENDERS_MAX) {
			map_clear(&p->sender_banks);
		}
		b = map_put(&p->sender_banks, key, NULL);
		bank_init(b, q, false);
	}
	if (q == SIG_T) {
		count_temp(p, s, b, step.failed);
	}
	if (b == NULL || (q == SIG_N && provider_open)) {
		return;
	}
	step.gain = 0;
	if (q == SIG_N) {
		step.null = fmin(
		    fmax(d->set.kappa_list * base_unknown(d, p, s->stratum), d->set.list_floor),
		    d->set.list_cap);
		step.ratio = d->set.list_ratio;
		step.extra_s = list_begins(p, s);
	}
	bank_update(b, &step, &d->set);
	if (step.failed && bank_stat(b) > log(q == SIG_N ? d->set.a_list : d->set.a_sender)) {
		sender_alarm(d, p, s, q, b);
	}
}

static void
run_tests(struct detector *d, struct provider_state *p, const struct step *s)
{
	/* In the order in which an event's signals are named: who was asked for, then the rest. */
	static const enum signal order[] = { SIG_U, SIG_N, SIG_T, SIG_H, SIG_B };
	double gain = s->e->t - p->closed_at < REOPEN_S ? d->set.reopen_gain : 0.0;
	bool provider_open = provider_incident_is_open(p);

	for (size_t i = 0; i < SIG_COUNT; i++) {
		enum signal q = order[i];
		struct bank_step step = { .t = s->e->t, .gain = gain, .failed = s->marks.k[q] };

		if (!s->marks.n[q] || (q == SIG_U && step.failed && s->over_cap)) {
			continue;
		}
		step.null = q == SIG_U   ? null_unknown(d, p, s->stratum,
                                             s->e->transactional ? NAME_NONE : s->e->campaign)
			    : q == SIG_N ? 0.0
					 : null_rate(d, p, q);
		if (q == SIG_U || q == SIG_T) {
			test_provider(d, p, s, q, &step);
		}
		test_sender(d, p, s, q, step, provider_open);
	}
}

/* ---- an alarm of the provider or of a host ---- */

static const struct excursion *
excursion_of(const struct provider_state *p, enum signal q)
{
	const struct bank *b = q == SIG_U ? &p->unknown : &p->temp;
	unsigned fast = bank_best(b) < (q == SIG_U ? 2u : 1u) ? 0 : 1;
	const struct excursion *x = &p->excursions[q][fast];

	x = x->active ? x : &p->excursions[q][1 - fast];
	return x->active ? x : NULL;
}

/* An incident of this signal is open already: it may get a better cause, within hours and by a clear lead. */
static bool
already_open(struct detector *d, struct provider_state *p, const struct explanation *top,
    double margin, double t)
{
	for (size_t i = 0; i < p->n_incidents; i++) {
		struct incident *x = &p->incidents[i];

		if (!x->open || x->sig != top->sig) {
			continue;
		}
		if ((x->cause != top->cause || x->scope != top->scope) &&
		    margin > d->set.margin + 3.0 && t - x->opened < RECAUSE_S) {
			x->cause = top->cause;
			x->scope = top->scope;
			x->who = top->scope == SCOPE_ALL ? NAME_NONE : top->who;
			x->margin = margin;
			incident_emit(d, p, x, DETECT_CAUSE, t);
		}
		return true;
	}
	return false;
}

/* One sender's word is not enough while others are mailing the same provider. */
static bool
senders_agree(const struct detector *d, const struct provider_state *p,
    const struct explanation *top, const struct excursion *x, double margin)
{
	double all = 0;
	double most = 0;
	unsigned hit = 0;

	if ((top->scope != SCOPE_ALL && top->scope != SCOPE_MX) || p->senders.n < 2) {
		return true;
	}
	for (size_t i = 0; i < p->senders.n; i++) {
		double n = *(const double *)map_at(&p->senders, i);

		all += n;
		most = fmax(most, n);
	}
	for (size_t i = 0; i < x->senders.n; i++) {
		hit += ((const struct tallies *)map_at(&x->senders, i))->of[top->sig].k > 0;
	}
	if (most / all >= 0.9) {
		return true;
	}
	return (hit >= 2 || (top->scope == SCOPE_MX && margin >= 6.0)) && margin >= d->set.margin;
}

static void
hold(struct detector *d, struct provider_state *p, double t, double on)
{
	const struct detect_decision out = {
		.what = DETECT_HOLD, .provider = p->id, .t = t, .on = on, .who = NAME_NONE
	};

	if (!p->held || t > p->held_at + HOLD_AGAIN_S) {
		p->held = true;
		p->held_at = t;
		d->sink(d->context, &out);
	}
}

static void
candidate(struct detector *d, struct provider_state *p, double t, enum signal q)
{
	const struct excursion *x = excursion_of(p, q);
	struct explanation all[EXPLANATIONS_MAX];
	const struct explanation *top = NULL;
	const struct explanation *second = NULL;
	struct opening o;
	size_t n;

	if (x == NULL || x->n_recipients < d->set.min_recipients) {
		return;
	}
	n = explain(d, p, x, all);
	for (size_t i = 0; i < n; i++) {
		if (all[i].sig != q) {
			continue;
		}
		if (top == NULL) {
			top = &all[i];
		} else if (second == NULL && all[i].cause != top->cause) {
			second = &all[i];
		}
	}
	if (top == NULL || top->score < SUPPORT_MIN) {
		return;
	}
	o = (struct opening){ *top, t, top->score - (second == NULL ? 0.0 : second->score), x };
	if (already_open(d, p, top, o.margin, t)) {
		return;
	}
	if (q == SIG_U) {
		hold(d, p, t,
		    x->t0); /* good recipients are protected at once, whoever is to blame */
	}
	if ((top->scope != SCOPE_ALL && o.margin < d->set.margin) ||
	    !senders_agree(d, p, top, x, o.margin)) {
		return;
	}
	incident_open(d, p, &o);
}

static void
raise_alarms(struct detector *d, struct provider_state *p, const struct step *s)
{
	int failed = s->marks.failed;
	const struct bank *host;

	if ((failed != SIG_U && failed != SIG_T) || s->over_cap) {
		return;
	}
	host = map_get(&p->mx_banks, bank_key(s->e->mx, (enum signal)failed));
	if (bank_stat(failed == SIG_U ? &p->unknown : &p->temp) > log(d->set.a_provider) ||
	    (host != NULL && bank_stat(host) > log(d->set.a_mx * (double)p->hosts.n))) {
		candidate(d, p, s->e->t, (enum signal)failed);
	}
}

/* ---- what is learned while all is quiet ---- */

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

static void
learn(struct detector *d, struct provider_state *p, const struct step *s)
{
	struct lesson l = { .t = s->e->t, .stratum = s->stratum };

	if (any_open(p) || bank_stat(&p->unknown) > 0 || bank_stat(&p->temp) > 0) {
		return;
	}
	for (int q = 0; q < SIG_COUNT; q++) {
		const struct bank *b =
		    map_get(&p->sender_banks, bank_key(s->e->sender, (enum signal)q));

		l.n[q] = s->marks.n[q] && (b == NULL || bank_stat(b) < SENDER_HOT);
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

static void
follow_campaign(struct provider_state *p, const struct step *s)
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

static struct provider_state *
provider_of(struct detector *d, uint32_t id)
{
	struct provider_state **slot = map_put(&d->providers, id, NULL);

	if (*slot == NULL) {
		*slot = provider_new(id);
	}
	return *slot;
}

static void
remember(struct provider_state *p, const struct step *s)
{
	const struct detect_event *e = s->e;
	double *n;

	if (e->mx != NAME_NONE) {
		n = map_put(&p->hosts, e->mx, NULL);
		*n += 1;
	}
	n = map_put(&p->senders, e->sender, NULL);
	*n += 1;
	if (e->klass == DETECT_UNKNOWN) {
		const struct unknown u = { e->t, e->id, e->recipient, e->mx, (uint8_t)s->stratum,
			s->dead };

		unknown_keep(p, &u);
	}
}

void
detector_event(struct detector *d, const struct detect_event *e)
{
	struct provider_state *p = provider_of(d, e->provider);
	struct step s = { .e = e, .stratum = stratum_of(e->good_days) };

	s.dead = e->since_unknown_s >= 0 && e->since_unknown_s < DEAD_FOR_S;
	mark(&s);
	incidents_retest(d, p, e);
	remember(p, &s);
	incidents_step(d, p, e, s.stratum, s.dead);
	if (e->attempt != 1) {
		return;
	}
	cap_domain(d, p, &s);
	run_tests(d, p, &s);
	for (int i = 0; i < 4; i++) {
		struct excursion *x = &p->excursions[i / 2][i % 2];

		if (x->active) {
			excursion_add(x, &s.marks, e);
		}
	}
	raise_alarms(d, p, &s);
	learn(d, p, &s);
	follow_campaign(p, &s);
}
