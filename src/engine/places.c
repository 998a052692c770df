/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/places.h"

void
places_init(struct places *p)
{
	map_init(&p->domains, sizeof(struct place_seen));
	map_init(&p->hosts, sizeof(struct host_seen));
}

void
places_done(struct places *p)
{
	map_done(&p->domains);
	map_done(&p->hosts);
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

bool
places_saw(struct places *p, const struct stored_event *e)
{
	struct place_seen *d;

	if (e->host == 0 || e->watched == 0) {
		return false;
	}
	d = map_get(&p->domains, e->domain);
	if (d == NULL && p->domains.n < PLACES_DOMAINS_MAX) {
		d = map_put(&p->domains, e->domain, NULL);
	}
	if (d != NULL) {
		*d = (struct place_seen){ e->provider, e->host };
	}
	return saw_host(p, e);
}
