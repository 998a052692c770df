/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/knowledge.h"

#include "base/file.h"
#include "base/hash.h"
#include "knowledge/private.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- files ---- */

enum err
knowledge_text(struct knowledge *k, const struct knowledge_file *f, struct sv text, struct why *why)
{
	struct yaml y = { 0 };
	struct loader l = { .k = k, .y = &y, .file = arena_sv(k->arena, sv_from(f->name)).p };
	enum err e = ERR_OK;

	k->hash[0] = hash_fnv(text, hash_fnv(sv_from(f->name), k->hash[0]));
	k->hash[1] = hash_sip(&(struct hash_key){ k->hash[1], 0 }, text);
	if (!yaml_open(&y, f->path, text, k->arena, why) || !f->read(&l, y.root) || y.failed) {
		e = ERR_DATA;
	}
	yaml_close(&y);
	return e;
}

static enum err
load_file(struct knowledge *k, const char *share, const char *name,
    bool (*read)(struct loader *, struct fy_node *), struct why *why)
{
	struct buf path;
	struct buf text;
	enum err e;

	buf_init(&path, 4096);
	buf_init(&text, KNOWLEDGE_FILE_MAX);
	buf_fmt(&path, "%s/%s", share, name);
	e = file_read(path.p, &text, why);
	if (e == ERR_OK) {
		const struct knowledge_file f = { name, path.p, read };

		e = knowledge_text(k, &f, buf_view(&text), why);
	}
	buf_done(&text);
	buf_done(&path);
	return e;
}

static bool
read_neutral_rules(void *context, struct fy_node *n, void *object)
{
	(void)object;
	return rules_read(context, n);
}

bool
neutral_read(struct loader *l, struct fy_node *root)
{
	static const struct yaml_key keys[] = {
		{ "rules", read_neutral_rules, true, 0 },
		{ "notes", field_remark, false, 0 },
	};

	return yaml_mapping(l->y, root, keys, 2, l, NULL);
}

static int
name_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names_list {
	char **p; /* owned */
	size_t n, room;
};

static void
names_add(struct names_list *list, struct sv name)
{
	LIST_ROOM(list->p, list->n, list->room);
	list->p[list->n++] = mem_dup(name.p, name.n);
}

/* The *.yaml of a folder in alphabetical order: only so that messages and hashes are stable. */
static enum err
list_folder(const char *path, char ***out, size_t *n_out, struct why *why)
{
	DIR *d = opendir(path);
	struct names_list list = { 0 };
	const struct dirent *e;

	if (d == NULL) {
		return why_set(why, ERR_IO, "%s: %s", path, why_errno(errno));
	}
	/* One thread owns this stream. */
	while ((e = readdir(d)) != NULL) {
		struct sv name = sv_from(e->d_name);

		if (name.n > 0 && name.p[0] != '.' && sv_ends(name, SV(".yaml")) &&
		    list.n < KNOWLEDGE_FILES_MAX) {
			names_add(&list, name);
		}
	}
	(void)closedir(d);
	if (list.n > 0) {
		qsort(list.p, list.n, sizeof(*list.p), name_cmp);
	}
	*out = list.p;
	*n_out = list.n;
	return ERR_OK;
}

static enum err
load_folder(struct knowledge *k, const char *share, const char *folder,
    bool (*read)(struct loader *, struct fy_node *), struct why *why)
{
	struct buf path;
	char **names = NULL;
	size_t n = 0;
	enum err e;

	buf_init(&path, 4096);
	buf_fmt(&path, "%s/%s", share, folder);
	e = list_folder(path.p, &names, &n, why);
	for (size_t i = 0; i < n; i++) {
		buf_clear(&path);
		buf_fmt(&path, "%s/%s", folder, names[i]);
		if (e == ERR_OK) {
			e = load_file(k, share, path.p, read, why);
		}
		free(names[i]);
	}
	free(names);
	buf_done(&path);
	return e;
}

/* ---- public ---- */

