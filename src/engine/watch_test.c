/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/map.h"
#include "engine/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define SHARE  CAROM_SOURCE_DIR "/share"
#define EVENTS 12000

struct base { /* loaded once */
	struct knowledge *k;
	struct classifier *c;
};

static int
load(void **state)
{
	static struct base b;
	const struct knowledge_options opt = { .share = SHARE };
	struct why why;

	if (knowledge_load(&opt, &b.k, &why) != ERR_OK ||
	    classifier_new(b.k, &b.c, &why) != ERR_OK) {
		fail_msg("%s", why.text);
	}
	*state = &b;
	return 0;
}

static int
unload(void **state)
{
	struct base *b = *state;

	classifier_free(&b->c);
	knowledge_free(&b->k);
	return 0;
}

struct hearer {
	struct watch *w;
	struct buf text;
	size_t opened, taken_back;
};

static void
hear(void *context, const struct detect_decision *d)
{
	struct hearer *h = context;
	struct sv who = d->who == NAME_NONE ? SV("-") : watch_name(h->w, d->who);

	buf_fmt(&h->text, "%d %llu %.*s %.17g %.17g %.17g %d %d %.*s %.17g %.17g", (int)d->what,
	    (unsigned long long)d->incident, SV_ARG(watch_name(h->w, d->provider)), d->t, d->on,
	    d->end, (int)d->cause, (int)d->scope, SV_ARG(who), d->margin, d->severity);
	h->opened += d->what == DETECT_OPEN;
	for (size_t i = 0; i < d->n_items; i++) {
		buf_fmt(&h->text, " %llu:%d:%.17g", (unsigned long long)d->items[i].event,
		    (int)d->items[i].action, d->items[i].p_false);
		h->taken_back += d->items[i].action == AMEND_UNSUPPRESS;
	}
	buf_char(&h->text, '\n');
}

/* A deterministic day at two providers; one loses its directory in the middle. */
static void
play(struct base *base, const struct hash_key *key, struct hearer *h)
{
	const struct watch_options opt = { &detect_defaults, *key, 100000, hear, h };
	uint32_t seed = 1;
	struct buf b;

	*h = (struct hearer){ 0 };
	buf_init(&h->text, 0);
	buf_init(&b, 0);
	h->w = watch_new(base->k, base->c, &opt);
	for (uint64_t i = 0; i < EVENTS; i++) {
		bool broken = i > 6000 && i < 7500 && i % 2 == 0;
		uint32_t who;
		struct delivery d = { .id = i, .t = 1.7e9 + (double)i * 3, .attempt = 1 };

		seed = (uint32_t)(seed * UINT64_C(1103515245) + 12345) & 0x7fffffff;
		who = i < 3000 ? (uint32_t)i : seed % 3000;
		buf_clear(&b);
		buf_fmt(&b, "u%u@example.com", who);
		d.recipient = buf_view(&b);
		d.provider = i % 2 == 0 ? SV("first") : SV("second");
		d.domain = SV("example.com");
		d.mx = seed % 3 == 0 ? SV("mx1.example.com") : SV("mx2.example.com");
		d.sender = seed % 5 == 0 ? SV("a") : seed % 5 == 1 ? SV("b") : SV("c");
		d.campaign = SV("a-tx");
		d.stage = STAGE_RCPT;
		d.code = broken && seed % 4 != 0 ? 550 : 250;
		d.status = d.code == 550 ? (struct status){ 5, 1, 1 } : (struct status){ 2, 0, 0 };
		d.text = d.code == 550 ? SV("Recipient address rejected: User does not exist")
				       : SV("Ok: queued as 12345678");
		watch_event(h->w, &d);
	}
	buf_done(&b);
}

static void
finish(struct hearer *h)
{
	watch_free(&h->w);
	buf_done(&h->text);
}

