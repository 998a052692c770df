/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/test_ingest.h"

#define PEOPLE  40
#define ROUNDS  30
#define SPACING (120 * US_PER_SECOND) /* between two events of a recipient */

static struct event
step_of(unsigned person, unsigned round, char room[static 64])
{
	uint64_t h = (person * ROUNDS + round + 1) * UINT64_C(0x9e3779b97f4a7c15);
	struct event e;

	(void)snprintf(room, 64, "r%u@d%u.example", person, person % 4);
	e = accepted("news@one.example", room,
	    T0 + (int64_t)round * SPACING + (int64_t)(h >> 40) % (20 * US_PER_SECOND));
	e.queue_id = sv_from(&"4BcXyz1234z5Rk4BcXyz1234z5Rm"[person % 14]);
	if (person > 0 && (h >> 32) % 5 == 0) {
		bool gone = (h >> 36) % 2 == 0;

		e.kind = EVENT_REJECTED;
		e.stage = STAGE_RCPT;
		e.reply = (struct reply){ .code = gone ? 550 : 552,
			.status = { 5, gone ? 1 : 2, gone ? 1 : 2 },
			.text = gone ? SV("User unknown") : SV("mailbox full") };
		e.reason = e.reply.text;
	}
	return e;
}

/* All of them, each at a place of its own among those that are at most `width` places away. */
static void
play(struct world *w, unsigned width)
{
	store_begin(w->store);
	for (unsigned at = 0; at < PEOPLE * ROUNDS; at++) {
		unsigned block = at / width;
		unsigned i = block * width + (width - 1 - at % width);
		char room[64];
		struct event e;

		if (i >= PEOPLE * ROUNDS) {
			i = at;
		}
		e = step_of(i % PEOPLE, i / PEOPLE, room);
		ingest_event(w->in, &e, 1);
	}
	assert_int_equal(ingest_commit(w->in, NULL), ERR_OK);
}

static bool
print_recipient(void *context, struct sv address, const struct memory *m)
{
	buf_fmt(context, "%.*s %u %u %u %u %u %u\n", SV_ARG(address), m->state, m->until_s,
	    m->run.accepted_s, m->run.gone_s, m->run.counts[REFUSAL_GONE],
	    m->run.counts[REFUSAL_FULL]);
	return true;
}

static void
print_all(struct world *w, struct buf *out)
{
	buf_clear(out);
	store_recipients(w->store, (1u << RECIPIENT_STATES) - 1, print_recipient, out);
}

/* Within the spacing of a recipient's own events the order does not matter; nothing is late. */
static void
order_within_the_tolerance_does_not_matter(void **state)
{
	struct world *w = *state;
	struct buf in_order;
	struct buf other;

	buf_init(&in_order, 0);
	buf_init(&other, 0);
	play(w, 1);
	print_all(w, &in_order);
	assert_true(in_order.n > 0);
	assert_int_equal(w->in->counts.late, 0);
	(void)tear_down(state);
	(void)set_up(state);
	w = *state;
	play(w, PEOPLE);
	print_all(w, &other);
	assert_int_equal(w->in->counts.late, 0);
	assert_int_equal(w->in->counts.events, PEOPLE * ROUNDS);
	assert_string_equal(in_order.p, other.p);
	/* Again, all of it: nothing changes. */
	play(w, 7);
	print_all(w, &other);
	assert_int_equal(w->in->counts.events, PEOPLE * ROUNDS);
	assert_int_equal(w->in->counts.repeated, PEOPLE * ROUNDS);
	assert_string_equal(in_order.p, other.p);
	buf_done(&in_order);
	buf_done(&other);
}

/* Beyond it each event is at its time, and those that came late are counted. */
static void
what_comes_late_is_counted(void **state)
{
	struct world *w = *state;

	play(w, PEOPLE * ROUNDS); /* backwards */
	assert_int_equal(w->in->counts.events, PEOPLE * ROUNDS);
	assert_true(w->in->counts.late >= PEOPLE * (ROUNDS - 2));
}

/* A clock that jumps back a day, and ahead for one event: told, and no newer knowledge is lost. */
static void
a_clock_that_jumps_takes_nothing_back(void **state)
{
	struct world *w = *state;
	struct memory m;
	struct event e = accepted("news@one.example", "a@b.example", T0);

	take(w, "a@b.example", T0);
	e.kind = EVENT_REJECTED;
	e.time_us = T0 - US_PER_DAY;
	e.stage = STAGE_RCPT;
	e.reply = (struct reply){ .code = 550, .status = { 5, 1, 1 }, .text = SV("User unknown") };
	e.reason = SV("User unknown");
	store_begin(w->store);
	ingest_event(w->in, &e, 1);
	assert_int_equal(w->in->counts.late, 1);
	assert_int_equal(ingest_commit(w->in, NULL), ERR_OK);
	assert_true(store_recipient_get(w->store, store_hash(w->store, SV("a@b.example")), &m));
	assert_int_equal(m.state, RECIPIENT_GOOD);
	assert_int_equal(m.run.accepted_s, T0 / US_PER_SECOND);
	/* Another one, a day ahead: what comes at the old time then is late, and counts all the same. */
	take(w, "c@b.example", T0 + US_PER_DAY);
	assert_int_equal(w->in->counts.late, 1);
	take(w, "d@b.example", T0 + US_PER_SECOND);
	assert_int_equal(w->in->counts.late, 2);
	assert_true(store_recipient_get(w->store, store_hash(w->store, SV("d@b.example")), &m));
	assert_int_equal(m.run.accepted_s, T0 / US_PER_SECOND + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    order_within_the_tolerance_does_not_matter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_comes_late_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_clock_that_jumps_takes_nothing_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