struct knowledge *
knowledge_empty(void)
{
	struct knowledge *k = mem_new(1, sizeof(*k));

	k->arena = arena_new(KNOWLEDGE_BYTES_MAX);
	k->set = match_set_new();
	k->hash[0] = HASH_FNV_START;
	return k;
}

enum err
knowledge_load(const struct knowledge_options *opt, struct knowledge **out, struct why *why)
{
	struct knowledge *k = knowledge_empty();
	struct why none;
	enum err e;

	if (why == NULL) {
		why = &none;
	}
	e = load_file(k, opt->share, "causes.yaml", causes_read, why);
	if (e == ERR_OK) {
		e = load_folder(k, opt->share, "providers", provider_read, why);
	}
	if (e == ERR_OK) {
		e = load_folder(k, opt->share, "rules", neutral_read, why);
	}
	if (e == ERR_OK) {
		e = rules_finish(k, why);
	}
	if (e == ERR_OK) {
		providers_finish(k);
		(void)snprintf(k->version, sizeof(k->version), "%016llx",
		    (unsigned long long)(k->hash[0] ^ k->hash[1]));
		match_set_finish(k->set);
	}
	if (e != ERR_OK) {
		knowledge_free(&k);
		return e;
	}
	*out = k;
	return ERR_OK;
}

void
knowledge_free(struct knowledge **pk)
{
	struct knowledge *k = *pk;

	if (k == NULL) {
		return;
	}
	match_set_free(&k->set);
	for (size_t i = 0; k->provider_codes != NULL && i < k->n_providers; i++) {
		free(k->provider_codes[i].rows);
	}
	providers_free(k);
	free(k->provider_codes);
	free(k->status_rules.rows);
	free(k->reply_rules.rows);
	free(k->causes);
	free(k->providers);
	free(k->rules);
	free(k->cases);
	free(k->patterns);
	arena_free(&k->arena);
	free(k);
	*pk = NULL;
}

const struct cause *
knowledge_cause_find(const struct knowledge *k, struct sv name)
{
	for (size_t i = 0; i < k->n_causes; i++) {
		if (sv_eq(name, sv_from(k->causes[i].name))) {
			return &k->causes[i];
		}
	}
	return NULL;
}

const struct cause *
knowledge_causes(const struct knowledge *k, size_t *n_out)
{
	*n_out = k->n_causes;
	return k->causes;
}

const struct provider *const *
knowledge_providers(const struct knowledge *k, size_t *n_out)
{
	*n_out = k->n_providers;
	return k->providers;
}

const struct rule *const *
knowledge_rules(const struct knowledge *k, size_t *n_out)
{
	*n_out = k->n_rules;
	return k->rules;
}

const struct rule_case *
knowledge_cases(const struct knowledge *k, size_t *n_out)
{
	*n_out = k->n_cases;
	return k->cases;
}

const struct provider *
knowledge_provider_by_id(const struct knowledge *k, struct sv id)
{
	for (size_t i = 0; i < k->n_providers; i++) {
		if (sv_eq(id, sv_from(k->providers[i]->id))) {
			return k->providers[i];
		}
	}
	return NULL;
}

const char *
knowledge_version(const struct knowledge *k)
{
	return k->version;
}

const struct match_set *
knowledge_patterns(const struct knowledge *k)
{
	return k->set;
}

const struct rule *
knowledge_pattern_rule(const struct knowledge *k, unsigned pattern)
{
	return k->patterns[pattern].rule;
}

bool
knowledge_pattern_is_unless(const struct knowledge *k, unsigned pattern)
{
	return k->patterns[pattern].unless;
}

size_t
knowledge_n_patterns(const struct knowledge *k)
{
	return k->n_patterns;
}

const struct rule *const *
knowledge_code_rules(
    const struct knowledge *k, const struct provider *p, enum tier tier, size_t *n_out)
{
	const struct code_rules *list = tier == TIER_STATUS ? &k->status_rules
					: tier == TIER_CODE ? &k->reply_rules
					: p != NULL         ? &k->provider_codes[p->index]
							    : NULL;

	*n_out = list == NULL ? 0 : list->n;
	return list == NULL ? NULL : list->rows;
}