/* The same events give the same decisions, byte for byte, whatever the hash key. */
static void
replay_is_the_same_to_the_byte(void **state)
{
	static const struct hash_key keys[] = { { 1, 2 }, { 1, 2 }, { 0xfeedface, 77 } };
	struct hearer first;

	play(*state, &keys[0], &first);
	assert_true(first.opened >= 1 && first.taken_back > 100);
	for (int i = 1; i < 3; i++) {
		struct hearer again;

		play(*state, &keys[i], &again);
		assert_true(sv_eq(buf_view(&first.text), buf_view(&again.text)));
		finish(&again);
	}
	finish(&first);
}

static void
every_cause_has_a_meaning(void **state)
{
	struct base *b = *state;
	const char *who = "";

	if (!watch_knows_all(b->k, &who)) {
		fail_msg("share/causes.yaml has '%s', src/engine/meaning.c has not", who);
	}
}

static enum detect_class
class_of(struct base *b, const char *reply, double good_days)
{
	struct question q;
	struct verdict v;

	question_from_text(sv_from(reply), &q);
	classify(b->c, &q, &v);
	return watch_class(&v, q.reply.code, good_days);
}

static void
verdicts_become_classes(void **state)
{
	static const struct {
		const char *reply;
		double good_days;
		enum detect_class klass;
	} rows[] = {
		{ "550 5.1.1 <a@example.com>: User unknown", 1, DETECT_UNKNOWN },
		{ "452 4.2.2 mailbox full", 1, DETECT_FULL },
		{ "451 4.3.0 Temporary system problem. Try again later", 1, DETECT_TEMP },
		{ "421 4.7.0 Error: too many connections from 192.0.2.1", 1, DETECT_THROTTLE },
		{ "554 5.7.1 Client host [192.0.2.1] blocked using zen.example", 1, DETECT_BLOCK },
		/* Greylisting does not meet those it let in last week. */
		{ "450 4.2.0 Recipient address rejected: Greylisted", -1, DETECT_GREY },
		{ "450 4.2.0 Recipient address rejected: Greylisted", 90, DETECT_GREY },
		{ "450 4.2.0 Recipient address rejected: Greylisted", 3, DETECT_TEMP },
		{ "connect to mx1.example.com: Connection timed out", 1, DETECT_CONN },
		{ "552 5.3.4 Message size exceeds fixed limit", 1, DETECT_OTHER },
		/* A filter may have said it after DATA; of many who were good it is news. */
		{ "host mx1.example.com[192.0.2.1] said: 552 5.2.0 Requested mail action aborted, "
		  "mailbox not found (in reply to end of DATA command)",
		    1, DETECT_UNKNOWN },
		{ "host mx1.example.com[192.0.2.1] said: 554 5.0.0 This user doesn't have an "
		  "account here (in reply to end of DATA command)",
		    1, DETECT_UNKNOWN },
		{ "599 qzx vrm", 1, DETECT_OTHER },
		{ "499 qzx vrm", 1, DETECT_TEMP },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum detect_class got = class_of(*state, rows[i].reply, rows[i].good_days);

		if (got != rows[i].klass) {
			fail_msg("%s: class %d", rows[i].reply, (int)got);
		}
	}
}

static void
memory_is_bounded_by_the_option(void **state)
{
	struct base *b = *state;
	struct hearer h = { 0 };
	const struct watch_options opt = { &detect_defaults, { 1, 2 }, 10, hear, &h };
	const struct delivery first = { .t = 1, .recipient = SV("d"), .code = 250, .attempt = 1 };
	struct watch_stats s;

	h.w = watch_new(b->k, b->c, &opt);
	for (int i = 0; i < 30; i++) {
		const char local[2] = { (char)('a' + i % 26), '\0' };
		const struct known_recipient known = { sv_from(local), 1000 };

		watch_known(h.w, &known);
	}
	watch_event(h.w, &first);
	watch_stats(h.w, &s);
	assert_int_equal(s.recipients, 10);
	assert_int_equal(s.forgotten, 20);
	finish(&h);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_is_the_same_to_the_byte),
		cmocka_unit_test(every_cause_has_a_meaning),
		cmocka_unit_test(verdicts_become_classes),
		cmocka_unit_test(memory_is_bounded_by_the_option),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
