/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/doubt.h"

/* Of the address (RFC 3463 x.1.x), the mailbox, the network or the session; a bare class, a mail
 * system's own trouble and a policy tell nothing of the recipient. */
static bool
status_tells(struct status s)
{
	return s.subject != 0 && s.subject != 3 && s.subject != 7;
}

/* Rules of a provider, and those that name codes, know what is meant.  One that names a stage
 * does not: there is none to look at. */
static bool
rule_tells(const struct rule *r)
{
	return (r->provider != NULL && r->stages == 0) || r->n_codes > 0 || r->n_statuses > 0;
}

/* A reply code: another server said it.  Without one it is the reporting system's own word
 * about a user of its own, and PowerMTA's category is what that made of the whole session. */
static bool
is_hearsay(const struct bounced *r, const struct judgement *j)
{
	return j->code != 0 && j->stage == STAGE_NONE && r->category.n == 0;
}

const struct cause *
doubt(const struct knowledge *k, const struct bounced *r, struct judgement *j)
{
	struct verdict *v = &j->verdict;
	const char *other = v->cause->at[STAGE_END_OF_DATA];
	const struct cause *filter;

	if (!v->suppress || v->rule == NULL || v->tier > TIER_WORDING || other == NULL ||
	    rule_tells(v->rule) || status_tells(j->status) || !is_hearsay(r, j)) {
		return NULL;
	}
	filter = knowledge_cause_find(k, sv_from(other));
	if (filter != NULL) {
		v->suppress = false;
		v->action = filter->action;
		v->quirks |= QUIRK_MAY_BE_FALSE;
		v->confidence *= 0.8;
	}
	return filter;
}
