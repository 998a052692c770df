/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/places.h"

void
places_init(struct places *p)
{
	map_init(&p->domains, sizeof(uint32_t));
	map_init(&p->hosts, sizeof(struct host_seen));
	map_init(&p->up, sizeof(uint64_t));
}

void
places_done(struct places *p)
{
	map_done(&p->domains);
	map_done(&p->hosts);
	map_done(&p->up);
}

static bool
saw_host(struct places *p, const struct stored_event *e)
{
	struct host_seen *h = map_get(&p->hosts, e->host);

	if (h == NULL) {
		if (p->hosts.n >= PLACES_HOSTS_MAX) {
			return false;
		}
		h = map_put(&p->hosts, e->host, NULL);
		h->provider = e->provider;
		return true;
	}
	if (h->provider == e->provider || h->many) {
		return false;
	}
	h->many = 1;
	return true;
}

/* ---- groups: a forest in which every domain and host points towards its first domain ---- */

static uint64_t
domain_node(uint32_t domain)
{
	return (uint64_t)domain << 1;
}

static uint64_t
host_node(uint32_t host)
{
	return (uint64_t)host << 1 | 1;
}

static uint64_t
first_of(const struct places *p, uint64_t node)
{
	for (;;) {
		const uint64_t *up = map_get(&p->up, node);

		if (up == NULL || *up == node) {
			return node;
		}
		node = *up;
	}
}

static void
point(struct places *p, uint64_t from, uint64_t to)
{
	*(uint64_t *)map_put(&p->up, from, NULL) = to;
}

/* Roots are domains, and the one with the lower number was seen before. */
static void
join(struct places *p, uint32_t domain, uint32_t host)
{
	uint64_t a = first_of(p, domain_node(domain));
	uint64_t h = host_node(host);
	uint64_t b = map_get(&p->up, h) == NULL ? a : first_of(p, h);

	point(p, a > b ? a : b, a < b ? a : b);
	point(p, h, a < b ? a : b); /* short ways */
	point(p, domain_node(domain), a < b ? a : b);
}

bool
places_saw(struct places *p, const struct stored_event *e)
{
	uint32_t *d;
	bool news;

	if (e->host == 0 || e->watched == 0) {
		return false;
	}
	news = saw_host(p, e);
	d = map_get(&p->domains, e->domain);
	if (d == NULL && p->domains.n < PLACES_DOMAINS_MAX) {
		d = map_put(&p->domains, e->domain, NULL);
	}
	if (d != NULL) {
		*d = e->provider;
		if (e->provider != e->domain && map_get(&p->hosts, e->host) != NULL) {
			join(p, e->domain, e->host);
		}
	}
	return news;
}

uint32_t
places_group(const struct places *p, uint32_t domain)
{
	return (uint32_t)(first_of(p, domain_node(domain)) >> 1);
}
