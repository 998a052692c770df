/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/test_world.h"

static struct world *
purge_world(bool new_ones_too)
{
	struct world *w = world_new();

	traffic(w, 3000, 0.001, DETECT_UNKNOWN);
	for (unsigned i = 0; i < 6000; i++) {
		bool fresh = i % 4 == 0;
		struct detect_event e = mail(w, DETECT_OK);

		e.good_days = fresh ? -1 : 1;
		e.klass =
		    chance(w) < (fresh && !new_ones_too ? 0.02 : 0.1) ? DETECT_UNKNOWN : DETECT_OK;
		detector_event(w->d, &e);
	}
	assert_non_null(first(w, DETECT_OPEN));
	return w;
}

static void
purge_takes_old_recipients_only(void **unused)
{
	struct world *w = purge_world(false);
	struct world *v = purge_world(true);

	(void)unused;
	assert_non_null(first(w, DETECT_RETRACT));
	assert_true(base_unknown(w->d, state(w), 0) > 0.05);
	assert_null(first(v, DETECT_RETRACT));
	world_free(w);
	world_free(v);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(purge_takes_old_recipients_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
