/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/yaml.h"

#include "base/buf.h"
#include "base/num.h"

#include <stdarg.h>
#include <stdio.h>

#define KEYS_MAX 96

/* libfyaml hands its report over in pieces: message, source line, caret. */
static void
collect(struct fy_diag *diag, void *user, const char *text, size_t n)
{
	struct yaml *y = user;

	(void)diag;
	if (y->why == NULL) {
		return;
	}
	if (n > sizeof(y->why->text) - 1 - y->used) {
		n = sizeof(y->why->text) - 1 - y->used;
	}
	memcpy(y->why->text + y->used, text, n);
	y->used += n;
	y->why->text[y->used] = '\0';
	y->failed = true;
}

/* Tabs and other control bytes: libfyaml 0.7.12 crashes when it shows such a line. */
static bool
has_control(struct sv text, int *line_out)
{
	*line_out = 1;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c < ' ' && c != '\n' && c != '\r') || c == 0x7f) {
			return true;
		}
		*line_out += c == '\n';
	}
	return false;
}

/*
 * libfyaml 0.7.12 does not come back from some malformed directives ("%a:" at the start of
 * a line), and our files have none.  Line ends are those of YAML 1.1 and 1.2; a byte order
 * mark may stand in front.
 */
static bool
has_directive(struct sv text, int *line_out)
{
	static const char ends[] = "\n\r\x85\xa8\xa9\xbf";

	*line_out = 1;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' &&
		    (i == 0 || (text.p[i - 1] != '\0' && strchr(ends, text.p[i - 1]) != NULL))) {
			return true;
		}
		*line_out += text.p[i] == '\n';
	}
	return false;
}

/* What is looked at before the library sees it. */
static bool
is_plain(const char *path, struct sv text, struct why *why)
{
	int line;

	if (sv_trim(text).n == 0) {
		(void)why_set(why, ERR_DATA, "%s:1:1: error: the file is empty", path);
		return false;
	}
	if (has_control(text, &line)) {
		(void)why_set(why, ERR_DATA,
		    "%s:%d:1: error: a tab or control byte in this line; expected blanks", path,
		    line);
		return false;
	}
	if (has_directive(text, &line)) {
		(void)why_set(why, ERR_DATA,
		    "%s:%d:1: error: a line that begins with '%%' is a directive; expected none",
		    path, line);
		return false;
	}
	return true;
}

bool
yaml_open(struct yaml *y, const char *path, struct sv text, struct arena *arena, struct why *why)
{
	struct fy_diag_cfg diag;
	struct fy_parse_cfg cfg = { .flags = FYPCF_DEFAULT_PARSE | FYPCF_QUIET };

	*y = (struct yaml){ .path = path, .arena = arena, .why = why };
	if (!is_plain(path, text, why)) {
		y->failed = true;
		return false;
	}
	fy_diag_cfg_default(&diag);
	diag.fp = NULL;
	diag.output_fn = collect;
	diag.user = y;
	diag.level = FYET_ERROR;
	diag.colorize = false;
	diag.show_source = false;
	diag.show_position = false;
	diag.show_type = false;
	diag.show_module = false;
	y->diag = fy_diag_create(&diag);
	check(y->diag != NULL);
	cfg.diag = y->diag;
	cfg.flags = FYPCF_DEFAULT_PARSE;
	y->doc = fy_document_build_from_string(&cfg, text.p, text.n);
	if (y->doc == NULL || y->failed) {
		/* libfyaml names its memory buffer; people want the file. */
		ptrdiff_t colon = y->used == 0 ? -1 : sv_chr(sv_from(why->text), ':');

		if (colon > 0 && why->text[0] == '<') {
			struct why rest = *why;

			(void)why_set(why, ERR_DATA, "%s%.900s", path, rest.text + colon);
		} else if (y->used > 0) {
			(void)why_prefix(why, ERR_DATA, "%s", path);
		} else {
			(void)why_set(why, ERR_DATA, "%s: is not YAML", path);
		}
		y->failed = true;
		return false;
	}
	y->root = fy_document_root(y->doc);
	if (y->root == NULL) {
		y->failed = true;
		(void)why_set(why, ERR_DATA, "%s:1:1: error: the file is empty", path);
		return false;
	}
	return true;
}

