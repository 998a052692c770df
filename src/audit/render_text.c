/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/render.h"

void
audit_pad_to(struct buf *out, size_t line_start, size_t column)
{
	do {
		buf_char(out, ' ');
	} while (out->n - line_start < column);
}

/* ---- what is there ---- */

/* The terms of one record that ask and lead to no other record. */
static void
put_terms(const struct spf_node *n, struct buf *out)
{
	for (size_t i = 0; i < n->record.n; i++) {
		const struct spf_term *t = &n->record.terms[i];
		size_t start = out->n;

		if (spf_term_asks(t) && t->kind != SPF_INCLUDE && t->kind != SPF_REDIRECT &&
		    !spf_term_is_idle(&n->record, t)) {
			buf_fmt(out, "    %*s", (int)(2 * n->depth + 2), "");
			buf_printable(out, t->text, 60);
			audit_pad_to(out, start, 56);
			buf_str(out, "costs 1\n");
		}
	}
}

static void
put_tree(const struct audit *a, struct buf *out)
{
	put_terms(&a->spf.nodes[0], out);
	for (size_t i = 1; i < a->spf.n; i++) {
		const struct spf_node *n = &a->spf.nodes[i];
		size_t start = out->n;

		buf_fmt(out, "    %*s", (int)(2 * n->depth), "");
		buf_printable(out, n->via, 60);
		audit_pad_to(out, start, 56);
		if (n->macro) {
			buf_str(out, "depends on the message\n");
			continue;
		}
		if (n->found != SPF_PASS) {
			buf_fmt(out, "%s\n", n->reason == NULL ? "?" : n->reason);
			continue;
		}
		buf_fmt(out, "costs %u, %u network%s%s\n", n->total + 1, n->networks,
		    n->networks == 1 ? "" : "s",
		    n->again  ? ", again"
		    : n->flat ? ", addresses only"
			      : "");
		if (!n->again) {
			put_terms(n, out);
		}
	}
	if (a->spf.cut) {
		buf_fmt(out,
		    "    ... not all of it was looked at: more than %d records or %d terms\n",
		    SPF_NODES_MAX, SPF_ASKS_MAX);
	}
}

static void
put_spf(const struct audit *a, struct buf *out)
{
	const struct spf_node *top = &a->spf.nodes[0];

	buf_str(out, "\nSPF       ");
	if (a->spf.n == 0 || top->found != SPF_PASS) {
		buf_fmt(out, "%s\n", a->spf.n == 0 || top->reason == NULL ? "none" : top->reason);
		if (a->spf.n > 0 && top->record.fault != NULL) {
			audit_put_field(out, "record", top->text);
		}
		return;
	}
	buf_fmt(
	    out, "%u of %d look-ups, %zu void\n", a->spf.lookups, SPF_LOOKUPS_MAX, a->spf.n_voids);
	audit_put_field(out, "record", top->text);
	if (a->parked) {
		audit_put_field(out, "means", SV("nobody sends mail for this domain"));
	}
	put_tree(a, out);
}

static void
put_view(const struct dmarc_view *v, const char *label, struct buf *out)
{
	buf_fmt(out, "    %-14s organisation ", label);
	buf_printable(out, v->org, 80);
	if (v->found == DMARC_RECORD) {
		buf_str(out, ", record of ");
		buf_printable(out, v->domain, 80);
		if (v->policy <= DMARC_REJECT && v->policy >= DMARC_NONE) {
			buf_fmt(out, ", policy %s (%s)\n", dmarc_policy_name(v->policy), v->tag);
		} else {
			buf_str(out, ", no policy that counts\n");
		}
	} else {
		buf_fmt(out, ", %s\n",
		    v->found == DMARC_SEVERAL   ? "several records: none counts"
		    : v->found == DMARC_UNKNOWN ? "not seen"
						: "no record");
	}
}

static void
put_dmarc(const struct audit *a, struct buf *out)
{
	buf_str(out, "\nDMARC\n");
	audit_put_field(out, "record", a->dmarc.tree.record.text);
	put_view(&a->dmarc.tree, "tree walk", out);
	put_view(&a->dmarc.suffix, "suffix list", out);
}

static void
put_addresses(const struct dns_answer *a, struct buf *out)
{
	for (size_t i = 0; a != NULL && i < a->n; i++) {
		struct ip ip = { .n = (unsigned)a->records[i].data.n };

		memcpy(ip.b, a->records[i].data.p, ip.n);
		buf_char(out, ' ');
		ip_print(&ip, out);
	}
}

static void
put_mx(const struct audit *a, struct buf *out)
{
	if (a->n_mx == 0 && a->mx_answer != NULL && a->mx_answer->n > 0) {
		buf_str(out, "\nMX        null MX: the domain takes no mail\n");
		return;
	}
	buf_fmt(out, "\nMX        %zu host%s\n", a->n_mx, a->n_mx == 1 ? "" : "s");
	if (a->n_mx_lost > 0) {
		buf_fmt(out, "    and %zu more, which are not looked at\n", a->n_mx_lost);
	}
	for (size_t i = 0; i < a->n_mx; i++) {
		const struct audit_mx *m = &a->mx[i];

		buf_fmt(out, "    %-5u ", m->preference);
		buf_printable(out, m->host, 80);
		put_addresses(m->a, out);
		put_addresses(m->aaaa, out);
		if (m->tlsa != NULL && m->tlsa->n > 0) {
			buf_fmt(out, "  TLSA %zu%s", m->tlsa->n,
			    m->tlsa->authentic ? "" : " (this resolver does not validate)");
		}
		buf_char(out, '\n');
	}
}

static void
put_policy(const char *label, const struct audit_policy_record *p, struct buf *out)
{
	buf_fmt(out, "%-10s", label);
	if (p->text.n > 0) {
		buf_printable(out, p->text, 80);
	} else {
		buf_str(out, p->unknown ? "not seen" : "none");
	}
	buf_char(out, '\n');
}

static void
put_ips(const struct audit *a, struct buf *out)
{
	for (size_t i = 0; i < a->n_ips; i++) {
		const struct audit_ip *row = &a->ips[i];

		buf_str(out, i == 0 ? "\nADDRESSES\n    " : "    ");
		ip_print(&row->ip, out);
		buf_str(out, "  ");
		if (row->name.n > 0) {
			buf_printable(out, row->name, 80);
		} else {
			buf_str(out, "no name");
		}
		buf_fmt(out, "%s, SPF %s", row->confirmed ? " (leads back)" : "",
		    spf_result_name(row->spf.result));
		if (row->spf.mechanism.n > 0) {
			buf_str(out, " by ");
			buf_printable(out, row->spf.mechanism, 60);
		}
		buf_char(out, '\n');
	}
}

void
audit_render_text(const struct audit *a, const struct audit_texts *t, struct buf *out)
{
	buf_printable(out, a->domain, 0);
	buf_str(out, "  ");
	audit_render_counts(a, t, out);
	put_spf(a, out);
	audit_render_keys(a, out);
	put_dmarc(a, out);
	put_mx(a, out);
	put_ips(a, out);
	buf_char(out, '\n');
	put_policy("MTA-STS", &a->sts, out);
	put_policy("TLS-RPT", &a->tlsrpt, out);
	put_policy("BIMI", &a->bimi, out);
	audit_render_findings(a, t, out);
}
