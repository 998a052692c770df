/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/blocklists/shown.h"
#include "cmd/cmd_store.h"

#include <stdio.h>

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

/* ---- a listing ---- */

static const struct list_cost nothing;

/* The list whose name refusals use. */
static const struct blocklist *
called(const struct blocklists_session *s, const struct blocklist *l)
{
	const struct blocklist *other =
	    l->instead == NULL ? NULL : blocklist_find(s->lists, sv_from(l->instead));

	return s->costs[l - s->lists->all].refusals == 0 && other != NULL ? other : l;
}

/* Refusals that name the list and the target. */
static const struct list_cost *
named_cost(const struct blocklists_session *s, const struct blocklist *l, size_t t)
{
	struct buf target;
	struct buf pair;
	uint32_t id;

	buf_init(&target, 0);
	buf_init(&pair, 0);
	list_target_print(&s->targets[t], &target);
	blocklists_named_key(s, called(s, l), buf_view(&target), &pair);
	id = names_get(&s->named, buf_view(&pair));
	buf_done(&pair);
	buf_done(&target);
	return id == NAME_NONE ? &nothing : &s->named_costs[id];
}

static const struct list_cost *
open_cost(const struct blocklists_session *s, const struct blocklist *l)
{
	return &s->open[called(s, l) - s->lists->all];
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
	blocklists_cost_text(w, named_cost(w->s, l, t), "it costs you", "");
	blocklists_cost_text(w, open_cost(w->s, l), "it may be what costs you",
	    " (they name the list, and nobody on it)");
	if (l->delist != NULL) {
		buf_fmt(&w->out, "    to leave it: %s\n", l->delist);
	}
	if (l->policy != NULL) {
		buf_fmt(&w->out, "    %s\n", l->policy);
	}
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
	blocklists_cost_json(w, named_cost(w->s, l, t));
	json_int(j, "refusals_unnamed", (int64_t)open_cost(w->s, l)->refusals);
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
		blocklists_show_zone(w, z);
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
