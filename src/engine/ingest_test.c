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
		e = accepted(from, "a@b.example", T0 + i);
		ingest_event(w->in, &e, 1);
		assert_true(w->in->senders.n <= INGEST_SENDERS_MAX);
	}
	assert_int_equal(w->in->counts.senders_dropped, 1);
	assert_int_equal(w->in->counts.events, INGEST_SENDERS_MAX + 1);
	/* One that was dropped has the same name as before. */
	one = store_name_find(w->store, SV("one.example"));
	e = accepted("news@one.example", "a@b.example", T0);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    state_is_written_where_it_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(senders_at_hand_are_bounded, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
