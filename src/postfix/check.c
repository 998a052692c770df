/* SPDX-License-Identifier: Apache-2.0 */
#include "postfix/check.h"

#include "base/num.h"
#include "postfix/private.h"

#include <stdio.h>
#include <stdlib.h>

#define DETAIL_MAX 300

void
look_add(const struct look *l, enum check_id id, struct sv about, const char *fmt, ...)
{
	struct checks *c = l->out;
	struct buf words;
	struct buf b;
	va_list ap;
	char text[DETAIL_MAX * 2];

	if (c->n == CHECK_ROWS_MAX) {
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	LIST_ROOM(c->rows, c->n, c->room);
	buf_init(&words, 0);
	buf_init(&b, 0);
	buf_printable(&words, about, DETAIL_MAX);
	buf_printable(&b, sv_from(text), DETAIL_MAX);
	c->rows[c->n++] = (struct finding_row){
		.id = id,
		.about = mem_dup(words.p == NULL ? "" : words.p, words.n),
		.detail = mem_dup(b.p == NULL ? "" : b.p, b.n),
	};
	buf_done(&words);
	buf_done(&b);
}

bool
list_has(struct sv list, struct sv word)
{
	struct sv e;

	while (postconf_element(&list, &e)) {
		if (sv_eq(e, word)) {
			return true;
		}
	}
	return false;
}

bool
setting_is_on(const struct postconf *c, const char *name)
{
	return sv_ieq(postconf_value(c, name), SV("yes"));
}

/* ---- the instance as a whole ---- */

static void
check_reading(const struct look *l)
{
	struct sv version = postconf_value(l->c, "mail_version");
	uint32_t major;

	if (l->c->odd > 0) {
		look_add(l, CHECK_odd_lines, SV("postconf"), "%zu lines, the first: %.*s",
		    l->c->odd, SV_ARG(sv_head(l->c->odd_sample, 120)));
	}
	if (num_take_u32(&version, 1000, &major) && major < 3) {
		look_add(l, CHECK_version_old, SV("mail_version"), "%.*s",
		    SV_ARG(postconf_value(l->c, "mail_version")));
	}
}

/* "5d", "0", "300s", "90": in seconds; without a unit it is the parameter's own. */
static int64_t
seconds_of(struct sv v, int64_t unit_s)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	uint32_t n;

	if (!num_take_u32(&v, UINT32_MAX, &n)) {
		return -1;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (v.n == 1 && char_lower(v.p[0]) == units[i].unit) {
			return (int64_t)n * units[i].seconds;
		}
	}
	return v.n == 0 ? (int64_t)n * unit_s : -1;
}

static void
check_habits(const struct look *l)
{
	static const struct {
		const char *name;
		enum check_id id;
		bool want_on; /* else: off */
	} flags[] = {
		{ "soft_bounce", CHECK_soft_bounce, false },
		{ "smtp_skip_5xx_greeting", CHECK_greeting_5xx, true },
		{ "enable_long_queue_ids", CHECK_queue_ids_short, true },
	};
	static const struct {
		const char *name;
		enum check_id id;
	} empty[] = {
		{ "relayhost", CHECK_relayhost },
		{ "smtp_reply_filter", CHECK_reply_filter },
	};
	struct sv life = postconf_value(l->c, "maximal_queue_lifetime");
	int64_t life_s = seconds_of(life, 86400);

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct sv v = postconf_value(l->c, flags[i].name);

		if (v.n > 0 && setting_is_on(l->c, flags[i].name) != flags[i].want_on) {
			look_add(l, flags[i].id, sv_from(flags[i].name), "%.*s", SV_ARG(v));
		}
	}
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		struct sv v = postconf_value(l->c, empty[i].name);

		if (v.n > 0) {
			look_add(l, empty[i].id, sv_from(empty[i].name), "%.*s", SV_ARG(v));
		}
	}
	if (life.n > 0 && life_s >= 0 && life_s < 86400) {
		look_add(
		    l, CHECK_lifetime_short, SV("maximal_queue_lifetime"), "%.*s", SV_ARG(life));
	}
}

/* ---- limits that do not mean what they seem to ---- */

/* Transports that go out by SMTP: services of the program smtp, and the defaults of all. */
static bool
is_smtp_transport(const struct postconf *c, struct sv name)
{
	const struct postconf_service *s = postconf_service(c, name, SV("unix"));

	return sv_eq(name, SV("default")) || (s != NULL && sv_eq(s->command, SV("smtp")));
}

static bool
is_rung(struct sv name)
{
	size_t n;
	const struct rung *r = ladder(&n);

	for (size_t i = 0; i < n; i++) {
		if (sv_eq(name, sv_from(r[i].transport))) {
			return true;
		}
	}
	return false;
}

static void
check_limit(const struct look *l, const struct postconf_parameter *p)
{
	struct sv name = p->name;
	bool one = sv_eq(p->value, SV("1"));

	if (sv_drop_tail(&name, SV("_destination_recipient_limit"))) {
		if (one && is_smtp_transport(l->c, name)) {
			look_add(l, CHECK_recipient_limit_one, p->name, "1");
		}
	} else if (sv_drop_tail(&name, SV("_destination_concurrency_limit"))) {
		if (one && is_smtp_transport(l->c, name)) {
			look_add(l, CHECK_concurrency_one, p->name, "1");
		}
	} else if (sv_drop_tail(&name, SV("_destination_rate_delay"))) {
		bool general = sv_eq(name, SV("default")) || sv_eq(name, SV("smtp"));

		if (general && !is_rung(name) && seconds_of(p->value, 1) > 0) {
			look_add(l, CHECK_rate_delay_for_all, p->name, "%.*s", SV_ARG(p->value));
		}
	}
}

static void
check_limits(const struct look *l)
{
	struct sv list = postconf_value(l->c, "defer_transports");
	struct sv e;

	for (size_t i = 0; i < l->c->n_parameters; i++) {
		if (l->c->parameters[i].set) {
			check_limit(l, &l->c->parameters[i]);
		}
	}
	while (postconf_element(&list, &e)) {
		if (is_rung(e) || sv_eq(e, SV("smtp"))) {
			look_add(
			    l, CHECK_deferred_transport, SV("defer_transports"), "%.*s", SV_ARG(e));
		}
	}
}

/* ---- all ---- */

static int
by_id(const void *pa, const void *pb)
{
	const struct finding_row *a = pa;
	const struct finding_row *b = pb;

	return a->id != b->id ? (a->id < b->id ? -1 : 1) : strcmp(a->about, b->about);
}

void
postfix_check(const struct postconf *c, const struct postfix_places *at, const struct live *live,
    struct checks *out)
{
	const struct look l = { c, at, live, out };

	*out = (struct checks){ 0 };
	check_reading(&l);
	check_filter(&l);
	check_door(&l);
	check_maps(&l);
	check_limits(&l);
	check_habits(&l);
	if (out->n > 0) {
		qsort(out->rows, out->n, sizeof(out->rows[0]), by_id);
	}
}

void
checks_done(struct checks *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->rows[i].about);
		free(c->rows[i].detail);
	}
	free(c->rows);
	*c = (struct checks){ 0 };
}
