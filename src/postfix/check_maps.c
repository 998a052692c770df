/* SPDX-License-Identifier: Apache-2.0 */

/* Maps that can stop all mail, and the ladder of transports. */

#include "postfix/private.h"

#include <stdio.h>

#define ROUTES "transport_maps"

/* Maps without which trivial-rewrite, cleanup or smtpd cannot go on. */
static const char *const lists[] = { ROUTES, "sender_dependent_default_transport_maps",
	"sender_dependent_relayhost_maps", "virtual_alias_maps", "virtual_alias_domains",
	"virtual_mailbox_maps", "virtual_mailbox_domains", "relay_domains", "relay_recipient_maps",
	"canonical_maps", "sender_canonical_maps", "recipient_canonical_maps", "relocated_maps",
	"local_recipient_maps", "mydestination" };

/* Types that are a file of their own beside the text, and its ending. */
static const struct {
	const char *type, *ending;
} files[] = {
	{ "hash", ".db" },
	{ "btree", ".db" },
	{ "lmdb", ".lmdb" },
	{ "cdb", ".cdb" },
	{ "dbm", ".pag" },
	{ "texthash", "" },
	{ "regexp", "" },
	{ "pcre", "" },
	{ "cidr", "" },
};

const char *
map_ending(struct sv type)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (sv_eq(type, sv_from(files[i].type))) {
			return files[i].ending;
		}
	}
	return "";
}

static void
check_file(const struct look *l, const char *list, struct sv type, struct sv path)
{
	char name[1024];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!sv_eq(type, sv_from(files[i].type))) {
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s%s", SV_ARG(path), files[i].ending);
		if (!l->live->exists(name)) {
			look_add(l, CHECK_map_absent, sv_from(list), "%s", name);
		}
	}
}

static void
check_map(const struct look *l, const char *list, struct sv element)
{
	struct sv rest = element;
	struct sv type;

	(void)sv_take(&rest, SV("proxy:"));
	if (!sv_cut(&rest, ':', &type) || type.n == 0 || sv_starts(type, SV("/"))) {
		return; /* a name, a pattern, a file of names */
	}
	if (sv_eq(type, SV("socketmap")) || sv_eq(type, SV("tcp"))) {
		look_add(l, CHECK_map_fails_closed, sv_from(list), "%.*s", SV_ARG(element));
	}
	if (l->live == NULL) {
		return;
	}
	if (l->live->map_types.n > 0 && !list_has(buf_view(&l->live->map_types), type)) {
		look_add(l, CHECK_map_type_unknown, sv_from(list), "%.*s", SV_ARG(element));
		return;
	}
	check_file(l, list, type, rest);
}

static void
check_list(const struct look *l, const char *list)
{
	struct sv v = postconf_value(l->c, list);
	struct sv e;

	while (postconf_element(&v, &e)) {
		check_map(l, list, e);
	}
}

/* ---- the ladder ---- */

static void
expect(const struct look *l, const char *transport, const char *what, unsigned n, const char *unit)
{
	char name[96];
	char want[32];
	const struct postconf_parameter *p;

	(void)snprintf(name, sizeof(name), "%s_destination_%s", transport, what);
	(void)snprintf(want, sizeof(want), "%u%s", n, unit);
	p = postconf_parameter(l->c, sv_from(name));
	if (p == NULL || !sv_eq(p->value, sv_from(want))) {
		look_add(l, CHECK_rung_limits, sv_from(name), "%.*s; expected %s",
		    SV_ARG(p == NULL ? SV("not set") : p->value), want);
	}
}

static void
expect_feedback(const struct look *l, const char *transport, const char *kind, const char *want)
{
	char name[80];
	const struct postconf_parameter *p;

	(void)snprintf(
	    name, sizeof(name), "%s_destination_concurrency_%s_feedback", transport, kind);
	p = postconf_parameter(l->c, sv_from(name));
	if (p == NULL || !sv_eq(p->value, sv_from(want))) {
		look_add(l, CHECK_rung_limits, sv_from(name), "%.*s; expected %s",
		    SV_ARG(p == NULL ? SV("not set") : p->value), want);
	}
}

static void
check_ladder(const struct look *l)
{
	size_t n;
	const struct rung *r = ladder(&n);

	if (postconf_service(l->c, SV(PAUSE), SV("unix")) == NULL) {
		look_add(l, CHECK_rung_missing, SV(PAUSE), "not in master.cf");
	}
	for (size_t i = 0; i < n; i++) {
		if (postconf_service(l->c, sv_from(r[i].transport), SV("unix")) == NULL) {
			look_add(
			    l, CHECK_rung_missing, sv_from(r[i].transport), "not in master.cf");
		} else if (r[i].delay_s > 0) {
			expect(l, r[i].transport, "rate_delay", r[i].delay_s, "s");
		} else {
			expect(l, r[i].transport, "concurrency_limit", r[i].connections, "");
			expect_feedback(l, r[i].transport, "positive", LADDER_MORE);
			expect_feedback(l, r[i].transport, "negative", LADDER_LESS);
		}
	}
}

void
check_maps(const struct look *l)
{
	struct sv routes = postconf_value(l->c, ROUTES);
	struct sv ours = sv_from(l->at->map);
	struct sv last = { 0 };
	struct sv e;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		check_list(l, lists[i]);
	}
	if (postconf_service(l->c, SV("retry"), SV("unix")) == NULL) {
		look_add(l, CHECK_retry_missing, SV("retry"), "not in master.cf");
	}
	if (!list_has(routes, ours)) {
		look_add(l, CHECK_map_missing, SV(ROUTES), "%.*s", SV_ARG(routes));
		return;
	}
	while (postconf_element(&routes, &e)) {
		last = e;
	}
	if (!sv_eq(last, ours)) {
		look_add(l, CHECK_map_not_last, SV(ROUTES), "%.*s",
		    SV_ARG(postconf_value(l->c, ROUTES)));
	}
	check_ladder(l);
}
