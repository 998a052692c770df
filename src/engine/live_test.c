/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "engine/live.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define SHARE  CAROM_SOURCE_DIR "/share"
#define SAMPLE CAROM_SOURCE_DIR "/tests/sample/mail.log"

struct world {
	char path[64];
	struct knowledge *k;
	struct classifier *c;
	struct policies policies;
	struct store *store;
	struct live *live;
	struct live_sink sink;
	size_t limited, opened, holds, holds_ended, hosts, tried;
	char last_tried[40], held[40];
};

static void
on_recipient(void *context, const struct memory *m, struct sv reason)
{
	struct world *w = context;
	bool limited = m->state == RECIPIENT_RESTING || m->state == RECIPIENT_SUPPRESSED;

	*(limited ? &w->limited : &w->opened) += 1;
	assert_int_equal(limited, reason.n > 0);
}

static void
on_hold(void *context, struct sv provider, const struct ingest_hold *h, uint32_t until_s)
{
	struct world *w = context;

	*(until_s == 1 ? &w->holds_ended : &w->holds) += 1;
	assert_true(h->since > 0);
	(void)snprintf(w->held, sizeof(w->held), "%.*s", SV_ARG(provider));
}

static void
on_host(void *context, struct sv host, struct sv provider)
{
	struct world *w = context;

	assert_true(host.n > 0 && provider.n > 0);
	w->hosts++;
}

static void
on_try(void *context, const char *queue_id)
{
	struct world *w = context;

	w->tried++;
	(void)snprintf(w->last_tried, sizeof(w->last_tried), "%s", queue_id);
}

static void
open_live(struct world *w)
{
	const struct store_options so = { .path = w->path, .create = true, .key = { 1, 2 } };
	struct live_options lo = { .ingest = { .k = w->k,
				       .classifier = w->c,
				       .policy = &w->policies.recipients,
				       .detect = &w->policies.detect,
				       .pace = &w->policies.pace,
				       .incidents = &w->policies.incidents,
				       .keep = &w->policies.keep },
		.held = { .first = 2, .growth = 2, .every_s = 10 },
		.sink = &w->sink };

	w->sink = (struct live_sink){ w, on_recipient, on_hold, on_host, on_try };
	assert_int_equal(store_open(&so, &w->store, NULL), ERR_OK);
	lo.ingest.store = w->store;
	assert_int_equal(live_new(&lo, &w->live, NULL), ERR_OK);
}

static void
close_live(struct world *w)
{
	live_free(&w->live);
	store_close(&w->store);
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct knowledge_options ko = { .share = SHARE };

	(void)snprintf(w->path, sizeof(w->path), "/tmp/carom-live-test-%d.db", (int)getpid());
	(void)unlink(w->path);
	assert_int_equal(knowledge_load(&ko, &w->k, NULL), ERR_OK);
	assert_int_equal(classifier_new(w->k, &w->c, NULL), ERR_OK);
	assert_int_equal(policy_load(SHARE "/policy.yaml", &w->policies, NULL), ERR_OK);
	open_live(w);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	char more[80];

	close_live(w);
	classifier_free(&w->c);
	knowledge_free(&w->k);
	(void)unlink(w->path);
	(void)snprintf(more, sizeof(more), "%s-wal", w->path);
	(void)unlink(more);
	(void)snprintf(more, sizeof(more), "%s-shm", w->path);
	(void)unlink(more);
	free(w);
	return 0;
}

/* The sample from a line on; writes after every `step` lines. */
static void
feed(struct world *w, size_t step)
{
	struct buf text;
	struct sv rest;
	struct sv line;
	size_t n = 0;

	buf_init(&text, 0);
	assert_int_equal(file_read(SAMPLE, &text, NULL), ERR_OK);
	rest = buf_view(&text);
	while (sv_cut(&rest, '\n', &line)) {
		if (n++ == 0) {
			assert_int_equal(
			    live_input(w->live, SAMPLE, postfix_log_identity_of(line), 0, NULL),
			    ERR_OK);
		}
		assert_int_equal(
		    live_line(w->live, line, (uint64_t)(line.p - text.p), NULL), ERR_OK);
		if (n % step == 0) {
			assert_int_equal(live_write(w->live, 1000, NULL), ERR_OK);
		}
	}
	assert_int_equal(live_write(w->live, 1000, NULL), ERR_OK);
	buf_done(&text);
}

