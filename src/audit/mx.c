/* SPDX-License-Identifier: Apache-2.0 */

/* Who takes mail for the domain: MX, null MX (RFC 7505), addresses, DANE (RFC 7672). */

#include "audit/private.h"

#include <stdlib.h>

static int
by_preference(const void *a, const void *b)
{
	const struct audit_mx *x = a;
	const struct audit_mx *y = b;

	return x->preference != y->preference ? (x->preference < y->preference ? -1 : 1)
					      : sv_cmp(x->host, y->host);
}

/* Usages 2 and 3 only, known selectors and digests of the right length: RFC 7672 section 3.1. */
static bool
tlsa_is_usable(struct sv d)
{
	static const size_t lengths[] = { 0, 32, 64 };
	unsigned char usage = d.n < 4 ? 255 : (unsigned char)d.p[0];
	unsigned char selector = d.n < 4 ? 255 : (unsigned char)d.p[1];
	unsigned char digest = d.n < 4 ? 255 : (unsigned char)d.p[2];

	return (usage == 2 || usage == 3) && selector <= 1 && digest <= 2 &&
	       (lengths[digest] == 0 || d.n - 3 == lengths[digest]);
}

static void
check_tlsa(struct audit_run *run, const struct audit_mx *mx)
{
	size_t usable = 0;

	if (mx->tlsa == NULL || mx->tlsa->n == 0) {
		return;
	}
	for (size_t i = 0; i < mx->tlsa->n; i++) {
		usable += tlsa_is_usable(mx->tlsa->records[i].data);
	}
	if (usable == 0) {
		(void)audit_find(run, FINDING_dane_unusable, mx->host,
		    "none of %zu TLSA records can be used", mx->tlsa->n);
	}
}

static void
check_host(struct audit_run *run, struct audit_mx *mx)
{
	struct ip ip;

	if (ip_read(mx->host, &ip)) {
		(void)audit_find(run, FINDING_mx_is_address, mx->host, NULL);
		return;
	}
	mx->a = audit_ask(run, DNS_A, mx->host);
	mx->aaaa = audit_ask(run, DNS_AAAA, mx->host);
	mx->tlsa = audit_ask_below(run, DNS_TLSA, "_25._tcp", mx->host);
	if (mx->a == NULL || mx->aaaa == NULL) {
		return;
	}
	if (dns_is_void(mx->a) && dns_is_void(mx->aaaa)) {
		(void)audit_find(run, FINDING_mx_no_address, mx->host, NULL);
	} else if (mx->a->aliases > 0 || mx->aaaa->aliases > 0) {
		(void)audit_find(run, FINDING_mx_alias, mx->host, NULL);
	}
	check_tlsa(run, mx);
}

/* A subdomain can use the mail host of its organisation. */
static void
like_the_organisation(struct audit_run *run, struct finding *f)
{
	struct sv org = run->out->dmarc.tree.org;
	const struct dns_answer *a;

	if (org.n == 0 || sv_ieq(org, run->q->domain)) {
		return;
	}
	a = audit_ask(run, DNS_MX, org);
	if (a != NULL && a->n > 0 && a->records[0].data.n > 0) {
		f->type = "MX";
		f->name = run->q->domain;
		f->value = audit_text(
		    run, "%u %.*s.", a->records[0].preference, SV_ARG(a->records[0].data));
		f->note =
		    audit_text(run, "the mail host of %.*s, which must then take mail for %.*s",
			SV_ARG(org), SV_ARG(run->q->domain));
	}
}

void
audit_mx(struct audit_run *run)
{
	struct audit *out = run->out;
	const struct dns_answer *a = audit_ask(run, DNS_MX, run->q->domain);
	const struct dns_answer *address = audit_ask(run, DNS_A, run->q->domain);
	size_t nulls = 0;

	out->mx_answer = a;
	if (a == NULL || address == NULL || dns_is_unknown(a)) {
		return;
	}
	if (a->n == 0) {
		like_the_organisation(
		    run, audit_find(run, FINDING_mx_missing, run->q->domain, "%s",
			     address->n > 0
				 ? "mail goes to the address of the domain itself (RFC 5321)"
				 : "there is no address either: nobody can answer this mail"));
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		if (a->records[i].data.n == 0) {
			nulls++;
			continue;
		}
		if (out->n_mx == AUDIT_MX_MAX) {
			out->n_mx_lost++;
			continue;
		}
		out->mx[out->n_mx++] = (struct audit_mx){ .host = a->records[i].data,
			.preference = a->records[i].preference };
	}
	if (nulls > 0) {
		(void)audit_find(run, out->n_mx > 0 ? FINDING_mx_null_mixed : FINDING_mx_null,
		    run->q->domain, NULL);
	}
	qsort(out->mx, out->n_mx, sizeof(out->mx[0]), by_preference);
	for (size_t i = 0; i < out->n_mx; i++) {
		check_host(run, &out->mx[i]);
	}
}
