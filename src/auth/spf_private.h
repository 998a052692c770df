/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_SPF_PRIVATE_H
#define CAROM_AUTH_SPF_PRIVATE_H

/* What the files of SPF share; nobody else includes this. */

#include "auth/spf.h"

struct spf_run {
	struct book *book;   /* borrowed */
	struct arena *arena; /* borrowed */
	const struct spf_question *q;
	struct sv local, sender_domain, sender; /* %{l} %{o} %{s} */
	struct spf_verdict *out;
	bool pending;
};

/* Is it a macro-string?  `exp`: c, r, t and blanks may stand in it. */
bool spf_macro_is_valid(struct sv s, bool exp);
/* Is it a domain-spec: a macro-string that ends in a macro or a top label? */
bool spf_domain_is_valid(struct sv s);
bool spf_has_macro(struct sv s);
/* Expands a valid macro-string; false: an answer for %{p} is missing. */
bool spf_expand(struct spf_run *run, struct sv s, struct sv domain, struct buf *out);
/* The same as a name to ask: without trailing dot, shortened from the left to 253 bytes. */
bool spf_expand_name(struct spf_run *run, struct sv s, struct sv domain, struct sv *out);

/* The names of the client's address that lead back to it, at most SPF_HOSTS_MAX are tried. */
struct spf_names {
	struct sv name[SPF_HOSTS_MAX];
	size_t n;
	bool pending;
	bool is_void; /* the address has no name */
};
void spf_client_names(struct spf_run *run, struct spf_names *out);
/* Has the name an address equal to the client's in the first `bits` bits?  */
enum spf_match {
	SPF_NO_MATCH,
	SPF_MATCH,
	SPF_MATCH_UNKNOWN, /* temperror */
	SPF_MATCH_WRONG,   /* permerror */
	SPF_MATCH_PENDING,
};
enum spf_match spf_host_matches(
    struct spf_run *run, struct sv host, const struct spf_term *t, bool *void_out);
/* a, mx, ptr or exists, with its name expanded; counts void terms. */
enum spf_match spf_match_lookup(struct spf_run *run, const struct spf_term *t, struct sv name);

#endif
