/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/blocklists/private.h"
#include "cmd/cmd_store.h"
#include "report/tally.h"
#include "source/postfix_log.h"

#define TEXT_MAX 4096

/* ::ffff:192.0.2.1 is an IPv4 address in the clothes of the other. */
static void
unmap(struct list_target *t, struct arena *arena)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct buf b;

	if (t->ip.n != 16 || memcmp(t->ip.b, mapped, sizeof(mapped)) != 0) {
		return;
	}
	memmove(t->ip.b, t->ip.b + 12, 4);
	t->ip.n = 4;
	buf_init(&b, 0);
	ip_print(&t->ip, &b);
	t->domain = arena_sv(arena, buf_view(&b));
	buf_done(&b);
}

bool
blocklists_add(struct blocklists_session *s, struct sv text)
{
	char room[DNS_NAME_MAX + 1];
	struct list_target t = { .domain = sv_lower(text, room, sizeof(room)) };

	if (!ip_read(text, &t.ip) && (!name_is_valid(text) || name_labels(text) < 2)) {
		return false;
	}
	unmap(&t, s->arena);
	if (names_get(&s->known, t.domain) != NAME_NONE) {
		return true;
	}
	if (s->n_targets == CHECK_TARGETS_MAX) {
		s->lost_targets++;
		return true;
	}
	(void)names_put(&s->known, t.domain);
	t.domain = arena_sv(s->arena, t.domain);
	LIST_ROOM(s->targets, s->n_targets, s->room_targets);
	s->targets[s->n_targets++] = t;
	return true;
}

/* Addresses that nobody lists: private, loopback, link-local, multicast. */
static bool
is_ours_only(const struct ip *ip)
{
	static const struct {
		unsigned char net[4];
		unsigned bits;
	} nets[] = { { { 10, 0, 0, 0 }, 8 }, { { 127, 0, 0, 0 }, 8 }, { { 0, 0, 0, 0 }, 8 },
		{ { 172, 16, 0, 0 }, 12 }, { { 192, 168, 0, 0 }, 16 }, { { 169, 254, 0, 0 }, 16 },
		{ { 224, 0, 0, 0 }, 3 } };

	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		if (ip_in_net(ip, nets[i].net, 4, nets[i].bits)) {
			return true;
		}
	}
	return ip->n == 16 && ip->b[0] != 0x20 && ip->b[0] != 0x2a && ip->b[0] != 0x24 &&
	       ip->b[0] != 0x26 && ip->b[0] != 0x28;
}

static bool
is_of_name(char c)
{
	return char_is_alnum(c) || c == '.' || c == ':' || c == '-';
}

void
blocklists_named_key(const struct blocklists_session *s, const struct blocklist *l,
    struct sv target, struct buf *out)
{
	buf_fmt(out, "%zu %.*s", (size_t)(l - s->lists->all), SV_ARG(target));
}

static void
count(struct blocklists_session *s, struct list_cost *c, struct sv provider)
{
	uint32_t id = names_put(&s->providers, provider);

	c->refusals++;
	for (size_t i = 0; i < c->n_providers; i++) {
		if (c->providers[i] == id) {
			return;
		}
	}
	if (c->n_providers < COST_PROVIDERS_MAX) {
		c->providers[c->n_providers++] = id;
	}
}

/* The refusal names the list and this target. */
static void
count_named(
    struct blocklists_session *s, const struct blocklist *l, struct sv target, struct sv provider)
{
	struct buf pair;
	uint32_t id;

	buf_init(&pair, 0);
	blocklists_named_key(s, l, target, &pair);
	id = names_get(&s->named, buf_view(&pair));
	if (id == NAME_NONE && s->named.n < COST_NAMED_MAX) {
		id = names_put(&s->named, buf_view(&pair));
	}
	buf_done(&pair);
	if (id == NAME_NONE) { /* no room: it is told of the list */
		count(s, &s->open[l - s->lists->all], provider);
		return;
	}
	while (id >= s->room_named) { /* new ones are zero */
		size_t room = s->room_named == 0 ? 64 : 2 * s->room_named;

		s->named_costs = mem_grow(s->named_costs, room, sizeof(*s->named_costs));
		memset(s->named_costs + s->room_named, 0,
		    (room - s->room_named) * sizeof(*s->named_costs));
		s->room_named = room;
	}
	count(s, &s->named_costs[id], provider);
}

