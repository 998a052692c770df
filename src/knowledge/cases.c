/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/private.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
field_sv(void *context, struct fy_node *n, void *field)
{
	return yaml_sv(((struct loader *)context)->y, n, field);
}

static bool
read_stage(void *context, struct fy_node *n, void *object)
{
	struct yaml *y = ((struct loader *)context)->y;
	struct rule_case *c = object;
	struct sv s = { 0 };

	return yaml_sv(y, n, &s) &&
	       (smtp_stage_find(s, &c->stage) ||
		   yaml_fail(y, n,
		       "expected connect, helo, starttls, auth, mail, rcpt, data or end_of_data"));
}

static bool
read_expect_suppress(void *context, struct fy_node *n, void *object)
{
	bool v;

	if (!field_bool(context, n, &v)) {
		return false;
	}
	((struct rule_case *)object)->expect_suppress = v;
	return true;
}

static bool
read_expect(void *context, struct fy_node *n, void *object)
{
	static const struct yaml_key keys[] = {
		{ "rule", field_string, false, offsetof(struct rule_case, expect_rule) },
		{ "cause", field_string, false, offsetof(struct rule_case, expect_cause) },
		{ "provider", field_string, false, offsetof(struct rule_case, expect_provider) },
		{ "suppress", read_expect_suppress, false, 0 },
		{ "lasting", field_lasting, false, offsetof(struct rule_case, expect_lasting) },
	};

	return yaml_mapping(((struct loader *)context)->y, n, keys, COUNT(keys), context, object);
}

static const struct yaml_key case_keys[] = {
	{ "reply", field_sv, true, offsetof(struct rule_case, reply) },
	{ "host", field_sv, false, offsetof(struct rule_case, host) },
	{ "recipient", field_sv, false, offsetof(struct rule_case, recipient) },
	{ "stage", read_stage, false, 0 },
	{ "time", field_date, false, offsetof(struct rule_case, time_us) },
	{ "expect", read_expect, false, 0 },
};

static bool
read_case(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	struct knowledge *k = l->k;
	struct rule *r = object;
	struct rule_case c = {
		.rule = r,
		.time_us = TIME_NONE,
		.expect_suppress = -1,
		.line = r->line,
	};

	if (!yaml_mapping(l->y, n, case_keys, COUNT(case_keys), l, &c)) {
		return false;
	}
	c.line = yaml_line(fy_node_mapping_lookup_by_string(n, "reply", FY_NT));
	if (c.expect_cause != NULL && knowledge_cause_find(k, sv_from(c.expect_cause)) == NULL) {
		return yaml_fail(l->y, n, "'%s' is no cause of causes.yaml", c.expect_cause);
	}
	LIST_ROOM(k->cases, k->n_cases, k->room_cases);
	k->cases[k->n_cases++] = c;
	return true;
}

bool
cases_read(struct loader *l, struct rule *rule, struct fy_node *seq)
{
	if (!fy_node_is_sequence(seq) || fy_node_sequence_item_count(seq) == 0) {
		return yaml_fail(l->y, seq, "the rule '%s' needs at least one case", rule->id);
	}
	return yaml_each(l->y, seq, read_case, l, rule);
}
