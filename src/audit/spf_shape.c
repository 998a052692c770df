/* SPDX-License-Identifier: Apache-2.0 */

/* What the terms of SPF records look like. */

#include "audit/private.h"

static void
check_all(struct audit_run *run, const struct spf_node *n, bool is_top)
{
	const struct spf_record *r = &n->record;
	struct finding *f;

	if (r->all == NULL) {
		if (r->redirect == NULL && is_top) {
			audit_find(run, FINDING_spf_no_all, n->domain, NULL)->name = n->domain;
		}
		return;
	}
	if (r->all->qualifier == '+') {
		f = audit_find(run, FINDING_spf_all_pass, r->all->text, "in the record of %.*s",
		    SV_ARG(n->domain));
		f->name = is_top ? n->domain : f->name;
	} else if (r->all->qualifier == '?' && is_top) {
		audit_find(run, FINDING_spf_all_neutral, r->all->text, NULL)->name = n->domain;
	}
}

static void
check_order(struct audit_run *run, const struct spf_node *n)
{
	const struct spf_record *r = &n->record;

	for (size_t i = 0; i < r->n; i++) {
		const struct spf_term *t = &r->terms[i];
		struct finding *f = NULL;

		if (t->kind == SPF_OTHER && audit_spf_meant(run, t->text).n > 0) {
			f = audit_find(run, FINDING_spf_ignored, t->text, "%.*s is meant",
			    SV_ARG(audit_spf_meant(run, t->text)));
		} else if (spf_term_is_idle(r, t)) {
			f = audit_find(run, FINDING_spf_after_all, t->text, "%s",
			    t->kind == SPF_REDIRECT ? "redirect is never used where there is an all"
						    : "it stands behind all");
		} else if (t->kind <= SPF_EXISTS && spf_term_is_repeated(r, t)) {
			f = audit_find(run, FINDING_spf_duplicate, t->text,
			    "stands twice in the record%s",
			    spf_term_asks(t) ? ", and costs its look-ups each time" : "");
		}
		if (f != NULL) {
			f->name = n->domain;
		}
	}
}

static void
check_ptr(struct audit_run *run, const struct spf_node *n, bool is_top)
{
	for (size_t i = 0; i < n->record.n; i++) {
		if (n->record.terms[i].kind == SPF_PTR) {
			struct finding *f = audit_find(run, FINDING_spf_ptr,
			    n->record.terms[i].text, "in the record of %.*s", SV_ARG(n->domain));

			f->name = is_top ? n->domain : f->name;
		}
	}
}

void
audit_spf_shape(struct audit_run *run, const struct spf_node *top)
{
	const struct spf_tree *t = &run->out->spf;

	check_order(run, top);
	for (size_t i = 0; i < t->n; i++) {
		if (t->nodes[i].found == SPF_PASS && !t->nodes[i].again) {
			check_all(run, &t->nodes[i], &t->nodes[i] == top);
			check_ptr(run, &t->nodes[i], &t->nodes[i] == top);
		}
	}
}
