/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/private.h"

#define LOOKUPS_NEAR      9
#define LOOKUPS_FLATTEN   7   /* from here on it is worth saying what can be written out */
#define RECORD_BYTES_LONG 450 /* RFC 7208 section 3.4: the whole answer should fit 512 */
#define WIDE_BITS4        16

/* ---- the tree ---- */

bool
audit_spf_is_loop(const struct spf_tree *t, const struct spf_node *n)
{
	for (int at = n->parent; at >= 0; at = t->nodes[at].parent) {
		if (sv_ieq(t->nodes[at].domain, n->domain)) {
			return true;
		}
	}
	return false;
}

/* What is wrong is in the record of the domain itself: it will be told what to publish. */
static void
own(struct audit_run *run, bool is, struct finding *f)
{
	if (is) {
		f->name = run->q->domain;
	}
}

/* In the same record: that is told of its terms. */
static bool
stands_twice(const struct spf_tree *t, const struct spf_node *n)
{
	for (const struct spf_node *o = t->nodes; o < n; o++) {
		if (o->parent == n->parent && sv_ieq(o->via, n->via)) {
			return true;
		}
	}
	return false;
}

static void
check_nodes(struct audit_run *run)
{
	const struct spf_tree *t = &run->out->spf;

	for (size_t i = 1; i < t->n; i++) {
		const struct spf_node *n = &t->nodes[i];

		if (n->found == SPF_NONE || n->found == SPF_PERMERROR) {
			own(run, n->parent == 0,
			    audit_find(run, FINDING_spf_include_broken, n->via, "%.*s: %s",
				SV_ARG(n->domain), n->reason));
		} else if (audit_spf_is_loop(t, n)) {
			own(run, n->parent == 0,
			    audit_find(run, FINDING_spf_loop, n->via, "in the record of %.*s",
				SV_ARG(t->nodes[n->parent].domain)));
		} else if (n->again && !stands_twice(t, n)) {
			(void)audit_find(run, FINDING_spf_duplicate, n->via,
			    "%.*s is in the tree already, and costs %u again", SV_ARG(n->domain),
			    n->total + 1);
		}
	}
}

static void
check_lookups(struct audit_run *run, const struct spf_node *top)
{
	unsigned n = run->out->spf.lookups;

	if (n < LOOKUPS_FLATTEN) {
		return;
	}
	own(run, true,
	    audit_find(run,
		n > SPF_LOOKUPS_MAX ? FINDING_spf_lookups
		: n >= LOOKUPS_NEAR ? FINDING_spf_lookups_near
				    : FINDING_spf_flatten,
		top->domain, "%u look-ups of %d", n, SPF_LOOKUPS_MAX));
}

static void
check_voids(struct audit_run *run)
{
	const struct spf_tree *t = &run->out->spf;

	for (size_t i = 0; i < t->n_voids; i++) {
		own(run, sv_ieq(t->voids[i].domain, t->nodes[0].domain),
		    audit_find(run,
			t->n_voids > SPF_VOIDS_MAX ? FINDING_spf_voids : FINDING_spf_void,
			t->voids[i].term, "in the record of %.*s", SV_ARG(t->voids[i].domain)));
	}
}

static void
check_addresses(struct audit_run *run, const struct spf_node *top)
{
	for (size_t i = 0; i < top->record.n; i++) {
		const struct spf_term *t = &top->record.terms[i];

		if (t->kind == SPF_IP4 && t->bits4 < WIDE_BITS4 && t->qualifier == '+') {
			(void)audit_find(run, FINDING_spf_wide, t->text, "%llu addresses",
			    1ULL << (32 - t->bits4));
		}
	}
}

void
audit_spf(struct audit_run *run)
{
	struct audit *a = run->out;
	const struct spf_node *top;

	spf_tree(run->book, run->arena, run->q->domain, &a->spf);
	a->pending |= a->spf.pending;
	if (a->spf.n == 0) {
		return;
	}
	top = &a->spf.nodes[0];
	if (top->found != SPF_PASS) {
		audit_spf_unusable(run, top);
		return;
	}
	check_nodes(run);
	audit_spf_shape(run, top);
	check_addresses(run, top);
	if (!a->pending) {
		check_lookups(run, top);
		check_voids(run);
	}
	if (top->text.n > RECORD_BYTES_LONG) {
		(void)audit_find(run, FINDING_spf_long, top->domain, "%zu bytes", top->text.n);
	}
}
