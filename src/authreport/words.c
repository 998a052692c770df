/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/words.h"

#include "base/num.h"
#include "knowledge/yaml.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_MAX    ((size_t)4 * 1024 * 1024)
#define SERVICES_MAX 1000
#define RESULTS_MAX  100
#define SENDERS_MAX  100

struct sender {
	const char *domain, *why;
};

struct loading {
	struct yaml y; /* first: yaml_read_text() takes it */
	struct report_words *w;
};

/* ---- readers of values ---- */

static bool
read_kind(void *context, struct fy_node *n, void *field)
{
	struct loading *l = context;
	struct sv s = { 0 };

	if (!yaml_sv(&l->y, n, &s)) {
		return false;
	}
	*(bool *)field = sv_eq(s, SV("forwarder"));
	return sv_eq(s, SV("forwarder")) || sv_eq(s, SV("service")) ||
	       yaml_fail(&l->y, n, "expected service or forwarder");
}

static bool
read_dkim(void *context, struct fy_node *n, void *object)
{
	struct service *s = object;

	return yaml_strings(context, n, 1, &s->dkim, &s->n_dkim);
}

static bool
read_spf(void *context, struct fy_node *n, void *object)
{
	struct service *s = object;

	return yaml_strings(context, n, 1, &s->spf, &s->n_spf);
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

	if (!yaml_strings(&l->y, n, 1, &texts, &s->n_networks)) {
		return false;
	}
	list = arena_alloc(l->w->arena, s->n_networks * sizeof(*list));
	for (size_t i = 0; list != NULL && i < s->n_networks; i++) {
		if (!network_of(sv_from(texts[i]), &list[i])) {
			return yaml_fail(
			    &l->y, n, "'%s': expected a network such as 192.0.2.0/24", texts[i]);
		}
	}
	s->networks = list;
	return list != NULL || yaml_fail(&l->y, n, "out of memory");
}

static const struct yaml_key service_keys[] = {
	{ "id", yaml_read_text, true, offsetof(struct service, id) },
	{ "name", yaml_read_text, true, offsetof(struct service, name) },
	{ "kind", read_kind, true, offsetof(struct service, forwarder) },
	{ "dkim", read_dkim, true, 0 },
	{ "spf", read_spf, true, 0 },
	{ "networks", read_networks, false, 0 },
	{ "do", yaml_read_text, true, offsetof(struct service, does) },
	{ "sources", yaml_read_sources, true, 0 },
};

static bool
read_service(void *context, struct fy_node *n, void *object)
{
	struct loading *l = context;

	(void)object;
	if (l->w->n_services == SERVICES_MAX) {
		return yaml_fail(&l->y, n, "more than %d services", SERVICES_MAX);
	}
	return yaml_mapping(&l->y, n, service_keys, sizeof(service_keys) / sizeof(service_keys[0]),
	    l, &l->w->services[l->w->n_services++]);
}

static const struct yaml_key result_keys[] = {
	{ "result", yaml_read_text, true, offsetof(struct tls_words, result) },
	{ "says", yaml_read_text, true, offsetof(struct tls_words, says) },
	{ "do", yaml_read_text, true, offsetof(struct tls_words, does) },
};

static bool
read_result(void *context, struct fy_node *n, void *object)
{
	struct loading *l = context;

	(void)object;
	if (l->w->n_results == RESULTS_MAX) {
		return yaml_fail(&l->y, n, "more than %d results", RESULTS_MAX);
	}
	return yaml_mapping(&l->y, n, result_keys, sizeof(result_keys) / sizeof(result_keys[0]), l,
	    &l->w->results[l->w->n_results++]);
}

static const struct yaml_key sender_keys[] = {
	{ "domain", yaml_read_text, true, offsetof(struct sender, domain) },
	{ "why", yaml_read_text, true, offsetof(struct sender, why) },
	{ "sources", yaml_read_sources, true, 0 },
};

static bool
read_sender(void *context, struct fy_node *n, void *object)
{
	struct loading *l = context;
	struct sender s = { 0 };

	(void)object;
	if (l->w->n_senders == SENDERS_MAX) {
		return yaml_fail(&l->y, n, "more than %d senders", SENDERS_MAX);
	}
	if (!yaml_mapping(
		&l->y, n, sender_keys, sizeof(sender_keys) / sizeof(sender_keys[0]), l, &s)) {
		return false;
	}
	l->w->senders[l->w->n_senders++] = s.domain;
	return true;
}

static bool
read_senders(void *context, struct fy_node *n, void *object)
{
	return yaml_each(context, n, read_sender, context, object);
}

static bool
read_services(void *context, struct fy_node *n, void *object)
{
	return yaml_each(context, n, read_service, context, object);
}

static bool
read_results(void *context, struct fy_node *n, void *object)
{
	return yaml_each(context, n, read_result, context, object);
}

/* ---- files ---- */

static enum err
load_file(struct report_words *w, const char *share, const char *name, const struct yaml_key *key,
    struct why *why)
{
	struct loading l = { .w = w };
	struct buf path;
	enum err e;

	buf_init(&path, 0);
	buf_fmt(&path, "%s/reports/%s", share, name);
	e = yaml_file_read(&l.y, path.p, w->arena, &(struct yaml_table){ key, 1, &l, w }, why);
	buf_done(&path);
	return e;
}

enum err
report_words_load(const char *share, struct report_words **out, struct why *why)
{
	static const struct yaml_key services = { "services", read_services, true, 0 };
	static const struct yaml_key results = { "results", read_results, true, 0 };
	static const struct yaml_key senders = { "senders", read_senders, true, 0 };
	struct report_words *w = mem_new(1, sizeof(*w));
	enum err e;

	w->arena = arena_new(ARENA_MAX);
	w->services = arena_alloc(w->arena, SERVICES_MAX * sizeof(*w->services));
	w->results = arena_alloc(w->arena, RESULTS_MAX * sizeof(*w->results));
	w->senders = arena_alloc(w->arena, SENDERS_MAX * sizeof(*w->senders));
	e = load_file(w, share, "services.yaml", &services, why);
	e = e == ERR_OK ? load_file(w, share, "senders.yaml", &senders, why) : e;
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
