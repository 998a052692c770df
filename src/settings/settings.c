/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "knowledge/yaml.h"
#include "settings/private.h"

#include <unistd.h>

#define ARENA_MAX ((size_t)4 * 1024 * 1024)

/* ---- reading ---- */

struct reading {
	struct yaml *y;
	struct settings *set;
	const struct setting *of; /* that is being read */
};

static bool
is_choice(const char *choices, struct sv s)
{
	struct sv all = sv_from(choices);
	struct sv one;

	while (all.n > 0) {
		if (!sv_cut(&all, ' ', &one)) {
			one = all;
			all.n = 0;
		}
		if (sv_eq(one, s)) {
			return true;
		}
	}
	return false;
}

static bool
read_text(struct reading *r, struct fy_node *n, const char **out)
{
	struct sv s = { 0 };

	if (!yaml_sv(r->y, n, &s)) {
		return false;
	}
	if (sv_chr(s, '\0') >= 0) {
		return yaml_fail(r->y, n, "%s: a NUL byte cannot stand here", r->of->name);
	}
	if (r->of->kind == SETTING_PATH && !sv_starts(s, SV("/"))) {
		return yaml_fail(r->y, n, "%s: expected a path that begins with /", r->of->name);
	}
	if (r->of->choice != NULL && !is_choice(r->of->choice, s)) {
		return yaml_fail(r->y, n, "%s: expected one of: %s", r->of->name, r->of->choice);
	}
	*out = arena_cstr(r->y->arena, s);
	return *out != NULL || yaml_fail(r->y, n, "the file is larger than its limit of memory");
}

static bool
read_list(struct reading *r, struct fy_node *n, struct setting_list *out)
{
	const char **all;

	if (!yaml_strings(r->y, n, 0, &all, &out->n)) {
		return false;
	}
	out->all = all;
	for (size_t i = 0; i < out->n && r->of->kind == SETTING_PATHS; i++) {
		if (all[i][0] != '/') {
			return yaml_fail(
			    r->y, n, "%s: expected paths that begin with /", r->of->name);
		}
	}
	return true;
}

/* field is the setting's own row. */
static bool
read_setting(void *context, struct fy_node *n, void *field)
{
	struct reading *r = context;
	char *at = (char *)r->set + ((const struct setting *)field)->offset;

	r->of = field;
	switch (r->of->kind) {
	case SETTING_BOOL:
		return yaml_bool(r->y, n, (bool *)at);
	case SETTING_NUMBER:
		return yaml_int(r->y, n, r->of->low, r->of->high, (int64_t *)(void *)at);
	case SETTING_LIST:
	case SETTING_PATHS:
		return read_list(r, n, (struct setting_list *)(void *)at);
	case SETTING_PATH:
	case SETTING_TEXT:
	default:
		return read_text(r, n, (const char **)(void *)at);
	}
}

static void
put_standard(const struct setting *row, struct buf *out)
{
	bool list = row->kind == SETTING_LIST || row->kind == SETTING_PATHS;
	bool text = row->kind == SETTING_TEXT || row->kind == SETTING_PATH;

	if (list) {
		buf_fmt(out, "%s: [%s]\n", row->name, row->standard);
	} else {
		buf_fmt(out, text ? "%s: \"%s\"\n" : "%s: %s\n", row->name, row->standard);
	}
}

static bool
read_over(struct settings *set, const char *path, struct sv text, struct why *why)
{
	struct yaml_key keys[SETTINGS_MAX];
	struct setting rows[SETTINGS_MAX];
	struct yaml y;
	struct reading r = { .y = &y, .set = set };
	bool ok;

	memcpy(rows, settings_table, settings_n * sizeof(rows[0]));
	for (size_t i = 0; i < settings_n; i++) {
		keys[i] = (struct yaml_key){ settings_table[i].name, read_setting, false,
			i * sizeof(rows[0]) };
	}
	ok = yaml_open(&y, path, text, set->arena, why) &&
	     yaml_mapping(&y, y.root, keys, settings_n, &r, rows);
	yaml_close(&y);
	return ok;
}

/* A file of comments alone is no YAML document, and here it is one that changes nothing. */
static bool
says_nothing(struct sv text)
{
	struct sv line;

	while (text.n > 0) {
		if (!sv_cut(&text, '\n', &line)) {
			line = text;
			text.n = 0;
		}
		line = sv_trim(line);
		if (line.n > 0 && line.p[0] != '#') {
			return false;
		}
	}
	return true;
}

enum err
settings_read(const char *path, struct sv text, struct settings *out, struct why *why)
{
	struct settings set = { .arena = arena_new(ARENA_MAX) };
	struct buf standard;
	bool ok;

	buf_init(&standard, 0);
	for (size_t i = 0; i < settings_n; i++) {
		put_standard(&settings_table[i], &standard);
	}
	ok = read_over(&set, "the defaults", buf_view(&standard), why);
	check(ok);
	buf_done(&standard);
	if (!says_nothing(text) && !read_over(&set, path, text, why)) {
		settings_done(&set);
		return ERR_DATA;
	}
	if (set.syslog_socket[0] != '\0' && set.syslog_socket[0] != '/') {
		settings_done(&set);
		return why_set(
		    why, ERR_DATA, "%s: syslog_socket: expected a path that begins with /", path);
	}
	if (set.log.n == 0 && !set.journal && set.syslog_socket[0] == '\0') {
		settings_done(&set);
		return why_set(why, ERR_DATA,
		    "%s: log is empty, journal is false and there is no syslog_socket: nothing "
		    "would be read; name a log, set journal: true, or name a socket",
		    path);
	}
	*out = set;
	return ERR_OK;
}

enum err
settings_load(const char *path, struct settings *out, struct why *why)
{
	struct buf text;
	enum err e = ERR_OK;

	buf_init(&text, SETTINGS_FILE_MAX);
	if (path != NULL || access(SETTINGS_PATH, F_OK) == 0) {
		e = file_read(path == NULL ? SETTINGS_PATH : path, &text, why);
	}
	if (e == ERR_OK) {
		e = settings_read(path == NULL ? SETTINGS_PATH : path, buf_view(&text), out, why);
	}
	buf_done(&text);
	return e;
}

void
settings_done(struct settings *s)
{
	arena_free(&s->arena);
	*s = (struct settings){ 0 };
}
