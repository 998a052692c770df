/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/test_world.h"

struct scene {
	uint32_t senders, hosts, campaigns; /* how many */
	/* Which fail: of the sender, host, campaign with number 0, or all (-1). */
	int sender, host, campaign;
	enum signal sig;
	bool no_host; /* who fails has no host */
};

static struct explanation
best_of(const struct scene *s)
{
	struct world *w = world_new();
	struct excursion x = { 0 };
	struct explanation all[EXPLANATIONS_MAX];
	struct explanation best;

	traffic(w, 50, 0, DETECT_OK);
	excursion_start(&x, w->t);
	for (unsigned i = 0; i < 240; i++) {
		struct detect_event e = mail(w, DETECT_OK);
		struct marks m = { .failed = -1 };
		bool hit;

		e.sender = 10 + i % s->senders;
		e.mx = 60 + (i / 7) % s->hosts;
		e.campaign = 200 + (i / 3) % s->campaigns;
		hit = (s->sender < 0 || e.sender == 10) && (s->host < 0 || e.mx == 60) &&
		      (s->campaign < 0 || e.campaign == 200) && i % 2 == 0;
		e.mx = hit && s->no_host ? NAME_NONE : e.mx;
		m.n[SIG_U] = m.n[SIG_T] = m.n[SIG_H] = m.n[SIG_B] = true;
		m.k[s->sig] = hit;
		m.failed = hit ? (int)s->sig : -1;
		excursion_add(&x, &m, &e);
	}
	assert_true(explain(w->d, state(w), &x, all) > 0);
	best = all[0];
	excursion_stop(&x);
	world_free(w);
	return best;
}

static void
cause_is_where_the_failures_are(void **unused)
{
	static const struct {
		struct scene scene;
		enum detect_cause cause;
		enum detect_scope scope;
		uint32_t who;
	} rows[] = {
		{ { 5, 3, 7, -1, -1, -1, SIG_U, false }, CAUSE_FALSE_UNKNOWN, SCOPE_ALL,
		    NAME_NONE },
		{ { 5, 3, 7, -1, 0, -1, SIG_U, false }, CAUSE_FALSE_UNKNOWN, SCOPE_MX, 60 },
		{ { 5, 3, 7, 0, -1, -1, SIG_U, false }, CAUSE_SENDER_BLOCK, SCOPE_SENDER, 10 },
		{ { 5, 3, 7, -1, -1, 0, SIG_U, false }, CAUSE_BAD_LIST, SCOPE_CAMPAIGN, 200 },
		{ { 5, 3, 7, -1, -1, -1, SIG_T, false }, CAUSE_OUTAGE, SCOPE_ALL, NAME_NONE },
		{ { 5, 3, 7, -1, 0, -1, SIG_T, false }, CAUSE_OUTAGE, SCOPE_MX, 60 },
		{ { 5, 3, 7, -1, -1, -1, SIG_T, true }, CAUSE_OUTAGE, SCOPE_ALL, NAME_NONE },
		{ { 5, 3, 7, 0, -1, -1, SIG_T, false }, CAUSE_SENDER_TEMP, SCOPE_SENDER, 10 },
		{ { 5, 3, 7, 0, -1, -1, SIG_H, false }, CAUSE_THROTTLE, SCOPE_SENDER, 10 },
		{ { 5, 3, 7, 0, -1, -1, SIG_B, false }, CAUSE_SENDER_BLOCK, SCOPE_SENDER, 10 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct explanation best = best_of(&rows[i].scene);

		if (best.cause != rows[i].cause || best.scope != rows[i].scope ||
		    (rows[i].who != NAME_NONE && best.who != rows[i].who)) {
			fail_msg("row %zu: %s, %s, %u", i, detect_cause_name(best.cause),
			    detect_scope_name(best.scope), best.who);
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cause_is_where_the_failures_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
