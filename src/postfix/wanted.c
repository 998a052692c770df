/* SPDX-License-Identifier: Apache-2.0 */
#include "postfix/wanted.h"

#include "postfix/private.h"

#include <stdio.h>
#include <stdlib.h>

#define FILTER   "smtp_delivery_status_filter"
#define DOOR     "smtpd_recipient_restrictions"
#define ROUTES   "transport_maps"
#define NAME_MAX 96

static char *
text_of(struct sv s)
{
	return mem_dup(s.p == NULL ? "" : s.p, s.n);
}

/* value.p NULL: it is to go. */
static void
add(struct wanted *w, const struct wanted_row *row, struct sv value, struct sv present)
{
	LIST_ROOM(w->rows, w->n, w->room);
	w->rows[w->n] = *row;
	w->rows[w->n].name = mem_dup(row->name, strlen(row->name));
	w->rows[w->n].value = value.p == NULL ? NULL : text_of(value);
	w->rows[w->n].present = text_of(present);
	w->n++;
}

static struct sv
raw_of(const struct postconf *c, const char *name)
{
	const struct postconf_parameter *p = postconf_parameter(c, sv_from(name));

	return p == NULL || !p->set ? SV("") : p->raw;
}

/* ---- to be there ---- */

static void
want_filter(const struct postconf *c, const struct postfix_places *at, struct wanted *out)
{
	struct wanted_row row = { WANTED_PARAMETER, .name = (char[]){ FILTER },
		.why = "Postfix asks what a refusal is worth before it returns the mail." };
	struct sv present = postconf_value(c, FILTER);
	struct buf b;

	buf_init(&b, 4096);
	filter_setting(at, &b);
	if (sv_eq(present, SV("$default_delivery_status_filter"))) {
		present = postconf_value(c, "default_delivery_status_filter");
	}
	row.state = present.n == 0                 ? WANTED_MISSING
		    : sv_eq(present, buf_view(&b)) ? WANTED_THERE
						   : WANTED_CONFLICT;
	add(out, &row, buf_view(&b), present);
	buf_done(&b);
}

static bool
names_socket(struct sv list, const char *socket)
{
	struct sv e;

	while (postconf_element(&list, &e)) {
		struct sv part;

		if (postconf_part(&e, &part) && sv_take(&part, SV("unix:")) &&
		    sv_eq(part, sv_from(socket))) {
			return true;
		}
	}
	return false;
}

/* In front of what is there: a permit behind it must not hide it. */
static void
want_door(const struct postconf *c, const struct postfix_places *at, struct wanted *out)
{
	struct wanted_row row = { WANTED_PARAMETER, .name = (char[]){ DOOR },
		.why = "Suppressed recipients are refused before the mail is taken." };
	struct sv present = raw_of(c, DOOR);
	struct buf b;

	buf_init(&b, 0);
	door_setting(at, &b);
	if (present.n > 0) {
		buf_str(&b, ", ");
		buf_sv(&b, present);
	}
	row.state = names_socket(postconf_value(c, DOOR), at->policy_socket) ? WANTED_THERE
									     : WANTED_MISSING;
	add(out, &row, buf_view(&b), present);
	buf_done(&b);
}

/* Behind what is there: a route of the administrator's own wins. */
static void
want_routes(const struct postconf *c, const struct postfix_places *at, struct wanted *out)
{
	struct wanted_row row = {
		WANTED_PARAMETER, .name = (char[]){ ROUTES },
		.why =
		    "carom moves a provider to another rung, or pauses it, by its row in this map."
	};
	struct sv present = raw_of(c, ROUTES);
	struct buf b;

	buf_init(&b, 0);
	if (present.n > 0) {
		buf_sv(&b, present);
		buf_char(&b, ' ');
	}
	buf_str(&b, at->map);
	row.state =
	    list_has(postconf_value(c, ROUTES), sv_from(at->map)) ? WANTED_THERE : WANTED_MISSING;
	add(out, &row, buf_view(&b), present);
	buf_done(&b);
}

