/* SPDX-License-Identifier: Apache-2.0 */
#include "report/private.h"

#include <stdlib.h>

#define CACHE_MAX ((size_t)64 * 1024) /* hosts and domains whose group is remembered */
#define MONTH_US  (30 * US_PER_DAY)

void
group_free(struct group *g)
{
	for (size_t i = 0; i < g->n_reasons; i++) {
		free(g->reasons[i].says);
		free(g->reasons[i].sample);
		free(g->reasons[i].host);
	}
	for (size_t i = 0; i < g->n_doubt_list; i++) {
		free(g->doubt_list[i]);
	}
	free(g->doubt_list);
	free(g->reasons);
	free(g->name);
}

static struct group *
named(struct tally *t, struct sv name, const struct provider *p)
{
	uint64_t hash = hash_sip(&t->key, name);
	bool fresh;
	uint64_t *slot = map_get(&t->by_name, hash);
	struct group *g;

	if (slot != NULL) {
		return t->groups[*slot];
	}
	if (t->n_groups >= GROUPS_MAX) {
		t->limits.groups_lost++;
		return t->others;
	}
	g = mem_new(1, sizeof(*g));
	g->number = t->n_groups;
	g->provider = p;
	g->name = mem_dup(name.p, name.n);
	slot = map_put(&t->by_name, hash, &fresh);
	*slot = t->n_groups;
	t->groups = mem_grow(t->groups, t->n_groups + 1, sizeof(*t->groups));
	t->groups[t->n_groups++] = g;
	return g;
}

/* "mx3.example.co.uk" -> "example.co.uk"; the whole name when the list does not know better. */
static struct sv
registrable(struct sv name, char *room, size_t size)
{
	struct sv s = sv_lower(name, room, size - 1);
	const char *top;

	room[s.n] = '\0';
	if (strlen(room) != s.n) {
		return s;
	}
	top = psl_registrable_domain(psl_builtin(), room);
	return top == NULL ? s : sv_from(top);
}

static bool
is_ip_or_socket(struct sv host)
{
	return host.n == 0 || host.p[0] == '/' || host.p[0] == '[' ||
	       sv_starts(host, SV("private/")) ||
	       (char_is_digit(host.p[0]) && char_is_digit(host.p[host.n - 1]));
}

static struct group *
unknown_place(struct tally *t, struct sv host, struct sv domain)
{
	char room[256];
	struct sv name = is_ip_or_socket(host) ? (domain.n > 0 ? domain : host) : host;

	if (name.n == 0) {
		return named(t, SV("(no domain)"), NULL);
	}
	return named(t, registrable(name, room, sizeof(room)), NULL);
}

static struct group *
look_up(struct tally *t, const struct event *e, struct sv domain)
{
	struct place place = { .host = e->host, .domain = domain, .time_us = e->time_us };
	const struct provider *p = knowledge_provider_find(t->k, &place);

	return p != NULL ? named(t, sv_from(p->id), p) : unknown_place(t, e->host, domain);
}

/* local, virtual, pipe; lmtp to a socket; error and retry texts that never met a host. */
static bool
is_local(const struct event *e)
{
	switch (e->via) {
	case POSTFIX_LOCAL:
	case POSTFIX_VIRTUAL:
	case POSTFIX_PIPE:
	case POSTFIX_DISCARD:
		return true;
	case POSTFIX_LMTP:
		return e->port == 0 &&
		       (e->ip.n == 0 || e->ip.p[0] == '/' || sv_starts(e->ip, SV("private/")));
	case POSTFIX_DAEMON_NONE:
	case POSTFIX_SMTP:
	case POSTFIX_ERROR:
	case POSTFIX_RETRY:
	case POSTFIX_QMGR:
	case POSTFIX_CLEANUP:
	case POSTFIX_SMTPD:
	case POSTFIX_BOUNCE:
	case POSTFIX_PICKUP:
	case POSTFIX_DAEMON_OTHER:
		break;
	}
	return false;
}

static void
remember(struct map *cache, uint64_t hash, uint64_t index)
{
	if (cache->n >= CACHE_MAX) {
		map_clear(cache);
	}
	*(uint64_t *)map_put(cache, hash, NULL) = index;
}

static uint64_t
index_of(const struct tally *t, const struct group *g)
{
	const uint64_t *slot = map_get(&t->by_name, hash_sip(&t->key, sv_from(g->name)));

	return slot == NULL ? 0 : *slot;
}

void
group_waits(struct tally *t, const struct group *g, const struct event *e)
{
	remember(&t->by_message, hash_sip(&t->key, e->queue_id), index_of(t, g));
}

/*
 * By host where one was contacted, and that teaches whom the domain belongs to;
 * a line without a host (DNS failure, suspended) goes where its domain went before, and one
 * that gives a message up, without a word of recipients, where the message was deferred last.
 */
struct group *
group_find(struct tally *t, const struct event *e)
{
	struct sv domain = address_domain(e->recipient);
	struct hash_key monthly = { t->key.k0, t->key.k1 ^ (uint64_t)(e->time_us / MONTH_US) };
	uint64_t domain_hash;
	const uint64_t *hit;
	struct group *g;

	if (is_local(e)) {
		if (t->local == NULL) {
			t->local = named(t, SV("(local)"), NULL);
			t->local->local = t->local != t->others;
		}
		return t->local;
	}
	if (e->kind == EVENT_EXPIRED && e->recipient.n == 0) {
		hit = map_get(&t->by_message, hash_sip(&t->key, e->queue_id));
		if (hit != NULL) {
			return t->groups[*hit];
		}
	}
	domain_hash = hash_sip(&monthly, domain);
	if (e->host.n > 0) {
		struct hash_key both = { monthly.k0 ^ domain_hash, monthly.k1 };
		uint64_t host_hash = hash_sip(&both, e->host);

		hit = map_get(&t->by_host, host_hash);
		if (hit != NULL) {
			return t->groups[*hit];
		}
		g = look_up(t, e, domain);
		remember(&t->by_host, host_hash, index_of(t, g));
		remember(&t->by_domain, domain_hash, index_of(t, g));
		return g;
	}
	hit = map_get(&t->by_domain, domain_hash);
	if (hit != NULL) {
		return t->groups[*hit];
	}
	g = look_up(t, e, domain);
	remember(&t->by_domain, domain_hash, index_of(t, g));
	return g;
}
