/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/blocklists.h"
#include "cmd/cmd_store.h"

#include <stdio.h>

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

struct shown {
	struct blocklists_session *s;
	struct buf out;
	struct json j;
	int64_t now_s;
	size_t listed, policy, unknown_zones, asked_zones, deaf_zones;
};

static bool
is_on(const struct check_item *i)
{
	return i != NULL && (i->state == LISTING_LISTED || i->state == LISTING_POLICY);
}

/* ---- history ---- */

/* Since when; and an alert where it is new or gone. */
static int64_t
remember(struct shown *w, const struct check_item *i, struct sv target, struct sv zone)
{
	struct store *store = w->s->store;
	struct stored_alert alert = { .t_s = w->now_s, .subject = target, .says = zone };
	struct stored_listing l = { .target = target,
		.zone = zone,
		.says = sv_from(i->says),
		.reason = sv_from(i->reason),
		.policy = i->state == LISTING_POLICY,
		.seen_s = w->now_s };

	if (store == NULL) {
		return 0;
	}
	if (is_on(i)) {
		alert.kind = SV("new listing");
		if (store_listing_seen(store, &l) && !l.policy) {
			store_alert_put(store, &alert);
		}
		return store_listing_since(store, target, zone);
	}
	alert.kind = SV("listing cleared");
	if (i->state != LISTING_UNKNOWN && store_listing_cleared(store, target, zone, w->now_s)) {
		store_alert_put(store, &alert);
	}
	return 0;
}

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

/* ---- a listing ---- */

static double
days(const struct blocklists_session *s)
{
	double d = s->first_us == TIME_NONE
		       ? 0
		       : (double)(s->last_us - s->first_us) / (86400.0 * (double)US_PER_SECOND);

	return d < 1 ? 1 : d;
}

static const struct list_cost *
cost_of(const struct blocklists_session *s, const struct blocklist *l)
{
	const struct blocklist *other =
	    l->instead == NULL ? NULL : blocklist_find(s->lists, sv_from(l->instead));
	const struct list_cost *c = &s->costs[l - s->lists->all];

	return c->refusals == 0 && other != NULL ? &s->costs[other - s->lists->all] : c;
}

static void
cost_text(struct shown *w, const struct list_cost *c)
{
	double a_day = (double)c->refusals / days(w->s);

	if (c->refusals == 0) {
		return;
	}
	if (a_day >= 1) {
		buf_fmt(&w->out, "    it costs you %.0f refusals a day at %zu provider%s:", a_day,
		    c->n_providers, c->n_providers == 1 ? "" : "s");
	} else {
		buf_fmt(&w->out, "    it cost you %llu refusals in %.0f days at %zu provider%s:",
		    (unsigned long long)c->refusals, days(w->s), c->n_providers,
		    c->n_providers == 1 ? "" : "s");
	}
	for (size_t i = 0; i < c->n_providers && i < 5; i++) {
		buf_str(&w->out, i == 0 ? " " : ", ");
		buf_printable(&w->out, names_text(&w->s->providers, c->providers[i]), 60);
	}
	buf_str(&w->out, c->n_providers > 5 ? ", ...\n" : "\n");
}

/* Other addresses of it are listed, too, and will not help. */
static void
network_text(struct shown *w, size_t t)
{
	const struct list_target *target = &w->s->targets[t];

	if (target->ip.n == 16) {
		buf_str(&w->out, "    lists of IPv6 mean the network as a rule: ");
		list_target_network(target, &w->out);
		buf_char(&w->out, '\n');
	}
}

static void
listing_text(struct shown *w, const struct blocklist *l, const struct check_item *i, size_t t,
    int64_t since_s)
{
	char room[40];

	list_target_print(&w->s->targets[t], &w->out);
	buf_fmt(&w->out, "  %s  %s (%s)\n", l->zone,
	    i->state == LISTING_POLICY ? "on the list, no verdict" : "LISTED",
	    list_tier_name(l->tier));
	buf_fmt(&w->out, "    %s", i->says);
	if (since_s != 0) {
		buf_fmt(&w->out, "; %s %s", since_s == w->now_s ? "new, first seen" : "since",
		    cmd_time(since_s, room, sizeof(room)));
	}
	buf_char(&w->out, '\n');
	if (i->reason != NULL) {
		buf_fmt(&w->out, "    the list says: %s\n", i->reason);
	}
	network_text(w, t);
	cost_text(w, cost_of(w->s, l));
	if (l->delist != NULL) {
		buf_fmt(&w->out, "    to leave it: %s\n", l->delist);
	}
	if (l->policy != NULL) {
		buf_fmt(&w->out, "    %s\n", l->policy);
	}
}

static void
cost_json(struct shown *w, const struct list_cost *c)
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

