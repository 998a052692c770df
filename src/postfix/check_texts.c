/* SPDX-License-Identifier: Apache-2.0 */
#include "postfix/check.h"

#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)4 * 1024 * 1024)

static const char *const names[] = {
#define X(name) #name,
	POSTFIX_CHECKS(X)
#undef X
};

const char *
check_name(enum check_id id)
{
	check(id < N_CHECKS);
	return names[id];
}

struct loading {
	struct yaml y;
	struct check_texts *t;
};

static bool
read_texts(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;

	(void)field;
	return finding_texts_read(&l->y, n, names, N_CHECKS, l->t->of);
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
