/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static bool
saw(struct places *p, uint32_t domain, uint32_t host, uint32_t provider)
{
	const struct stored_event e = {
		.domain = domain, .host = host, .provider = provider, .watched = WATCHED
	};

	return places_saw(p, &e);
}

static void
domains_behind_one_host_are_one_group(void **state)
{
	struct places p;

	(void)state;
	places_init(&p);
	assert_true(saw(&p, 10, 100, 1));
	assert_false(saw(&p, 10, 100, 1));
	assert_true(saw(&p, 11, 101, 1));
	assert_int_equal(places_group(&p, 11), 11);
	assert_false(saw(&p, 12, 101, 1));
	assert_int_equal(places_group(&p, 12), 11);
	(void)saw(&p, 10, 101, 1); /* its other host: both groups are one */
	for (uint32_t d = 10; d <= 12; d++) {
		assert_int_equal(places_group(&p, d), 10);
	}
	assert_int_equal(places_group(&p, 99), 99);
	places_done(&p);
}

static void
what_the_knowledge_does_not_know_is_not_put_together(void **state)
{
	struct places p;
	const struct host_seen *h;

	(void)state;
	places_init(&p);
	assert_true(saw(&p, 10, 100, 10)); /* its provider is itself */
	assert_true(saw(&p, 11, 100, 11));
	assert_int_equal(places_group(&p, 11), 11);
	h = map_get(&p.hosts, 100);
	assert_int_equal(h->many, 1);
	places_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains_behind_one_host_are_one_group),
		cmocka_unit_test(what_the_knowledge_does_not_know_is_not_put_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
