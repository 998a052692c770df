/* SPDX-License-Identifier: Apache-2.0 */

/* The tree of includes as a check that matches nothing walks it, with its costs. */

#include "auth/spf_private.h"

#define VOIDS_KEPT_MAX 64
#define DEPTH_MAX      20

struct walk {
	struct book *book;
	struct arena *arena;
	struct spf_tree *tree;
	unsigned asked;
};

static void
note_void(struct walk *w, const struct spf_term *t, struct sv domain)
{
	struct spf_tree *tree = w->tree;

	if (tree->n_voids < VOIDS_KEPT_MAX) {
		tree->voids[tree->n_voids++] = (struct spf_void){ domain, t->text };
	}
}

/* Do a and mx terms find anything?  Neither in IPv4 nor in IPv6: void for every client. */
static void
look_at_target(struct walk *w, const struct spf_term *t, struct sv domain)
{
	struct sv name = t->domain.n == 0 ? domain : t->domain;
	const struct dns_answer *a;
	const struct dns_answer *b;

	if (spf_has_macro(name) ||
	    (t->kind != SPF_A && t->kind != SPF_MX && t->kind != SPF_EXISTS)) {
		return;
	}
	a = book_ask(w->book, t->kind == SPF_MX ? DNS_MX : DNS_A, name);
	b = t->kind == SPF_A ? book_ask(w->book, DNS_AAAA, name) : a;
	if (a == NULL || b == NULL) {
		w->tree->pending = true;
	} else if (dns_is_void(a) && dns_is_void(b)) {
		note_void(w, t, domain);
	}
}

/* Stands the domain in the tree already?  (Then its terms are not listed again, but cost again.) */
static const struct spf_node *
seen_before(const struct spf_tree *tree, struct sv domain, size_t before)
{
	for (size_t i = 0; i < before; i++) {
		if (sv_ieq(tree->nodes[i].domain, domain)) {
			return &tree->nodes[i];
		}
	}
	return NULL;
}

/* Addresses that pass, and an end that does not: only those can be written out elsewhere. */
static bool
can_be_flat(const struct spf_term *t)
{
	switch (t->kind) {
	case SPF_IP4:
	case SPF_IP6:
	case SPF_INCLUDE:
		return t->qualifier == '+';
	case SPF_ALL:
		return t->qualifier != '+';
	case SPF_REDIRECT:
	case SPF_EXP:
	case SPF_OTHER:
		return true;
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS:
		break;
	}
	return false;
}

static int walk_node(struct walk *w, struct sv domain, struct sv via, int parent);

static void
walk_child(struct walk *w, int at, const struct spf_term *t)
{
	struct spf_tree *tree = w->tree;
	int child = walk_node(w, t->domain, t->text, at);
	struct spf_node *node = &tree->nodes[at];
	const struct spf_node *below;

	if (child < 0) {
		node->flat = false;
		return;
	}
	below = &tree->nodes[child];
	node->total += below->total;
	node->networks += below->networks;
	node->flat &= below->flat;
}

static void
walk_terms(struct walk *w, int at)
{
	struct spf_node *node = &w->tree->nodes[at];
	const struct spf_record *r = &node->record;

	for (size_t i = 0; i < r->n; i++) { /* ask all before going down */
		const struct spf_term *t = &r->terms[i];

		if (spf_term_is_idle(r, t) || !spf_term_asks(t)) {
			continue;
		}
		if (w->asked++ >= SPF_ASKS_MAX) { /* or there is nothing left for other questions */
			w->tree->cut = true;
			break;
		}
		look_at_target(w, t, node->domain);
		if ((t->kind == SPF_INCLUDE || t->kind == SPF_REDIRECT) &&
		    !spf_has_macro(t->domain)) {
			(void)book_ask(w->book, DNS_TXT, t->domain);
		}
	}
	for (size_t i = 0; i < r->n; i++) {
		const struct spf_term *t = &r->terms[i];
		bool counts = spf_term_asks(t);

		if (spf_term_is_idle(r, t)) {
			continue;
		}
		node->own += counts;
		node->total += counts;
		node->networks += t->kind == SPF_IP4 || t->kind == SPF_IP6;
		node->flat &= can_be_flat(t);
		if (counts && (t->kind == SPF_INCLUDE || t->kind == SPF_REDIRECT)) {
			walk_child(w, at, t);
		}
	}
}

/* The index of the node, -1 when the tree is full. */
static int
walk_node(struct walk *w, struct sv domain, struct sv via, int parent)
{
	struct spf_tree *tree = w->tree;
	int at = (int)tree->n;
	struct spf_node *node;
	const struct spf_node *before;

	if (tree->n == SPF_NODES_MAX || w->asked > SPF_ASKS_MAX) {
		tree->cut = true;
		return -1;
	}
	(void)sv_drop_tail(&domain, SV("."));
	before = seen_before(tree, domain, tree->n);
	node = &tree->nodes[tree->n++];
	*node = (struct spf_node){ .domain = domain, .via = via, .parent = parent, .flat = true };
	node->depth = parent < 0 ? 0 : tree->nodes[parent].depth + 1;
	if (spf_has_macro(domain)) {
		node->macro = true;
		node->flat = false;
		node->found = SPF_PASS;
		return at;
	}
	node->again = before != NULL;
	node->found = spf_find(w->book, domain, &node->text, &node->reason);
	if (node->found == SPF_PENDING) {
		tree->pending = true;
	}
	if (node->found == SPF_PASS && !spf_record_read(node->text, w->arena, &node->record)) {
		node->found = SPF_PERMERROR;
		node->reason = node->record.fault;
	}
	if (node->found != SPF_PASS || node->depth > DEPTH_MAX) {
		node->flat = false;
		return at;
	}
	/* An ancestor of its own would never end; a second look costs what the first one did. */
	if (before != NULL) {
		node->own = before->own;
		node->total = before->total;
		node->networks = before->networks;
		node->flat = before->flat;
		return at;
	}
	walk_terms(w, at);
	return at;
}

void
spf_tree(struct book *book, struct arena *arena, struct sv domain, struct spf_tree *out)
{
	struct walk w = { book, arena, out, 0 };

	*out = (struct spf_tree){ 0 };
	out->nodes = arena_alloc(arena, SPF_NODES_MAX * sizeof(*out->nodes));
	out->voids = arena_alloc(arena, VOIDS_KEPT_MAX * sizeof(*out->voids));
	if (out->nodes == NULL || out->voids == NULL) {
		*out = (struct spf_tree){ .cut = true };
		return;
	}
	(void)walk_node(&w, domain, (struct sv){ 0 }, -1);
	out->lookups = out->nodes[0].total;
}
