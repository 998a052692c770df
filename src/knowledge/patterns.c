/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/private.h"

bool
pattern_add(struct loader *l, struct rule *rule, const struct pattern_text *p)
{
	struct knowledge *k = l->k;
	struct match_error error;
	bool ok = p->kind == 'r' ? match_set_add(k->set, p->text, &error)
				 : match_set_add_literal(k->set, p->text, p->kind == 't', &error);

	if (!ok && p->kind == 'r') {
		return yaml_fail(
		    l->y, p->at, "%s (byte %zu of the expression)", error.text, error.at + 1);
	}
	if (!ok) {
		return yaml_fail(l->y, p->at, "%s", error.text);
	}
	LIST_ROOM(k->patterns, k->n_patterns, k->room_patterns);
	k->patterns[k->n_patterns++] = (struct pattern){ rule, p->unless };
	return true;
}
