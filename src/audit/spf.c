/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/private.h"

#include <stdio.h>

#define LOOKUPS_NEAR      9
#define LOOKUPS_FLATTEN   7   /* from here on it is worth saying what can be written out */
#define RECORD_BYTES_LONG 450 /* RFC 7208 section 3.4: the whole answer should fit 512 */
#define WIDE_BITS4        16

/* ---- nothing usable at the top ---- */

static void
suggest_record(struct audit_run *run, struct finding *f)
{
	const struct audit_request *q = run->q;
	struct buf b;

	buf_init(&b, 0);
	buf_str(&b, "v=spf1");
	for (size_t i = 0; i < q->n_ips; i++) {
		buf_fmt(&b, " ip%d:", q->ips[i].n == 4 ? 4 : 6);
		ip_print(&q->ips[i], &b);
	}
	buf_str(&b, " mx ~all");
	f->name = q->domain;
	f->value = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
}

/* Records that people take for SPF and receivers do not. */
static bool
look_alikes(struct audit_run *run, const struct dns_answer *a)
{
	bool any = false;

	for (size_t i = 0; i < a->n; i++) {
		struct sv text = a->records[i].data;
		const char *wrong = NULL;

		if (spf_is_record(text)) {
			continue;
		}
		if (sv_istarts(text, SV("spf2.0"))) {
			wrong = "Sender ID (spf2.0) is dead: nobody reads it";
		} else if (sv_istarts(text, SV("v=spf1"))) {
			wrong = "there must be a blank behind v=spf1";
		} else if (sv_ifind(sv_head(text, 12), SV("v=spf1")) > 0) {
			wrong = "v=spf1 must come first, with nothing before it, no quotes and no "
				"blanks";
		} else if (sv_ifind(sv_head(text, 12), SV("spf1")) >= 0) {
			wrong = "a record begins with v=spf1";
		}
		if (wrong != NULL) {
			(void)audit_find(
			    run, FINDING_spf_look_alike, sv_head(text, 60), "%s", wrong);
			any = true;
		}
	}
	return any;
}

static void
top_is_unusable(struct audit_run *run, const struct spf_node *top)
{
	const struct dns_answer *a = audit_ask(run, DNS_TXT, run->q->domain);

	if (a == NULL || top->found == SPF_TEMPERROR) {
		return; /* said by dns_unknown */
	}
	if (top->found == SPF_PERMERROR && top->record.fault != NULL) {
		(void)audit_find(
		    run, FINDING_spf_syntax, top->record.fault_at, "%s", top->record.fault);
	} else if (top->found == SPF_PERMERROR) {
		(void)audit_find(run, FINDING_spf_several, run->q->domain, NULL);
	} else if (!look_alikes(run, a)) {
		suggest_record(run, audit_find(run, FINDING_spf_missing, run->q->domain, NULL));
	}
}

/* ---- the tree ---- */

static bool
is_ancestor(const struct spf_tree *t, const struct spf_node *n)
{
	for (int at = n->parent; at >= 0; at = t->nodes[at].parent) {
		if (sv_ieq(t->nodes[at].domain, n->domain)) {
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
			(void)audit_find(run, FINDING_spf_include_broken, n->via, "%.*s: %s",
			    SV_ARG(n->domain), n->reason);
		} else if (is_ancestor(t, n)) {
			(void)audit_find(run, FINDING_spf_loop, n->via, "in the record of %.*s",
			    SV_ARG(t->nodes[n->parent].domain));
		} else if (n->again) {
			(void)audit_find(run, FINDING_spf_duplicate, n->via,
			    "%.*s is in the tree already, and costs %u again", SV_ARG(n->domain),
			    n->total + 1);
		}
	}
}

static void
check_lookups(struct audit_run *run, const struct spf_node *top)
{
	const struct spf_tree *t = &run->out->spf;
	enum finding_id id = FINDING_spf_flatten;
	unsigned saves;
	struct sv flat = audit_spf_flat(run, &saves);
	struct finding *f;

	if (t->lookups > SPF_LOOKUPS_MAX) {
		id = FINDING_spf_lookups;
	} else if (t->lookups >= LOOKUPS_NEAR) {
		id = FINDING_spf_lookups_near;
	} else if (saves == 0 || t->lookups < LOOKUPS_FLATTEN) {
		return;
	}
	f = audit_find(run, id, top->domain, "%u look-ups of %d", t->lookups, SPF_LOOKUPS_MAX);
	if (saves > 0) {
		f->detail = audit_text(run,
		    "%u look-ups of %d; writing includes out saves %u, and must be repeated "
		    "whenever "
		    "those addresses change",
		    t->lookups, SPF_LOOKUPS_MAX, saves);
		f->name = top->domain;
		f->value = flat;
	}
}

static void
check_voids(struct audit_run *run)
{
	const struct spf_tree *t = &run->out->spf;

	for (size_t i = 0; i < t->n_voids; i++) {
		(void)audit_find(run,
		    t->n_voids > SPF_VOIDS_MAX ? FINDING_spf_voids : FINDING_spf_void,
		    t->voids[i].term, "in the record of %.*s", SV_ARG(t->voids[i].domain));
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
		top_is_unusable(run, top);
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