static void
want_parameter(const struct postconf *c, const char *name, const char *value, const char *why,
    struct wanted *out)
{
	char copy[NAME_MAX];
	struct wanted_row row = { WANTED_PARAMETER, .name = copy, .why = why };
	struct sv present = postconf_value(c, name);
	const struct postconf_parameter *p = postconf_parameter(c, sv_from(name));

	(void)snprintf(copy, sizeof(copy), "%s", name);
	row.state =
	    p != NULL && p->set && sv_eq(present, sv_from(value)) ? WANTED_THERE : WANTED_MISSING;
	add(out, &row, sv_from(value), raw_of(c, name));
}

static void
want_service(const struct postconf *c, const char *name, const char *line, const char *why,
    struct wanted *out)
{
	char full[NAME_MAX];
	struct wanted_row row = { WANTED_SERVICE, .name = full, .why = why };

	(void)snprintf(full, sizeof(full), "%s/unix", name);
	row.state =
	    postconf_service(c, sv_from(name), SV("unix")) != NULL ? WANTED_THERE : WANTED_MISSING;
	add(out, &row, sv_from(line), SV(""));
}

static void
want_rung(const struct postconf *c, const struct rung *r, struct wanted *out)
{
	char name[NAME_MAX];
	char text[256];

	(void)snprintf(text, sizeof(text),
	    "%s unix - - n - - smtp -o syslog_name=postfix/%s "
	    "-o smtp_connection_reuse_count_limit=20",
	    r->transport, r->transport);
	want_service(c, r->transport, text, "A rung of the ladder.", out);
	if (r->delay_s > 0) { /* one delivery at a time by itself */
		(void)snprintf(name, sizeof(name), "%s_destination_rate_delay", r->transport);
		(void)snprintf(text, sizeof(text), "%us", r->delay_s);
		want_parameter(c, name, text, "Seconds between deliveries on this rung.", out);
		return;
	}
	(void)snprintf(name, sizeof(name), "%s_destination_concurrency_limit", r->transport);
	(void)snprintf(text, sizeof(text), "%u", r->connections);
	want_parameter(c, name, text, "Connections at once on this rung.", out);
	(void)snprintf(name, sizeof(name), "%s_initial_destination_concurrency", r->transport);
	want_parameter(c, name, text, "Connections to begin with on this rung.", out);
	(void)snprintf(
	    name, sizeof(name), "%s_destination_concurrency_positive_feedback", r->transport);
	want_parameter(
	    c, name, LADDER_MORE, "One connection more after some that were refused.", out);
	(void)snprintf(
	    name, sizeof(name), "%s_destination_concurrency_negative_feedback", r->transport);
	want_parameter(c, name, LADDER_LESS, "One connection less when two are refused.", out);
}

void
wanted_setup(const struct postconf *c, const struct postfix_places *at,
    const struct wanted_parts *parts, struct wanted *out)
{
	size_t n;
	const struct rung *r = ladder(&n);

	*out = (struct wanted){ 0 };
	want_filter(c, at, out);
	if (parts->door) {
		want_door(c, at, out);
	}
	if (parts->ladder) {
		want_routes(c, at, out);
		want_service(c, PAUSE, PAUSE " unix - - n - - lmtp -o syslog_name=postfix/" PAUSE,
		    "How a provider is paused.", out);
		for (size_t i = 0; i < n; i++) {
			want_rung(c, &r[i], out);
		}
	}
}

/* ---- to be gone ---- */

