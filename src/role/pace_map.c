/* SPDX-License-Identifier: Apache-2.0 */
#include "role/pace_map.h"

#include "act/route.h"
#include "base/err.h"

#include <stdlib.h>

#define LEAST_CONNECTIONS \
	2 /* of a group, where there are many: one would be none beside the rest */

/* ---- ceilings ---- */

size_t
pace_ceilings(const struct places *p, const struct store *s, const struct knowledge *k,
    struct pace_want **out)
{
	struct map seen;
	size_t n = 0;

	*out = NULL;
	map_init(&seen, sizeof(uint64_t));
	for (size_t i = 0; i < p->domains.n; i++) {
		uint32_t provider = *(const uint32_t *)map_at(&p->domains, i);
		const struct provider *known;
		bool is_new;

		(void)map_put(&seen, provider, &is_new);
		known = is_new ? knowledge_provider_by_id(k, store_name_text(s, provider)) : NULL;
		if (known != NULL && knowledge_connections(known) > 0) {
			*out = mem_grow(*out, n + 1, sizeof(**out));
			(*out)[n++] = (struct pace_want){ .provider = provider,
				.connections = knowledge_connections(known) };
		}
	}
	map_done(&seen);
	return n;
}

/* ---- pauses ---- */

/* The one of the provider, made if there is none; returns their number. */
static size_t
want_for(uint32_t provider, struct pace_want **wants, size_t n, struct pace_want **out)
{
	size_t at = 0;

	while (at < n && (*wants)[at].provider != provider) {
		at++;
	}
	if (at == n) {
		*wants = mem_grow(*wants, ++n, sizeof(**wants));
		(*wants)[at] = (struct pace_want){ .provider = provider };
	}
	*out = &(*wants)[at];
	return n;
}

size_t
pace_decided(uint32_t provider, const struct pace_now *now, uint64_t decision,
    struct pace_want **wants, size_t n)
{
	unsigned connections = (unsigned)now->speed.connections;
	struct pace_want *w;

	n = want_for(provider, wants, n, &w);
	if (connections > 0 && (w->connections == 0 || connections < w->connections)) {
		w->connections = connections;
	}
	w->delay_s = now->speed.delay_s;
	w->paused = now->phase == PACE_PAUSED;
	w->reason = SV("the provider refuses all mail for now; it is tried again by itself");
	w->id = decision;
	return n;
}

size_t
pace_pause(const struct store *s, const char *const *providers, size_t n_providers,
    struct pace_want **wants, size_t n)
{
	for (size_t i = 0; i < n_providers; i++) {
		uint32_t provider = store_name_find(s, sv_from(providers[i]));
		struct pace_want *w;

		if (provider == 0) {
			continue; /* never mailed */
		}
		n = want_for(provider, wants, n, &w);
		w->paused = true;
		w->reason = SV("a person paused this provider in carom.yaml");
		w->id = 0;
	}
	return n;
}

/* ---- rows ---- */

static const struct pace_want *
want_of(const struct pace_map *m, uint32_t provider)
{
	for (size_t i = 0; i < m->n_wants; i++) {
		if (m->wants[i].provider == provider) {
			return &m->wants[i];
		}
	}
	return NULL;
}

void
pace_each_paused(const struct pace_map *m, pace_paused *each, void *context)
{
	for (size_t i = 0; i < m->places->domains.n; i++) {
		const struct pace_want *w =
		    want_of(m, *(const uint32_t *)map_at(&m->places->domains, i));

		if (w != NULL && w->paused) {
			each(context,
			    store_name_text(m->store, (uint32_t)m->places->domains.keys[i]), w);
		}
	}
}

/* provider -> how many groups its domains are in */
static void
count_groups(const struct pace_map *m, struct map *out)
{
	struct map seen;

	map_init(&seen, sizeof(uint64_t));
	for (size_t i = 0; i < m->places->domains.n; i++) {
		uint32_t provider = *(const uint32_t *)map_at(&m->places->domains, i);
		uint32_t group = places_group(m->places, (uint32_t)m->places->domains.keys[i]);
		bool is_new;

		(void)map_put(&seen, (uint64_t)provider << 32 | group, &is_new);
		if (is_new) {
			*(uint32_t *)map_put(out, provider, NULL) += 1;
		}
	}
	map_done(&seen);
}

static unsigned
share(unsigned connections, const uint32_t *groups)
{
	unsigned each = groups == NULL || *groups == 0 ? connections : connections / *groups;

	return connections == 0                   ? 0
	       : connections <= LEAST_CONNECTIONS ? connections
	       : each < LEAST_CONNECTIONS         ? LEAST_CONNECTIONS
						  : each;
}

size_t
pace_map_write(const struct pace_map *m, struct buf *out)
{
	const struct places *p = m->places;
	struct map groups;
	size_t n = 0;

	map_init(&groups, sizeof(uint32_t));
	if (m->share_nexthop) {
		count_groups(m, &groups);
	}
	for (size_t i = 0; i < p->domains.n; i++) {
		uint32_t domain = (uint32_t)p->domains.keys[i];
		uint32_t provider = *(const uint32_t *)map_at(&p->domains, i);
		const struct pace_want *w = want_of(m, provider);
		uint32_t group = m->share_nexthop ? places_group(p, domain) : domain;
		struct route r;

		if (w == NULL) {
			continue;
		}
		r = (struct route){ .domain = store_name_text(m->store, domain) };
		if (w->paused) {
			r.nexthop = sv_from(m->pause_socket);
		} else {
			r.rung = ladder_rung(
			    share(w->connections, map_get(&groups, provider)), w->delay_s);
			r.nexthop =
			    group == domain ? (struct sv){ 0 } : store_name_text(m->store, group);
		}
		n += route_write(&r, out);
	}
	map_done(&groups);
	return n;
}
