/* SPDX-License-Identifier: Apache-2.0 */

/* Where Postfix asks carom: the status filter, and the policy service at the door. */

#include "base/num.h"
#include "postfix/private.h"

#include <stdio.h>

#define FILTER "smtp_delivery_status_filter"
#define DOOR   "smtpd_recipient_restrictions"

void
filter_setting(const struct postfix_places *at, struct buf *out)
{
	buf_fmt(out, "socketmap:unix:%s:status", at->status_socket);
}

void
door_setting(const struct postfix_places *at, struct buf *out)
{
	buf_fmt(out,
	    "check_policy_service { unix:%s, timeout=2s, try_limit=1, default_action=DUNNO }",
	    at->policy_socket);
}

/*
 * '-' stands for yes in the services of a Postfix before 3.0, and of a later one whose
 * compatibility_level is still 0.
 */
static bool
in_chroot(const struct postconf *c, const struct postconf_service *s)
{
	struct sv level = postconf_value(c, "compatibility_level");

	return s->chroot == 'y' || (s->chroot == '-' && (level.n == 0 || sv_eq(level, SV("0"))));
}

/* A service in a chroot sees the socket below the queue folder only. */
static void
check_chroot(
    const struct look *l, const struct postconf_service *s, const char *socket, enum check_id id)
{
	struct sv queue = postconf_value(l->c, "queue_directory");
	char inside[1024];

	(void)snprintf(inside, sizeof(inside), "%.*s%s", SV_ARG(queue), socket);
	if (in_chroot(l->c, s) && (l->live == NULL || !l->live->exists(inside))) {
		look_add(l, id, s->name, "type %.*s: %s is not there", SV_ARG(s->type), inside);
	}
}

/* ---- the status filter ---- */

static void
check_filter_service(const struct look *l, const struct postconf_service *s, struct sv ours)
{
	struct sv v;

	if (!sv_eq(s->command, SV("smtp"))) {
		return;
	}
	if (postconf_option(s, SV(FILTER), &v) && !sv_eq(v, ours)) {
		look_add(l, CHECK_filter_shadowed, s->name, "-o " FILTER "=%.*s", SV_ARG(v));
	} else {
		check_chroot(l, s, l->at->status_socket, CHECK_filter_chroot);
	}
}

static void
check_filter_live(const struct look *l)
{
	const struct live_socket *s = &l->live->status;

	if (!s->answers) {
		look_add(l, CHECK_filter_silent, sv_from(l->at->status_socket), "%s", s->trouble);
	}
	if (s->open) {
		look_add(l, CHECK_socket_open, sv_from(l->at->status_socket), "others may write");
	}
}

void
check_filter(const struct look *l)
{
	struct sv v = postconf_value(l->c, FILTER);
	struct buf ours;

	buf_init(&ours, 4096);
	filter_setting(l->at, &ours);
	if (sv_eq(v, SV("$default_delivery_status_filter"))) { /* not expanded */
		v = postconf_value(l->c, "default_delivery_status_filter");
	}
	if (v.n == 0) {
		look_add(l, CHECK_filter_missing, SV(FILTER), "not set");
	} else if (!sv_eq(v, buf_view(&ours))) {
		look_add(l, CHECK_filter_other, SV(FILTER), "%.*s", SV_ARG(v));
	} else {
		for (size_t i = 0; i < l->c->n_services; i++) {
			check_filter_service(l, &l->c->services[i], buf_view(&ours));
		}
		if (l->live != NULL) {
			check_filter_live(l);
		}
	}
	buf_done(&ours);
}

/* ---- the policy service ---- */

static const struct sv permits[] = { SV_INIT("permit"), SV_INIT("permit_mynetworks"),
	SV_INIT("permit_sasl_authenticated"), SV_INIT("permit_auth_destination"),
	SV_INIT("permit_tls_clientcerts"), SV_INIT("permit_tls_all_clientcerts"),
	SV_INIT("permit_inet_interfaces") };

