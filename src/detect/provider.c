/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/private.h"

#include <stdlib.h>

/*
 * Settings, names, and the making and freeing of what is kept of a provider.
 */

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
	.learn_delay_events = 5000.0,
	.learn_delay_s = 4 * 3600.0,
	.learn_at_once = 500.0,
	.purge_gain = 5.0,
	.purge_gain_daily = 1.25,
	.purge_min_s = 1800.0,
	.purge_after_s = 5 * DAY_S,
	.move_gain = 3.0,
	.move_after_s = DAY_S,
	.purge_share = 0.3,
	.close_min_s = 60.0,
	.amend_p = 0.9,
};

/* Natural refusals by stratum, before anything was seen; worth 2000 events each. */
static const double prior[STRATA] = { 5e-4, 2e-3, 5e-3, 2e-2, 4e-2 };

#define PRIOR_STRENGTH 2000.0

static const char *const cause_names[] = { "false_unknown", "outage", "throttle", "sender_block",
	"sender_temp", "bad_list", "migration_or_purge" };
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

struct provider_state *
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
	map_init(&p->homes, sizeof(struct home));
	map_init(&p->hosts, sizeof(double));
	map_init(&p->senders, sizeof(double));
	map_init(&p->domain_set, 8);
	return p;
}

static void
free_maps(struct provider_state *p)
{
	struct map *maps[] = { &p->lists, &p->sender_attempts, &p->snapshots, &p->mx_banks,
		&p->sender_banks, &p->campaigns, &p->domains, &p->homes, &p->hosts, &p->senders,
		&p->domain_set };

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		map_done(maps[i]);
	}
}

void
provider_free(struct provider_state *p)
{
	if (p == NULL) {
		return;
	}
	free_maps(p);
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
