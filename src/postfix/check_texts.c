/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/yaml.h"
#include "postfix/check.h"

#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)4 * 1024 * 1024)

static const char *const names[] = {
#define X(name) #name,
	POSTFIX_CHECKS(X)
#undef X
};

static const char *const severities[] = { "broken", "risk", "advice", "unseen" };

const char *
check_name(enum check_id id)
{
	check(id < N_CHECKS);
	return names[id];
}

const char *
check_severity_name(enum check_severity s)
{
	check(s <= CHECK_UNSEEN);
	return severities[s];
}

struct loading {
	struct yaml y;
	struct check_texts *t;
};

static bool
read_severity(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	enum check_severity *out = field;
	struct sv s = { 0 };

	if (!yaml_sv(&l->y, n, &s)) {
		return false;
	}
	for (unsigned i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
		if (sv_eq(s, sv_from(severities[i]))) {
			*out = (enum check_severity)i;
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

static bool
read_text(void *context, struct fy_node *n, void *field)
{
	static const struct yaml_key keys[] = {
		{ "severity", read_severity, true, offsetof(struct check_text, severity) },
		{ "says", read_string, true, offsetof(struct check_text, says) },
		{ "why", read_string, true, offsetof(struct check_text, why) },
		{ "do", read_string, true, offsetof(struct check_text, does) },
	};
	struct loading *l = context;

	return yaml_mapping(&l->y, n, keys, sizeof(keys) / sizeof(keys[0]), l, field);
}

static bool
read_texts(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	struct yaml_key keys[N_CHECKS];

	(void)field;
	for (size_t i = 0; i < N_CHECKS; i++) {
		keys[i] =
		    (struct yaml_key){ names[i], read_text, true, i * sizeof(struct check_text) };
	}
	return yaml_mapping(&l->y, n, keys, N_CHECKS, l, l->t->of);
}

enum err
check_texts_load(const char *path, struct check_texts **out, struct why *why)
{
	static const struct yaml_key keys[] = { { "checks", read_texts, true, 0 } };
	struct loading l = { .t = mem_new(1, sizeof(*l.t)) };
	enum err e;

	*out = NULL;
	l.t->arena = arena_new(ARENA_BYTES_MAX);
	e = yaml_file_read(&l.y, path, l.t->arena, &(struct yaml_table){ keys, 1, &l, NULL }, why);
	if (e != ERR_OK) {
		check_texts_free(&l.t);
		return e;
	}
	*out = l.t;
	return ERR_OK;
}

void
check_texts_free(struct check_texts **t)
{
	if (*t != NULL) {
		arena_free(&(*t)->arena);
		free(*t);
		*t = NULL;
	}
}
