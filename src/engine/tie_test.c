/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "engine/analyze.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

static struct knowledge *knowledge;
static const struct hash_key key = { 1, 2 };

static int
set_up(void **state)
{
	const struct knowledge_options opt = { CAROM_SOURCE_DIR "/share" };
	struct why why;

	(void)state;
	if (knowledge_load(&opt, &knowledge, &why) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	knowledge_free(&knowledge);
	return 0;
}

/* A bounce of one recipient. */
static struct returned
bounce(struct returned_recipient *r, const char *address, const char *message_id,
    const char *queue_id, uint64_t digest)
{
	*r = (struct returned_recipient){ .address = sv_from(address),
		.reply = SV("550 5.1.1 no such user"),
		.host = SV("mx.shop.example"),
		.code = 550,
		.action = DSN_FAILED,
		.verdict = { .cause = knowledge_cause_find(knowledge, SV("no_such_user")),
		    .tier = TIER_WORDING,
		    .lasting = LASTING_PERMANENT,
		    .suppress = true,
		    .confidence = 0.5 } };
	return (struct returned){ .kind = BOUNCE_BOUNCE,
		.digest = digest,
		.time_us = 1000 * US_PER_SECOND,
		.name = SV("a.eml"),
		.message_id = sv_from(message_id),
		.queue_id = sv_from(queue_id),
		.recipients = r,
		.n_recipients = 1 };
}

static struct event
event(enum event_kind kind, const char *recipient, const char *message_id, const char *queue_id)
{
	return (struct event){ .kind = kind,
		.time_us = 900 * US_PER_SECOND,
		.queue_id = sv_from(queue_id),
		.recipient = sv_from(recipient),
		.message_id = sv_from(message_id),
		.host = SV("mx.shop.example"),
		.delay_us = -1 };
}

static enum tie_state
state_of(const struct tie *t, size_t i)
{
	const struct tied_recipient *r;

	(void)tie_mail(t, i, &r);
	return r[0].state;
}

static void
mails_are_tied_by_either_id(void **state)
{
	struct tie *t = tie_new(&key);
	struct returned_recipient r;
	const struct {
		const char *address, *message_id, *queue_id;
		enum tie_state want;
	} cases[] = {
		{ "a@shop.example", "<1@us.example>", "", TIE_REFUSED },
		{ "A@Shop.example", "", "4XyZ1A2b3C", TIE_REFUSED },
		{ "b@shop.example", "<1@us.example>", "", TIE_ACCEPTED }, /* came back later */
		{ "c@shop.example", "<1@us.example>", "", TIE_MESSAGE },
		{ "d@shop.example", "<1@us.example>", "", TIE_TRYING },
		{ "a@shop.example", "<2@us.example>", "4XyZ1A2b3D", TIE_NONE },
		{ "a@shop.example", "", "", TIE_NONE },
		{ "alias@us.example", "<1@us.example>", "", TIE_ACCEPTED }, /* as it was written */
	};
	struct event events[] = {
		event(EVENT_DEFERRED, "a@shop.example", "<1@us.example>", "4XyZ1A2b3C"),
		event(EVENT_REJECTED, "a@shop.example", "<1@us.example>", "4XyZ1A2b3C"),
		event(EVENT_ACCEPTED, "b@shop.example", "<1@us.example>", "4XyZ1A2b3C"),
		event(EVENT_DEFERRED, "d@shop.example", "<1@us.example>", "4XyZ1A2b3C"),
		event(EVENT_ACCEPTED, "e@shop.example", "<1@us.example>", "4XyZ1A2b3C"),
		event(EVENT_ACCEPTED, "a@shop.example", "", ""),
	};

	(void)state;
	events[4].orig_to = SV("alias@us.example");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct returned m =
		    bounce(&r, cases[i].address, cases[i].message_id, cases[i].queue_id, i);

		assert_true(tie_add(t, &m));
		assert_true(tie_add(t, &m)); /* the same file twice */
	}
	assert_int_equal(tie_count(t), sizeof(cases) / sizeof(cases[0]));
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		tie_event(t, &events[i], NULL);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (state_of(t, i) != cases[i].want) {
			fail_msg(
			    "%s %s: %d", cases[i].address, cases[i].message_id, state_of(t, i));
		}
	}
	tie_free(&t);
}

