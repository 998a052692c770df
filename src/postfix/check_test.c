/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every check has a configuration that makes it speak, and one good configuration at which
 * all are silent; what setup wants of any of them satisfies the checks, and remove brings
 * back what was there.
 */

#include "postfix/private.h"
#include "postfix/wanted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

static const struct postfix_places places = { "/run/carom/status", "/run/carom/policy",
	"hash:/var/lib/carom/maps/transport" };

#define DOOR_ENTRY                                                                 \
	"check_policy_service { unix:/run/carom/policy, timeout=2s, try_limit=1, " \
	"default_action=DUNNO }"
#define FILTER_SET "smtp_delivery_status_filter = socketmap:unix:/run/carom/status:status\n"
#define DOOR_SET   "smtpd_recipient_restrictions = " DOOR_ENTRY ", permit_mynetworks\n"
#define ROUTES_SET \
	"transport_maps = hash:/etc/postfix/transport hash:/var/lib/carom/maps/transport\n"

static const char base[] = "mail_version = 3.7.11\ncompatibility_level = 3.6\n"
			   "queue_directory = /var/spool/postfix\nmaximal_queue_lifetime = 5d\n"
			   "smtp_skip_5xx_greeting = yes\nenable_long_queue_ids = yes\n"
			   "soft_bounce = no\nrelayhost =\nsmtp_reply_filter =\n"
			   "smtpd_policy_service_default_action = 451 4.3.5 Server problem\n"
			   "smtpd_policy_service_timeout = 100s\n"
			   "smtpd_policy_service_try_limit = 2\n"
			   "smtp_destination_concurrency_limit = 20\n";
static const char services[] = "smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\n"
			       "retry unix - - n - - error\n";
static bool present = true; /* what exists() says of files */

static bool
exists(const char *path)
{
	(void)path;
	return present;
}

static struct live
live_fine(void)
{
	struct live l = { .status = { true, true, false, "" },
		.policy = { true, true, false, "" },
		.exists = exists };

	buf_init(&l.map_types, 0);
	buf_str(&l.map_types, "hash\nlmdb\nsocketmap\nregexp\n");
	return l;
}

static void
read_conf(struct postconf *c, const char *more_settings, const char *more_services, bool ladder_too)
{
	struct buf set;
	struct buf lines;
	size_t n;
	const struct rung *r = ladder(&n);

	buf_init(&set, 0);
	buf_init(&lines, 0);
	buf_str(&lines, services);
	for (size_t i = 0; ladder_too && i < n; i++) {
		buf_fmt(&lines, "%s unix - - n - - smtp\n", r[i].transport);
		if (r[i].delay_s > 0) {
			buf_fmt(&set, "%s_destination_rate_delay = %us\n", r[i].transport,
			    r[i].delay_s);
		} else {
			buf_fmt(&set, "%s_destination_concurrency_limit = %u\n", r[i].transport,
			    r[i].connections);
		}
	}
	buf_str(&lines, more_services);
	buf_str(&set, more_settings);
	postconf_init(c, sv_from(base), buf_view(&set), buf_view(&lines));
	buf_done(&set);
	buf_done(&lines);
}

static bool
found(const struct checks *f, enum check_id id)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->rows[i].id == id) {
			return true;
		}
	}
	return false;
}

static const char good[] = FILTER_SET DOOR_SET ROUTES_SET;

static void
test_good(void **state)
{
	struct postconf c;
	struct checks f;
	struct live l = live_fine();

	(void)state;
	present = true;
	read_conf(&c, good, "", true);
	postfix_check(&c, &places, &l, &f);
	for (size_t i = 0; i < f.n; i++) {
		print_message(
		    "%s: %s: %s\n", check_name(f.rows[i].id), f.rows[i].about, f.rows[i].detail);
	}
	assert_int_equal(f.n, 0);
	checks_done(&f);
	postconf_done(&c);
	live_done(&l);
}

