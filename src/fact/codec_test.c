/* SPDX-License-Identifier: Apache-2.0 */
#include "fact/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static struct event
sample(void)
{
	return (struct event){
		.kind = EVENT_DEFERRED,
		.time_us = -5,
		.instance = SV("postfix"),
		.via = POSTFIX_LMTP,
		.queue_id = SV("4Bc"),
		.recipient = SV("a@b\0c"),
		.orig_to = SV("o@b"),
		.sender = SV(""),
		.has_sender = true,
		.message_id = SV("<m>"),
		.size_bytes = 1234567890123,
		.nrcpt = 3,
		.host = SV("mx"),
		.ip = SV("192.0.2.1"),
		.port = 25,
		.conn_use = 2,
		.delay_us = 7,
		.delays_us = { 1, 2, 3, -1 },
		.saw = SAW_SAID,
		.stage = STAGE_RCPT,
		.suspended = true,
		.reply = { 550, { 5, 1, 1 }, SV_INIT("no") },
		.reason = SV("host mx said: 550 5.1.1 no"),
		.dsn = { 4, 1, 1 },
		.softbounce = true,
		.ours = true,
		.earlier_deferrals = 9,
		.first_attempt = true,
		.offset = 99,
	};
}

static void
an_event_comes_out_as_it_went_in(void **state)
{
	const struct event e = sample();
	struct event back;
	struct buf a;
	struct buf b;
	struct sv s;

	(void)state;
	buf_init(&a, 0);
	buf_init(&b, 0);
	event_write(&e, &a);
	event_write(&e, &a);
	s = buf_view(&a);
	assert_true(event_take(&s, &back));
	assert_int_equal(s.n, a.n / 2);
	assert_true(sv_eq(back.recipient, e.recipient) && sv_eq(back.reason, e.reason) &&
		    sv_eq(back.reply.text, e.reply.text));
	assert_true(back.ours && back.softbounce && back.suspended && back.first_attempt &&
		    back.has_sender);
	assert_int_equal(back.time_us, -5);
	assert_int_equal(back.delays_us[3], -1);
	assert_int_equal(back.reply.status.klass, 5);
	assert_int_equal(back.earlier_deferrals, 9);
	event_write(&back, &b);
	assert_true(sv_eq(buf_view(&b), sv_head(buf_view(&a), a.n / 2)));
	buf_done(&a);
	buf_done(&b);
}

static void
what_is_cut_or_out_of_range_is_no_event(void **state)
{
	struct event e = sample();
	struct event back;
	struct buf a;

	(void)state;
	buf_init(&a, 0);
	event_write(&e, &a);
	for (size_t n = 0; n < a.n; n++) {
		struct sv s = sv_make(a.p, n);

		assert_false(event_take(&s, &back));
		assert_int_equal(s.n, n);
	}
	buf_clear(&a);
	e.kind = (enum event_kind)77;
	event_write(&e, &a);
	assert_false(event_take(&(struct sv){ a.p, a.n }, &back));
	buf_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_comes_out_as_it_went_in),
		cmocka_unit_test(what_is_cut_or_out_of_range_is_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
