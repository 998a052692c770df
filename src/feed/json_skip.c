/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/json_private.h"

/* Values that nobody wants, nested or not. */

static bool
skip_word(struct json_in *j)
{
	static const struct sv words[] = { SV_INIT("true"), SV_INIT("false"), SV_INIT("null") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sv_starts(sv_make(j->p, (size_t)(j->end - j->p)), words[i])) {
			j->p += words[i].n;
			return true;
		}
	}
	return json_in_refuse(j, j->p, "a value");
}

static bool
skip_scalar(struct json_in *j)
{
	struct sv text;
	struct decimal d;

	if (*j->p == '"') {
		return json_in_string(j, &text);
	}
	return *j->p == '-' || char_is_digit(*j->p) ? json_take_decimal(j, &d) : skip_word(j);
}

/* Inside brackets: a comma and the next value, or the ends of what is open. */
static bool
skip_between(struct json_in *j, const char *open, size_t *depth)
{
	while (*depth > 0) {
		bool object = open[*depth - 1] == '{';

		json_blanks(j);
		if (j->p < j->end && *j->p == (object ? '}' : ']')) {
			j->p++;
			(*depth)--;
			continue;
		}
		if (!json_take(j, ',',
			object ? "a comma or the end of the object"
			       : "a comma or the end of the array")) {
			return false;
		}
		return true;
	}
	return true;
}

static bool
skip_name(struct json_in *j)
{
	struct sv name;

	return json_in_string(j, &name) && json_take(j, ':', "a colon after the name");
}

/* A bracket at p: goes in; an empty one is over at once. */
static bool
skip_open(struct json_in *j, char *open, size_t *depth, bool *empty)
{
	char close = *j->p == '{' ? '}' : ']';

	if (*depth == JSON_IN_NESTING_MAX) {
		return json_in_refuse(j, j->p, "at most 32 brackets inside each other");
	}
	open[(*depth)++] = *j->p++;
	json_blanks(j);
	*empty = j->p < j->end && *j->p == close;
	return true;
}

bool
json_in_skip(struct json_in *j)
{
	char open[JSON_IN_NESTING_MAX];
	size_t depth = 0;

	do {
		bool empty = false;

		if (depth > 0 && open[depth - 1] == '{' && !skip_name(j)) {
			return false;
		}
		json_blanks(j);
		if (j->p == j->end) {
			return json_in_refuse(j, j->p, "a value");
		}
		if (*j->p == '{' || *j->p == '[') {
			if (!skip_open(j, open, &depth, &empty)) {
				return false;
			}
			if (!empty) {
				continue;
			}
		} else if (!skip_scalar(j)) {
			return false;
		}
		if (!skip_between(j, open, &depth)) {
			return false;
		}
	} while (depth > 0);
	return true;
}
