/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/test_world.h"

static void
retest(struct world *w, unsigned n, enum detect_class klass)
{
	for (unsigned i = 0; i < n; i++) {
		struct detect_event e = mail(w, klass);

		e.since_unknown_s = 3000;
		detector_event(w->d, &e);
	}
}

static void
count_actions(const struct world *w, size_t out[3])
{
	memset(out, 0, 3 * sizeof(*out));
	for (size_t i = 0; i < w->n_items; i++) {
		out[w->items[i].action]++;
	}
}

/* Without retests, the last word waits for those after the end. */
static struct world *
amended_world(enum detect_class retests_find)
{
	struct world *w = world_new();

	traffic(w, 3000, 0.001, DETECT_UNKNOWN);
	traffic(w, 300, 0.6, DETECT_UNKNOWN);
	traffic(w, 200, 0, DETECT_UNKNOWN);
	assert_non_null(first(w, DETECT_CLOSE));
	retest(w, 6, retests_find);
	return w;
}

static void
amendment_takes_back_what_was_false(void **unused)
{
	struct world *w = amended_world(DETECT_OK);
	size_t n[3];

	(void)unused;
	count_actions(w, n);
	assert_true(n[AMEND_UNSUPPRESS] >= 160 && n[AMEND_UNSUPPRESS] <= 200);
	assert_int_equal(n[AMEND_KEEP], 0);
	for (size_t i = 0; i < w->n_items; i++) {
		assert_true(w->items[i].p_false > 0.9);
	}
	world_free(w);
}

static void
amendment_keeps_what_retests_confirm(void **unused)
{
	struct world *w = amended_world(DETECT_UNKNOWN);
	size_t n[3];

	(void)unused;
	count_actions(w, n);
	assert_int_equal(n[AMEND_UNSUPPRESS], 0);
	assert_true(n[AMEND_KEEP] >= 160);
	world_free(w);
}

/* A list that is worse than everything else in the window is not taken back with the rest. */
static void
an_aged_list_inside_the_window_is_tested_first(void **unused)
{
	struct world *w = world_new();
	size_t taken = 0;

	(void)unused;
	traffic(w, 3000, 0.001, DETECT_UNKNOWN);
	traffic(w, 200, 0.3, DETECT_UNKNOWN);
	for (unsigned i = 0; i < 1200; i++) {
		bool list = i % 2 == 0;
		struct detect_event e =
		    mail(w, chance(w) < (list ? 0.6 : 0.3) ? DETECT_UNKNOWN : DETECT_OK);

		if (list) {
			e.campaign = 999;
			e.transactional = false;
		}
		e.recipient += list ? 5000000 : 0;
		detector_event(w->d, &e);
	}
	traffic(w, 300, 0, DETECT_UNKNOWN);
	assert_non_null(first(w, DETECT_CLOSE));
	retest(w, 6, DETECT_OK);
	for (size_t i = 0; i < w->n_items; i++) {
		bool list = w->items[i].recipient >= 5000000;

		assert_false(list && w->items[i].action == AMEND_UNSUPPRESS);
		taken += w->items[i].action == AMEND_UNSUPPRESS;
	}
	assert_true(taken > 150);
	world_free(w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(amendment_takes_back_what_was_false),
		cmocka_unit_test(amendment_keeps_what_retests_confirm),
		cmocka_unit_test(an_aged_list_inside_the_window_is_tested_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