/* Who is hidden is known if the message went to nobody else. */
static void
the_log_reveals_who_was_hidden(void **state)
{
	struct tie *t = tie_new(&key);
	struct returned_recipient r[2];
	const struct returned one = bounce(&r[0], "", "<1@us.example>", "", 1);
	const struct returned two = bounce(&r[1], "", "<2@us.example>", "", 2);
	const struct event events[] = {
		event(EVENT_DEFERRED, "a@shop.example", "<1@us.example>", "Q1xx"),
		event(EVENT_ACCEPTED, "a@shop.example", "<1@us.example>", "Q1xx"),
		event(EVENT_ACCEPTED, "a@shop.example", "<2@us.example>", "Q2xx"),
		event(EVENT_ACCEPTED, "b@shop.example", "<2@us.example>", "Q2xx"),
		event(EVENT_ACCEPTED, "a@shop.example", "<2@us.example>", "Q2xx"),
	};
	const struct tied_recipient *tied;

	(void)state;
	assert_true(tie_add(t, &one) && tie_add(t, &two));
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		tie_event(t, &events[i], NULL);
	}
	(void)tie_mail(t, 0, &tied);
	assert_true(sv_eq(tied[0].address, SV("a@shop.example")));
	assert_int_equal(tied[0].state, TIE_ACCEPTED);
	(void)tie_mail(t, 1, &tied);
	assert_int_equal(tied[0].address.n, 0);
	assert_true(tied[0].several);
	tie_free(&t);
}

static void
on_untied(void *context, const struct returned *m, const struct returned_recipient *r)
{
	(void)m;
	(void)r;
	++*(int *)context;
}

static void
nothing_is_counted_twice(void **state)
{
	struct tie *t = tie_new(&key);
	struct tally *tally = tally_new(knowledge, &key);
	struct returned_recipient r;
	struct returned m;
	struct mail_counts counts;
	int untied = 0;
	const struct event events[] = {
		event(EVENT_REJECTED, "a@shop.example", "<1@us.example>", "Q1xx"),
		event(EVENT_ACCEPTED, "b@shop.example", "<2@us.example>", "Q2xx"),
	};
	const struct verdict v = { .cause = knowledge_cause_find(knowledge, SV("no_such_user")) };

	(void)state;
	m = bounce(&r, "a@shop.example", "<1@us.example>", "", 1);
	assert_true(tie_add(t, &m));
	m = bounce(&r, "b@shop.example", "<2@us.example>", "", 2);
	assert_true(tie_add(t, &m));
	m = bounce(&r, "b@shop.example", "<2@us.example>", "", 3); /* a copy for postmaster */
	assert_true(tie_add(t, &m));
	m = bounce(&r, "c@shop.example", "<3@us.example>", "", 4); /* anybody can write this */
	assert_true(tie_add(t, &m));
	for (size_t i = 0; i < 2; i++) {
		struct group *g = tally_group(tally, &events[i]);

		tie_event(t, &events[i], g);
		tally_add(tally, g, &events[i], i == 0 ? &v : NULL);
	}
	analyze_mails(
	    &(struct mail_run){ t, tally, true, 2000 * US_PER_SECOND, on_untied, &untied },
	    &counts);
	assert_int_equal(counts.mails, 4);
	assert_int_equal(counts.in_log, 1);
	assert_int_equal(counts.later, 1);
	assert_int_equal(counts.again, 1);
	assert_int_equal(counts.untied, 1);
	assert_int_equal(untied, 1);
	assert_int_equal(tally_total(tally)->messages, 2);
	assert_int_equal(tally_total(tally)->attempts, 2);
	assert_int_equal(tally_total(tally)->accepted, 0);
	assert_int_equal(tally_total(tally)->rejected, 2);
	assert_int_equal(tally_total(tally)->returned, 1);
	tally_free(&tally);
	tie_free(&t);
}

static void
what_is_written_is_read(void **state)
{
	struct arena *arena = arena_new(RETURNED_BYTES_MAX);
	struct returned_recipient r;
	struct returned m = bounce(&r, "a@shop.example", "<1@us.example>", "Q1xx", 77);
	struct returned got;
	struct buf b;
	struct sv view;

	(void)state;
	r.status = (struct status){ 5, 1, 1 };
	r.stage = STAGE_RCPT;
	buf_init(&b, 0);
	returned_write(&m, &b);
	view = buf_view(&b);
	assert_true(returned_read(&view, knowledge, arena, &got));
	assert_int_equal(view.n, 0);
	assert_int_equal(got.digest, 77);
	assert_true(sv_eq(got.recipients[0].reply, r.reply));
	assert_string_equal(got.recipients[0].verdict.cause->name, "no_such_user");
	assert_string_equal(got.recipients[0].verdict.action, "suppress");
	assert_true(got.recipients[0].verdict.suppress);
	assert_int_equal(got.recipients[0].stage, STAGE_RCPT);
	for (size_t i = 0; i < b.n; i++) { /* cut anywhere it is refused */
		view = sv_make(b.p, i);
		assert_false(returned_read(&view, knowledge, arena, &got));
	}
	memset(b.p + b.n - 64, 0xff, 8); /* a cause that is not there */
	view = buf_view(&b);
	assert_false(returned_read(&view, knowledge, arena, &got));
	buf_done(&b);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mails_are_tied_by_either_id),
		cmocka_unit_test(the_log_reveals_who_was_hidden),
		cmocka_unit_test(nothing_is_counted_twice),
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
