/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The SPF record to publish instead of the one that is there: without what is never used, stands
 * twice or leads nowhere, with the addresses that do not pass, with an end that says something,
 * and with as few includes written out as bring it well below the limit.  Whoever passed before
 * passes after, but for what only ptr let pass.
 */

#include "audit/private.h"

#define FLAT_BYTES_MAX ((size_t)2000) /* longer ones help nobody */

struct instead {
	struct audit_run *run;
	const struct spf_node *top;
	bool chosen[SPF_NODES_MAX];       /* includes that are written out */
	unsigned lookups;                 /* of the new record */
	struct buf record, without, flat; /* flat: the includes written out */
};

static const struct spf_node *
child_of(const struct spf_tree *t, const struct spf_node *parent, const struct spf_term *term)
{
	for (size_t i = 1; i < t->n; i++) {
		if (t->nodes[i].parent == parent - t->nodes && t->nodes[i].via.p == term->text.p) {
			return &t->nodes[i];
		}
	}
	return NULL;
}

/* ---- what is left out ---- */

static bool
is_void(const struct spf_tree *t, const struct spf_term *term)
{
	for (size_t i = 0; i < t->n_voids; i++) {
		if (t->voids[i].term.p == term->text.p) {
			return true;
		}
	}
	return false;
}

/* ptr is left out only where the addresses that send are known: they stand there instead. */
static bool
is_left_out(const struct instead *n, const struct spf_term *t)
{
	const struct spf_tree *tree = &n->run->out->spf;
	const struct spf_record *r = &n->top->record;
	const struct spf_node *below = child_of(tree, n->top, t);

	return spf_term_is_idle(r, t) || is_void(tree, t) ||
	       (t->kind <= SPF_EXISTS && spf_term_is_repeated(r, t)) ||
	       (t->kind == SPF_PTR && n->run->q->n_ips > 0) ||
	       (below != NULL && (below->found == SPF_NONE || below->found == SPF_PERMERROR ||
				     audit_spf_is_loop(tree, below)));
}

static unsigned
cost_of(const struct instead *n, const struct spf_term *t)
{
	const struct spf_node *below = child_of(&n->run->out->spf, n->top, t);

	if (t->kind == SPF_OTHER) { /* at least */
		struct sv meant = audit_spf_meant(n->run, t->text);

		return meant.n > 0 && !sv_istarts(meant, SV("ip")) ? 1 : 0;
	}
	return !spf_term_asks(t) ? 0 : below == NULL ? 1 : below->total + 1;
}

/* ---- written out ---- */

static void
put_networks(const struct spf_tree *t, const struct spf_node *n, struct buf *out)
{
	for (size_t i = 0; i < n->record.n; i++) {
		const struct spf_term *term = &n->record.terms[i];
		const struct spf_node *below;

		if (spf_term_is_idle(&n->record, term)) {
			continue;
		}
		if (term->kind == SPF_IP4 || term->kind == SPF_IP6) {
			buf_char(out, ' ');
			buf_sv(out, term->text);
		} else if (term->kind == SPF_INCLUDE || term->kind == SPF_REDIRECT) {
			below = child_of(t, n, term);
			if (below != NULL) {
				put_networks(t, below, out);
			}
		}
	}
}

