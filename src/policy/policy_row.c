/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/private.h"

struct row {
	struct yaml *y;
	const struct policy_value *value;
};

static bool
read_value(void *context, struct fy_node *n, void *field)
{
	const struct policy_value *v = ((const struct row *)context)->value;

	(void)field;
	return v->read(v->context, n, v->field);
}

static bool
read_words(void *context, struct fy_node *n, void *field)
{
	const char *words;

	(void)field;
	return yaml_string(((const struct row *)context)->y, n, &words);
}

bool
policy_read_row(struct yaml *y, struct fy_node *n, const struct policy_value *value)
{
	static const struct yaml_key keys[] = {
		{ "value", read_value, true, 0 },
		{ "why", read_words, true, 0 },
		{ "source", read_words, true, 0 },
	};
	struct row r = { y, value };

	return yaml_mapping(y, n, keys, 3, &r, NULL);
}
