/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"
#include "knowledge/private.h"

static const char *const scopes[] = { "recipient", "domain", "ip", "sender", "message", "session",
	"none" };

static bool
read_scope(void *context, struct fy_node *n, void *field)
{
	struct loader *l = context;
	const char **out = field;
	struct sv s = { 0 };

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		if (sv_eq(s, sv_from(scopes[i]))) {
			*out = scopes[i];
			return true;
		}
	}
	return yaml_fail(
	    l->y, n, "expected recipient, domain, ip, sender, message, session or none");
}

static bool
read_no_code(void *context, struct fy_node *n, void *field)
{
	struct loader *l = context;
	unsigned *out = field;
	struct sv s = { 0 };
	uint32_t v;

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	if (!num_u32(s, 999, &v) || v < 900) {
		return yaml_fail(
		    l->y, n, "expected 900 to 999: the detail of a code that no server uses");
	}
	*out = v;
	return true;
}

/* `at: { data: other_cause }`. */
static bool
read_at(void *context, struct fy_node *n, void *field)
{
	struct loader *l = context;
	const char **at = field;
	struct fy_node_pair *pair;
	void *iterator = NULL;

	if (!fy_node_is_mapping(n)) {
		return yaml_fail(
		    l->y, n, "expected stages and causes: '{ end_of_data: recipient_refused }'");
	}
	while ((pair = fy_node_mapping_iterate(n, &iterator)) != NULL) {
		struct sv name = { 0 };
		enum smtp_stage stage;

		if (!yaml_sv(l->y, fy_node_pair_key(pair), &name)) {
			return false;
		}
		if (!smtp_stage_find(name, &stage)) {
			return yaml_fail(l->y, fy_node_pair_key(pair),
			    "expected connect, helo, mail, rcpt, data or end_of_data");
		}
		if (!yaml_string(l->y, fy_node_pair_value(pair), &at[stage])) {
			return false;
		}
	}
	return true;
}

static const struct yaml_key cause_keys[] = {
	{ "group", field_string, true, offsetof(struct cause, group) },
	{ "scope", read_scope, true, offsetof(struct cause, scope) },
	{ "fault", field_fault, true, offsetof(struct cause, fault) },
	{ "lasting", field_lasting, true, offsetof(struct cause, lasting) },
	{ "action", field_action, true, offsetof(struct cause, action) },
	{ "says", field_string, true, offsetof(struct cause, says) },
	{ "do", field_string, true, offsetof(struct cause, does) },
	{ "suppressible", field_bool, false, offsetof(struct cause, suppressible) },
	{ "at", read_at, false, offsetof(struct cause, at) },
	{ "no_code", read_no_code, false, offsetof(struct cause, no_code) },
};

static bool
read_cause(struct loader *l, struct fy_node_pair *pair)
{
	struct knowledge *k = l->k;
	struct cause *c;
	struct sv name = { 0 };

	if (!yaml_sv(l->y, fy_node_pair_key(pair), &name)) {
		return false;
	}
	if (knowledge_cause_find(k, name) != NULL) {
		return yaml_fail(l->y, fy_node_pair_key(pair), "the cause '%.*s' stands here twice",
		    SV_ARG(name));
	}
	LIST_ROOM(k->causes, k->n_causes, k->room_causes);
	c = &k->causes[k->n_causes];
	*c = (struct cause){ .name = arena_cstr(k->arena, name), .index = (unsigned)k->n_causes };
	if (c->name == NULL) {
		return yaml_fail(l->y, fy_node_pair_key(pair), "a cause needs a name");
	}
	k->n_causes++;
	return yaml_mapping(l->y, fy_node_pair_value(pair), cause_keys,
	    sizeof(cause_keys) / sizeof(cause_keys[0]), l, c);
}

/* The causes that others name under `at`; false: one is not there. */
static bool
named_are_there(struct loader *l, struct fy_node *n)
{
	const struct knowledge *k = l->k;

	for (size_t i = 0; i < k->n_causes; i++) {
		for (size_t s = 0; s < CAUSE_STAGES; s++) {
			const char *name = k->causes[i].at[s];

			if (name != NULL && knowledge_cause_find(k, sv_from(name)) == NULL) {
				return yaml_fail(l->y, n,
				    "%s names the cause '%.40s', which is not there",
				    k->causes[i].name, name);
			}
		}
	}
	return true;
}

static bool
read_causes(void *context, struct fy_node *n, void *object)
{
	struct loader *l = context;
	struct fy_node_pair *pair;
	void *at = NULL;

	(void)object;
	if (!fy_node_is_mapping(n)) {
		return yaml_fail(l->y, n, "expected a mapping of causes: 'no_such_user: {...}'");
	}
	while ((pair = fy_node_mapping_iterate(n, &at)) != NULL) {
		if (!read_cause(l, pair)) {
			return false;
		}
	}
	if (knowledge_cause_find(l->k, SV("undetermined")) == NULL) {
		return yaml_fail(
		    l->y, n, "the cause 'undetermined' must be there: it is what nobody knows");
	}
	return named_are_there(l, n);
}

bool
causes_read(struct loader *l, struct fy_node *root)
{
	static const struct yaml_key keys[] = { { "causes", read_causes, true, 0 } };

	return yaml_mapping(l->y, root, keys, 1, l, NULL);
}