/* The include of the top record that saves most and is not yet chosen; -1: none. */
static int
best_include(const struct instead *w)
{
	const struct spf_tree *t = &w->run->out->spf;
	int best = -1;

	for (size_t i = 1; i < t->n; i++) {
		const struct spf_node *n = &t->nodes[i];
		const struct spf_node *b = best < 0 ? NULL : &t->nodes[best];

		if (n->parent != 0 || !n->flat || n->again || w->chosen[i] || n->networks == 0 ||
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

/* As few as are needed to come well below the limit: what is written out goes stale. */
static void
choose(struct instead *n, bool one_at_least)
{
	const struct spf_tree *t = &n->run->out->spf;
	bool any = false;

	while (n->lookups >= SPF_LOOKUPS_MAX - 1 || (one_at_least && !any)) {
		int at = best_include(n);

		if (at < 0) {
			return;
		}
		any = n->chosen[at] = true;
		n->lookups -= t->nodes[at].total + 1;
		buf_str(&n->flat, n->flat.n > 0 ? ", " : "");
		buf_sv(&n->flat, t->nodes[at].via);
	}
}

/* ---- the record ---- */

/* Do the addresses of some record pass it? */
static bool
is_covered(const struct spf_tree *tree, const struct ip *ip)
{
	for (size_t i = 0; i < tree->n; i++) {
		const struct spf_record *r = &tree->nodes[i].record;

		for (size_t k = 0; k < r->n; k++) {
			const struct spf_term *t = &r->terms[k];

			if (t->qualifier == '+' && !spf_term_is_idle(r, t) &&
			    ((t->kind == SPF_IP4 && ip_in_net(ip, t->ip, 4, t->bits4)) ||
				(t->kind == SPF_IP6 && ip_in_net(ip, t->ip, 16, t->bits6)))) {
				return true;
			}
		}
	}
	return false;
}

/* The addresses that send and do not pass, or pass by a ptr that is left out; after an error
 * nobody knows which pass. */
static void
put_addresses(struct instead *n)
{
	const struct audit *a = n->run->out;

	for (size_t i = 0; i < a->n_ips; i++) {
		const struct spf_verdict *v = &a->ips[i].spf;
		bool by_ptr = v->result == SPF_PASS && sv_ifind(v->mechanism, SV("ptr")) >= 0 &&
			      sv_ifind(v->mechanism, SV("ptr")) <= 1;

		if (by_ptr || v->result == SPF_FAIL || v->result == SPF_SOFTFAIL ||
		    v->result == SPF_NEUTRAL ||
		    (v->result == SPF_PERMERROR && !is_covered(&a->spf, &a->ips[i].ip))) {
			buf_fmt(&n->record, " ip%d:", a->ips[i].ip.n == 4 ? 4 : 6);
			ip_print(&a->ips[i].ip, &n->record);
		}
	}
}

static void
put_term(struct instead *n, const struct spf_term *t)
{
	const struct spf_tree *tree = &n->run->out->spf;
	const struct spf_node *below = child_of(tree, n->top, t);

	if (below != NULL && n->chosen[below - tree->nodes]) {
		put_networks(tree, below, &n->record);
		return;
	}
	buf_char(&n->record, ' ');
	if (t->kind == SPF_ALL && (t->qualifier == '+' || t->qualifier == '?')) {
		buf_str(&n->record, "~all");
	} else {
		struct sv meant =
		    t->kind == SPF_OTHER ? audit_spf_meant(n->run, t->text) : (struct sv){ 0 };

		buf_sv(&n->record, meant.n > 0 ? meant : t->text);
	}
}

static void
write_record(struct instead *n, bool one_at_least)
{
	const struct spf_record *r = &n->top->record;
	bool ends = r->all != NULL;

	for (size_t i = 0; i < r->n; i++) {
		if (!is_left_out(n, &r->terms[i])) {
			n->lookups += cost_of(n, &r->terms[i]);
			ends = ends || r->terms[i].kind == SPF_REDIRECT;
		} else if (!spf_term_is_repeated(r, &r->terms[i])) {
			buf_str(&n->without, n->without.n > 0 ? ", " : "");
			buf_sv(&n->without, r->terms[i].text);
		}
	}
	choose(n, one_at_least);
	buf_str(&n->record, "v=spf1");
	put_addresses(n);
	for (size_t i = 0; i < r->n; i++) {
		if (!is_left_out(n, &r->terms[i])) {
			put_term(n, &r->terms[i]);
		}
	}
	buf_str(&n->record, ends ? "" : " ~all");
}

static struct sv
note_of(struct instead *n)
{
	return audit_text(n->run, "%u look-up%s%s%s%s%s%s", n->lookups, n->lookups == 1 ? "" : "s",
	    n->lookups > SPF_LOOKUPS_MAX ? ", still too many: take out services, or give them "
					   "subdomains of their own"
					 : "",
	    n->without.n > 0 ? "; left out: " : "", n->without.n > 0 ? n->without.p : "",
	    n->flat.n > 0 ? "; written out, to be repeated whenever their addresses change: " : "",
	    n->flat.n > 0 ? n->flat.p : "");
}

/* False: it is the one that is there, or too long. */
static bool
make(struct audit_run *run, bool one_at_least, struct sv *record_out, struct sv *note_out)
{
	struct instead n = { .run = run, .top = &run->out->spf.nodes[0] };
	bool ok;

	buf_init(&n.record, FLAT_BYTES_MAX);
	buf_init(&n.without, 200);
	buf_init(&n.flat, 200);
	write_record(&n, one_at_least);
	ok = !n.record.cut && !sv_ieq(buf_view(&n.record), n.top->text);
	if (ok) {
		*record_out = arena_sv(run->arena, buf_view(&n.record));
		*note_out = note_of(&n);
	}
	buf_done(&n.record);
	buf_done(&n.without);
	buf_done(&n.flat);
	return ok;
}

void
audit_spf_instead(struct audit_run *run)
{
	struct audit *a = run->out;
	struct sv flat = { 0 };
	struct sv flat_note = { 0 };
	struct sv record = { 0 };
	struct sv note = { 0 };

	if (a->pending || a->spf.n == 0 || a->spf.nodes[0].found != SPF_PASS || a->spf.cut) {
		return;
	}
	(void)make(run, true, &flat, &flat_note);
	(void)make(run, false, &record, &note);
	for (size_t i = 0; i < a->n; i++) {
		struct finding *f = &a->findings[i];

		if (f->id > FINDING_spf_ip_not_passed || f->name.n == 0 || f->value.n > 0) {
			continue;
		}
		f->value = f->id == FINDING_spf_flatten ? flat : record;
		f->note = f->id == FINDING_spf_flatten ? flat_note : note;
		f->name = f->value.n > 0 ? f->name : (struct sv){ 0 };
	}
}
