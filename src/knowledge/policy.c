/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/policy.h"

#include "base/buf.h"
#include "knowledge/private.h"

#include <stddef.h>

#define POLICY_BYTES_MAX ((size_t)1 << 20)
#define VALUE_MAX        1000000

struct setting {
	int64_t value;
	const char *unit, *reason, *source;
};

struct reading {
	struct yaml *y;
	const char *unit; /* that is expected */
};

static bool
read_value(void *context, struct fy_node *n, void *field)
{
	return yaml_int(((struct reading *)context)->y, n, 0, VALUE_MAX, field);
}

static bool
read_text(void *context, struct fy_node *n, void *field)
{
	return yaml_string(((struct reading *)context)->y, n, field);
}

static bool
read_unit(void *context, struct fy_node *n, void *field)
{
	struct reading *r = context;
	const char **out = field;

	return yaml_string(r->y, n, out) &&
	       (strcmp(*out, r->unit) == 0 ||
		   yaml_fail(r->y, n, "expected the unit '%s'", r->unit));
}

static bool
read_setting(struct reading *r, struct fy_node *n, double *out)
{
	static const struct yaml_key keys[] = {
		{ "value", read_value, true, offsetof(struct setting, value) },
		{ "unit", read_unit, true, offsetof(struct setting, unit) },
		{ "reason", read_text, true, offsetof(struct setting, reason) },
		{ "source", read_text, true, offsetof(struct setting, source) },
	};
	struct setting s = { 0 };

	if (!yaml_mapping(r->y, n, keys, sizeof(keys) / sizeof(keys[0]), r, &s)) {
		return false;
	}
	*out = (double)s.value;
	return true;
}

#define READER(kind)                                                     \
	static bool read_##kind(void *y, struct fy_node *n, void *field) \
	{                                                                \
		struct reading r = { y, #kind };                         \
                                                                         \
		return read_setting(&r, n, field);                       \
	}
READER(days)
READER(hours)
READER(refusals)

static bool
read_recipients(void *y, struct fy_node *n, void *policy)
{
	static const struct yaml_key keys[] = {
		{ "good_days", read_days, true, offsetof(struct policy, good_days) },
		{ "rest_days", read_days, true, offsetof(struct policy, rest_days) },
		{ "rest_confirm_hours", read_hours, true,
		    offsetof(struct policy, rest_confirm_hours) },
		{ "hard_count", read_refusals, true, offsetof(struct policy, hard_count) },
		{ "full_count", read_refusals, true, offsetof(struct policy, full_count) },
		{ "full_days", read_days, true, offsetof(struct policy, full_days) },
		{ "soft_count", read_refusals, true, offsetof(struct policy, soft_count) },
		{ "soft_days", read_days, true, offsetof(struct policy, soft_days) },
	};

	return yaml_mapping(y, n, keys, sizeof(keys) / sizeof(keys[0]), y, policy);
}

enum err
policy_load(const char *path, struct policy *out, struct why *why)
{
	static const struct yaml_key keys[] = { { "recipients", read_recipients, true, 0 } };
	struct arena *arena = arena_new(POLICY_BYTES_MAX * 2);
	struct yaml y = { 0 };
	struct buf text;
	enum err e;

	buf_init(&text, POLICY_BYTES_MAX);
	e = knowledge_read_file(path, &text, why);
	if (e == ERR_OK) {
		if (!yaml_open(&y, path, buf_view(&text), arena, why) ||
		    !yaml_mapping(&y, y.root, keys, 1, &y, out)) {
			e = ERR_DATA;
		}
		yaml_close(&y);
	}
	buf_done(&text);
	arena_free(&arena);
	return e;
}
