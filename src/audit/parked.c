/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A domain whose SPF record says that nobody sends for it: what senders need it does not need, and
 * it has only to keep forgers out (M3AAWG, Protecting Parked Domains).
 */

#include "audit/private.h"

bool
audit_is_parked(const struct audit_run *run)
{
	const struct spf_tree *t = &run->out->spf;
	const struct spf_record *r = t->n == 0 ? NULL : &t->nodes[0].record;

	return r != NULL && t->nodes[0].found == SPF_PASS && r->n == 1 && r->all != NULL &&
	       r->all->qualifier == '-' && run->q->n_ips == 0 && run->q->n_selectors == 0;
}

static void
publish(struct audit_run *run, const char *what, const char *type, struct sv name, struct sv value)
{
	struct finding *f = audit_find(run, FINDING_parked_open, name, "%s", what);

	f->type = type;
	f->name = name;
	f->value = value;
}

void
audit_parked(struct audit_run *run)
{
	static const enum finding_id senders[] = { FINDING_dkim_none, FINDING_dmarc_missing,
		FINDING_dmarc_monitors, FINDING_dmarc_no_reports, FINDING_mx_missing,
		FINDING_mx_null };
	struct audit *a = run->out;
	const struct dmarc_view *v = &a->dmarc.tree;
	bool takes_none = false;

	if (a->pending || !audit_is_parked(run)) {
		return;
	}
	a->parked = true;
	for (size_t i = 0; i < a->n; i++) {
		takes_none |= a->findings[i].id == FINDING_mx_missing;
	}
	audit_drop(a, senders, sizeof(senders) / sizeof(senders[0]));
	if (v->found == DMARC_NO_RECORD ||
	    (v->found == DMARC_RECORD && v->policy != DMARC_REJECT)) {
		publish(run, "DMARC does not refuse what forgers send", NULL,
		    audit_text(run, "_dmarc.%.*s", SV_ARG(run->q->domain)),
		    SV("v=DMARC1; p=reject"));
	}
	if (takes_none) {
		publish(run, "nothing says that it takes no mail either", "MX", run->q->domain,
		    SV("0 ."));
	}
}
