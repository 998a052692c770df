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

/* ---- mechanisms ---- */

static enum spf_match
count_void(struct spf_run *run, bool is_void)
{
	return is_void && ++run->out->voids > SPF_VOIDS_MAX ? SPF_MATCH_WRONG : SPF_NO_MATCH;
}

static enum spf_match
match_a(struct spf_run *run, const struct spf_term *t, struct sv name)
{
	bool is_void;
	enum spf_match m = spf_host_matches(run, name, t, &is_void);

	return m == SPF_NO_MATCH ? count_void(run, is_void) : m;
}

static enum spf_match
match_exists(struct spf_run *run, struct sv name)
{
	const struct dns_answer *a = book_ask(run->book, DNS_A, name); /* A, over IPv6 too */

	if (a == NULL) {
		return SPF_MATCH_PENDING;
	}
	if (dns_is_unknown(a)) {
		return SPF_MATCH_UNKNOWN;
	}
	return a->n > 0 ? SPF_MATCH : count_void(run, true);
}

static enum spf_match
match_mx(struct spf_run *run, const struct spf_term *t, struct sv name)
{
	const struct dns_answer *a = book_ask(run->book, DNS_MX, name);
	enum spf_match worst = SPF_NO_MATCH;

	if (a == NULL) {
		return SPF_MATCH_PENDING;
	}
	if (dns_is_unknown(a)) {
		return SPF_MATCH_UNKNOWN;
	}
	if (a->n > SPF_HOSTS_MAX) {
		return SPF_MATCH_WRONG;
	}
	if (a->n == 0) {
		return count_void(run, true);
	}
	for (size_t i = 0; i < a->n; i++) { /* all are asked before one is waited for */
		bool ignore;
		enum spf_match m = a->records[i].data.n == 0
				       ? SPF_NO_MATCH
				       : spf_host_matches(run, a->records[i].data, t, &ignore);

		if (worst == SPF_NO_MATCH) {
			worst = m;
		}
	}
	return worst;
}

static enum spf_match
match_ptr(struct spf_run *run, struct sv name)
{
	struct spf_names names;

	spf_client_names(run, &names);
	if (names.pending) {
		return SPF_MATCH_PENDING;
	}
	for (size_t i = 0; i < names.n; i++) {
		if (name_is_within(names.name[i], name)) {
			return SPF_MATCH;
		}
	}
	return count_void(run, names.is_void);
}

enum spf_match
spf_match_lookup(struct spf_run *run, const struct spf_term *t, struct sv name)
{
	return t->kind == SPF_A     ? match_a(run, t, name)
	       : t->kind == SPF_MX  ? match_mx(run, t, name)
	       : t->kind == SPF_PTR ? match_ptr(run, name)
				    : match_exists(run, name);
}
