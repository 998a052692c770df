/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ingest_private.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define SHARE CAROM_SOURCE_DIR "/share"
#define T0    (INT64_C(1772438400) * US_PER_SECOND) /* 2026-03-02 08:00 */

struct world {
	struct knowledge *k;
	struct classifier *c;
	struct policies policies;
	struct store *store;
	struct ingest *in;
};

static void
open_ingest(struct world *w)
{
	const struct ingest_options opt = { .store = w->store,
		.k = w->k,
		.classifier = w->c,
		.policy = &w->policies.recipients,
		.detect = &w->policies.detect,
		.pace = &w->policies.pace,
		.incidents = &w->policies.incidents,
		.keep = &w->policies.keep };

	assert_int_equal(ingest_new(&opt, &w->in, NULL), ERR_OK);
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct knowledge_options ko = { .share = SHARE };
	/* An empty name is a file that SQLite deletes by itself. */
	const struct store_options so = { .path = "", .create = true, .key = { 1, 2 } };

	assert_int_equal(knowledge_load(&ko, &w->k, NULL), ERR_OK);
	assert_int_equal(classifier_new(w->k, &w->c, NULL), ERR_OK);
	assert_int_equal(policy_load(SHARE "/policy.yaml", &w->policies, NULL), ERR_OK);
	assert_int_equal(store_open(&so, &w->store, NULL), ERR_OK);
	open_ingest(w);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	ingest_free(&w->in);
	store_close(&w->store);
	classifier_free(&w->c);
	knowledge_free(&w->k);
	free(w);
	return 0;
}

static struct event
accepted(const char *from, const char *to, int64_t t_us)
{
	return (struct event){ .kind = EVENT_ACCEPTED,
		.time_us = t_us,
		.queue_id = SV("4BcXyz1234z5Rk"),
		.recipient = sv_from(to),
		.sender = sv_from(from),
		.has_sender = true,
		.host = SV("mx.b.example"),
		.saw = SAW_SAID,
		.reply = { .code = 250, .status = { 2, 0, 0 }, .text = SV("OK") } };
}

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

static void
take(struct world *w, const char *to, int64_t t_us)
{
	struct event e = accepted("news@one.example", to, t_us);

	store_begin(w->store);
	ingest_event(w->in, &e, 1);
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

/* ---- order ---- */

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
		cmocka_unit_test_setup_teardown(
		    order_within_the_tolerance_does_not_matter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_comes_late_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_clock_that_jumps_takes_nothing_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_person_frees_a_pace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    state_is_written_where_it_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(senders_at_hand_are_bounded, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
