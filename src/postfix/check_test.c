/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every check has a configuration that makes it speak, and there is one at which all are
 * silent.
 */

#include "postfix/private.h"
#include "postfix/test_conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

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
	{ CHECK_rung_limits, "carom-5_destination_concurrency_positive_feedback = 1\n", "", true,
	    true },
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
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
