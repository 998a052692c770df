/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/texts.h"

#include <stddef.h>
#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define SIGNERS_MAX     64

static const char *const names[] = {
#define X(name) #name,
	AUDIT_FINDINGS(X)
#undef X
};

const char *
finding_name(enum finding_id id)
{
	check(id < N_FINDINGS);
	return names[id];
}

struct loading {
	struct yaml y; /* first: yaml_read_text() takes it */
	struct audit_texts *t;
};

static bool
read_findings(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	(void)field;
	return finding_texts_read(&l->y, n, names, N_FINDINGS, l->t->findings);
}

static bool
read_selectors(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	(void)field;
	return yaml_strings(&l->y, n, 1, &l->t->selectors, &l->t->n_selectors);
}

struct signer {
	const char *name, *line;
};

static bool
read_signer(void *context, struct fy_node *n, void *object)
{
	static const struct yaml_key keys[] = {
		{ "name", yaml_read_text, true, offsetof(struct signer, name) },
		{ "line", yaml_read_text, true, offsetof(struct signer, line) },
		{ "sources", yaml_read_sources, true, 0 },
	};
	struct loading *l = context;
	struct signer s = { 0 };
	struct sv line;

	(void)object;
	if (!yaml_mapping(&l->y, n, keys, sizeof(keys) / sizeof(keys[0]), l, &s)) {
		return false;
	}
	line = sv_from(s.line);
	if (sv_find(line, SV("<domain>")) < 1 || sv_find(line, SV("<selector>")) < 1) {
		return yaml_fail(
		    &l->y, n, "line: expected words, then <domain> and <selector> in any order");
	}
	if (l->t->n_signers == SIGNERS_MAX) {
		return yaml_fail(&l->y, n, "more than %d signers", SIGNERS_MAX);
	}
	l->t->signers[l->t->n_signers++] = s.line;
	return true;
}

static bool
read_signers(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	l->t->signers = arena_alloc(l->t->arena, SIGNERS_MAX * sizeof(*l->t->signers));
	return yaml_each(&l->y, n, read_signer, l, field);
}

static const struct yaml_key top_keys[] = {
	{ "findings", read_findings, true, 0 },
	{ "selectors", read_selectors, true, 0 },
	{ "signers", read_signers, true, 0 },
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