/* The list without carom's elements: of a policy entry the word in front goes, too. */
static void
without(struct sv list, const struct postfix_places *at, struct buf *out)
{
	struct sv rest = list;
	struct sv e;
	struct sv held = { 0 }; /* check_policy_service, until what follows is known */
	bool comma = sv_chr(list, ',') >= 0;

	while (postconf_element(&rest, &e)) {
		struct sv whole = e;
		struct sv part = { 0 };
		bool ours = sv_eq(e, sv_from(at->map));

		if (postconf_part(&e, &part) && sv_take(&part, SV("unix:"))) {
			ours |= held.n > 0 && sv_eq(part, sv_from(at->policy_socket));
		}
		if (!ours && held.n > 0) {
			buf_str(out, out->n == 0 ? "" : comma ? ", " : " ");
			buf_sv(out, held);
			buf_char(out, ' ');
			buf_sv(out, whole);
		} else if (!ours && !sv_eq(whole, SV("check_policy_service"))) {
			buf_str(out, out->n == 0 ? "" : comma ? ", " : " ");
			buf_sv(out, whole);
		}
		held = held.n == 0 && sv_eq(whole, SV("check_policy_service")) ? whole
									       : (struct sv){ 0 };
	}
}

static void
drop_from_list(
    const struct postconf *c, const struct postfix_places *at, char *name, struct wanted *out)
{
	const struct wanted_row row = { WANTED_PARAMETER, WANTED_MISSING, .name = name, .why = "" };
	struct sv present = raw_of(c, name);
	bool ours = list_has(present, sv_from(at->map)) || names_socket(present, at->policy_socket);
	struct buf b;

	if (!ours) {
		return;
	}
	buf_init(&b, 0);
	without(present, at, &b);
	add(out, &row, b.n == 0 ? (struct sv){ 0 } : buf_view(&b), present);
	buf_done(&b);
}

static void
drop_service(const struct postconf *c, const char *transport, struct wanted *out)
{
	char name[NAME_MAX];
	const struct wanted_row row = { WANTED_SERVICE, WANTED_MISSING, .name = name, .why = "" };

	(void)snprintf(name, sizeof(name), "%s/unix", transport);
	if (postconf_service(c, sv_from(transport), SV("unix")) != NULL) {
		add(out, &row, (struct sv){ 0 }, SV(""));
	}
}

static void
drop_rung(const struct postconf *c, const struct rung *r, struct wanted *out)
{
	static const char *const tails[] = { "destination_rate_delay",
		"destination_concurrency_limit", "initial_destination_concurrency",
		"destination_concurrency_positive_feedback",
		"destination_concurrency_negative_feedback" };
	char name[NAME_MAX];
	const struct wanted_row row = { WANTED_PARAMETER, WANTED_MISSING, .name = name, .why = "" };

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s_%s", r->transport, tails[i]);
		if (raw_of(c, name).n > 0) {
			add(out, &row, (struct sv){ 0 }, raw_of(c, name));
		}
	}
	drop_service(c, r->transport, out);
}

void
wanted_remove(const struct postconf *c, const struct postfix_places *at, struct wanted *out)
{
	const struct wanted_row filter = { WANTED_PARAMETER, WANTED_MISSING,
		.name = (char[]){ FILTER }, .why = "" };
	size_t n;
	const struct rung *r = ladder(&n);
	struct buf b;

	*out = (struct wanted){ 0 };
	buf_init(&b, 4096);
	filter_setting(at, &b);
	if (sv_eq(raw_of(c, FILTER), buf_view(&b))) {
		add(out, &filter, (struct sv){ 0 }, buf_view(&b));
	}
	buf_done(&b);
	drop_from_list(c, at, (char[]){ DOOR }, out);
	drop_from_list(c, at, (char[]){ ROUTES }, out);
	drop_service(c, PAUSE, out);
	for (size_t i = 0; i < n; i++) {
		drop_rung(c, &r[i], out);
	}
}

void
wanted_done(struct wanted *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->rows[i].name);
		free(w->rows[i].value);
		free(w->rows[i].present);
	}
	free(w->rows);
	*w = (struct wanted){ 0 };
}
