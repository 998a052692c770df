/* SPDX-License-Identifier: Apache-2.0 */
#include "blocklist/check.h"

#include "base/civil.h"

#include <stdlib.h>

#define REASONS_BYTES ((size_t)64 * 1024 * 1024)
#define LOOKS_MAX     2
#define TEST_SLOTS    2 /* behind the targets: what must be listed, what must not */

struct again { /* questions that come back: a second look, a reason */
	uint32_t slot;
	bool reason;
};

struct lane { /* what is still to ask of one zone */
	int64_t next_us;
	struct again *again; /* owned; a ring is not worth it: taken from the end */
	size_t n_again, room_again;
	size_t at;    /* the next target */
	size_t tests; /* of TEST_SLOTS asked */
	unsigned silent, under_way;
	bool stopped;
};

struct list_check {
	struct check_options opt;
	struct lane *lanes;       /* owned */
	struct check_item *items; /* owned: of each zone its targets and its test points */
	size_t slots, cursor;
	struct arena *reasons; /* owned */
	struct buf name;
};

struct list_check *
list_check_new(const struct check_options *opt)
{
	struct list_check *c = mem_new(1, sizeof(*c));

	check(opt->n_targets <= CHECK_TARGETS_MAX && opt->n_zones <= LISTS_MAX);
	c->opt = *opt;
	c->slots = opt->n_targets + TEST_SLOTS;
	c->lanes = mem_new(opt->n_zones + 1, sizeof(*c->lanes));
	c->items = mem_new(opt->n_zones * c->slots + 1, sizeof(*c->items));
	c->reasons = arena_new(REASONS_BYTES);
	buf_init(&c->name, 0);
	for (size_t z = 0; z < opt->n_zones; z++) {
		struct check_zone *zone = &opt->zones[z];

		if (zone->health == HEALTH_ASKING && zone->list->untested) {
			zone->health = HEALTH_UNTESTED;
		}
		c->lanes[z].stopped = zone->health > HEALTH_UNTESTED;
	}
	return c;
}

void
list_check_free(struct list_check **pc)
{
	struct list_check *c = *pc;

	if (c == NULL) {
		return;
	}
	for (size_t z = 0; z < c->opt.n_zones; z++) {
		free(c->lanes[z].again);
	}
	free(c->lanes);
	free(c->items);
	arena_free(&c->reasons);
	buf_done(&c->name);
	free(c);
	*pc = NULL;
}

/* ---- what is due ---- */

static bool
fits(const struct list_check *c, size_t z, size_t slot)
{
	return (c->opt.zones[z].list->kinds & list_target_kind(&c->opt.targets[slot])) != 0;
}

static void
put_again(struct lane *l, size_t slot, bool reason)
{
	LIST_ROOM(l->again, l->n_again, l->room_again);
	l->again[l->n_again++] = (struct again){ (uint32_t)slot, reason };
}

/* False: nothing to ask of this zone now. */
static bool
take_job(struct list_check *c, size_t z, struct again *out)
{
	struct lane *l = &c->lanes[z];
	enum list_health health = c->opt.zones[z].health;

	if (l->stopped) {
		return false;
	}
	if (l->n_again > 0) {
		*out = l->again[--l->n_again];
		return true;
	}
	if (health == HEALTH_ASKING) {
		*out = (struct again){ (uint32_t)(c->opt.n_targets + l->tests), false };
		return l->tests < TEST_SLOTS && ++l->tests != 0;
	}
	while (l->at < c->opt.n_targets && !fits(c, z, l->at)) {
		l->at++;
	}
	*out = (struct again){ (uint32_t)l->at, false };
	return l->at < c->opt.n_targets && ++l->at != 0;
}

static bool
has_job(struct list_check *c, size_t z)
{
	const struct lane *l = &c->lanes[z];

	if (l->stopped) {
		return false;
	}
	if (l->n_again > 0) {
		return true;
	}
	if (c->opt.zones[z].health == HEALTH_ASKING) {
		return l->tests < TEST_SLOTS;
	}
	for (size_t i = l->at; i < c->opt.n_targets; i++) {
		if (fits(c, z, i)) {
			return true;
		}
	}
	return false;
}

static void
make_question(struct list_check *c, size_t z, struct again job, struct check_question *out)
{
	const struct check_zone *zone = &c->opt.zones[z];
	struct list_target test;
	const struct list_target *t = &test;

	if (job.slot >= c->opt.n_targets) {
		list_test_target(zone->list, job.slot == c->opt.n_targets, &test);
	} else {
		t = &c->opt.targets[job.slot];
	}
	buf_clear(&c->name);
	list_query_name(zone->list, zone->key, t, &c->name);
	out->id = ((uint64_t)z * c->slots + job.slot) * 2 + job.reason;
	out->type = job.reason ? DNS_TXT : DNS_A;
	out->name = buf_view(&c->name);
}

