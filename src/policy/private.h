/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POLICY_PRIVATE_H
#define CAROM_POLICY_PRIVATE_H

/* Between the numbers of a policy (policy.c) and its words (policy_door.c). */

#include "knowledge/yaml.h"
#include "policy/policy.h"

/* { value, why, source }: what reads the value; the other two must be there, for people. */
struct policy_value {
	bool (*read)(void *context, struct fy_node *n, void *field);
	void *context, *field;
};
bool policy_read_row(struct yaml *y, struct fy_node *n, const struct policy_value *value);

bool policy_read_door(struct yaml *y, struct fy_node *n, struct door_policy *out);

#endif
