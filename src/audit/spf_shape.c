/* SPDX-License-Identifier: Apache-2.0 */

/* What the terms of SPF records look like, and the record with includes written out. */

#include "audit/private.h"

#define FLAT_BYTES_MAX ((size_t)2000) /* longer ones help nobody */

static void
check_all(struct audit_run *run, const struct spf_node *n, bool is_top)
{
	const struct spf_record *r = &n->record;

	if (r->all == NULL) {
		if (r->redirect == NULL && is_top) {
			struct finding *f = audit_find(run, FINDING_spf_no_all, n->domain, NULL);

			f->name = n->domain;
			f->value = audit_text(run, "%.*s ~all", SV_ARG(sv_trim(n->text)));
		}
		return;
	}
	if (r->all->qualifier == '+') {
		(void)audit_find(run, FINDING_spf_all_pass, r->all->text, "in the record of %.*s",
		    SV_ARG(n->domain));
	} else if (r->all->qualifier == '?' && is_top) {
		(void)audit_find(run, FINDING_spf_all_neutral, r->all->text, NULL);
	}
}

static void
check_order(struct audit_run *run, const struct spf_node *n)
{
	const struct spf_record *r = &n->record;

	for (size_t i = 0; i < r->n; i++) {
		const struct spf_term *t = &r->terms[i];

		if (r->all != NULL && t > r->all && t->kind <= SPF_EXISTS) {
			(void)audit_find(run, FINDING_spf_after_all, t->text, NULL);
		}
		for (size_t k = 0; k < i; k++) {
			if (sv_ieq(r->terms[k].text, t->text) && t->kind <= SPF_EXISTS) {
				(void)audit_find(run, FINDING_spf_duplicate, t->text,
				    "stands twice in the record%s",
				    spf_term_asks(t) ? ", and costs a look-up each time" : "");
				break;
			}
		}
	}
	if (r->all != NULL && r->redirect != NULL) {
		(void)audit_find(run, FINDING_spf_after_all, r->redirect->text,
		    "redirect is never used where there is an all");
	}
}

static void
check_ptr(struct audit_run *run, const struct spf_node *n)
{
	for (size_t i = 0; i < n->record.n; i++) {
		if (n->record.terms[i].kind == SPF_PTR) {
			(void)audit_find(run, FINDING_spf_ptr, n->record.terms[i].text,
			    "in the record of %.*s", SV_ARG(n->domain));
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
			check_ptr(run, &t->nodes[i]);
		}
	}
}

/* ---- written out ---- */

static const struct spf_node *
child_of(const struct spf_tree *t, int parent, const struct spf_term *term)
{
	for (size_t i = 1; i < t->n; i++) {
		if (t->nodes[i].parent == parent && t->nodes[i].via.p == term->text.p) {
			return &t->nodes[i];
		}
	}
	return NULL;
}

static void
put_networks(const struct spf_tree *t, const struct spf_node *n, struct buf *out)
{
	for (size_t i = 0; i < n->record.n; i++) {
		const struct spf_term *term = &n->record.terms[i];
		const struct spf_node *below;

		if (term->kind == SPF_IP4 || term->kind == SPF_IP6) {
			buf_char(out, ' ');
			buf_sv(out, term->text);
		} else if (term->kind == SPF_INCLUDE || term->kind == SPF_REDIRECT) {
			below = child_of(t, (int)(n - t->nodes), term);
			if (below != NULL) {
				put_networks(t, below, out);
			}
		}
	}
}

/* The include of the top record that saves most and is not yet chosen; -1: none. */
static int
best_include(const struct spf_tree *t, const bool *chosen)
{
	int best = -1;

	for (size_t i = 1; i < t->n; i++) {
		const struct spf_node *n = &t->nodes[i];
		const struct spf_node *b = best < 0 ? NULL : &t->nodes[best];

		if (n->parent != 0 || !n->flat || n->again || chosen[i] || n->networks == 0 ||
		    n->via.p[0] == '-' || n->via.p[0] == '~' || n->via.p[0] == '?' ||
		    sv_istarts(n->via, SV("redirect"))) {
			continue;
		}
		if (b == NULL || n->total > b->total ||
		    (n->total == b->total && n->networks < b->networks)) {
			best = (int)i;
		}
	}
	return best;
}

struct sv
audit_spf_flat(struct audit_run *run, unsigned *saves_out)
{
	const struct spf_tree *t = &run->out->spf;
	const struct spf_node *top = &t->nodes[0];
	bool chosen[SPF_NODES_MAX] = { false };
	struct sv out = { 0 };
	unsigned saves = 0;
	struct buf b;
	int at;

	/* As few as are needed to come well below the limit: what is written out goes stale. */
	while (t->lookups - saves >= SPF_LOOKUPS_MAX - 1 || saves == 0) {
		at = best_include(t, chosen);
		if (at < 0) {
			break;
		}
		chosen[at] = true;
		saves += t->nodes[at].total + 1;
	}
	buf_init(&b, FLAT_BYTES_MAX);
	buf_str(&b, "v=spf1");
	for (size_t i = 0; i < top->record.n; i++) {
		const struct spf_node *n = child_of(t, 0, &top->record.terms[i]);

		if (n != NULL && chosen[n - t->nodes]) {
			put_networks(t, n, &b);
		} else {
			buf_char(&b, ' ');
			buf_sv(&b, top->record.terms[i].text);
		}
	}
	*saves_out = b.cut ? 0 : saves;
	if (!b.cut) {
		out = arena_sv(run->arena, buf_view(&b));
	}
	buf_done(&b);
	return out;
}
