/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/tags.h"

bool
tags_next(struct sv *rest, struct tag *out)
{
	while (rest->n > 0) {
		struct sv part;

		if (!sv_cut(rest, ';', &part)) {
			part = *rest;
			*rest = (struct sv){ 0 };
		}
		part = sv_trim(part);
		if (part.n == 0) {
			continue;
		}
		*out = (struct tag){ .value = part };
		if (sv_cut(&out->value, '=', &out->name)) {
			out->name = sv_trim(out->name);
			out->value = sv_trim(out->value);
		}
		return true;
	}
	return false;
}

bool
tags_find(struct sv list, struct sv name, struct sv *out)
{
	struct tag t;

	while (tags_next(&list, &t)) {
		if (sv_eq(t.name, name)) {
			*out = t.value;
			return true;
		}
	}
	return false;
}

bool
tags_begin_with(struct sv list, struct sv name, struct sv value)
{
	struct tag t;

	return tags_next(&list, &t) && sv_eq(t.name, name) && sv_eq(t.value, value);
}
