/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/words.h"

/* `domain` is `parent` or below it. */
static bool
is_under(struct sv domain, struct sv parent)
{
	return sv_iends(domain, parent) &&
	       (domain.n == parent.n || domain.p[domain.n - parent.n - 1] == '.');
}

static bool
is_one_of(struct sv domain, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (domain.n > 0 && is_under(domain, sv_from(list[i]))) {
			return true;
		}
	}
	return false;
}

const struct service *
service_by_domain(const struct report_words *w, struct sv dkim_domain, struct sv spf_domain)
{
	for (size_t i = 0; i < w->n_services; i++) {
		const struct service *s = &w->services[i];

		if (is_one_of(dkim_domain, s->dkim, s->n_dkim)) {
			return s;
		}
	}
	for (size_t i = 0; i < w->n_services; i++) {
		const struct service *s = &w->services[i];

		if (is_one_of(spf_domain, s->spf, s->n_spf)) {
			return s;
		}
	}
	return NULL;
}

static bool
is_in(const struct network *n, const unsigned char *ip, size_t ip_bytes)
{
	size_t whole = n->bits / 8;
	unsigned rest = n->bits % 8;

	return n->ip_bytes == ip_bytes && memcmp(n->ip, ip, whole) == 0 &&
	       (rest == 0 || ((n->ip[whole] ^ ip[whole]) >> (8 - rest)) == 0);
}

const struct service *
service_by_address(const struct report_words *w, const unsigned char *ip, size_t ip_bytes)
{
	for (size_t i = 0; i < w->n_services; i++) {
		for (size_t k = 0; k < w->services[i].n_networks; k++) {
			if (is_in(&w->services[i].networks[k], ip, ip_bytes)) {
				return &w->services[i];
			}
		}
	}
	return NULL;
}

const struct tls_words *
tls_words_of(const struct report_words *w, struct sv result)
{
	for (size_t i = 0; i < w->n_results; i++) {
		if (sv_eq(result, sv_from(w->results[i].result))) {
			return &w->results[i];
		}
	}
	return NULL;
}

size_t
report_words_senders(const struct report_words *w, const char *const **out)
{
	*out = w->senders;
	return w->n_senders;
}
