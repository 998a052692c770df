/* SPDX-License-Identifier: Apache-2.0 */

/* What setup wants satisfies the checks, and remove brings back what was there. */

#include "postfix/test_conf.h"
#include "postfix/wanted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

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
	assert_int_equal(missing(&w), 60);
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
	assert_int_equal(w.n, 60);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setup_and_remove),
		cmocka_unit_test(test_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