static void
what_changes_is_told_and_a_second_one_begins_where_the_first_ended(void **state)
{
	struct world *w = *state;
	size_t limited;
	uint64_t events;

	feed(w, 50);
	assert_true(w->limited > 10);
	assert_true(w->holds > 0);
	assert_true(w->holds_ended > 0);
	assert_string_equal(w->held, "cox");
	events = live_counts(w->live)->events + live_counts(w->live)->suspended;
	assert_true(events > 500);
	w->limited = w->opened = 0;
	live_tell_all(w->live, 1000);
	limited = w->limited;
	assert_true(limited > 10);
	assert_int_equal(w->opened, 0);
	assert_false(live_is_stale(w->live));
	close_live(w);

	open_live(w);
	w->limited = 0;
	live_tell_all(w->live, 1000);
	assert_int_equal(w->limited, limited);
	feed(w, 50);
	assert_int_equal(live_counts(w->live)->events, 0);
	assert_int_equal(live_counts(w->live)->known_events, events);
}

static void
what_another_program_writes_is_noticed(void **state)
{
	struct world *w = *state;
	const struct store_options so = { .path = w->path };
	struct store *other;

	feed(w, 1000);
	(void)live_is_stale(w->live);
	assert_int_equal(store_open(&so, &other, NULL), ERR_OK);
	store_begin(other);
	assert_true(store_name(other, SV("a name that only the other knows")) > 0);
	assert_int_equal(store_commit(other, NULL), ERR_OK);
	store_close(&other);
	assert_true(live_is_stale(w->live));
	assert_false(live_is_stale(w->live));
	store_begin(w->store);
	(void)store_name(w->store, SV("a name of ours"));
	assert_int_equal(store_commit(w->store, NULL), ERR_OK);
}

/* ---- held messages ---- */

static void
deferred_by_us(struct world *w, uint64_t at, const char *id)
{
	char line[500];

	(void)snprintf(line, sizeof(line),
	    "2020-12-01T10:00:00+00:00 mx postfix/smtp[1]: %s: to=<%s@cox.net>, "
	    "relay=cxr.mx.a.cloudfilter.net[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=4.1.1, "
	    "status=deferred (host cxr.mx.a.cloudfilter.net[192.0.2.1] said: 550 5.1.1 "
	    "<%s@cox.net> "
	    "recipient rejected [carom:i3] (in reply to RCPT TO command))",
	    id, id, id);
	assert_int_equal(live_line(w->live, sv_from(line), at, NULL), ERR_OK);
}

static void
accepted(struct world *w, uint64_t at, const char *id)
{
	char line[500];

	(void)snprintf(line, sizeof(line),
	    "2020-12-01T10:00:00+00:00 mx postfix/smtp[1]: %s: to=<%s@cox.net>, "
	    "relay=cxr.mx.a.cloudfilter.net[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, "
	    "status=sent (250 ok)",
	    id, id);
	assert_int_equal(live_line(w->live, sv_from(line), at, NULL), ERR_OK);
}

static void
held_messages_are_tried_again_a_few_first(void **state)
{
	struct world *w = *state;
	char id[20];

	assert_int_equal(live_input(w->live, "x", 5, 0, NULL), ERR_OK);
	for (int i = 0; i < 10; i++) {
		(void)snprintf(id, sizeof(id), "4Bc%d", 100 + i);
		deferred_by_us(w, (uint64_t)i * 500, id);
	}
	accepted(w, 6000, "4Bc100");
	assert_int_equal(live_write(w->live, 1000, NULL), ERR_OK);
	assert_int_equal(live_held(w->live), 9);
	close_live(w);
	open_live(w); /* it is known from the events */
	assert_int_equal(live_held(w->live), 9);
	live_tick(w->live, 1001);
	assert_int_equal(w->tried, 2);
	live_tick(w->live, 1002);
	assert_int_equal(w->tried, 2);
	assert_int_equal(live_input(w->live, "x", 5, 0, NULL), ERR_OK);
	accepted(w, 7000, w->last_tried);
	assert_int_equal(live_write(w->live, 1003, NULL), ERR_OK);
	live_tick(w->live, 1012);
	assert_int_equal(w->tried, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    what_changes_is_told_and_a_second_one_begins_where_the_first_ended, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    what_another_program_writes_is_noticed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    held_messages_are_tried_again_a_few_first, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
