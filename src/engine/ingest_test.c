/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/test_ingest.h"

static void
senders_at_hand_are_bounded(void **state)
{
	struct world *w = *state;
	struct event e = accepted("news@one.example", "a@b.example", T0);
	uint32_t one;

	store_begin(w->store);
	ingest_event(w->in, &e, 1);
	for (unsigned i = 0; i < INGEST_SENDERS_MAX; i++) {
		char from[64];

		(void)snprintf(from, sizeof(from), "news@s%u.example", i);
		e = accepted(from, "a@b.example", T0 + 1 + i);
		ingest_event(w->in, &e, 1);
		assert_true(w->in->senders.n <= INGEST_SENDERS_MAX);
	}
	assert_int_equal(w->in->counts.senders_dropped, 1);
	assert_int_equal(w->in->counts.events, INGEST_SENDERS_MAX + 1);
	/* One that was dropped has the same name as before. */
	one = store_name_find(w->store, SV("one.example"));
	e = accepted("news@one.example", "a@b.example", T0);
	ingest_event(w->in, &e, 1); /* that was told, however long ago */
	assert_int_equal(w->in->counts.repeated, 1);
	e.time_us += US_PER_SECOND / 2;
	ingest_event(w->in, &e, 1);
	assert_int_equal(
	    ((const struct sender_names *)map_get(&w->in->senders, one))->organisation, one);
	assert_int_equal(ingest_commit(w->in, NULL), ERR_OK);
}

/* A provider of which nothing was heard since is not written again, and is read all the same. */
static void
state_is_written_where_it_changed(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 50; i++) {
		char to[64];

		(void)snprintf(to, sizeof(to), "a@d%d.example", i);
		take(w, to, T0 + i * US_PER_SECOND);
	}
	assert_int_equal(ingest_roll(w->in, NULL), ERR_OK);
	assert_int_equal(w->in->parts_written, 50);
	take(w, "b@d7.example", T0 + 100 * US_PER_SECOND);
	assert_int_equal(ingest_roll(w->in, NULL), ERR_OK);
	assert_int_equal(w->in->parts_written, 51);
	ingest_free(&w->in);
	open_ingest(w);
	assert_false(w->in->state_useless);
	assert_int_equal(w->in->past, 51);
	take(w, "b@d8.example", T0 + 101 * US_PER_SECOND);
	assert_int_equal(ingest_roll(w->in, NULL), ERR_OK);
	assert_int_equal(w->in->parts_written, 1);
	/* Other settings make all of it useless: it is made again, and written whole. */
	ingest_free(&w->in);
	w->policies.detect.margin += 1;
	open_ingest(w);
	assert_true(w->in->state_useless);
	take(w, "b@d9.example", T0 + 102 * US_PER_SECOND);
	assert_int_equal(ingest_roll(w->in, NULL), ERR_OK);
	assert_int_equal(w->in->parts_written, 50);
}

/* ---- a pace by hand ---- */

static void
refuse_for_the_rate(struct world *w, int64_t t_us)
{
	struct event e = accepted("news@one.example", "a@b.example", t_us);

	e.kind = EVENT_DEFERRED;
	e.stage = STAGE_CONNECT;
	e.reply = (struct reply){ .code = 421,
		.status = { 4, 7, 0 },
		.text = SV("Error: too many connections from 192.0.2.1") };
	e.reason = SV("421 4.7.0 Error: too many connections from 192.0.2.1");
	store_begin(w->store);
	ingest_event(w->in, &e, 1);
	assert_int_equal(ingest_commit(w->in, NULL), ERR_OK);
}

static void
count_slow(void *context, uint32_t provider, const struct pace_now *now, uint64_t decision)
{
	(void)provider;
	(void)now;
	(void)decision;
	++*(size_t *)context;
}

static size_t
slow(const struct world *w)
{
	size_t n = 0;

	ingest_paces(w->in, (double)T0 / 1e6 + 100, count_slow, &n);
	return n;
}

static void
put_by_hand(struct world *w, enum pace_kind kind, struct pace_speed after)
{
	struct stored_pace row = { .provider = store_name_find(w->store, SV("b.example")),
		.event = store_last_event(w->store),
		.d = { .kind = kind, .reason = "a person", .after = after, .t_s = 1772438500 } };

	store_begin(w->store);
	store_pace_put(w->store, &row);
	assert_int_equal(store_commit(w->store, NULL), ERR_OK);
}

static void
a_person_frees_a_pace(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 5; i++) {
		refuse_for_the_rate(w, T0 + i * US_PER_SECOND);
	}
	assert_int_equal(slow(w), 1);
	put_by_hand(w, PACE_FREED, (struct pace_speed){ 20, 0 });
	ingest_paces_by_hand(w->in); /* one that runs */
	assert_int_equal(slow(w), 0);
	ingest_free(&w->in);
	open_ingest(w); /* one that begins: from the events */
	assert_int_equal(slow(w), 0);
	take(w, "b@b.example", T0 + 10 * US_PER_SECOND);
	assert_int_equal(ingest_roll(w->in, NULL), ERR_OK);
	put_by_hand(w, PACE_RESTORED, (struct pace_speed){ 10, 0 });
	ingest_free(&w->in);
	open_ingest(w); /* from the state */
	assert_false(w->in->state_useless);
	assert_int_equal(slow(w), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_person_frees_a_pace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    state_is_written_where_it_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(senders_at_hand_are_bounded, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
