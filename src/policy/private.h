/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POLICY_PRIVATE_H
#define CAROM_POLICY_PRIVATE_H

/* Between the numbers of a policy (policy.c) and its words (policy_door.c). */

#include "knowledge/yaml.h"
#include "policy/policy.h"

bool policy_read_door(struct yaml *y, struct fy_node *n, struct door_policy *out);

#endif
