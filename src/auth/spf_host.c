/* SPDX-License-Identifier: Apache-2.0 */

/* Addresses of names, and names of the client's address (sections 5.3 to 5.5, 7.3). */

#include "auth/spf_private.h"

static bool
address_matches(const struct ip *ip, const struct dns_record *r, const struct spf_term *t)
{
	unsigned bits = ip->n == 4 ? t->bits4 : t->bits6;

	return r->data.n == ip->n && ip_in_net(ip, (const unsigned char *)r->data.p, ip->n, bits);
}

enum spf_match
spf_host_matches(struct spf_run *run, struct sv host, const struct spf_term *t, bool *void_out)
{
	const struct dns_answer *a =
	    book_ask(run->book, run->q->ip.n == 4 ? DNS_A : DNS_AAAA, host);

	*void_out = false;
	if (a == NULL) {
		return SPF_MATCH_PENDING;
	}
	if (dns_is_unknown(a)) {
		return SPF_MATCH_UNKNOWN;
	}
	*void_out = dns_is_void(a);
	for (size_t i = 0; i < a->n; i++) {
		if (address_matches(&run->q->ip, &a->records[i], t)) {
			return SPF_MATCH;
		}
	}
	return SPF_NO_MATCH;
}

void
spf_client_names(struct spf_run *run, struct spf_names *out)
{
	static const struct spf_term exact = { .bits4 = 32, .bits6 = 128 };
	const struct dns_answer *a;
	struct buf name;

	*out = (struct spf_names){ 0 };
	buf_init(&name, 0);
	ip_reverse_name(&run->q->ip, &name);
	a = book_ask(run->book, DNS_PTR, buf_view(&name));
	buf_done(&name);
	if (a == NULL) {
		out->pending = true;
		return;
	}
	out->is_void = dns_is_void(a);
	for (size_t i = 0; i < a->n && i < SPF_HOSTS_MAX; i++) {
		bool ignore;
		enum spf_match m = spf_host_matches(run, a->records[i].data, &exact, &ignore);

		/* A name whose look-up fails is passed over, section 5.5. */
		out->pending |= m == SPF_MATCH_PENDING;
		if (m == SPF_MATCH) {
			out->name[out->n++] = a->records[i].data;
		}
	}
}
