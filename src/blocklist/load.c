/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"
#include "blocklist/private.h"
#include "knowledge/yaml.h"

#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define PER_SECOND_MAX  100000

static const char *const tiers[] = { "high", "medium", "low", "advisory", "information" };
static const char *const statuses[] = { "active", "unverified", "private", "dead" };
static const char *const kinds[] = { "ip4", "ip6", "domain", "hash" }; /* hash: kind 8 */

const char *
list_tier_name(enum list_tier t)
{
	return tiers[t];
}

const char *
list_status_name(enum list_status s)
{
	return statuses[s];
}

struct loading {
	struct yaml y; /* first: yaml_read_text() takes it */
	struct blocklists *b;
};

static bool
read_word(
    struct loading *l, struct fy_node *n, const char *const *words, unsigned n_words, unsigned *out)
{
	struct sv s = { 0 };

	if (!yaml_sv(&l->y, n, &s)) {
		return false;
	}
	for (unsigned i = 0; i < n_words; i++) {
		if (sv_eq(s, sv_from(words[i]))) {
			*out = i;
			return true;
		}
	}
	return yaml_fail(&l->y, n,
	    "'%.*s': expected one of %s, %s, ... as the head of the file says",
	    SV_ARG(sv_head(s, 40)), words[0], words[1]);
}

static bool
read_tier(void *context, struct fy_node *n, void *field)
{
	unsigned i = 0;
	bool ok = read_word(context, n, tiers, sizeof(tiers) / sizeof(tiers[0]), &i);

	*(enum list_tier *)field = (enum list_tier)i;
	return ok;
}

static bool
read_status(void *context, struct fy_node *n, void *field)
{
	unsigned i = 0;
	bool ok = read_word(context, n, statuses, sizeof(statuses) / sizeof(statuses[0]), &i);

	*(enum list_status *)field = (enum list_status)i;
	return ok;
}

static bool
read_kind(void *context, struct fy_node *n, void *object)
{
	unsigned i = 0;
	bool ok = read_word(context, n, kinds, sizeof(kinds) / sizeof(kinds[0]), &i);

	*(unsigned *)object |= 1U << i;
	return ok;
}

static bool
read_kinds(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	return yaml_each(&l->y, n, read_kind, l, field);
}

static bool
read_zone(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	const char **out = field;

	if (!yaml_string(&l->y, n, out)) {
		return false;
	}
	return name_is_valid(sv_from(*out)) || yaml_fail(&l->y, n, "expected the name of a zone");
}

static bool
read_rate(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	return yaml_int(&l->y, n, 1, PER_SECOND_MAX, field);
}

static bool
read_flag(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	return yaml_bool(&l->y, n, field);
}

static bool
read_names(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	struct blocklist *b = field; /* offset 0 */

	return yaml_strings(&l->y, n, 1, &b->names, &b->n_names);
}

static bool
read_code(void *context, struct fy_node *n, void *object)
{
	struct loading *l = context;
	struct list_codes *codes = object;
	struct sv s = { 0 };
	const char *wrong;

	if (!yaml_sv(&l->y, n, &s)) {
		return false;
	}
	if (codes->n == LIST_CODES_MAX) {
		return yaml_fail(&l->y, n, "at most %d codes", LIST_CODES_MAX);
	}
	wrong = list_code_read(s, l->b->arena, &codes->row[codes->n]);
	codes->n++;
	return wrong == NULL || yaml_fail(&l->y, n, "expected %s", wrong);
}

static bool
read_codes(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	struct list_codes *codes = field;

	codes->row = arena_alloc(l->b->arena, LIST_CODES_MAX * sizeof(*codes->row));
	return codes->row != NULL ? yaml_each(&l->y, n, read_code, l, codes)
				  : yaml_fail(&l->y, n, "the file is too large");
}

static const struct yaml_key list_keys[] = {
	{ "zone", read_zone, true, offsetof(struct blocklist, zone) },
	{ "operator", yaml_read_text, true, offsetof(struct blocklist, operator) },
	{ "lists", read_kinds, true, offsetof(struct blocklist, kinds) },
	{ "tier", read_tier, true, offsetof(struct blocklist, tier) },
	{ "status", read_status, true, offsetof(struct blocklist, status) },
	{ "source", yaml_read_text, true, offsetof(struct blocklist, source) },
	{ "codes", read_codes, false, offsetof(struct blocklist, codes) },
	{ "delist", yaml_read_text, false, offsetof(struct blocklist, delist) },
	{ "policy", yaml_read_text, false, offsetof(struct blocklist, policy) },
	{ "key", yaml_read_text, false, offsetof(struct blocklist, key) },
	{ "instead", read_zone, false, offsetof(struct blocklist, instead) },
	{ "per_second", read_rate, false, offsetof(struct blocklist, per_second) },
	{ "listed", read_zone, false, offsetof(struct blocklist, test_listed) },
	{ "clean", read_zone, false, offsetof(struct blocklist, test_clean) },
	{ "untested", read_flag, false, offsetof(struct blocklist, untested) },
	{ "names", read_names, false, 0 },
};

static bool
read_list(void *context, struct fy_node *n, void *object)
{
	struct loading *l = context;
	struct blocklists *b = object;
	struct blocklist *one = &b->all[b->n];

	if (b->n == LISTS_MAX) {
		return yaml_fail(&l->y, n, "at most %d lists", LISTS_MAX);
	}
	one->per_second = LIST_RATE_DEFAULT;
	if (!yaml_mapping(&l->y, n, list_keys, sizeof(list_keys) / sizeof(list_keys[0]), l, one)) {
		return false;
	}
	if (blocklist_find(b, sv_from(one->zone)) != NULL) {
		return yaml_fail(&l->y, n, "the zone %s stands here twice", one->zone);
	}
	if (one->status < LIST_PRIVATE && one->codes.n == 0) {
		return yaml_fail(&l->y, n, "%s is asked, so its codes must be said", one->zone);
	}
	b->n++;
	return true;
}

static bool
read_lists(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	(void)field;
	l->b->all = arena_alloc(l->b->arena, LISTS_MAX * sizeof(*l->b->all));
	return l->b->all != NULL ? yaml_each(&l->y, n, read_list, l, l->b)
				 : yaml_fail(&l->y, n, "the file is too large");
}

static bool
read_everywhere(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	(void)field;
	return read_codes(context, n, &l->b->everywhere);
}

static const struct yaml_key top_keys[] = {
	{ "everywhere", read_everywhere, true, 0 },
	{ "lists", read_lists, true, 0 },
};

enum err
blocklists_load(const char *path, struct blocklists **out, struct why *why)
{
	struct loading l = { .b = mem_new(1, sizeof(*l.b)) };
	enum err e;

	*out = NULL;
	l.b->arena = arena_new(ARENA_BYTES_MAX);
	e = yaml_file_read(&l.y, path, l.b->arena,
	    &(struct yaml_table){ top_keys, sizeof(top_keys) / sizeof(top_keys[0]), &l, NULL },
	    why);
	if (e != ERR_OK) {
		blocklists_free(&l.b);
		return e;
	}
	*out = l.b;
	return ERR_OK;
}

void
blocklists_free(struct blocklists **b)
{
	if (*b != NULL) {
		arena_free(&(*b)->arena);
		free(*b);
		*b = NULL;
	}
}
