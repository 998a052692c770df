/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/finding_text.h"

#include <stddef.h>

static const char *const severities[SEVERITIES] = { "broken", "risk", "advice", "unseen" };

const char *
severity_name(enum severity s)
{
	check(s < SEVERITIES);
	return severities[s];
}

static bool
read_severity(void *context, struct fy_node *n, void *field)
{
	enum severity *out = field;
	struct sv s = { 0 };

	if (!yaml_sv(context, n, &s)) {
		return false;
	}
	for (unsigned i = 0; i < SEVERITIES; i++) {
		if (sv_eq(s, sv_from(severities[i]))) {
			*out = (enum severity)i;
			return true;
		}
	}
	return yaml_fail(context, n, "expected broken, risk, advice or unseen");
}

static const struct yaml_key keys[] = {
	{ "severity", read_severity, true, offsetof(struct finding_text, severity) },
	{ "says", yaml_read_text, true, offsetof(struct finding_text, says) },
	{ "why", yaml_read_text, true, offsetof(struct finding_text, why) },
	{ "who", yaml_read_text, false, offsetof(struct finding_text, who) },
	{ "do", yaml_read_text, true, offsetof(struct finding_text, does) },
};

static bool
read_one(struct yaml *y, struct fy_node_pair *pair, const char *const *names, size_t n_names,
    struct finding_text *out)
{
	struct fy_node *key = fy_node_pair_key(pair);
	struct sv name = { 0 };

	if (!yaml_sv(y, key, &name)) {
		return false;
	}
	for (size_t i = 0; i < n_names; i++) {
		if (!sv_eq(name, sv_from(names[i]))) {
			continue;
		}
		if (out[i].says != NULL) {
			return yaml_fail(y, key, "'%s' stands here twice", names[i]);
		}
		return yaml_mapping(
		    y, fy_node_pair_value(pair), keys, sizeof(keys) / sizeof(keys[0]), y, &out[i]);
	}
	return yaml_fail(y, key, "nothing finds '%.*s'", SV_ARG(sv_head(name, 40)));
}

bool
finding_texts_read(struct yaml *y, struct fy_node *n, const char *const *names, size_t n_names,
    struct finding_text *out)
{
	struct fy_node_pair *pair;
	void *at = NULL;

	if (!fy_node_is_mapping(n)) {
		return yaml_fail(y, n, "expected texts: 'name: { severity: ... }'");
	}
	while ((pair = fy_node_mapping_iterate(n, &at)) != NULL) {
		if (!read_one(y, pair, names, n_names, out)) {
			return false;
		}
	}
	for (size_t i = 0; i < n_names; i++) {
		if (out[i].says == NULL) {
			return yaml_fail(y, n, "the words for '%s' are missing", names[i]);
		}
	}
	return true;
}