/* The next word that is a public address or is looked up already; its lower-case form. */
static bool
next_target(struct blocklists_session *s, struct sv *text, struct sv *out)
{
	while (text->n > 0) {
		struct ip ip;
		size_t n = 0;

		while (n < text->n && is_of_name(text->p[n])) {
			n++;
		}
		*out = sv_head(*text, n);
		*text = sv_from_at(*text, n < text->n ? n + 1 : n);
		while (out->n > 0 && strchr(".:-", out->p[out->n - 1]) != NULL) {
			out->n--;
		}
		if (out->n >= 7 && ip_read(*out, &ip) && !is_ours_only(&ip)) {
			return true;
		}
		if (out->n > 3 && names_get(&s->known, *out) != NAME_NONE) {
			return true;
		}
	}
	return false;
}

#define NAMED_MAX 8 /* targets of one refusal */

/* A refusal that names a list names, as a rule, the client that is on it: our address.  A log of
 * Postfix does not hold it otherwise. */
static void
take_refusal(struct blocklists_session *s, struct sv reply, struct sv provider)
{
	char room[TEXT_MAX];
	struct sv text = sv_lower(reply, room, sizeof(room));
	const struct blocklist *l = blocklist_named(s->lists, text);
	struct sv seen[NAMED_MAX];
	struct sv word;
	size_t n = 0;

	if (l == NULL) {
		return;
	}
	count(s, &s->costs[l - s->lists->all], provider);
	while (n < NAMED_MAX && next_target(s, &text, &word)) {
		bool again = false;

		for (size_t i = 0; i < n; i++) {
			again |= sv_eq(seen[i], word);
		}
		if (!again) {
			seen[n++] = word;
			(void)blocklists_add(s, word);
			count_named(s, l, word, provider);
		}
	}
	if (n == 0) {
		count(s, &s->open[l - s->lists->all], provider);
	}
}

static void
take_time(struct blocklists_session *s, int64_t t_us)
{
	s->first_us = s->first_us == TIME_NONE || t_us < s->first_us ? t_us : s->first_us;
	s->last_us = s->last_us == TIME_NONE || t_us > s->last_us ? t_us : s->last_us;
}

static bool
from_logs(struct blocklists_session *s)
{
	const struct log_options opt = {
		.paths = s->args->logs,
		.n_paths = s->args->n_logs,
		.key = s->ctx->key,
		.now_us = s->ctx->now_us,
		.since_us = TIME_NONE,
		.until_us = TIME_NONE,
	};
	struct knowledge *k = cmd_knowledge(s->ctx);
	struct postfix_log *log = NULL;
	struct tally *t;
	struct event e;
	struct why why;

	if (k == NULL) {
		return false;
	}
	if (postfix_log_open(&opt, &log, &why) != ERR_OK) {
		cmd_complain("blocklists", "%s", why.text);
		knowledge_free(&k);
		return false;
	}
	t = tally_new(k, &s->ctx->key); /* knows whose a host is */
	while (postfix_log_next(log, &e)) {
		const struct group *g = tally_group(t, &e);

		if (g->local) {
			continue;
		}
		take_time(s, e.time_us);
		(void)blocklists_add(s, address_domain(e.sender));
		if (e.kind != EVENT_ACCEPTED && !e.suspended) {
			take_refusal(s, e.reply.text, sv_from(g->name));
		}
	}
	tally_free(&t);
	postfix_log_close(&log);
	knowledge_free(&k);
	return true;
}

static bool
from_store_row(void *context, const struct stored_event *e)
{
	struct blocklists_session *s = context;

	take_time(s, e->t_us);
	(void)blocklists_add(s, store_name_text(s->store, e->sender));
	if (e->kind != EVENT_ACCEPTED && e->reply.n != 0) {
		take_refusal(s, e->reply, store_name_text(s->store, e->provider));
	}
	return true;
}

/* What was listed before is looked at again, or it would never be cleared. */
static bool
from_listings_row(void *context, const struct stored_listing *l)
{
	if (l->cleared_s == 0) {
		(void)blocklists_add(context, l->target);
	}
	return true;
}

bool
blocklists_gather(struct blocklists_session *s)
{
	if (s->args->n_logs > 0 && !from_logs(s)) {
		return false;
	}
	if (s->store != NULL) {
		if (s->args->n_logs == 0) {
			store_events(s->store, 0, from_store_row, s);
		}
		store_listings(s->store, from_listings_row, s);
	}
	return true;
}