struct door {
	bool found;
	struct sv entry;  /* with its braces */
	struct sv before; /* a permit in front of it; empty: none */
};

static struct door
find_door(struct sv list, const char *socket)
{
	struct door d = { 0 };
	struct sv e;

	while (postconf_element(&list, &e)) {
		struct sv whole = e;
		struct sv part;

		for (size_t i = 0; i < sizeof(permits) / sizeof(permits[0]); i++) {
			if (sv_eq(e, permits[i]) && d.before.n == 0) {
				d.before = e;
			}
		}
		if (postconf_part(&e, &part) && sv_take(&part, SV("unix:")) &&
		    sv_eq(part, sv_from(socket))) {
			d.entry = whole;
			d.found = true;
			return d;
		}
	}
	return (struct door){ 0 };
}

/* The value of an option in the braces, else of the parameter for all policy services. */
static struct sv
door_option(const struct look *l, const struct door *d, const char *name, const char *parameter)
{
	struct sv e = d->entry;
	struct sv part;

	while (postconf_part(&e, &part)) {
		struct sv key;

		if (sv_cut(&part, '=', &key) && sv_eq(sv_trim(key), sv_from(name))) {
			return sv_trim(part);
		}
	}
	return postconf_value(l->c, parameter);
}

static void
check_door_entry(const struct look *l, const struct door *d)
{
	struct sv action =
	    door_option(l, d, "default_action", "smtpd_policy_service_default_action");
	struct sv timeout = door_option(l, d, "timeout", "smtpd_policy_service_timeout");
	struct sv tries = door_option(l, d, "try_limit", "smtpd_policy_service_try_limit");
	struct sv rest = timeout;
	uint32_t n = 0;

	if (!sv_ieq(action, SV("dunno"))) {
		look_add(l, CHECK_policy_default_action, SV(DOOR), "%.*s", SV_ARG(action));
	}
	if (!num_take_u32(&rest, UINT32_MAX, &n) || n > 10 ||
	    !(rest.n == 0 || sv_eq(rest, SV("s"))) || !sv_eq(tries, SV("1"))) {
		look_add(l, CHECK_policy_timeout, SV(DOOR), "timeout %.*s, tries %.*s",
		    SV_ARG(timeout), SV_ARG(tries));
	}
	if (d->before.n > 0) {
		look_add(l, CHECK_policy_late, SV(DOOR), "%.*s", SV_ARG(d->before));
	}
}

static void
check_door_service(const struct look *l, const struct postconf_service *s)
{
	struct sv v;

	if (!sv_eq(s->command, SV("smtpd"))) {
		return;
	}
	if (postconf_option(s, SV(DOOR), &v) && !find_door(v, l->at->policy_socket).found) {
		look_add(l, CHECK_policy_shadowed, s->name, "-o " DOOR "=%.*s", SV_ARG(v));
	} else {
		check_chroot(l, s, l->at->policy_socket, CHECK_policy_chroot);
	}
}

void
check_door(const struct look *l)
{
	static const char *const lists[] = { DOOR, "smtpd_relay_restrictions",
		"smtpd_sender_restrictions", "smtpd_helo_restrictions",
		"smtpd_client_restrictions" };
	struct door d = { 0 };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && !d.found; i++) {
		d = find_door(postconf_value(l->c, lists[i]), l->at->policy_socket);
	}
	if (!d.found) {
		look_add(l, CHECK_policy_missing, SV(DOOR), "no check_policy_service unix:%s",
		    l->at->policy_socket);
		return;
	}
	check_door_entry(l, &d);
	for (size_t i = 0; i < l->c->n_services; i++) {
		check_door_service(l, &l->c->services[i]);
	}
	if (l->live != NULL && !l->live->policy.answers) {
		look_add(l, CHECK_policy_silent, sv_from(l->at->policy_socket), "%s",
		    l->live->policy.trouble);
	}
	if (l->live != NULL && l->live->policy.open) {
		look_add(l, CHECK_socket_open, sv_from(l->at->policy_socket), "others may write");
	}
}
