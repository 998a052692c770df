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

static bool
read_action(void *context, struct fy_node *n, void *field)
{
	static const struct {
		struct sv word;
		enum door_action action;
	} words[] = { { SV_INIT("pass"), DOOR_PASS }, { SV_INIT("defer"), DOOR_DEFER },
		{ SV_INIT("reject"), DOOR_REJECT } };
	struct yaml *y = context;
	struct sv s = { 0 };

	if (!yaml_sv(y, n, &s)) {
		return false;
	}
	for (size_t i = 0; i < COUNT(words); i++) {
		if (sv_eq(s, words[i].word)) {
			*(enum door_action *)field = words[i].action;
			return true;
		}
	}
	return yaml_fail(y, n, "expected pass, defer or reject");
}

static bool
read_rule(void *context, struct fy_node *n, void *field)
{
	return policy_read_row(context, n, &(struct policy_value){ read_action, context, field });
}

bool
policy_read_door(struct yaml *y, struct fy_node *n, struct door_policy *out)
{
	struct yaml_key keys[COUNT(at_door)];

	for (size_t i = 0; i < COUNT(at_door); i++) {
		keys[i] = (struct yaml_key){ at_door[i].name, read_rule, true, at_door[i].offset };
	}
	return yaml_mapping(y, n, keys, COUNT(at_door), y, out);
}
