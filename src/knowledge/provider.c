/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/private.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const kinds[] = { "mailbox", "filter", "forwarder", "host" };

/* ---- hosts and domains ---- */

static bool
read_name(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	struct dated *d = object;
	struct sv s = { 0 };
	char *lower;

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	(void)sv_take(&s, SV("."));
	if (s.n == 0 || s.n > 253) {
		return yaml_fail(l->y, n, "expected a host suffix or a domain");
	}
	lower = arena_alloc(l->k->arena, s.n + 1);
	if (lower == NULL) {
		return yaml_fail(l->y, n, "the knowledge is larger than its limit of memory");
	}
	for (size_t i = 0; i < s.n; i++) {
		lower[i] = char_lower(s.p[i]);
		if (lower[i] <= ' ' || lower[i] == '@' || lower[i] == '*') {
			return yaml_fail(l->y, n,
			    "expected a host suffix or a domain without blanks, '@' or '*'");
		}
	}
	d->name = sv_make(lower, s.n);
	return true;
}

static bool
read_dated_sources(void *context, struct fy_node *n, void *field)
{
	struct sources s;

	(void)field;
	return field_sources(context, n, &s);
}

static bool
read_dated(struct loader *l, struct fy_node *n, const char *key, struct dated *out)
{
	const struct yaml_key keys[] = {
		{ key, read_name, true, 0 },
		{ "from", field_date, false, offsetof(struct dated, from_us) },
		{ "until", field_date, false, offsetof(struct dated, until_us) },
		{ "sources", read_dated_sources, false, 0 },
		{ "note", field_remark, false, 0 },
	};
	struct dated d = { .from_us = TIME_NONE, .until_us = TIME_NONE };

	if (fy_node_is_scalar(n)) { /* the short form: just the name */
		if (!read_name(l, n, &d)) {
			return false;
		}
	} else if (!yaml_mapping(l->y, n, keys, COUNT(keys), l, &d)) {
		return false;
	}
	*out = d;
	return true;
}

static bool
read_dated_list(
    struct loader *l, struct fy_node *n, const char *key, struct dated **out, size_t *n_out)
{
	struct fy_node *item;
	void *at = NULL;
	int count = fy_node_is_sequence(n) ? fy_node_sequence_item_count(n) : -1;

	if (count < 0) {
		return yaml_fail(l->y, n, "expected a list: '- { %s: ... }'", key);
	}
	*out = arena_alloc(l->k->arena, (size_t)(count + 1) * sizeof(**out));
	check(*out != NULL);
	while ((item = fy_node_sequence_iterate(n, &at)) != NULL) {
		if (!read_dated(l, item, key, &(*out)[(*n_out)++])) {
			return false;
		}
	}
	return true;
}

static bool
read_hosts(void *context, struct fy_node *n, void *object)
{
	struct provider *p = object;

	return read_dated_list(context, n, "suffix", &p->hosts, &p->n_hosts);
}

static bool
read_domains(void *context, struct fy_node *n, void *object)
{
	struct provider *p = object;

	return read_dated_list(context, n, "name", &p->domains, &p->n_domains);
}

/* ---- limits ---- */

static bool
read_limit_value(void *context, struct fy_node *n, void *field)
{
	return yaml_int(((struct loader *)context)->y, n, 0, INT64_C(1) << 40, field);
}

