/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/private.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What stands before a rule is whole: the patterns wait until the rule is known to be one. */
struct draft {
	struct rule rule;
	struct fy_node *matcher; /* the value of token, flags, text, match, status or code */
	const char *matcher_key;
	struct fy_node *unless, *cases;
};

/* ---- the matcher: one of six ---- */

static bool
set_matcher(struct loader *l, struct fy_node *n, struct draft *d, const char *key, enum tier tier)
{
	if (d->matcher != NULL) {
		return yaml_fail(l->y, n,
		    "a rule has one of token, flags, text, match, status, code; here is '%s' "
		    "beside '%s'",
		    key, d->matcher_key);
	}
	if (tier == TIER_NONE) {
		return yaml_fail(l->y, n, "'%s' cannot stand in this kind of file", key);
	}
	d->matcher = n;
	d->matcher_key = key;
	d->rule.tier = tier;
	return true;
}

#define MATCHER(key, in_provider, in_rules)                                                \
	static bool rule_##key(void *context, struct fy_node *n, void *object)             \
	{                                                                                  \
		struct loader *l = context;                                                \
                                                                                           \
		return set_matcher(                                                        \
		    l, n, object, #key, l->provider != NULL ? (in_provider) : (in_rules)); \
	}
MATCHER(token, TIER_PROVIDER_TOKEN, TIER_WORDING)
MATCHER(flags, TIER_PROVIDER_TOKEN, TIER_NONE)
MATCHER(text, TIER_PROVIDER_WORDING, TIER_WORDING)
MATCHER(match, TIER_PROVIDER_WORDING, TIER_WORDING)
MATCHER(status, TIER_PROVIDER_CODE, TIER_STATUS)
MATCHER(code, TIER_NONE, TIER_CODE)

/* ---- the plain values ---- */

static bool
rule_id(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	struct rule *r = &((struct draft *)object)->rule;

	if (!yaml_string(l->y, n, &r->id)) {
		return false;
	}
	r->line = yaml_line(n);
	for (const char *c = r->id; *c != '\0'; c++) {
		if (!char_is_digit(*c) && !(*c >= 'a' && *c <= 'z') && *c != '-') {
			return yaml_fail(
			    l->y, n, "a rule's id has lower case letters, digits and '-' only");
		}
	}
	return true;
}

static bool
rule_cause(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	struct rule *r = &((struct draft *)object)->rule;
	struct sv s = { 0 };

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	r->cause = knowledge_cause_find(l->k, s);
	return r->cause != NULL ||
	       yaml_fail(l->y, n, "'%.*s' is no cause of causes.yaml", SV_ARG(sv_head(s, 40)));
}

static bool
rule_suppress(void *context, struct fy_node *n, void *object)
{
	bool v;

	if (!yaml_bool(((struct loader *)context)->y, n, &v)) {
		return false;
	}
	((struct draft *)object)->rule.suppress = v;
	return true;
}

static bool
rule_rank(void *context, struct fy_node *n, void *object)
{
	int64_t v;

	if (!yaml_int(((struct loader *)context)->y, n, 0, 99, &v)) {
		return false;
	}
	((struct draft *)object)->rule.rank = (unsigned)v;
	return true;
}

static bool
quirk_item(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	enum quirk q;
	struct sv s = { 0 };

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	if (!quirk_find(s, &q)) {
		return yaml_fail(l->y, n,
		    "expected may_be_false, code_misleads, status_misleads or text_misleads");
	}
	((struct draft *)object)->rule.quirks |= (unsigned)q;
	return true;
}

static bool
rule_quirk(void *context, struct fy_node *n, void *object)
{
	return yaml_each(((struct loader *)context)->y, n, quirk_item, context, object);
}

static bool
rule_hours(void *context, struct fy_node *n, void *object)
{
	int64_t v;

	if (!yaml_int(((struct loader *)context)->y, n, 1, 24 * 365, &v)) {
		return false;
	}
	((struct draft *)object)->rule.hours = (int)v;
	return true;
}

static bool
rule_sources(void *context, struct fy_node *n, void *object)
{
	struct rule *r = &((struct draft *)object)->rule;

	return yaml_strings(((struct loader *)context)->y, n, 1, &r->sources, &r->n_sources);
}

static bool
rule_unless(void *context, struct fy_node *n, void *object)
{
	(void)context;
	((struct draft *)object)->unless = n;
	return true;
}

static bool
rule_cases(void *context, struct fy_node *n, void *object)
{
	(void)context;
	((struct draft *)object)->cases = n;
	return true;
}

static const struct yaml_key rule_keys[] = {
	{ "id", rule_id, true, 0 },
	{ "token", rule_token, false, 0 },
	{ "flags", rule_flags, false, 0 },
	{ "text", rule_text, false, 0 },
	{ "match", rule_match, false, 0 },
	{ "status", rule_status, false, 0 },
	{ "code", rule_code, false, 0 },
	{ "when", when_read, false, offsetof(struct draft, rule) },
	{ "unless", rule_unless, false, 0 },
	{ "cause", rule_cause, true, 0 },
	{ "fault", field_fault, false, offsetof(struct draft, rule.fault) },
	{ "lasting", field_lasting, false, offsetof(struct draft, rule.lasting) },
	{ "action", field_action, false, offsetof(struct draft, rule.action) },
	{ "suppress", rule_suppress, false, 0 },
	{ "rank", rule_rank, false, 0 },
	{ "quirk", rule_quirk, false, 0 },
	{ "says", field_string, false, offsetof(struct draft, rule.says) },
	{ "do", field_string, false, offsetof(struct draft, rule.does) },
	{ "hours", rule_hours, false, 0 },
	{ "from", field_date, false, offsetof(struct draft, rule.from_us) },
	{ "until", field_date, false, offsetof(struct draft, rule.until_us) },
	{ "sources", rule_sources, true, 0 },
	{ "cases", rule_cases, true, 0 },
};

/* ---- a whole rule ---- */

static bool
add_patterns(struct loader *l, struct rule *r, struct fy_node *n, char kind, bool unless)
{
	struct fy_node *item;
	void *at = NULL;

	if (!fy_node_is_sequence(n) || fy_node_sequence_item_count(n) == 0) {
		return yaml_fail(l->y, n, "expected a list of at least one: ['...']");
	}
	while ((item = fy_node_sequence_iterate(n, &at)) != NULL) {
		struct sv s;

		if (!yaml_sv(l->y, item, &s)) {
			return false;
		}
		if (s.n < 2) {
			return yaml_fail(
			    l->y, item, "a pattern of less than two characters fits everything");
		}
		if (!pattern_add(l, r, &(struct pattern_text){ kind, unless, s, item })) {
			return false;
		}
		if (!unless && s.n > r->length) {
			r->length = (unsigned)s.n;
		}
	}
	return true;
}

static bool
add_matcher(struct loader *l, struct draft *d, struct rule *r)
{
	switch (d->matcher_key[0]) {
	case 't': /* token, text */
		return add_patterns(l, r, d->matcher, d->matcher_key[1] == 'o' ? 't' : 'l', false);
	case 'm':
		return add_patterns(l, r, d->matcher, 'r', false);
	case 'f':
		return flags_read(l, d->matcher, r);
	case 's':
		return statuses_read(l, d->matcher, r);
	default:
		return codes_read(l, d->matcher, r);
	}
}

static bool
read_rule(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	struct knowledge *k = l->k;
	struct draft d = {
		.rule = { .suppress = -1, .rank = 50, .from_us = TIME_NONE, .until_us = TIME_NONE }
	};
	struct rule *r = arena_alloc(k->arena, sizeof(*r));

	(void)object;
	check(r != NULL);
	d.rule.lasting = LASTING_NONE;
	d.rule.fault = (enum fault) - 1;
	if (!yaml_mapping(l->y, n, rule_keys, COUNT(rule_keys), l, &d)) {
		return false;
	}
	if (d.matcher == NULL) {
		return yaml_fail(l->y, n,
		    "the rule '%s' needs one of token, flags, text, match, status, code",
		    d.rule.id);
	}
	*r = d.rule;
	r->file = l->file;
	r->provider = l->provider;
	r->fault = (int)r->fault == -1 ? r->cause->fault : r->fault;
	r->action = r->action == NULL ? r->cause->action : r->action;
	r->says = r->says == NULL ? r->cause->says : r->says;
	r->does = r->does == NULL ? r->cause->does : r->does;
	if (!add_matcher(l, &d, r)) {
		return false;
	}
	r->first_unless = (int32_t)k->n_patterns;
	if (d.unless != NULL && !add_patterns(l, r, d.unless, 'r', true)) {
		return false;
	}
	r->n_unless = (int32_t)k->n_patterns - r->first_unless;
	LIST_ROOM(k->rules, k->n_rules, k->room_rules);
	k->rules[k->n_rules++] = r;
	return cases_read(l, r, d.cases);
}

bool
rules_read(struct loader *l, struct fy_node *seq)
{
	return yaml_each(l->y, seq, read_rule, l, NULL);
}
