/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/render.h"

#include <stdio.h>

#define WIDTH        100
#define STRING_BYTES 255 /* of a string in a TXT record */
#define TEXT_SHOWN   1000

void
audit_pad_to(struct buf *out, size_t line_start, size_t column)
{
	while (out->n - line_start < column) {
		buf_char(out, ' ');
	}
}

/* Words from column `indent` on, the first line from where we are. */
static void
put_wrapped(struct buf *out, struct sv text, size_t at, size_t indent)
{
	while (text.n > 0) {
		struct sv word;

		if (!sv_cut(&text, ' ', &word)) {
			word = text;
			text = (struct sv){ 0 };
		}
		if (at > indent && at + 1 + word.n > WIDTH) {
			buf_fmt(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			buf_char(out, ' ');
			at++;
		}
		buf_sv(out, word);
		at += word.n;
	}
	buf_char(out, '\n');
}

static void
put_field(struct buf *out, const char *label, struct sv text)
{
	struct buf clean;

	if (text.n == 0) {
		return;
	}
	buf_init(&clean, 0);
	buf_printable(&clean, text, TEXT_SHOWN);
	buf_fmt(out, "    %-9s ", label);
	put_wrapped(out, buf_view(&clean), 14, 14);
	buf_done(&clean);
}

/* The value as it stands in a zone file: strings of at most 255 bytes. */
static void
put_record(struct buf *out, const struct finding *f)
{
	struct sv rest = f->value;

	if (f->value.n == 0) {
		return;
	}
	buf_fmt(out, "    publish   ");
	buf_printable(out, f->name, 0);
	buf_str(out, ". TXT");
	while (rest.n > 0) {
		struct sv piece = sv_head(rest, STRING_BYTES);

		buf_str(out, f->value.n > STRING_BYTES ? "\n              \"" : " \"");
		buf_printable(out, piece, 0);
		buf_char(out, '"');
		rest = sv_from_at(rest, piece.n);
	}
	buf_char(out, '\n');
}

/* ---- what is there ---- */

static void
put_tree(const struct audit *a, struct buf *out)
{
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
	}
	if (a->spf.cut) {
		buf_fmt(out, "    ... more than %d records\n", SPF_NODES_MAX);
	}
}

static void
put_spf(const struct audit *a, struct buf *out)
{
	const struct spf_node *top = &a->spf.nodes[0];

	buf_str(out, "\nSPF       ");
	if (a->spf.n == 0 || (top->found != SPF_PASS && top->text.n == 0)) {
		buf_fmt(out, "%s\n", a->spf.n == 0 || top->reason == NULL ? "none" : top->reason);
		return;
	}
	buf_fmt(
	    out, "%u of %d look-ups, %zu void\n", a->spf.lookups, SPF_LOOKUPS_MAX, a->spf.n_voids);
	put_field(out, "record", top->text);
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
		buf_fmt(out, ", policy %s (%s)\n", dmarc_policy_name(v->policy), v->tag);
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
	put_field(out, "record", a->dmarc.tree.record.text);
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
	buf_fmt(out, "\nMX        %zu host%s\n", a->n_mx, a->n_mx == 1 ? "" : "s");
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

/* ---- what is wrong ---- */

static void
put_finding(const struct finding *f, const struct finding_text *text, struct buf *out)
{
	size_t start = out->n;

	buf_fmt(out, "\n%-9s ", severity_name(text->severity));
	put_wrapped(out, sv_from(text->says), out->n - start - 1, 10);
	put_field(out, "which", f->about);
	put_field(out, "detail", f->detail);
	if (text->who != NULL && strcmp(text->who, "all") != 0) {
		put_field(out, "who", sv_from(text->who));
	}
	put_field(out, "why", sv_from(text->why));
	put_field(out, "do", sv_from(text->does));
	put_record(out, f);
}

void
audit_render_counts(const struct audit *a, const struct audit_texts *t, struct buf *out)
{
	size_t count[SEVERITY_UNSEEN + 1] = { 0 };

	for (size_t i = 0; i < a->n; i++) {
		count[t->findings[a->findings[i].id].severity]++;
	}
	buf_fmt(out, "%zu broken, %zu at risk, %zu advice, %zu unseen\n", count[SEVERITY_BROKEN],
	    count[SEVERITY_RISK], count[SEVERITY_ADVICE], count[SEVERITY_UNSEEN]);
}

/* The worst first. */
void
audit_render_findings(const struct audit *a, const struct audit_texts *t, struct buf *out)
{
	for (unsigned s = SEVERITY_BROKEN; s <= SEVERITY_UNSEEN; s++) {
		for (size_t i = 0; i < a->n; i++) {
			const struct finding_text *text = &t->findings[a->findings[i].id];

			if (text->severity == (enum severity)s) {
				put_finding(&a->findings[i], text, out);
			}
		}
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
