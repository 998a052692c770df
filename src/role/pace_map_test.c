/* SPDX-License-Identifier: Apache-2.0 */
#include "role/pace_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

struct world {
	char path[64];
	struct store *store;
	struct places places;
	struct pace_want wants[2];
	size_t n_wants;
	struct buf text;
};

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct store_options so = { .create = true, .key = { 1, 2 } };

	(void)snprintf(w->path, sizeof(w->path), "/tmp/carom-pace-test-%d.db", (int)getpid());
	(void)unlink(w->path);
	so.path = w->path;
	assert_int_equal(store_open(&so, &w->store, NULL), ERR_OK);
	places_init(&w->places);
	buf_init(&w->text, 0);
	store_begin(w->store);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	char more[80];

	store_rollback(w->store);
	store_close(&w->store);
	places_done(&w->places);
	buf_done(&w->text);
	(void)unlink(w->path);
	(void)snprintf(more, sizeof(more), "%s-wal", w->path);
	(void)unlink(more);
	(void)snprintf(more, sizeof(more), "%s-shm", w->path);
	(void)unlink(more);
	free(w);
	return 0;
}

static void
saw(struct world *w, const char *domain, const char *host, const char *provider)
{
	const struct stored_event e = { .domain = store_name(w->store, sv_from(domain)),
		.host = store_name(w->store, sv_from(host)),
		.provider = store_name(w->store, sv_from(provider)),
		.watched = WATCHED };

	(void)places_saw(&w->places, &e);
}

static void
map_is(struct world *w, bool share, const char *expect)
{
	const struct pace_map m = { .places = &w->places,
		.store = w->store,
		.wants = w->wants,
		.n_wants = w->n_wants,
		.share_nexthop = share,
		.pause_socket = "/run/carom/pause" };

	buf_clear(&w->text);
	(void)pace_map_write(&m, &w->text);
	assert_string_equal(w->text.n == 0 ? "" : w->text.p, expect);
}

static void
a_limit_holds_for_the_provider_with_all_its_domains(void **state)
{
	struct world *w = *state;

	saw(w, "cox.net", "mx1", "cox");
	saw(w, "cox.net", "mx2", "cox");
	saw(w, "shop.example", "mx2", "cox");
	saw(w, "free.example", "mx9", "other");
	map_is(w, true, "");
	w->wants[0] =
	    (struct pace_want){ .provider = store_name(w->store, SV("cox")), .connections = 10 };
	w->n_wants = 1;
	map_is(w, true, "cox.net carom-4:\nshop.example carom-4:cox.net\n");
	map_is(w, false, "cox.net carom-4:\nshop.example carom-4:\n");
	saw(w, "far.example", "mx7", "cox"); /* another group: the ten are divided */
	map_is(w, true, "cox.net carom-7:\nshop.example carom-7:cox.net\nfar.example carom-7:\n");
	w->wants[0].delay_s = 3;
	map_is(
	    w, true, "cox.net carom-12:\nshop.example carom-12:cox.net\nfar.example carom-12:\n");
	w->wants[0] = (struct pace_want){ .provider = w->wants[0].provider, .connections = 1 };
	map_is(
	    w, true, "cox.net carom-11:\nshop.example carom-11:cox.net\nfar.example carom-11:\n");
}

static void
count(void *context, struct sv domain, const struct pace_want *want)
{
	size_t *n = context;

	assert_true(domain.n > 0 && want->reason.n > 0);
	(*n)++;
}

static void
a_pause_by_hand_outranks_the_limit(void **state)
{
	struct world *w = *state;
	static const char *const names[] = { "cox", "never mailed" };
	struct pace_want *wants = malloc(sizeof(*wants));
	struct pace_map m;
	size_t n;
	size_t domains = 0;

	saw(w, "cox.net", "mx1", "cox");
	saw(w, "shop.example", "mx1", "cox");
	wants[0] =
	    (struct pace_want){ .provider = store_name(w->store, SV("cox")), .connections = 10 };
	n = pace_pause(w->store, names, 2, &wants, 1);
	assert_int_equal(n, 1);
	w->wants[0] = wants[0];
	w->n_wants = n;
	map_is(w, true,
	    "cox.net carom-pause:unix:/run/carom/pause\nshop.example "
	    "carom-pause:unix:/run/carom/pause\n");
	m = (struct pace_map){
		.places = &w->places, .store = w->store, .wants = wants, .n_wants = n
	};
	pace_each_paused(&m, count, &domains);
	assert_int_equal(domains, 2);
	free(wants);
}

static void
a_pace_that_was_decided_is_a_rung_or_a_pause(void **state)
{
	struct world *w = *state;
	const struct pace_now slow = { .phase = PACE_SLOW, .speed = { 3, 0 } };
	const struct pace_now fast = { .phase = PACE_SLOW, .speed = { 50, 0 } };
	const struct pace_now probing = { .phase = PACE_PROBING, .speed = { 1, 30 } };
	const struct pace_now paused = { .phase = PACE_PAUSED, .speed = { 1, 30 } };
	struct pace_want *wants = malloc(sizeof(*wants));
	uint32_t cox;
	size_t n;

	saw(w, "cox.net", "mx1", "cox");
	cox = store_name(w->store, SV("cox"));
	wants[0] = (struct pace_want){ .provider = cox, .connections = 10 };
	n = pace_decided(cox, &fast, 7, &wants, 1);
	assert_true(n == 1 && wants[0].connections == 10);
	n = pace_decided(cox, &slow, 7, &wants, n);
	w->wants[0] = wants[0];
	w->n_wants = 1;
	map_is(w, false, "cox.net carom-9:\n");
	(void)pace_decided(cox, &probing, 8, &wants, n);
	w->wants[0] = wants[0];
	map_is(w, false, "cox.net carom-13:\n");
	(void)pace_decided(cox, &paused, 9, &wants, n);
	assert_int_equal(wants[0].id, 9);
	w->wants[0] = wants[0];
	map_is(w, false, "cox.net carom-pause:unix:/run/carom/pause\n");
	assert_int_equal(pace_decided(cox + 1, &slow, 7, &wants, n), 2);
	free(wants);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_limit_holds_for_the_provider_with_all_its_domains, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_pause_by_hand_outranks_the_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_pace_that_was_decided_is_a_rung_or_a_pause, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
