/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_place.h"

#include <sqlite3.h>

static bool
keep_address(void *context, struct sv address, const struct memory *m)
{
	char *out = context;

	(void)m;
	(void)snprintf(out, 64, "%.*s", SV_ARG(address));
	return true;
}

static void
what_is_put_is_there_after_opening_again(void **state)
{
	struct place p;
	struct store *s;
	struct memory m = { .state = RECIPIENT_SUPPRESSED,
		.since_s = 5,
		.until_s = 6,
		.decision = 9,
		.complained_s = 11,
		.unsubscribed_s = 12,
		.by_hand_s = 13 };
	struct memory back;
	struct stored_event e = {
		.t_us = -5, .recipient = 1, .code = 550, .good_days = -1, .reply = SV_INIT("550 no")
	};
	struct stored_decision d = { .recipient = 1,
		.d = { .kind = DECISION_REST, .reason = "because", .t_s = 4 } };
	char address[64] = "";

	(void)state;
	place_new(&p);
	s = open_at(&p, false);
	m.run = (struct recipient){ .hash = store_hash(s, SV("Joe@Example.com")),
		.accepted_s = UINT32_MAX,
		.gone_s = 2,
		.runs = { { 1, 2 }, { 3, 4 }, { 5, 6 } },
		.counts = { 7, 8, UINT16_MAX } };
	assert_true(m.run.hash == store_hash(s, SV("joe@example.COM")));
	store_begin(s);
	store_recipient_put(s, SV("joe@example.com"), &m, false);
	store_event_put(s, &e);
	store_decision_put(s, &d);
	store_input_put(s, 77, "mail.log", 1234);
	assert_int_equal(store_name(s, SV("cox")), store_name(s, SV("cox")));
	assert_int_equal(store_commit(s, NULL), ERR_OK);
	store_close(&s);

	s = open_at(&p, false);
	assert_true(store_recipient_get(s, m.run.hash, &back));
	assert_memory_equal(&back.run, &m.run, sizeof(back.run));
	assert_int_equal(back.state, RECIPIENT_SUPPRESSED);
	assert_int_equal(back.by_hand_s, 13);
	assert_true(store_event_get(s, e.id, &e));
	assert_int_equal(e.t_us, -5);
	assert_true(store_decision_get(s, d.id, &d));
	assert_true(sv_eq(d.reason, SV("because")));
	assert_int_equal(store_input_done(s, 77), 1234);
	store_recipients(s, 1u << RECIPIENT_SUPPRESSED, keep_address, address);
	assert_string_equal(address, "joe@example.com");
	store_begin(s);
	assert_int_equal(store_name(s, SV("because")), 1);
	store_event_put(s, &e);
	assert_int_equal(e.id, 2);
	assert_int_equal(store_commit(s, NULL), ERR_OK);
	store_close(&s);
	place_done(&p);
}

static void
nothing_is_there_without_a_commit(void **state)
{
	struct place p;
	struct store *s;
	struct memory m = { .run = { .hash = 1 } };

	(void)state;
	place_new(&p);
	s = open_at(&p, false);
	store_begin(s);
	store_recipient_put(s, SV("a@b"), &m, false);
	store_input_put(s, 1, "x", 10);
	store_rollback(s);
	store_close(&s);
	s = open_at(&p, false);
	assert_false(store_recipient_get(s, 1, &m));
	assert_int_equal(store_input_done(s, 1), 0);
	store_close(&s);
	place_done(&p);
}

static void
a_store_of_hashes_keeps_no_address(void **state)
{
	struct place p;
	struct store *s;
	struct memory m = { .state = RECIPIENT_RESTING };
	char address[64] = "x";

	(void)state;
	place_new(&p);
	s = open_at(&p, true);
	store_close(&s);
	s = open_at(&p, false); /* it is what it was made as */
	assert_true(store_hash_only(s));
	store_begin(s);
	store_recipient_put(s, SV("joe@example.com"), &m, false);
	assert_int_equal(store_commit(s, NULL), ERR_OK);
	store_recipients(s, 1u << RECIPIENT_RESTING, keep_address, address);
	assert_string_equal(address, "");
	store_close(&s);
	place_done(&p);
}

