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
is_of_address(char c)
{
	return char_is_alnum(c) || c == '.' || c == ':';
}

/* A refusal that names a list names the client that is on it: our address.  A log of Postfix
 * does not hold it otherwise. */
static void
take_addresses(struct blocklists_session *s, struct sv text)
{
	size_t i = 0;

	while (i < text.n) {
		size_t start = i;
		struct sv word;
		struct ip ip;

		while (i < text.n && is_of_address(text.p[i])) {
			i++;
		}
		word = sv_make(text.p + start, i - start);
		while (word.n > 0 && (word.p[word.n - 1] == '.' || word.p[word.n - 1] == ':')) {
			word.n--;
		}
		if (word.n >= 7 && ip_read(word, &ip) && !is_ours_only(&ip)) {
			(void)blocklists_add(s, word);
		}
		i++;
	}
}

static void
take_refusal(struct blocklists_session *s, struct sv reply, struct sv provider)
{
	char room[TEXT_MAX];
	struct sv text = sv_lower(reply, room, sizeof(room));
	const struct blocklist *l = blocklist_named(s->lists, text);
	struct list_cost *c;
	uint32_t id;

	if (l == NULL) {
		return;
	}
	c = &s->costs[l - s->lists->all];
	c->refusals++;
	take_addresses(s, text);
	id = names_put(&s->providers, provider);
	for (size_t i = 0; i < c->n_providers; i++) {
		if (c->providers[i] == id) {
			return;
		}
	}
	if (c->n_providers < COST_PROVIDERS_MAX) {
		c->providers[c->n_providers++] = id;
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
