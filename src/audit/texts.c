/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/texts.h"

#include "knowledge/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)4 * 1024 * 1024)

static const char *const names[] = {
#define X(name) #name,
	AUDIT_FINDINGS(X)
#undef X
};

static const char *const severities[] = { "broken", "risk", "advice", "unseen" };

const char *
finding_name(enum finding_id id)
{
	check(id < N_FINDINGS);
	return names[id];
}

const char *
severity_name(enum severity s)
{
	check(s <= SEVERITY_UNSEEN);
	return severities[s];
}

struct loading {
	struct yaml y;
	struct audit_texts *t;
};

static bool
read_severity(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	enum severity *out = field;
	struct sv s = { 0 };

	if (!yaml_sv(&l->y, n, &s)) {
		return false;
	}
	for (unsigned i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
		if (sv_eq(s, sv_from(severities[i]))) {
			*out = (enum severity)i;
			return true;
		}
	}
	return yaml_fail(&l->y, n, "expected broken, risk, advice or unseen");
}

static bool
read_string(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	return yaml_string(&l->y, n, field);
}

static const struct yaml_key text_keys[] = {
	{ "severity", read_severity, true, offsetof(struct finding_text, severity) },
	{ "says", read_string, true, offsetof(struct finding_text, says) },
	{ "why", read_string, true, offsetof(struct finding_text, why) },
	{ "who", read_string, false, offsetof(struct finding_text, who) },
	{ "do", read_string, true, offsetof(struct finding_text, does) },
};

static bool
read_finding(struct loading *l, struct fy_node_pair *pair)
{
	struct fy_node *key = fy_node_pair_key(pair);
	struct sv name = { 0 };

	if (!yaml_sv(&l->y, key, &name)) {
		return false;
	}
	for (size_t i = 0; i < N_FINDINGS; i++) {
		if (!sv_eq(name, sv_from(names[i]))) {
			continue;
		}
		if (l->t->findings[i].says != NULL) {
			return yaml_fail(&l->y, key, "'%s' stands here twice", names[i]);
		}
		return yaml_mapping(&l->y, fy_node_pair_value(pair), text_keys,
		    sizeof(text_keys) / sizeof(text_keys[0]), l, &l->t->findings[i]);
	}
	return yaml_fail(&l->y, key, "no audit finds '%.*s'", SV_ARG(sv_head(name, 40)));
}

static bool
read_findings(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	struct fy_node_pair *pair;
	void *at = NULL;

	(void)field;
	if (!fy_node_is_mapping(n)) {
		return yaml_fail(&l->y, n, "expected findings: 'name: { severity: ... }'");
	}
	while ((pair = fy_node_mapping_iterate(n, &at)) != NULL) {
		if (!read_finding(l, pair)) {
			return false;
		}
	}
	for (size_t i = 0; i < N_FINDINGS; i++) {
		if (l->t->findings[i].says == NULL) {
			return yaml_fail(&l->y, n, "the words for '%s' are missing", names[i]);
		}
	}
	return true;
}

static bool
read_selectors(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	(void)field;
	return yaml_strings(&l->y, n, 1, &l->t->selectors, &l->t->n_selectors);
}

static const struct yaml_key top_keys[] = {
	{ "findings", read_findings, true, 0 },
	{ "selectors", read_selectors, true, 0 },
};

enum err
audit_texts_load(const char *path, struct audit_texts **out, struct why *why)
{
	struct loading l = { .t = mem_new(1, sizeof(*l.t)) };
	enum err e;

	*out = NULL;
	l.t->arena = arena_new(ARENA_BYTES_MAX);
	e = yaml_file_read(&l.y, path, l.t->arena,
	    &(struct yaml_table){ top_keys, sizeof(top_keys) / sizeof(top_keys[0]), &l, NULL },
	    why);
	if (e != ERR_OK) {
		audit_texts_free(&l.t);
		return e;
	}
	*out = l.t;
	return ERR_OK;
}

void
audit_texts_free(struct audit_texts **t)
{
	if (*t != NULL) {
		arena_free(&(*t)->arena);
		free(*t);
		*t = NULL;
	}
}
