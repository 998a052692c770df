/* SPDX-License-Identifier: Apache-2.0 */

/* What is said of each list: whether it answers, and what refusals that name it cost. */

#include "cmd/blocklists/shown.h"

static const char *const healths[HEALTH_N] = {
	[HEALTH_ASKING] = "not finished",
	[HEALTH_GOOD] = "good",
	[HEALTH_UNTESTED] = "untested",
	[HEALTH_LISTS_ALL] = "lists everything",
	[HEALTH_LISTS_NOTHING] = "lists nothing",
	[HEALTH_BROKEN] = "broken",
	[HEALTH_REFUSES] = "refuses",
	[HEALTH_SILENT] = "silent",
	[HEALTH_NOT_ASKED] = "not asked",
};

static void
remember_zone(struct shown *w, const struct check_zone *z)
{
	const struct stored_health h = {
		.zone = sv_from(z->list->zone),
		.says = sv_from(z->says),
		.checked_s = w->now_s,
		.good = z->health == HEALTH_GOOD,
	};
	int64_t before;

	if (w->s->store == NULL || z->health == HEALTH_NOT_ASKED || z->health == HEALTH_ASKING) {
		return;
	}
	before = store_health_good_s(w->s->store, h.zone);
	if (!h.good || before <= w->now_s - 86400) {
		store_health_put(w->s->store, &h);
	}
}

static double
days(const struct blocklists_session *s)
{
	double d = s->first_us == TIME_NONE
		       ? 0
		       : (double)(s->last_us - s->first_us) / (86400.0 * (double)US_PER_SECOND);

	return d < 1 ? 1 : d;
}

void
blocklists_cost_text(
    struct shown *w, const struct list_cost *c, const char *words, const char *more)
{
	double a_day = (double)c->refusals / days(w->s);

	if (c->refusals == 0) {
		return;
	}
	if (a_day >= 1) {
		buf_fmt(&w->out, "    %s %.0f refusals a day at %zu provider%s%s:", words, a_day,
		    c->n_providers, c->n_providers == 1 ? "" : "s", more);
	} else {
		buf_fmt(&w->out, "    %s %llu refusals in %.0f days at %zu provider%s%s:", words,
		    (unsigned long long)c->refusals, days(w->s), c->n_providers,
		    c->n_providers == 1 ? "" : "s", more);
	}
	for (size_t i = 0; i < c->n_providers && i < 5; i++) {
		buf_str(&w->out, i == 0 ? " " : ", ");
		buf_printable(&w->out, names_text(&w->s->providers, c->providers[i]), 60);
	}
	buf_str(&w->out, c->n_providers > 5 ? ", ...\n" : "\n");
}

void
blocklists_cost_json(struct shown *w, const struct list_cost *c)
{
	struct json *j = &w->j;

	json_int(j, "refusals", (int64_t)c->refusals);
	json_num(j, "refusals_per_day", (double)c->refusals / days(w->s), 1);
	json_open(j, "providers", '[');
	for (size_t i = 0; i < c->n_providers; i++) {
		json_sv(j, NULL, names_text(&w->s->providers, c->providers[i]));
	}
	json_close(j, ']');
}

static size_t
unknown_items(const struct shown *w, size_t z)
{
	size_t n = 0;

	for (size_t t = 0; t < w->s->n_targets; t++) {
		const struct check_item *i = list_check_item(w->s->round, z, t);

		n += i != NULL && i->state == LISTING_UNKNOWN;
	}
	return n;
}

void
blocklists_show_zone(struct shown *w, size_t z)
{
	const struct check_zone *zone = &w->s->zones[z];
	const struct blocklist *l = zone->list;
	const struct list_cost *cost = &w->s->costs[l - w->s->lists->all];
	size_t unknown = unknown_items(w, z);
	bool asked = zone->health != HEALTH_NOT_ASKED;

	remember_zone(w, zone);
	w->asked_zones += asked;
	w->deaf_zones += asked && zone->health == HEALTH_SILENT;
	w->unknown_zones += asked && unknown > 0 && l->tier <= LIST_MEDIUM;
	if (w->s->args->json) {
		json_open(&w->j, NULL, '{');
		json_str(&w->j, "zone", l->zone);
		json_str(&w->j, "operator", l->operator);
		json_str(&w->j, "tier", list_tier_name(l->tier));
		json_str(&w->j, "status", list_status_name(l->status));
		json_str(&w->j, "source", l->source);
		json_str(&w->j, "health", healths[zone->health]);
		json_str(&w->j, "says", zone->says);
		json_int(&w->j, "asked", (int64_t)zone->asked);
		json_int(&w->j, "unknown", (int64_t)unknown);
		blocklists_cost_json(w, cost);
		json_close(&w->j, '}');
		return;
	}
	if (asked && (zone->health > HEALTH_UNTESTED || unknown > 0)) {
		buf_fmt(&w->out, "  %s (%s): %s; %zu not known\n", l->zone, list_tier_name(l->tier),
		    zone->says != NULL ? zone->says : "some questions had no answer to believe",
		    unknown);
	} else if (!asked && cost->refusals > 0) {
		buf_fmt(
		    &w->out, "  %s is named in refusals, and not asked: %s\n", l->zone, zone->says);
		blocklists_cost_text(w, cost, "it costs you", "");
	}
}
