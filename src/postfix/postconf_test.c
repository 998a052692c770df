/* SPDX-License-Identifier: Apache-2.0 */

/* What postconf prints, as Postfix 3.7 does it, and what it never would. */

#include "base/err.h"
#include "postfix/postconf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define IS(a, b) assert_string_equal_sv((a), (b))

static void
assert_string_equal_sv(struct sv a, const char *b)
{
	if (!sv_eq(a, sv_from(b))) {
		print_message("'%.*s' is not '%s'\n", SV_ARG(a), b);
		fail();
	}
}

static const char all[] = "alias_maps =\n"
			  "bounce_queue_lifetime = 5d\n"
			  "smtpd_recipient_restrictions = permit_mynetworks,\n"
			  "    check_policy_service { unix:/run/x, timeout=2s },\n"
			  "    reject\n"
			  "transport_maps = hash:/etc/postfix/transport\n";
static const char set[] = "transport_maps = hash:$config_directory/transport\n"
			  "carom-1_destination_rate_delay = 1s\n";
static const char services[] =
    "smtp       inet  n       -       y       -       -       smtpd -o syslog_name=postfix/in\n"
    "smtp       unix  -       -       y       -       -       smtp\n"
    "slow       unix  -       -       n       -       2       smtp\n"
    "    -o smtp_fallback_relay= -o { smtp_bind_address = 192.0.2.1 }\n"
    "    -o syslog_name=postfix/slow -o syslog_name=postfix/slower\n";

static void
test_parameters(void **state)
{
	struct postconf c;

	(void)state;
	postconf_init(&c, sv_from(all), sv_from(set), sv_from(services));
	assert_int_equal(c.odd, 0);
	IS(postconf_value(&c, "bounce_queue_lifetime"), "5d");
	IS(postconf_value(&c, "alias_maps"), "");
	assert_non_null(postconf_parameter(&c, SV("alias_maps")));
	assert_null(postconf_parameter(&c, SV("alias_map")));
	assert_false(postconf_parameter(&c, SV("alias_maps"))->set);
	assert_true(postconf_parameter(&c, SV("transport_maps"))->set);
	IS(postconf_value(&c, "transport_maps"), "hash:/etc/postfix/transport");
	IS(postconf_parameter(&c, SV("transport_maps"))->raw, "hash:$config_directory/transport");
	IS(postconf_value(&c, "carom-1_destination_rate_delay"), "1s");
	postconf_done(&c);
}

static void
test_services(void **state)
{
	struct postconf c;
	const struct postconf_service *s;
	struct sv v;

	(void)state;
	postconf_init(&c, sv_from(all), sv_from(set), sv_from(services));
	assert_int_equal(c.n_services, 3);
	s = postconf_service(&c, SV("smtp"), SV("unix"));
	assert_non_null(s);
	IS(s->command, "smtp");
	assert_int_equal(s->chroot, 'y');
	assert_false(postconf_option(s, SV("syslog_name"), &v));
	s = postconf_service(&c, SV("slow"), SV(""));
	assert_true(postconf_option(s, SV("syslog_name"), &v));
	IS(v, "postfix/slower");
	assert_true(postconf_option(s, SV("smtp_bind_address"), &v));
	IS(v, "192.0.2.1");
	assert_true(postconf_option(s, SV("smtp_fallback_relay"), &v));
	IS(v, "");
	postconf_done(&c);
}

static void
test_lists(void **state)
{
	struct postconf c;
	struct sv list;
	struct sv e;
	struct sv part;
	static const char *const want[] = { "permit_mynetworks", "check_policy_service",
		"{ unix:/run/x, timeout=2s }", "reject" };

	(void)state;
	postconf_init(&c, sv_from(all), sv_from(set), sv_from(services));
	list = postconf_value(&c, "smtpd_recipient_restrictions");
	for (size_t i = 0; i < 4; i++) {
		assert_true(postconf_element(&list, &e));
		IS(e, want[i]);
		if (i == 2) {
			assert_true(postconf_part(&e, &part));
			IS(part, "unix:/run/x");
			assert_true(postconf_part(&e, &part));
			IS(part, "timeout=2s");
			assert_false(postconf_part(&e, &part));
		}
	}
	assert_false(postconf_element(&list, &e));
	e = SV("unix:/a");
	assert_true(postconf_part(&e, &part));
	IS(part, "unix:/a");
	postconf_done(&c);
}

static void
test_broken(void **state)
{
	struct postconf c;
	struct sv list = SV("a {b, {c} d");
	struct sv e;
	static const char junk[] = "postconf: fatal: open /etc/postfix/main.cf: No such file\n"
				   "= value\n\0\xff\xfe = x\n"
				   "   leading\n"
				   "a = 1\na = 2\n"
				   "no newline at the end";

	(void)state;
	postconf_init(&c, sv_make(junk, sizeof(junk) - 1), SV(""), sv_make(junk, sizeof(junk) - 1));
	assert_true(c.odd >= 6);
	IS(c.odd_sample, "postconf: fatal: open /etc/postfix/main.cf: No such file");
	assert_int_equal(c.n_services, 0);
	IS(postconf_value(&c, "a"), "2"); /* Postfix, too, lets the last one win */
	postconf_done(&c);
	postconf_init(&c, SV(""), SV(""), SV(""));
	assert_int_equal(c.n_parameters + c.n_services + c.odd, 0);
	postconf_done(&c);
	assert_true(postconf_element(&list, &e));
	assert_true(postconf_element(&list, &e));
	IS(e, "{b, {c} d");
	assert_false(postconf_element(&list, &e));
	/* A service with too few words, with an unknown type, with a strange chroot. */
	postconf_init(&c, SV(""), SV(""),
	    SV("smtp unix - - n - -\nx tcp - - n - - smtp\nx unix - - q - - smtp\n"));
	assert_int_equal(c.odd, 3);
	postconf_done(&c);
}

static void
test_limit(void **state)
{
	struct postconf c;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < POSTCONF_ROWS_MAX + 10; i++) {
		buf_fmt(&b, "p%d = %d\n", i, i);
	}
	postconf_init(&c, buf_view(&b), SV(""), SV(""));
	assert_int_equal(c.n_parameters, POSTCONF_ROWS_MAX);
	assert_int_equal(c.odd, 10);
	postconf_done(&c);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