void
yaml_close(struct yaml *y)
{
	if (y->doc != NULL) {
		fy_document_destroy(y->doc);
	}
	if (y->diag != NULL) {
		fy_diag_destroy(y->diag);
	}
	y->doc = NULL;
	y->diag = NULL;
}

bool
yaml_fail(struct yaml *y, struct fy_node *at, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (y->failed) {
		return false;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (at != NULL) {
		fy_node_report(at, FYET_ERROR, "%s", text);
	}
	if (y->used == 0) { /* a node without a place: the words at least are said */
		(void)why_set(y->why, ERR_DATA, "%s: error: %s", y->path, text);
	}
	if (y->used > 0 && y->why != NULL) {
		ptrdiff_t colon = sv_chr(sv_from(y->why->text), ':');
		struct why rest = *y->why;

		if (colon > 0) {
			(void)why_set(y->why, ERR_DATA, "%s%.900s", y->path, rest.text + colon);
		}
	}
	y->failed = true;
	return false;
}

int
yaml_line(struct fy_node *n)
{
	struct fy_token *t = fy_node_is_scalar(n) ? fy_node_get_scalar_token(n) : NULL;
	const struct fy_mark *m = t == NULL ? NULL : fy_token_start_mark(t);

	return m == NULL ? 0 : m->line + 1;
}

bool
yaml_sv(struct yaml *y, struct fy_node *n, struct sv *out)
{
	size_t len = 0;
	const char *p;

	if (n == NULL || !fy_node_is_scalar(n) || fy_node_is_alias(n)) {
		return yaml_fail(y, n, "expected a text here");
	}
	p = fy_node_get_scalar(n, &len);
	if (p == NULL && len > 0) {
		return yaml_fail(y, n, "expected a text here");
	}
	*out = arena_sv(y->arena, sv_make(p, len));
	if (out->p == NULL) {
		return yaml_fail(y, n, "the knowledge is larger than its limit of memory");
	}
	return true;
}

bool
yaml_string(struct yaml *y, struct fy_node *n, const char **out)
{
	struct sv s = { 0 };

	if (!yaml_sv(y, n, &s)) {
		return false;
	}
	s = sv_trim(s);
	if (s.n == 0) {
		return yaml_fail(y, n, "expected a text here, found nothing");
	}
	if (sv_chr(s, '\0') >= 0) {
		return yaml_fail(y, n, "a NUL byte cannot stand here");
	}
	*out = arena_cstr(y->arena, s);
	return *out != NULL || yaml_fail(y, n, "the knowledge is larger than its limit of memory");
}

bool
yaml_int(struct yaml *y, struct fy_node *n, int64_t min, int64_t max, int64_t *out)
{
	struct sv s = { 0 };
	uint64_t v;

	if (!yaml_sv(y, n, &s)) {
		return false;
	}
	if (!num_u64(s, INT64_MAX, &v) || (int64_t)v < min || (int64_t)v > max) {
		return yaml_fail(y, n, "expected a whole number from %lld to %lld", (long long)min,
		    (long long)max);
	}
	*out = (int64_t)v;
	return true;
}

bool
yaml_bool(struct yaml *y, struct fy_node *n, bool *out)
{
	struct sv s = { 0 };

	if (!yaml_sv(y, n, &s)) {
		return false;
	}
	if (!sv_eq(s, SV("true")) && !sv_eq(s, SV("false"))) {
		return yaml_fail(y, n, "expected true or false");
	}
	*out = sv_eq(s, SV("true"));
	return true;
}

bool
yaml_date(struct yaml *y, struct fy_node *n, int64_t *us_out)
{
	struct sv s = { 0 };

	if (!yaml_sv(y, n, &s)) {
		return false;
	}
	return civil_take_iso(s, us_out) ||
	       yaml_fail(y, n, "expected a date such as 2024-10-01 or 2020-12-14T22:16:00Z");
}

static bool
read_string_item(void *context, struct fy_node *n, void *object)
{
	const char ***at = object;

	return yaml_string(context, n, (*at)++);
}

bool
yaml_strings(struct yaml *y, struct fy_node *n, size_t min, const char ***out, size_t *n_out)
{
	int items = n != NULL && fy_node_is_sequence(n) ? fy_node_sequence_item_count(n) : -1;
	const char **at;

	if (items < 0 || (size_t)items < min) {
		return yaml_fail(y, n, "expected a list of at least %zu text%s: [\"...\"]", min,
		    min == 1 ? "" : "s");
	}
	*n_out = (size_t)items;
	*out = arena_alloc(y->arena, ((size_t)items + 1) * sizeof(**out));
	if (*out == NULL) {
		return yaml_fail(y, n, "the knowledge is larger than its limit of memory");
	}
	at = *out;
	return yaml_each(y, n, read_string_item, y, &at);
}

bool
yaml_read_text(void *context, struct fy_node *n, void *field)
{
	return yaml_string(context, n, field);
}

bool
yaml_read_sources(void *context, struct fy_node *n, void *field)
{
	const char **list;
	size_t count;

	(void)field;
	return yaml_strings(context, n, 1, &list, &count);
}

static bool
unknown_key(
    struct yaml *y, struct fy_node *at, struct sv key, const struct yaml_key *keys, size_t n)
{
	struct buf list;

	buf_init(&list, 300);
	for (size_t i = 0; i < n; i++) {
		buf_fmt(&list, "%s%s", i == 0 ? "" : ", ", keys[i].name);
	}
	(void)yaml_fail(
	    y, at, "unknown key '%.*s'; expected one of: %s", SV_ARG(sv_head(key, 40)), list.p);
	buf_done(&list);
	return false;
}

static bool
read_pair(struct yaml *y, struct fy_node_pair *pair, const struct yaml_key *keys, size_t n_keys,
    bool *seen, void *const pass[2])
{
	struct fy_node *key = fy_node_pair_key(pair);
	struct fy_node *value = fy_node_pair_value(pair);
	struct sv name = { 0 };

	if (key == NULL || !yaml_sv(y, key, &name)) {
		return yaml_fail(y, key == NULL ? y->root : key, "expected a key here");
	}
	for (size_t i = 0; i < n_keys; i++) {
		if (!sv_eq(name, sv_from(keys[i].name))) {
			continue;
		}
		if (seen[i]) {
			return yaml_fail(y, key, "'%s' stands here twice", keys[i].name);
		}
		seen[i] = true;
		if (value == NULL) {
			return yaml_fail(y, key, "'%s' has no value", keys[i].name);
		}
		return keys[i].read(
		    pass[0], value, pass[1] == NULL ? NULL : (char *)pass[1] + keys[i].offset);
	}
	return unknown_key(y, key, name, keys, n_keys);
}

bool
yaml_mapping(struct yaml *y, struct fy_node *n, const struct yaml_key *keys, size_t n_keys,
    void *context, void *object)
{
	bool seen[KEYS_MAX] = { false };
	void *const pass[2] = { context, object };
	struct fy_node_pair *pair;
	void *at = NULL;

	check(n_keys <= KEYS_MAX);
	if (n == NULL || !fy_node_is_mapping(n)) {
		return yaml_fail(
		    y, n == NULL ? y->root : n, "expected a mapping here: '%s: ...'", keys[0].name);
	}
	while ((pair = fy_node_mapping_iterate(n, &at)) != NULL) {
		if (!read_pair(y, pair, keys, n_keys, seen, pass)) {
			return false;
		}
	}
	for (size_t i = 0; i < n_keys; i++) {
		if (keys[i].required && !seen[i]) {
			return yaml_fail(y, n, "'%s' is missing here", keys[i].name);
		}
	}
	return true;
}

bool
yaml_each(struct yaml *y, struct fy_node *n, bool (*read)(void *, struct fy_node *, void *),
    void *context, void *object)
{
	struct fy_node *item;
	void *at = NULL;

	if (n == NULL || !fy_node_is_sequence(n)) {
		return yaml_fail(y, n == NULL ? y->root : n, "expected a list here: '- ...'");
	}
	while ((item = fy_node_sequence_iterate(n, &at)) != NULL) {
		if (!read(context, item, object)) {
			return false;
		}
	}
	return true;
}
