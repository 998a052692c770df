/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/author.h"

#include "dns/idn.h"

/* Past a comment or a quoted string that begins here; false: it does not end. */
static bool
skip_group(struct sv s, size_t *at)
{
	char open = s.p[*at];
	unsigned depth = 0;

	for (size_t i = *at; i < s.n; i++) {
		if (s.p[i] == '\\') {
			i++;
		} else if (open == '(' && s.p[i] == '(') {
			depth++;
		} else if (open == '(' ? s.p[i] == ')' && --depth == 0 : i > *at && s.p[i] == '"') {
			*at = i;
			return true;
		}
	}
	return false;
}

bool
author_of_field(struct sv from, struct sv *domain_out)
{
	struct sv found = { 0 };
	size_t addresses = 0;

	for (size_t i = 0; i < from.n; i++) {
		size_t start = i + 1;

		if (from.p[i] == '(' || from.p[i] == '"') {
			if (!skip_group(from, &i)) {
				return false;
			}
			continue;
		}
		if (from.p[i] != '@') {
			continue;
		}
		while (i + 1 < from.n && (char_is_alnum(from.p[i + 1]) || from.p[i + 1] == '-' ||
					     from.p[i + 1] == '.' || from.p[i + 1] == '_' ||
					     (unsigned char)from.p[i + 1] >= 0x80)) {
			i++;
		}
		found = sv_make(from.p + start, i + 1 - start);
		addresses++;
	}
	*domain_out = found;
	return addresses == 1 && name_is_valid(found);
}

bool
author_of_message(
    const struct dkim_message *m, struct arena *arena, struct sv *domain_out, size_t *fields_out)
{
	bool one = false;

	*fields_out = 0;
	for (size_t i = 0; i < m->n; i++) {
		if (sv_ieq(m->fields[i].name, SV("From"))) {
			++*fields_out;
			one = author_of_field(m->fields[i].value, domain_out);
		}
	}
	return *fields_out == 1 && one && name_to_ascii(*domain_out, arena, domain_out);
}
