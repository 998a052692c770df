/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_KNOWLEDGE_POLICY_H
#define CAROM_KNOWLEDGE_POLICY_H

/* Reads a policy file: share/policy.yaml, or one of its form. */

#include "base/err.h"
#include "fact/policy.h"

/* Complaints say file, line, column and what was expected. */
enum err policy_load(const char *path, struct policy *out, struct why *why);

#endif
