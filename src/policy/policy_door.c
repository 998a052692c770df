/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/private.h"

#include <stddef.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define D(member) offsetof(struct door_policy, member)

static const struct at_door {
	const char *name;
	size_t offset; /* of an enum door_action */
} at_door[] = {
	{ "bulk_suppressed", D(bulk.suppressed) },
	{ "bulk_asked", D(bulk.asked) },
	{ "bulk_resting", D(bulk.resting) },
	{ "transactional_suppressed", D(transactional.suppressed) },
	{ "transactional_asked", D(transactional.asked) },
	{ "transactional_resting", D(transactional.resting) },
};

struct reading {
	struct yaml *y;
	enum door_action *action; /* whose mapping is being read */
};

static bool
read_action(void *context, struct fy_node *n, void *field)
{
	static const struct {
		struct sv word;
		enum door_action action;
	} words[] = { { SV_INIT("pass"), DOOR_PASS }, { SV_INIT("defer"), DOOR_DEFER },
		{ SV_INIT("reject"), DOOR_REJECT } };
	struct reading *r = context;
	struct sv s = { 0 };

	(void)field;
	if (!yaml_sv(r->y, n, &s)) {
		return false;
	}
	for (size_t i = 0; i < COUNT(words); i++) {
		if (sv_eq(s, words[i].word)) {
			*r->action = words[i].action;
			return true;
		}
	}
	return yaml_fail(r->y, n, "expected pass, defer or reject");
}

static bool
read_words(void *context, struct fy_node *n, void *field)
{
	const struct reading *r = context;
	const char *words;

	(void)field;
	return yaml_string(r->y, n, &words);
}

static bool
read_rule(void *context, struct fy_node *n, void *field)
{
	static const struct yaml_key keys[] = {
		{ "value", read_action, true, 0 },
		{ "why", read_words, true, 0 },
		{ "source", read_words, true, 0 },
	};
	struct reading *r = context;

	r->action = field;
	return yaml_mapping(r->y, n, keys, 3, r, NULL);
}

bool
policy_read_door(struct yaml *y, struct fy_node *n, struct door_policy *out)
{
	struct yaml_key keys[COUNT(at_door)];
	struct reading r = { .y = y };

	for (size_t i = 0; i < COUNT(at_door); i++) {
		keys[i] = (struct yaml_key){ at_door[i].name, read_rule, true, at_door[i].offset };
	}
	return yaml_mapping(y, n, keys, COUNT(at_door), &r, out);
}