static void
listing_json(struct shown *w, const struct blocklist *l, const struct check_item *i, size_t t,
    int64_t since_s)
{
	struct json *j = &w->j;
	char code[32];
	struct buf name;

	(void)snprintf(code, sizeof(code), "%u.%u.%u.%u", i->code >> 24, i->code >> 16 & 255,
	    i->code >> 8 & 255, i->code & 255);
	json_open(j, NULL, '{');
	buf_init(&name, 0);
	list_target_print(&w->s->targets[t], &name);
	json_sv(j, "target", buf_view(&name));
	buf_clear(&name);
	list_target_network(&w->s->targets[t], &name);
	json_str(j, "network", name.n == 0 ? NULL : name.p);
	buf_done(&name);
	json_str(j, "zone", l->zone);
	json_str(j, "tier", list_tier_name(l->tier));
	json_str(j, "state", listing_name(i->state));
	json_str(j, "code", code);
	json_str(j, "says", i->says);
	json_str(j, "reason", i->reason);
	cmd_json_time(j, "since", since_s);
	json_bool(j, "new", since_s == w->now_s);
	json_str(j, "delist", l->delist);
	cost_json(w, cost_of(w->s, l));
	json_close(j, '}');
}

static void
show_item(struct shown *w, size_t z, size_t t)
{
	const struct check_item *i = list_check_item(w->s->round, z, t);
	const struct blocklist *l = w->s->zones[z].list;
	struct buf target;
	int64_t since;

	if (i == NULL) {
		return;
	}
	buf_init(&target, 0);
	list_target_print(&w->s->targets[t], &target);
	since = remember(w, i, buf_view(&target), sv_from(l->zone));
	if (is_on(i)) {
		w->listed += i->state == LISTING_LISTED;
		w->policy += i->state == LISTING_POLICY;
		if (w->s->args->json) {
			listing_json(w, l, i, t, since);
		} else {
			listing_text(w, l, i, t, since);
		}
	}
	buf_done(&target);
}

/* ---- zones ---- */

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

static void
show_zone(struct shown *w, size_t z)
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
		cost_json(w, cost);
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
		cost_text(w, cost);
	}
}

/* ---- all ---- */

static void
show_all(struct shown *w)
{
	struct blocklists_session *s = w->s;
	size_t mark;

	if (s->args->json) {
		json_open(&w->j, NULL, '{');
		json_int(&w->j, "version", 1);
		json_int(&w->j, "targets", (int64_t)s->n_targets);
		json_int(&w->j, "targets_left_out", (int64_t)s->lost_targets);
		json_bool(&w->j, "finished", !s->late);
		json_open(&w->j, "listings", '[');
	}
	for (size_t t = 0; t < s->n_targets; t++) {
		for (size_t z = 0; z < s->n_zones; z++) {
			show_item(w, z, t);
		}
	}
	if (s->args->json) {
		json_close(&w->j, ']');
		json_open(&w->j, "zones", '[');
	} else if (w->listed + w->policy > 0) {
		buf_char(&w->out, '\n');
	}
	mark = w->out.n;
	for (size_t z = 0; z < s->n_zones; z++) {
		show_zone(w, z);
	}
	if (s->args->json) {
		json_close(&w->j, ']');
		json_close(&w->j, '}');
		buf_char(&w->out, '\n');
		return;
	}
	if (w->out.n > mark) {
		buf_char(&w->out, '\n');
	}
	buf_fmt(&w->out,
	    "%zu addresses and domains on %zu lists: %zu listings, %zu entries without a verdict\n",
	    s->n_targets, w->asked_zones, w->listed, w->policy);
	if (s->late) {
		buf_str(&w->out, "the time was over before all was asked (--timeout)\n");
	}
	if (s->lost_targets > 0) {
		buf_fmt(&w->out, "%zu more were left out: at most %d at a time\n", s->lost_targets,
		    CHECK_TARGETS_MAX);
	}
}

int
blocklists_show(struct blocklists_session *s)
{
	struct shown w = { .s = s, .now_s = s->ctx->now_us / US_PER_SECOND };
	struct why why;
	int code;

	buf_init(&w.out, 0);
	json_init(&w.j, &w.out, true);
	if (s->store != NULL) {
		store_begin(s->store);
	}
	show_all(&w);
	code = w.listed > 0                                         ? EXIT_TROUBLE
	       : w.asked_zones > 0 && w.deaf_zones == w.asked_zones ? EXIT_BROKEN
	       : w.unknown_zones > 0 || s->late                     ? EXIT_INPUT_PROBLEM
								    : EXIT_FINE;
	if (s->store != NULL && store_commit(s->store, &why) != ERR_OK) {
		cmd_complain("blocklists", "%s", why.text);
		code = EXIT_BROKEN;
	}
	if (!cmd_print(&w.out)) {
		code = EXIT_BROKEN;
	}
	buf_done(&w.out);
	return code;
}