static void
write_file(const struct place *p, const char *text)
{
	FILE *f = fopen(p->path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
complains(const struct place *p, const char *of)
{
	struct store_options opt = { .path = p->path, .create = true };
	struct store *s = NULL;
	struct why why = { 0 };

	assert_int_not_equal(store_open(&opt, &s, &why), ERR_OK);
	assert_null(s);
	if (strstr(why.text, of) == NULL) {
		fail_msg("'%s' is not in '%s'", of, why.text);
	}
}

static void
run_sql(const struct place *p, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static void
what_is_no_store_is_refused_with_what_to_do(void **state)
{
	struct place p;
	struct store *s;

	(void)state;
	place_new(&p);
	write_file(&p,
	    "this is no database, whatever it is, and it is long enough to be looked at by SQLite\n"
	    "this is no database, whatever it is, and it is long enough to be looked at by "
	    "SQLite\n");
	complains(&p, "damaged or no store");
	(void)unlink(p.path);
	run_sql(&p, "CREATE TABLE other(x)");
	complains(&p, "no store of carom");
	(void)unlink(p.path);
	s = open_at(&p, false);
	store_close(&s);
	run_sql(&p, "PRAGMA user_version = 99");
	complains(&p, "newer carom");
	place_done(&p);
}

static void
lanes_roll_up_and_lose_nothing(void **state)
{
	static const struct keep_policy keep = { .minutes_days = 2, .hours_days = 60 };
	struct place p;
	struct store *s;
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	const int64_t start = 1600000000 / LANE_DAY * LANE_DAY;
	const struct lane_counts one = { .attempts = 1, .accepted = 1 };

	(void)state;
	place_new(&p);
	s = open_at(&p, false);
	store_begin(s);
	for (int64_t t = 0; t < 100 * LANE_DAY; t += 600) {
		store_lane_add(s, 1, 2, start + t, &one);
	}
	store_lanes_roll(s, &keep, start + 100 * LANE_DAY);
	store_lanes_roll(s, &keep, start + 100 * LANE_DAY);
	assert_int_equal(store_commit(s, NULL), ERR_OK);
	store_close(&s);
	assert_int_equal(sqlite3_open(p.path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db,
		"SELECT sum(attempts), count(*), count(DISTINCT width) FROM lane", -1, &q, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int64(q, 0), 100 * 144);
	/* 40 days, 58 days of hours, 2 days of ten minutes */
	assert_int_equal(sqlite3_column_int64(q, 1), 40 + 58 * 24 + 2 * 144);
	assert_int_equal(sqlite3_column_int64(q, 2), 3);
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(db);
	place_done(&p);
}

static bool
count_pace(void *context, const struct stored_pace *p)
{
	*(size_t *)context += p->d.kind == PACE_DOWN && sv_eq(p->reason, SV("slow"));
	return true;
}

static void
put_both(struct store *s, uint64_t *decision_out, uint64_t *pace_out)
{
	struct stored_decision d = { .d = { .kind = DECISION_REST, .reason = "rest" } };
	struct stored_pace p = { .d = { .kind = PACE_DOWN,
				     .reason = "slow",
				     .before = { 5, 0 },
				     .after = { 1, 2.5 },
				     .t_s = 1e9,
				     .attempts = 7,
				     .throttled = 3 } };
	struct why why;

	store_begin(s);
	p.provider = store_name(s, SV("gmail"));
	store_decision_put(s, &d);
	store_pace_put(s, &p);
	assert_int_equal(store_commit(s, &why), ERR_OK);
	*decision_out = d.id;
	*pace_out = p.id;
}

static void
decisions_of_both_kinds_share_their_numbers(void **state)
{
	struct place p;
	struct store *s;
	struct stored_pace pace;
	uint64_t ids[4];

	(void)state;
	place_new(&p);
	s = open_at(&p, false);
	put_both(s, &ids[0], &ids[1]);
	store_close(&s);
	s = open_at(&p, false);
	put_both(s, &ids[2], &ids[3]);
	for (uint64_t i = 0; i < 4; i++) {
		assert_int_equal(ids[i], i + 1);
	}
	assert_false(store_pace_get(s, 1, &pace));
	assert_true(store_pace_get(s, 4, &pace));
	assert_true(pace.d.before.connections == 5 && pace.d.after.delay_s == 2.5 &&
		    pace.d.t_s == 1e9 && pace.d.attempts == 7 && pace.d.throttled == 3);
	store_close(&s);
	place_done(&p);
}

static uint64_t
put_event_by(struct store *s, uint32_t rung)
{
	struct stored_event e = { .t_us = 5, .recipient = 6, .rung = rung };
	struct why why;

	store_begin(s);
	store_event_put(s, &e);
	assert_int_equal(store_commit(s, &why), ERR_OK);
	return e.id;
}

static void
a_store_of_version_1_is_read_and_migrated(void **state)
{
	struct place p;
	struct store_options look = { .read_only = true };
	struct stored_decision d;
	struct stored_event e;
	struct store *s;
	struct why why;
	uint64_t ids[2];
	uint64_t event;
	size_t n = 0;

	(void)state;
	place_new(&p);
	look.path = p.path;
	s = open_at(&p, false);
	put_both(s, &ids[0], &ids[1]);
	event = put_event_by(s, 7);
	store_close(&s);
	run_sql(&p, "DROP TABLE pace; DROP TABLE state; DROP TABLE state_part; ALTER TABLE event "
		    "DROP COLUMN "
		    "rung; PRAGMA user_version = 1");
	assert_int_equal(store_open(&look, &s, &why), ERR_OK);
	assert_true(store_event_get(s, event, &e));
	assert_int_equal(e.rung, 0);
	store_paces(s, count_pace, &n);
	assert_int_equal(n, 0);
	assert_true(store_decision_get(s, ids[0], &d));
	assert_int_equal(store_trouble(s, &why), ERR_OK);
	store_close(&s);
	s = open_at(&p, false);
	assert_true(store_decision_get(s, ids[0], &d));
	assert_true(store_event_get(s, put_event_by(s, 9), &e));
	assert_int_equal(e.rung, 9);
	assert_true(store_event_get(s, event, &e));
	assert_int_equal(e.rung, 0); /* nobody knows */
	put_both(s, &ids[0], &ids[1]);
	store_paces(s, count_pace, &n);
	assert_int_equal(n, 1);
	store_close(&s);
	assert_int_equal(store_open(&look, &s, &why), ERR_OK);
	n = 0;
	store_paces(s, count_pace, &n);
	assert_int_equal(n, 1);
	store_close(&s);
	place_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_there_after_opening_again),
		cmocka_unit_test(nothing_is_there_without_a_commit),
		cmocka_unit_test(a_store_of_hashes_keeps_no_address),
		cmocka_unit_test(what_is_no_store_is_refused_with_what_to_do),
		cmocka_unit_test(lanes_roll_up_and_lose_nothing),
		cmocka_unit_test(decisions_of_both_kinds_share_their_numbers),
		cmocka_unit_test(a_store_of_version_1_is_read_and_migrated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
