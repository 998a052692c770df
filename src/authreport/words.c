/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/authreport.h"
#include "base/num.h"
#include "knowledge/yaml.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_MAX    ((size_t)4 * 1024 * 1024)
#define SERVICES_MAX 1000
#define RESULTS_MAX  100

struct network {
	unsigned char ip[16];
	size_t ip_bytes; /* 4, 16 */
	unsigned bits;
};

struct report_words {
	struct arena *arena;      /* owned */
	struct service *services; /* in the arena */
	size_t n_services;
	struct tls_words *results; /* in the arena */
	size_t n_results;
};

struct loading {
	struct report_words *w;
	struct yaml *y;
};

/* ---- readers of values ---- */

static bool
read_text(void *context, struct fy_node *n, void *field)
{
	return yaml_string(((struct loading *)context)->y, n, field);
}

static bool
read_kind(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	struct sv s = { 0 };

	if (!yaml_sv(l->y, n, &s)) {
		return false;
	}
	*(bool *)field = sv_eq(s, SV("forwarder"));
	return sv_eq(s, SV("forwarder")) || sv_eq(s, SV("service")) ||
	       yaml_fail(l->y, n, "expected service or forwarder");
}

static bool
read_dkim(void *context, struct fy_node *n, void *object)
{
	struct service *s = object;

	return yaml_strings(((struct loading *)context)->y, n, 1, &s->dkim, &s->n_dkim);
}

static bool
read_spf(void *context, struct fy_node *n, void *object)
{
	struct service *s = object;

	return yaml_strings(((struct loading *)context)->y, n, 1, &s->spf, &s->n_spf);
}

static bool
read_sources(void *context, struct fy_node *n, void *object)
{
	const char **list;
	size_t count;

	(void)object;
	return yaml_strings(((struct loading *)context)->y, n, 1, &list, &count);
}

/* "192.0.2.0/24" */
static bool
network_of(struct sv s, struct network *out)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct sv ip;
	uint32_t bits;

	if (!sv_cut(&s, '/', &ip) || ip.n >= sizeof(text) || !num_u32(s, 128, &bits)) {
		return false;
	}
	memcpy(text, ip.p, ip.n);
	text[ip.n] = '\0';
	out->ip_bytes = sv_chr(ip, ':') >= 0 ? 16 : 4;
	out->bits = bits;
	return bits <= 8 * out->ip_bytes &&
	       inet_pton(out->ip_bytes == 4 ? AF_INET : AF_INET6, text, out->ip) == 1;
}

static bool
read_networks(void *context, struct fy_node *n, void *object)
{
	struct loading *l = context;
	struct service *s = object;
	struct network *list;
	const char **texts;

	if (!yaml_strings(l->y, n, 1, &texts, &s->n_networks)) {
		return false;
	}
	list = arena_alloc(l->w->arena, s->n_networks * sizeof(*list));
	for (size_t i = 0; list != NULL && i < s->n_networks; i++) {
		if (!network_of(sv_from(texts[i]), &list[i])) {
			return yaml_fail(
			    l->y, n, "'%s': expected a network such as 192.0.2.0/24", texts[i]);
		}
	}
	s->networks = list;
	return list != NULL || yaml_fail(l->y, n, "out of memory");
}

static const struct yaml_key service_keys[] = {
	{ "id", read_text, true, offsetof(struct service, id) },
	{ "name", read_text, true, offsetof(struct service, name) },
	{ "kind", read_kind, true, offsetof(struct service, forwarder) },
	{ "dkim", read_dkim, true, 0 },
	{ "spf", read_spf, true, 0 },
	{ "networks", read_networks, false, 0 },
	{ "do", read_text, true, offsetof(struct service, does) },
	{ "sources", read_sources, true, 0 },
};

static bool
read_service(void *context, struct fy_node *n, void *object)
{
	struct loading *l = context;

	(void)object;
	if (l->w->n_services == SERVICES_MAX) {
		return yaml_fail(l->y, n, "more than %d services", SERVICES_MAX);
	}
	return yaml_mapping(l->y, n, service_keys, sizeof(service_keys) / sizeof(service_keys[0]),
	    l, &l->w->services[l->w->n_services++]);
}

static const struct yaml_key result_keys[] = {
	{ "result", read_text, true, offsetof(struct tls_words, result) },
	{ "says", read_text, true, offsetof(struct tls_words, says) },
	{ "do", read_text, true, offsetof(struct tls_words, does) },
};

static bool
read_result(void *context, struct fy_node *n, void *object)
{
	struct loading *l = context;

	(void)object;
	if (l->w->n_results == RESULTS_MAX) {
		return yaml_fail(l->y, n, "more than %d results", RESULTS_MAX);
	}
	return yaml_mapping(l->y, n, result_keys, sizeof(result_keys) / sizeof(result_keys[0]), l,
	    &l->w->results[l->w->n_results++]);
}

static bool
read_services(void *context, struct fy_node *n, void *object)
{
	return yaml_each(((struct loading *)context)->y, n, read_service, context, object);
}

static bool
read_results(void *context, struct fy_node *n, void *object)
{
	return yaml_each(((struct loading *)context)->y, n, read_result, context, object);
}

/* ---- files ---- */

static enum err
load_file(struct report_words *w, const char *share, const char *name, const struct yaml_key *key,
    struct why *why)
{
	struct yaml y = { 0 };
	struct loading l = { w, &y };
	struct buf path;
	enum err e;

	buf_init(&path, 0);
	buf_fmt(&path, "%s/reports/%s", share, name);
	e = yaml_file_read(&y, path.p, w->arena, &(struct yaml_table){ key, 1, &l, w }, why);
	buf_done(&path);
	return e;
}

enum err
report_words_load(const char *share, struct report_words **out, struct why *why)
{
	static const struct yaml_key services = { "services", read_services, true, 0 };
	static const struct yaml_key results = { "results", read_results, true, 0 };
	struct report_words *w = mem_new(1, sizeof(*w));
	enum err e;

	w->arena = arena_new(ARENA_MAX);
	w->services = arena_alloc(w->arena, SERVICES_MAX * sizeof(*w->services));
	w->results = arena_alloc(w->arena, RESULTS_MAX * sizeof(*w->results));
	e = load_file(w, share, "services.yaml", &services, why);
	e = e == ERR_OK ? load_file(w, share, "tls.yaml", &results, why) : e;
	if (e != ERR_OK) {
		report_words_free(&w);
		return e;
	}
	*out = w;
	return ERR_OK;
}

void
report_words_free(struct report_words **pw)
{
	if (*pw != NULL) {
		arena_free(&(*pw)->arena);
		free(*pw);
		*pw = NULL;
	}
}

/* ---- finding ---- */

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
