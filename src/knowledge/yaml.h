/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_KNOWLEDGE_YAML_H
#define CAROM_KNOWLEDGE_YAML_H

/*
 * libfyaml with our manners: every complaint says file, line, column, shows the
 * line with a caret, and says what was expected.  The first complaint counts;
 * readers return false and everybody above does the same.
 */

#include "base/arena.h"
#include "base/civil.h"
#include "base/err.h"

#include <libfyaml.h>

struct yaml {
	struct fy_document *doc; /* owned */
	struct fy_diag *diag;    /* owned */
	struct fy_node *root;
	struct arena *arena; /* borrowed: where strings are copied to */
	const char *path;    /* borrowed */
	struct why *why;     /* borrowed: the first complaint */
	bool failed;
	size_t used; /* of why */
};

/* `text` must outlive the yaml.  True, or a complaint in y->why. */
bool yaml_open(
    struct yaml *y, const char *path, struct sv text, struct arena *arena, struct why *why);
void yaml_close(struct yaml *y);

/* Always false, so that a reader can `return yaml_fail(...)`. */
bool yaml_fail(struct yaml *y, struct fy_node *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int yaml_line(struct fy_node *n); /* 1 is the first */

/* Readers of one value.  The copies are in the arena. */
bool yaml_sv(struct yaml *y, struct fy_node *n, struct sv *out);
bool yaml_string(struct yaml *y, struct fy_node *n, const char **out);
bool yaml_int(struct yaml *y, struct fy_node *n, int64_t min, int64_t max, int64_t *out);
bool yaml_bool(struct yaml *y, struct fy_node *n, bool *out);
bool yaml_date(struct yaml *y, struct fy_node *n, int64_t *us_out);
/* A sequence of strings, at least `min` of them. */
bool yaml_strings(struct yaml *y, struct fy_node *n, size_t min, const char ***out, size_t *n_out);

/* A mapping, read by a table: each key has a reader, which gets the field of the object
 * at `offset`; an unknown or doubled key is a complaint that lists what may stand there. */
struct yaml_key {
	const char *name;
	bool (*read)(void *context, struct fy_node *value, void *field);
	bool required;
	size_t offset;
};
bool yaml_mapping(struct yaml *y, struct fy_node *n, const struct yaml_key *keys, size_t n_keys,
    void *context, void *object);
/* A whole file, whose root is a mapping; y is open while the readers run. */
#define YAML_FILE_MAX ((size_t)1024 * 1024)
struct yaml_table {
	const struct yaml_key *keys;
	size_t n_keys;
	void *context, *object; /* as yaml_mapping takes them */
};
enum err yaml_file_read(struct yaml *y, const char *path, struct arena *arena,
    const struct yaml_table *table, struct why *why);
/* Readers for tables whose context begins with its struct yaml: a text into the field; and where
 * a fact comes from, at least one text, which nobody keeps. */
bool yaml_read_text(void *context, struct fy_node *n, void *field);
bool yaml_read_sources(void *context, struct fy_node *n, void *field);
/* A sequence: calls read for each item. */
bool yaml_each(struct yaml *y, struct fy_node *n, bool (*read)(void *, struct fy_node *, void *),
    void *context, void *object);

#endif