static const struct {
	enum check_id id;
	const char
	    *settings; /* before the good ones, if those are wanted: the first wins no more */
	const char *services;
	bool good_too, ladder_too;
} cases[] = {
	{ CHECK_odd_lines, "what is this\n", "", true, true },
	{ CHECK_version_old, "mail_version = 2.11.3\n", "", true, true },
	{ CHECK_filter_missing, DOOR_SET ROUTES_SET, "", false, true },
	{ CHECK_filter_other, "smtp_delivery_status_filter = pcre:/etc/postfix/dsn\n" DOOR_SET, "",
	    false, true },
	{ CHECK_filter_shadowed, "",
	    "slow unix - - n - - smtp -o smtp_delivery_status_filter=pcre:/x\n", true, true },
	{ CHECK_policy_missing, FILTER_SET ROUTES_SET, "", false, true },
	{ CHECK_policy_missing,
	    FILTER_SET "smtpd_recipient_restrictions = check_policy_service unix:/run/other\n", "",
	    false, true },
	{ CHECK_policy_default_action,
	    FILTER_SET
	    "smtpd_recipient_restrictions = check_policy_service unix:/run/carom/policy\n",
	    "", false, true },
	{ CHECK_policy_timeout,
	    FILTER_SET "smtpd_recipient_restrictions = check_policy_service { "
		       "unix:/run/carom/policy, default_action=DUNNO }\n",
	    "", false, true },
	{ CHECK_policy_late,
	    FILTER_SET "smtpd_recipient_restrictions = permit_mynetworks, " DOOR_ENTRY "\n", "",
	    false, true },
	{ CHECK_policy_shadowed, "",
	    "submission inet n - n - - smtpd -o smtpd_recipient_restrictions=permit\n", true,
	    true },
	{ CHECK_map_fails_closed, "virtual_alias_maps = socketmap:inet:127.0.0.1:9:x\n", "", true,
	    true },
	{ CHECK_map_fails_closed,
	    FILTER_SET DOOR_SET "transport_maps = proxy:socketmap:unix:/run/carom/route:t\n", "",
	    false, true },
	{ CHECK_map_type_unknown, "relay_domains = cdb:/etc/postfix/relay\n", "", true, true },
	{ CHECK_map_missing, FILTER_SET DOOR_SET, "", false, true },
	{ CHECK_map_not_last,
	    FILTER_SET DOOR_SET
	    "transport_maps = hash:/var/lib/carom/maps/transport, hash:/etc/postfix/transport\n",
	    "", false, true },
	{ CHECK_rung_missing, "", "", true, false },
	{ CHECK_rung_limits, "carom-4_destination_concurrency_limit = 50\n", "", true, true },
	{ CHECK_recipient_limit_one, "smtp_destination_recipient_limit = 1\n", "", true, true },
	{ CHECK_recipient_limit_one, "slow_destination_recipient_limit = 1\n",
	    "slow unix - - n - - smtp\n", true, true },
	{ CHECK_concurrency_one, "default_destination_concurrency_limit = 1\n", "", true, true },
	{ CHECK_rate_delay_for_all, "smtp_destination_rate_delay = 1s\n", "", true, true },
	{ CHECK_relayhost, "relayhost = [relay.example.net]\n", "", true, true },
	{ CHECK_soft_bounce, "soft_bounce = yes\n", "", true, true },
	{ CHECK_greeting_5xx, "smtp_skip_5xx_greeting = no\n", "", true, true },
	{ CHECK_lifetime_short, "maximal_queue_lifetime = 4h\n", "", true, true },
	{ CHECK_lifetime_short, "maximal_queue_lifetime = 0\n", "", true, true },
	{ CHECK_deferred_transport, "defer_transports = local, carom-3\n", "", true, true },
	{ CHECK_reply_filter, "smtp_reply_filter = pcre:/x\n", "", true, true },
	{ CHECK_queue_ids_short, "enable_long_queue_ids = no\n", "", true, true },
};