static bool
read_limits(void *context, struct fy_node *n, void *object)
{
	static const struct yaml_key keys[] = {
		{ "value", read_limit_value, true, offsetof(struct limit, value) },
		{ "source", field_string, true, offsetof(struct limit, source) },
		{ "note", field_remark, false, 0 },
	};
	struct loader *l = context;
	struct provider *p = object;
	struct fy_node_pair *pair;
	void *at = NULL;
	int count = fy_node_is_mapping(n) ? fy_node_mapping_item_count(n) : -1;

	if (count < 0) {
		return yaml_fail(
		    l->y, n, "expected a mapping: 'connections: { value: 10, source: ... }'");
	}
	p->limits = arena_alloc(l->k->arena, (size_t)(count + 1) * sizeof(*p->limits));
	check(p->limits != NULL);
	while ((pair = fy_node_mapping_iterate(n, &at)) != NULL) {
		struct limit *limit = &p->limits[p->n_limits++];

		if (!yaml_string(l->y, fy_node_pair_key(pair), &limit->name) ||
		    !yaml_mapping(l->y, fy_node_pair_value(pair), keys, COUNT(keys), l, limit)) {
			return false;
		}
	}
	return true;
}

/* ---- the rest ---- */

static bool
read_id(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	struct provider *p = object;

	if (!yaml_string(l->y, n, &p->id)) {
		return false;
	}
	for (const char *c = p->id; *c != '\0'; c++) {
		if (!char_is_digit(*c) && !(*c >= 'a' && *c <= 'z') && *c != '-' && *c != '.') {
			return yaml_fail(l->y, n,
			    "a provider's name has lower case letters, digits, '-' and '.' only");
		}
	}
	return knowledge_provider_by_id(l->k, sv_from(p->id)) == NULL ||
	       yaml_fail(l->y, n, "the provider '%s' has a file already", p->id);
}

static bool
read_kind(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	struct provider *p = object;

	if (!yaml_string(l->y, n, &p->kind)) {
		return false;
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(p->kind, kinds[i]) == 0) {
			return true;
		}
	}
	return yaml_fail(l->y, n, "expected mailbox, filter, forwarder or host");
}

static bool
read_checked(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	int64_t day;

	return yaml_date(l->y, n, &day) &&
	       field_string(l, n, &((struct provider *)object)->checked);
}

static bool
read_provider_sources(void *context, struct fy_node *n, void *object)
{
	struct provider *p = object;

	return yaml_strings(((struct loader *)context)->y, n, 1, &p->sources, &p->n_sources);
}

static bool
read_rules(void *context, struct fy_node *n, void *object)
{
	(void)object;
	return rules_read(context, n);
}

#define TEXT(field) field_string, false, offsetof(struct provider, field)
static const struct yaml_key provider_keys[] = {
	{ "provider", read_id, true, 0 },
	{ "name", field_string, true, offsetof(struct provider, name) },
	{ "kind", read_kind, true, 0 },
	{ "hosts", read_hosts, false, 0 },
	{ "domains", read_domains, false, 0 },
	{ "limits", read_limits, false, 0 },
	{ "postmaster", TEXT(postmaster) },
	{ "contact", TEXT(contact) },
	{ "feedback_loop", TEXT(feedback_loop) },
	{ "notes", TEXT(notes) },
	{ "checked", read_checked, true, 0 },
	{ "sources", read_provider_sources, true, 0 },
	{ "rules", read_rules, false, 0 },
};

bool
provider_read(struct loader *l, struct fy_node *root)
{
	struct knowledge *k = l->k;
	struct provider *p = arena_alloc(k->arena, sizeof(*p));

	check(p != NULL);
	p->file = l->file;
	l->provider = p;
	if (!yaml_mapping(l->y, root, provider_keys, COUNT(provider_keys), l, p)) {
		return false;
	}
	if (p->n_hosts == 0 && p->n_domains == 0) {
		return yaml_fail(
		    l->y, root, "a provider without hosts and domains will never be found");
	}
	LIST_ROOM(k->providers, k->n_providers, k->room_providers);
	p->index = (unsigned)k->n_providers;
	k->providers[k->n_providers++] = p;
	return true;
}

unsigned
knowledge_connections(const struct provider *p)
{
	for (size_t i = 0; i < p->n_limits; i++) {
		if (sv_eq(sv_from(p->limits[i].name), SV("connections")) &&
		    p->limits[i].value > 0) {
			return (unsigned)p->limits[i].value;
		}
	}
	return 0;
}
