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

/* ---- the move ---- */

/* All hosts of the domain are another's from now on; a share of the old recipients did not move. */
static struct world *
move_world(bool watched, uint32_t platform, double share)
{
	struct world *w = world_new();
	double moved_at;

	for (unsigned i = 0; watched && i < 3000; i++) {
		struct detect_event e = mail(w, chance(w) < 0.001 ? DETECT_UNKNOWN : DETECT_OK);

		e.platform = 1;
		detector_event(w->d, &e);
	}
	moved_at = w->t;
	for (unsigned i = 0; i < 6000; i++) {
		bool fresh = i % 8 == 0;
		struct detect_event e = mail(w, DETECT_OK);

		e.platform = platform;
		e.good_days = fresh ? -1 : (e.t - moved_at) / DAY_S + 1;
		e.klass = chance(w) < (fresh ? 0.02 : share) ? DETECT_UNKNOWN : DETECT_OK;
		detector_event(w->d, &e);
	}
	return w;
}

static void
mailboxes_that_did_not_move_are_gone(void **unused)
{
	struct world *w = move_world(true, 2, 0.4);
	const struct detect_decision *r = first(w, DETECT_RETRACT);

	(void)unused;
	assert_non_null(first(w, DETECT_HOLD)); /* first they are protected */
	assert_non_null(r);
	assert_int_equal(r->cause, CAUSE_GONE);
	assert_int_equal(r->scope, SCOPE_MX);
	assert_true(r->who >= 60 && r->who < 63);
	world_free(w);
	w = move_world(true, 1, 0.4); /* the same hosts: more than that was never a purge */
	assert_non_null(first(w, DETECT_OPEN));
	assert_null(first(w, DETECT_RETRACT));
	world_free(w);
}

/* Where a domain is at home is not known before it was seen there. */
static void
a_domain_that_is_new_to_us_did_not_move(void **unused)
{
	struct provider_state *p = provider_new(PROVIDER);
	struct detect_event e = { .t = 1e9, .domain = 5, .platform = 1, .good_days = 3 };

	(void)unused;
	assert_false(moves_see(p, &e));
	e.t += DAY_S;
	e.platform = 2;
	assert_true(moves_see(p, &e));
	e.t += DAY_S;
	e.good_days = 0.5; /* accepted there */
	assert_false(moves_see(p, &e));
	e.good_days = -1;
	assert_false(moves_see(p, &e));
	e.domain = 6; /* it comes from another provider, where it accepted mail after we began */
	e.good_days = 1;
	assert_true(moves_see(p, &e));
	e.domain = 7;
	e.good_days = 10;
	assert_false(moves_see(p, &e));
	e.platform = NAME_NONE;
	assert_false(moves_see(p, &e));
	for (uint32_t i = 0; i < 2 * DETECT_DOMAINS_MAX; i++) {
		e.platform = 1;
		e.domain = 100 + i;
		(void)moves_see(p, &e);
		assert_true(p->homes.n <= DETECT_DOMAINS_MAX);
	}
	provider_free(p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(purge_takes_old_recipients_only),
		cmocka_unit_test(mailboxes_that_did_not_move_are_gone),
		cmocka_unit_test(a_domain_that_is_new_to_us_did_not_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