/* Settings of a case come in both texts, as those that are set do. */
static void
read_case(struct postconf *c, size_t i)
{
	struct buf all;
	struct buf set;

	read_conf(c, cases[i].good_too ? good : "", cases[i].services, cases[i].ladder_too);
	buf_init(&all, 0);
	buf_init(&set, 0);
	for (size_t k = 0; k < c->n_parameters; k++) {
		const struct postconf_parameter *p = &c->parameters[k];

		buf_fmt(p->set ? &set : &all, "%.*s = %.*s\n", SV_ARG(p->name), SV_ARG(p->value));
	}
	buf_str(&all, cases[i].settings);
	buf_str(&set, cases[i].settings);
	postconf_done(c);
	{
		struct buf lines;
		struct postconf again;

		read_conf(&again, "", cases[i].services, cases[i].ladder_too);
		buf_init(&lines, 0);
		for (size_t k = 0; k < again.n_services; k++) {
			const struct postconf_service *s = &again.services[k];

			buf_fmt(&lines, "%.*s %.*s - - %c - - %.*s %.*s\n", SV_ARG(s->name),
			    SV_ARG(s->type), s->chroot, SV_ARG(s->command), SV_ARG(s->arguments));
		}
		postconf_done(&again);
		postconf_init(c, buf_view(&all), buf_view(&set), buf_view(&lines));
		buf_done(&lines);
	}
	buf_done(&all);
	buf_done(&set);
}

static void
test_cases(void **state)
{
	(void)state;
	present = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct postconf c;
		struct checks f;
		struct live l = live_fine();

		read_case(&c, i);
		postfix_check(&c, &places, &l, &f);
		if (!found(&f, cases[i].id)) {
			print_message("case %zu: nobody found %s\n", i, check_name(cases[i].id));
			fail();
		}
		checks_done(&f);
		postconf_done(&c);
		live_done(&l);
	}
}

/* ---- what is seen of the world ---- */

static void
test_world(void **state)
{
	struct postconf c;
	struct checks f;
	struct live l = live_fine();

	(void)state;
	read_conf(&c, good, "out unix - - y - - smtp\nsubmission inet n - y - - smtpd\n", true);
	present = false;
	l.status = (struct live_socket){ true, false, true, "receive: no answer in time" };
	l.policy = (struct live_socket){ false, false, false, "gone" };
	postfix_check(&c, &places, &l, &f);
	assert_true(found(&f, CHECK_filter_silent));
	assert_true(found(&f, CHECK_policy_silent));
	assert_true(found(&f, CHECK_socket_open));
	assert_true(found(&f, CHECK_map_absent));
	assert_true(found(&f, CHECK_filter_chroot));
	assert_true(found(&f, CHECK_policy_chroot));
	checks_done(&f);
	postconf_done(&c);
	postconf_init(&c, sv_from(base), sv_from(good), SV("smtp unix - - n - - smtp\n"));
	postfix_check(&c, &places, NULL, &f);
	assert_true(found(&f, CHECK_retry_missing));
	assert_false(found(&f, CHECK_filter_silent)); /* nobody looked */
	checks_done(&f);
	postconf_done(&c);
	read_conf(&c, good, "out unix - - y - - smtp\nsubmission inet n - y - - smtpd\n", true);
	live_done(&l);
	present = true; /* carom has a socket in the chroot, too */
	l = live_fine();
	postfix_check(&c, &places, &l, &f);
	assert_int_equal(f.n, 0);
	checks_done(&f);
	postconf_done(&c);
	live_done(&l);
}

/* ---- setup and remove ---- */