enum check_step
list_check_next(struct list_check *c, int64_t now_us, struct check_question *out, int64_t *until_us)
{
	bool open = false;

	*until_us = INT64_MAX;
	for (size_t i = 0; i < c->opt.n_zones; i++) {
		size_t z = (c->cursor + i) % c->opt.n_zones;
		struct lane *l = &c->lanes[z];
		struct again job;

		open = open || l->under_way > 0;
		if (!has_job(c, z)) {
			continue;
		}
		open = true;
		if (now_us < l->next_us) {
			*until_us = l->next_us < *until_us ? l->next_us : *until_us;
			continue;
		}
		check(take_job(c, z, &job));
		l->next_us = now_us + US_PER_SECOND / c->opt.zones[z].list->per_second;
		l->under_way++;
		c->opt.zones[z].asked++;
		c->cursor = z + 1;
		make_question(c, z, job, out);
		return CHECK_ASK;
	}
	return open ? CHECK_WAIT : CHECK_DONE;
}

/* ---- what was answered ---- */

static void
suspend(struct list_check *c, size_t z, enum list_health health, const char *says)
{
	struct check_zone *zone = &c->opt.zones[z];

	if (!c->lanes[z].stopped) {
		zone->health = health;
		zone->says = says;
		c->lanes[z].stopped = true;
	}
}

static enum list_health
health_of(const struct list_reading *r)
{
	return r->broken ? HEALTH_BROKEN : r->refused ? HEALTH_REFUSES : HEALTH_SILENT;
}

/* A test point is there if anything at all is answered for it, documented or not. */
static void
take_test(struct list_check *c, size_t z, size_t slot, const struct list_reading *r)
{
	struct check_item *item = &c->items[z * c->slots + slot];
	const struct check_item *tests = &c->items[z * c->slots + c->opt.n_targets];
	bool must = slot == c->opt.n_targets;

	if (r->silent && ++item->looks < LOOKS_MAX) {
		put_again(&c->lanes[z], slot, false);
		return;
	}
	if (r->silent || r->refused || r->broken) {
		suspend(c, z, health_of(r), r->says);
		return;
	}
	if (must && r->state == LISTING_CLEAR) {
		suspend(c, z, HEALTH_LISTS_NOTHING,
		    "its test point is not listed: it lists nothing, or does not want to answer");
	} else if (!must && r->state != LISTING_CLEAR) {
		suspend(c, z, HEALTH_LISTS_ALL,
		    "it lists what must never be listed: it lists everything");
	}
	item->done = true;
	if (tests[0].done && tests[1].done && !c->lanes[z].stopped) {
		c->opt.zones[z].health = HEALTH_GOOD;
	}
}

static bool
is_on(enum listing s)
{
	return s == LISTING_LISTED || s == LISTING_POLICY;
}

static void
take_answer(struct list_check *c, size_t z, size_t slot, const struct list_reading *r)
{
	struct check_item *item = &c->items[z * c->slots + slot];
	struct lane *l = &c->lanes[z];
	bool first = item->looks++ == 0;

	if (r->refused || r->broken) {
		suspend(c, z, health_of(r), r->says);
		return;
	}
	l->silent = r->silent ? l->silent + 1 : 0;
	if (l->silent >= CHECK_SILENT_MAX) {
		suspend(c, z, HEALTH_SILENT, "it does not answer any more");
	}
	if (first && (r->silent || is_on(r->state))) {
		*item = (struct check_item){ r->state, r->says, NULL, r->code, false, 1 };
		put_again(l, slot, false);
		return;
	}
	if (!first && is_on(item->state) && r->state != item->state) {
		*item = (struct check_item){ LISTING_UNKNOWN,
			r->silent ? r->says : "a second look said something else", NULL, r->code,
			true, item->looks };
		return;
	}
	*item = (struct check_item){ r->state, r->says, NULL, r->code, true, item->looks };
	if (first || !is_on(r->state)) {
		return;
	}
	put_again(l, slot, true);
}

/* The words of the list, without the key should it be in them. */
static void
take_reason(struct list_check *c, size_t z, size_t slot, const struct dns_answer *a)
{
	struct check_item *item = &c->items[z * c->slots + slot];
	const char *key = c->opt.zones[z].key;
	struct sv text;
	struct sv head;
	struct buf b;

	if (a->status != DNS_OK || a->n == 0) {
		return;
	}
	buf_init(&b, 0);
	text = a->records[0].data;
	while (key != NULL && sv_cut_sv(&text, sv_from(key), &head)) {
		buf_printable(&b, head, CHECK_REASON_MAX);
		buf_str(&b, "(key)");
	}
	buf_printable(&b, text, CHECK_REASON_MAX);
	item->reason = arena_cstr(c->reasons, buf_view(&b));
	buf_done(&b);
}

void
list_check_answer(struct list_check *c, uint64_t id, const struct dns_answer *a)
{
	size_t at = (size_t)(id / 2);
	size_t z = at / c->slots;
	size_t slot = at % c->slots;
	struct list_reading r;

	check(z < c->opt.n_zones && c->lanes[z].under_way > 0);
	c->lanes[z].under_way--;
	if (id % 2 == 1) {
		take_reason(c, z, slot, a);
		return;
	}
	list_judge(c->opt.lists, c->opt.zones[z].list, a, &r);
	if (slot >= c->opt.n_targets) {
		take_test(c, z, slot, &r);
	} else {
		take_answer(c, z, slot, &r);
	}
}

const struct check_item *
list_check_item(const struct list_check *c, size_t zone, size_t target)
{
	static const struct check_item nobody_knows = { .state = LISTING_UNKNOWN };
	const struct check_item *item = &c->items[zone * c->slots + target];

	if (!fits(c, zone, target)) {
		return NULL;
	}
	return item->done ? item : &nobody_knows;
}
