/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_TEST_INGEST_H
#define CAROM_ENGINE_TEST_INGEST_H

/* Of the tests of the ingest only: one with a store of its own, and events for it. */

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

static inline void
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

static inline int
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

static inline int
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

static inline struct event
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

static inline void
take(struct world *w, const char *to, int64_t t_us)
{
	struct event e = accepted("news@one.example", to, t_us);

	store_begin(w->store);
	ingest_event(w->in, &e, 1);
	assert_int_equal(ingest_commit(w->in, NULL), ERR_OK);
}

#endif
