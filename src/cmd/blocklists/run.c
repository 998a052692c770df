/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/blocklists/private.h"
#include "net/dns.h"

#include <stdlib.h>
#include <time.h>

#define KEYS_BYTES_MAX ((size_t)64 * 1024)
#define DNS_TIMEOUT_MS 3000
#define HEALTH_LASTS_S 86400
#define WAIT_MOST_US   US_PER_SECOND

/* ---- keys: lines of NAME VALUE ---- */

static bool
read_key(struct blocklists_session *s, struct sv line, unsigned number)
{
	struct key_line *k = &s->keys[s->n_keys];
	struct sv value = line;

	if (line.n == 0 || line.p[0] == '#') {
		return true;
	}
	/* The value is never shown, wrong or right. */
	if (!sv_cut(&value, ' ', &k->name) || (value = sv_trim(value)).n == 0 ||
	    value.n > LIST_KEY_MAX || !name_is_valid(value)) {
		cmd_complain("blocklists",
		    "%s:%u: expected 'NAME KEY', the key in letters and digits", s->args->keys,
		    number);
		return false;
	}
	if (s->n_keys + 1 == sizeof(s->keys) / sizeof(s->keys[0])) {
		cmd_complain("blocklists", "%s:%u: too many keys", s->args->keys, number);
		return false;
	}
	k->name = arena_sv(s->arena, k->name);
	k->value = arena_cstr(s->arena, value);
	s->n_keys++;
	return true;
}

static bool
read_keys(struct blocklists_session *s)
{
	struct buf text;
	struct why why;
	struct sv rest;
	struct sv line;
	unsigned number = 0;
	bool ok = true;

	if (s->args->keys == NULL) {
		return true;
	}
	buf_init(&text, KEYS_BYTES_MAX);
	if (file_read(s->args->keys, &text, &why) != ERR_OK) {
		cmd_complain("blocklists", "%s", why.text);
		ok = false;
	}
	rest = buf_view(&text);
	while (ok && rest.n > 0) {
		if (!sv_cut(&rest, '\n', &line)) {
			line = rest;
			rest.n = 0;
		}
		ok = read_key(s, sv_trim(line), ++number);
	}
	if (text.n > 0) { /* not left in freed memory */
		explicit_bzero(text.p, text.n);
	}
	buf_done(&text);
	return ok;
}

static const char *
find_key(const struct blocklists_session *s, const char *name)
{
	for (size_t i = 0; i < s->n_keys; i++) {
		if (sv_eq(s->keys[i].name, sv_from(name))) {
			return s->keys[i].value;
		}
	}
	return NULL;
}

/* ---- zones ---- */

static void
choose(const struct blocklists_session *s, struct check_zone *z, bool by_name)
{
	const struct blocklist *l = z->list;

	z->key = l->key == NULL ? NULL : find_key(s, l->key);
	if (l->status == LIST_DEAD || l->status == LIST_PRIVATE) {
		z->says = l->policy != NULL ? l->policy : list_status_name(l->status);
	} else if (l->instead != NULL && !by_name) {
		z->says = "another list holds its data";
	} else if (l->key != NULL && z->key == NULL) {
		z->says = "no key for it (--keys)";
	}
	if (z->says != NULL) {
		z->health = HEALTH_NOT_ASKED;
	} else if (s->store != NULL && store_health_good_s(s->store, sv_from(l->zone)) >
					   s->ctx->now_us / US_PER_SECOND - HEALTH_LASTS_S) {
		z->health = HEALTH_GOOD;
	}
}

static bool
choose_zones(struct blocklists_session *s)
{
	s->zones = mem_new(s->lists->n + 1, sizeof(*s->zones));
	if (s->args->n_zones == 0) {
		for (size_t i = 0; i < s->lists->n; i++) {
			s->zones[s->n_zones].list = &s->lists->all[i];
			choose(s, &s->zones[s->n_zones++], false);
		}
	}
	for (size_t i = 0; i < s->args->n_zones; i++) {
		const struct blocklist *l = blocklist_find(s->lists, sv_from(s->args->zones[i]));

		if (l == NULL) {
			cmd_complain("blocklists",
			    "--zone %s: no such list; carom blocklists --help", s->args->zones[i]);
			return false;
		}
		s->zones[s->n_zones].list = l;
		choose(s, &s->zones[s->n_zones++], true);
	}
	return true;
}

/* ---- asking ---- */

static int64_t
clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * US_PER_SECOND + t.tv_nsec / 1000;
}

static void
on_answer(void *context, uint64_t id, const struct dns_answer *a)
{
	list_check_answer(context, id, a);
}

static void
ask_all(struct blocklists_session *s, struct dns_client *dns)
{
	const struct dns_asker asker = { on_answer, s->round };
	const int64_t end = clock_us() + (int64_t)s->args->timeout_s * US_PER_SECOND;

	for (;;) {
		int64_t now = clock_us();
		int64_t until = INT64_MAX;
		struct check_question q;
		enum check_step step = CHECK_WAIT;

		if (now >= end) {
			s->late = true;
			return;
		}
		if (dns_client_under_way(dns) < DNS_AT_ONCE_MAX) {
			step = list_check_next(s->round, now, &q, &until);
		}
		if (step == CHECK_DONE) {
			return;
		}
		if (step == CHECK_ASK) {
			dns_client_ask(dns, q.type, q.name, &asker, q.id);
			continue;
		}
		until = until < end ? until : end;
		dns_client_wait(dns, until - now < WAIT_MOST_US ? until - now : WAIT_MOST_US);
	}
}

bool
blocklists_run(struct blocklists_session *s)
{
	const struct dns_options opt = {
		.resolver = s->args->resolver,
		.timeout_ms = DNS_TIMEOUT_MS,
		.tries = 1, /* a second try is the plan's: it counts for the rate */
		.key = s->ctx->key,
	};
	struct dns_client *dns = NULL;
	struct why why;

	if (!read_keys(s) || !choose_zones(s)) {
		return false;
	}
	if (dns_client_new(&opt, &dns, &why) != ERR_OK) {
		cmd_complain("blocklists", "name server: %s", why.text);
		return false;
	}
	s->round = list_check_new(
	    &(struct check_options){ s->lists, s->zones, s->n_zones, s->targets, s->n_targets });
	ask_all(s, dns);
	/* The round must outlive its questions. */
	dns_client_free(&dns);
	return true;
}
