/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/json_list.h"

#include "base/err.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#define NUMBER_ROOM 24

struct walk {
	json_list_row *row;
	void *context;
	struct csv names, values;
	char numbers[CSV_FIELDS_MAX][NUMBER_ROOM];
};

static struct sv
skip_mark(struct sv text)
{
	(void)sv_take(&text, SV("\xef\xbb\xbf"));
	while (text.n > 0 && strchr(" \t\r\n", text.p[0]) != NULL && text.p[0] != '\0') {
		text = sv_from_at(text, 1);
	}
	return text;
}

bool
json_list_is(struct sv text)
{
	text = skip_mark(text);
	return text.n > 0 && (text.p[0] == '{' || text.p[0] == '[');
}

static struct sv
text_of(const json_t *v, char room[static NUMBER_ROOM])
{
	if (json_is_string(v)) {
		return sv_make(json_string_value(v), json_string_length(v));
	}
	/* Seconds with a fraction; what is larger is no time and no text. */
	if (json_is_number(v) && fabs(json_number_value(v)) < 1e15) {
		(void)snprintf(room, NUMBER_ROOM, "%lld", (long long)floor(json_number_value(v)));
		return sv_from(room);
	}
	return (struct sv){ 0 };
}

static bool
is_row(struct walk *w, json_t *object)
{
	void *at;
	size_t n = 0;

	for (at = json_object_iter(object); at != NULL && n < CSV_FIELDS_MAX;
	     at = json_object_iter_next(object, at)) {
		w->names.fields[n] = sv_from(json_object_iter_key(at));
		w->values.fields[n] = text_of(json_object_iter_value(at), w->numbers[n]);
		n++;
	}
	w->names.n = w->values.n = n;
	return w->row(w->context, &w->names, &w->values);
}

/* A limit keeps the recursion short. */
static void
look_into(struct walk *w, json_t *v, unsigned depth) /* NOLINT(misc-no-recursion) */
{
	void *at;

	if (depth == JSON_LIST_DEPTH_MAX) {
		return;
	}
	for (size_t i = 0; i < json_array_size(v); i++) {
		look_into(w, json_array_get(v, i), depth + 1);
	}
	if (!json_is_object(v) || is_row(w, v)) {
		return;
	}
	for (at = json_object_iter(v); at != NULL; at = json_object_iter_next(v, at)) {
		look_into(w, json_object_iter_value(at), depth + 1);
	}
}

static unsigned
lines_in(struct sv s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++) {
		n += s.p[i] == '\n';
	}
	return n;
}

bool
json_list_each(
    struct sv text, json_list_row *row, void *context, unsigned *line_out, char *expected)
{
	struct walk w = { .row = row, .context = context };
	struct sv rest = skip_mark(text);

	*line_out = 1 + lines_in(sv_head(text, text.n - rest.n));
	while (rest.n > 0) {
		json_error_t why;
		json_t *v = json_loadb(rest.p, rest.n, JSON_DISABLE_EOF_CHECK, &why);
		struct sv behind;

		if (v == NULL) {
			*line_out += why.line > 1 ? (unsigned)why.line - 1 : 0;
			(void)snprintf(expected, JSON_LIST_WHY, "%s", why.text);
			return false;
		}
		check(why.position > 0 && (size_t)why.position <= rest.n);
		w.names.line = w.values.line = *line_out;
		look_into(&w, v, 0);
		json_decref(v);
		behind = skip_mark(sv_from_at(rest, (size_t)why.position));
		*line_out += lines_in(sv_head(rest, rest.n - behind.n));
		rest = behind;
	}
	return true;
}