static void
make_so(struct postconf *c, const struct wanted *w)
{
	struct buf set;
	struct buf lines;

	buf_init(&set, 0);
	buf_init(&lines, 0);
	for (size_t k = 0; k < c->n_parameters; k++) {
		bool changed = false;

		for (size_t i = 0; i < w->n; i++) {
			changed |= w->rows[i].state == WANTED_MISSING &&
				   sv_eq(sv_from(w->rows[i].name), c->parameters[k].name);
		}
		if (c->parameters[k].set && !changed) {
			buf_fmt(&set, "%.*s = %.*s\n", SV_ARG(c->parameters[k].name),
			    SV_ARG(c->parameters[k].raw));
		}
	}
	for (size_t k = 0; k < c->n_services; k++) {
		buf_fmt(&lines, "%.*s %.*s - - n - - %.*s\n", SV_ARG(c->services[k].name),
		    SV_ARG(c->services[k].type), SV_ARG(c->services[k].command));
	}
	for (size_t i = 0; i < w->n; i++) {
		if (w->rows[i].state == WANTED_MISSING && w->rows[i].value != NULL) {
			buf_fmt(w->rows[i].kind == WANTED_SERVICE ? &lines : &set,
			    w->rows[i].kind == WANTED_SERVICE ? "%s%s\n" : "%s = %s\n",
			    w->rows[i].kind == WANTED_SERVICE ? "" : w->rows[i].name,
			    w->rows[i].value);
		}
	}
	postconf_done(c);
	postconf_init(c, sv_from(base), buf_view(&set), buf_view(&lines));
	buf_done(&set);
	buf_done(&lines);
}

static size_t
missing(const struct wanted *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		n += w->rows[i].state == WANTED_MISSING;
	}
	return n;
}

static void
test_setup_and_remove(void **state)
{
	static const char before[] = "transport_maps = hash:/etc/postfix/transport\n"
				     "smtpd_recipient_restrictions = permit_mynetworks, "
				     "check_policy_service unix:/run/postgrey, reject\n";
	const struct wanted_parts all = { true, true };
	struct postconf c;
	struct wanted w;
	struct checks f;
	struct live l = live_fine();

	(void)state;
	present = true;
	read_conf(&c, before, "", false);
	wanted_setup(&c, &places, &all, &w);
	assert_int_equal(missing(&w), 39);
	make_so(&c, &w);
	wanted_done(&w);
	wanted_setup(&c, &places, &all, &w); /* a second time: all is there */
	assert_int_equal(missing(&w), 0);
	wanted_done(&w);
	postfix_check(&c, &places, &l, &f);
	assert_int_equal(f.n, 0);
	checks_done(&f);
	wanted_remove(&c, &places, &w);
	for (size_t i = 0; i < w.n; i++) {
		if (strcmp(w.rows[i].name, "transport_maps") == 0) {
			assert_string_equal(w.rows[i].value, "hash:/etc/postfix/transport");
		} else if (strcmp(w.rows[i].name, "smtpd_recipient_restrictions") == 0) {
			assert_string_equal(w.rows[i].value,
			    "permit_mynetworks, check_policy_service unix:/run/postgrey, reject");
		} else {
			assert_null(w.rows[i].value);
		}
	}
	assert_int_equal(w.n, 39);
	wanted_done(&w);
	postconf_done(&c);
	live_done(&l);
}

static void
test_conflict(void **state)
{
	const struct wanted_parts filter_only = { false, false };
	struct postconf c;
	struct wanted w;

	(void)state;
	read_conf(&c, "smtp_delivery_status_filter = pcre:/etc/postfix/dsn\n", "", false);
	wanted_setup(&c, &places, &filter_only, &w);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.rows[0].state, WANTED_CONFLICT);
	assert_string_equal(w.rows[0].present, "pcre:/etc/postfix/dsn");
	wanted_done(&w);
	wanted_remove(&c, &places, &w); /* and it is not taken out either */
	assert_int_equal(w.n, 0);
	wanted_done(&w);
	postconf_done(&c);
}

static void
test_texts(void **state)
{
	struct check_texts *t = NULL;
	struct why why;

	(void)state;
	if (check_texts_load(CAROM_SOURCE_DIR "/share/postfix.yaml", &t, &why) != ERR_OK) {
		print_message("%s\n", why.text);
		fail();
	}
	check_texts_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_world),
		cmocka_unit_test(test_setup_and_remove),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
