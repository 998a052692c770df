/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/platform.h"

#include <libpsl.h>

#define HOST_ROOM 256

void
platforms_init(struct platforms *p, const struct knowledge *k)
{
	p->k = k;
	map_init(&p->of_host, sizeof(uint32_t));
}

void
platforms_done(struct platforms *p)
{
	map_done(&p->of_host);
}

/* The name, in `room` or of the knowledge. */
static struct sv
name_of(const struct platforms *p, struct sv host, char room[static HOST_ROOM])
{
	const struct place place = { .host = host, .time_us = TIME_NONE };
	const struct provider *known = p->k == NULL ? NULL : knowledge_provider_find(p->k, &place);
	struct sv low = sv_lower(host, room, HOST_ROOM - 1);
	const char *registered;

	if (known != NULL) {
		return sv_from(known->id);
	}
	room[low.n] = '\0';
	registered = psl_registrable_domain(psl_builtin(), room);
	return registered == NULL ? low : sv_from(registered);
}

uint32_t
platform_of(struct platforms *p, uint32_t number, struct sv host)
{
	static const struct hash_key key = { 1,
		2 }; /* who finds two that are equal, gains nothing */
	const uint32_t *known = map_get(&p->of_host, number);
	char room[HOST_ROOM];
	uint32_t v;

	if (known != NULL) {
		return *known;
	}
	if (p->of_host.n >= PLATFORM_HOSTS_MAX) {
		map_clear(&p->of_host);
	}
	v = (uint32_t)hash_sip(&key, name_of(p, host, room));
	v = v == NAME_NONE ? 0 : v;
	*(uint32_t *)map_put(&p->of_host, number, NULL) = v;
	return v;
}
