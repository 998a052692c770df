/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "knowledge/private.h"

#include <stdlib.h>

/*
 * Tables of host suffixes and domains.  The keys are ours (share/), so a plain
 * hash serves; strangers only choose what is looked up.
 */

static uint64_t
key_of(struct sv lower)
{
	return hash_fnv(lower, HASH_FNV_START);
}

/* Preferred first: open-ended, then the one that ends last, then the one that began last, then by id. */
static int
suffix_cmp(const void *pa, const void *pb)
{
	const struct suffix *a = pa;
	const struct suffix *b = pb;
	int64_t ua = a->dated->until_us == TIME_NONE ? INT64_MAX : a->dated->until_us;
	int64_t ub = b->dated->until_us == TIME_NONE ? INT64_MAX : b->dated->until_us;

	if (a->hash != b->hash) {
		return a->hash < b->hash ? -1 : 1;
	}
	if (ua != ub) {
		return ua > ub ? -1 : 1;
	}
	if (a->dated->from_us != b->dated->from_us) {
		return a->dated->from_us > b->dated->from_us ? -1 : 1;
	}
	return strcmp(a->provider->id, b->provider->id);
}

static void
table_add(struct suffix_table *t, const struct provider *p, const struct dated *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		t->rows[t->n++] = (struct suffix){ &d[i], p, key_of(d[i].name) };
	}
}

/* From the first rows of the names, half full at most. */
static void
table_finish(struct suffix_table *t)
{
	qsort(t->rows, t->n, sizeof(*t->rows), suffix_cmp);
	t->n_slots = 16;
	while (t->n_slots < t->n * 2) {
		t->n_slots *= 2;
	}
	t->slots = mem_new(t->n_slots, sizeof(*t->slots));
	for (size_t i = 0; i < t->n; i++) {
		size_t at = t->rows[i].hash & (t->n_slots - 1);

		if (i > 0 && t->rows[i].hash == t->rows[i - 1].hash) {
			continue;
		}
		while (t->slots[at] != 0) {
			at = (at + 1) & (t->n_slots - 1);
		}
		t->slots[at] = (uint32_t)i + 1;
	}
}

void
providers_finish(struct knowledge *k)
{
	size_t hosts = 0;
	size_t domains = 0;

	for (size_t i = 0; i < k->n_providers; i++) {
		hosts += k->providers[i]->n_hosts;
		domains += k->providers[i]->n_domains;
	}
	k->hosts.rows = mem_new(hosts, sizeof(*k->hosts.rows));
	k->domains.rows = mem_new(domains, sizeof(*k->domains.rows));
	for (size_t i = 0; i < k->n_providers; i++) {
		const struct provider *p = k->providers[i];

		table_add(&k->hosts, p, p->hosts, p->n_hosts);
		table_add(&k->domains, p, p->domains, p->n_domains);
	}
	table_finish(&k->hosts);
	table_finish(&k->domains);
}

void
providers_free(struct knowledge *k)
{
	free(k->hosts.rows);
	free(k->hosts.slots);
	free(k->domains.rows);
	free(k->domains.slots);
}

static bool
holds_at(const struct dated *d, int64_t time_us)
{
	return time_us == TIME_NONE || ((d->from_us == TIME_NONE || time_us >= d->from_us) &&
					   (d->until_us == TIME_NONE || time_us < d->until_us));
}

static const struct provider *
table_find(const struct suffix_table *t, struct sv lower, int64_t time_us)
{
	uint64_t hash = key_of(lower);
	size_t at = hash & (t->n_slots - 1);
	size_t row;

	while (t->slots[at] != 0 && t->rows[t->slots[at] - 1].hash != hash) {
		at = (at + 1) & (t->n_slots - 1);
	}
	for (row = t->slots[at]; row > 0 && row <= t->n && t->rows[row - 1].hash == hash; row++) {
		const struct suffix *s = &t->rows[row - 1];

		if (sv_eq(s->dated->name, lower) && holds_at(s->dated, time_us)) {
			return s->provider;
		}
	}
	return NULL;
}

/* Lower case, without a final dot; false if it is no host name by its length. */
static bool
lower_name(struct sv in, char *room, size_t size, struct sv *out)
{
	(void)sv_drop_tail(&in, SV("."));
	if (in.n == 0 || in.n > size) {
		return false;
	}
	*out = sv_lower(in, room, size);
	return true;
}

/* The longest suffix at a label border: "mx.a.example.com", "a.example.com", "example.com". */
static const struct provider *
find_suffix(const struct suffix_table *t, struct sv name, int64_t time_us)
{
	char room[256];
	struct sv s = { 0 };

	if (!lower_name(name, room, sizeof(room), &s)) {
		return NULL;
	}
	for (unsigned labels = 0; labels < SUFFIX_LABELS_MAX; labels++) {
		const struct provider *p = table_find(t, s, time_us);
		struct sv label;

		if (p != NULL) {
			return p;
		}
		if (!sv_cut(&s, '.', &label)) {
			break;
		}
	}
	return NULL;
}

const struct provider *
knowledge_provider_find(const struct knowledge *k, const struct place *p)
{
	const struct provider *found = find_suffix(&k->hosts, p->host, p->time_us);
	char room[256];
	struct sv domain;

	if (found == NULL) {
		found = find_suffix(&k->hosts, p->mx, p->time_us);
	}
	if (found == NULL && lower_name(p->domain, room, sizeof(room), &domain)) {
		found = table_find(&k->domains, domain, p->time_us);
	}
	return found;
}
