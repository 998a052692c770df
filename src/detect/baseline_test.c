/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/test_world.h"

static void
teach(struct world *w, struct provider_state *p, double t, unsigned n, unsigned failed)
{
	for (unsigned i = 0; i < n; i++) {
		struct lesson l = { .t = t, .weight = 1, .stratum = 0 };

		l.n[SIG_U] = true;
		l.k[SIG_U] = i < failed;
		baseline_learn(w->d, p, &l);
	}
}

static void
baseline_shrinks_to_the_mean(void **unused)
{
	struct world *w = world_new();
	struct provider_state *p;
	double mean;

	(void)unused;
	traffic(w, 1, 0, DETECT_OK);
	p = state(w);
	memset(p->ab, 0, sizeof(p->ab));
	assert_true(fabs(base_unknown(w->d, p, 2) - 5e-3) < 1e-9); /* nothing seen: the prior */
	teach(w, p, w->t, 300, 30);
	mean = w->d->global[0][0] / (w->d->global[0][0] + w->d->global[0][1]);
	assert_true(mean > 0.01 && mean < 0.02);
	assert_true(fabs(base_unknown(w->d, p, 0) - (30 + 300 * mean) / 600) < 1e-9);
	world_free(w);
}

static void
lessons_wait_and_are_dropped(void **unused)
{
	struct world *w = world_new();
	const double bucket = detect_defaults.learn_delay_s + 1;
	struct provider_state *p;
	double before;

	(void)unused;
	traffic(w, 1, 0, DETECT_OK);
	p = state(w);
	teach(w, p, w->t, 600, 0); /* more than count at once */
	before = p->ab[0][0];
	teach(w, p, w->t, 100, 50);
	assert_true(p->ab[0][0] == before);
	teach(w, p, w->t + bucket, 1, 0); /* the first bucket is full, and waits */
	assert_true(p->ab[0][0] <= before);
	teach(w, p, w->t + 2 * bucket, 1, 0);
	assert_true(p->ab[0][0] > before + 45);
	before = p->ab[0][0];
	teach(w, p, w->t + 2 * bucket, 100, 50);
	baseline_drop_waiting(p);
	teach(w, p, w->t + 3 * bucket, 1, 0);
	teach(w, p, w->t + 4 * bucket, 1, 0);
	assert_true(p->ab[0][0] <= before);
	world_free(w);
}

static void
baseline_of_a_purge_is_accepted(void **unused)
{
	struct world *w = world_new();

	(void)unused;
	traffic(w, 1, 0, DETECT_OK);
	baseline_accept(state(w), 0.05);
	assert_true(fabs(base_unknown(w->d, state(w), 0) - 0.05) < 0.006);
	world_free(w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(baseline_shrinks_to_the_mean),
		cmocka_unit_test(lessons_wait_and_are_dropped),
		cmocka_unit_test(baseline_of_a_purge_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
