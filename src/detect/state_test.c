/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "detect/detect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define EVENTS 12000

struct world {
	struct detector *d;
	struct buf said; /* every decision with its numbers */
};

static void
listen(void *context, const struct detect_decision *d)
{
	struct world *w = context;

	buf_fmt(&w->said, "%u %llu %u %.17g %.17g %.17g %u %u %u %.17g %.17g %zu\n", d->what,
	    (unsigned long long)d->incident, d->provider, d->t, d->on, d->end, d->cause, d->scope,
	    d->who, d->margin, d->severity, d->n_items);
	for (size_t i = 0; i < d->n_items; i++) {
		buf_fmt(&w->said, " %llu %u %.17g\n", (unsigned long long)d->items[i].event,
		    d->items[i].action, d->items[i].p_false);
	}
}

static void
world_new(struct world *w)
{
	buf_init(&w->said, 0);
	w->d = detector_new(&detect_defaults, listen, w);
}

static void
world_done(struct world *w)
{
	detector_free(&w->d);
	buf_done(&w->said);
}

/* Number i of a history: quiet, false unknowns, quiet with retests, an outage, a blocked sender. */
static struct detect_event
event(unsigned i)
{
	uint64_t h = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	unsigned part = i / (EVENTS / 6);
	unsigned dice = (unsigned)(h >> 33) % 100;
	bool retest = part == 2 && dice % 4 == 0;
	struct detect_event e = { .id = i + 1,
		.t = 1.7e9 + i * 2.0,
		.provider = 1 + (h >> 20) % 2,
		.domain = 50 + (uint32_t)((h >> 40) % 30),
		.mx = 60 + (uint32_t)((h >> 50) % 3),
		.sender = 10 + (uint32_t)((h >> 55) % 4),
		.campaign = 100 + (uint32_t)((h >> 55) % 4),
		.recipient = retest ? i - EVENTS / 6 : i,
		.attempt = 1 + (dice == 7),
		.good_days = dice % 10 == 3 ? -1.0 : (double)dice,
		.since_unknown_s = retest ? 4000 : -1 };

	if ((part == 1 && e.provider == 1 && dice < 60) || dice == 99) {
		e.klass = DETECT_UNKNOWN;
	} else if (part == 3 && dice < 70) {
		e.klass = DETECT_TEMP;
	} else if (part == 4 && e.sender == 11) {
		e.klass = DETECT_BLOCK;
	}
	return e;
}

static void
history(struct world *w, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct detect_event e = event(i);

		detector_event(w->d, &e);
	}
}

struct parts { /* providers that are written one after the other */
	struct detector *d;
	struct coder *c;
	size_t n;
};

static void
write_part(void *context, uint32_t provider)
{
	struct parts *p = context;

	detector_code_provider(p->d, provider, p->c);
	p->n++;
}

/* The two providers of a history. */
static void
code_both(struct detector *d, struct coder *c)
{
	detector_code(d, c);
	detector_code_provider(d, 1, c);
	detector_code_provider(d, 2, c);
}

static void
write_state(struct world *w, struct buf *out)
{
	struct coder c = { .out = out };

	buf_clear(out);
	code_both(w->d, &c);
	assert_false(c.bad);
}

/* Another detector takes the place of the one that wrote. */
static void
read_state(struct world *w, const struct buf *bytes)
{
	struct coder c = { .in = buf_view(bytes) };

	detector_free(&w->d);
	w->d = detector_new(&detect_defaults, listen, w);
	code_both(w->d, &c);
	assert_false(c.bad);
	assert_int_equal(c.in.n, 0);
}

static void
a_detector_that_was_read_goes_on_as_the_one_that_was_written(void **state)
{
	struct world whole;
	struct world pieces;
	struct buf bytes;
	struct buf end;

	(void)state;
	world_new(&whole);
	world_new(&pieces);
	buf_init(&bytes, 0);
	buf_init(&end, 0);
	history(&whole, 0, EVENTS);
	for (unsigned i = 0; i < EVENTS; i += 97) {
		history(&pieces, i, i + 97 < EVENTS ? i + 97 : EVENTS);
		write_state(&pieces, &bytes);
		read_state(&pieces, &bytes);
	}
	assert_true(whole.said.n > 0);
	assert_non_null(strstr(whole.said.p, "\n 2")); /* an amendment with items */
	assert_string_equal(pieces.said.p, whole.said.p);
	write_state(&whole, &end);
	write_state(&pieces, &bytes);
	assert_true(sv_eq(buf_view(&bytes), buf_view(&end)));
	buf_done(&bytes);
	buf_done(&end);
	world_done(&whole);
	world_done(&pieces);
}

/* What saw no event since it was written last need not be written again. */
static void
only_what_changed_is_written(void **state)
{
	struct world w;
	struct buf bytes;
	struct coder c = { .out = &bytes };
	struct parts parts = { .c = &c };
	struct detect_event e = event(1);

	(void)state;
	world_new(&w);
	buf_init(&bytes, 0);
	history(&w, 0, 100);
	parts.d = w.d;
	detector_changed(w.d, write_part, &parts);
	assert_int_equal(parts.n, 2);
	detector_changed(w.d, write_part, &parts);
	assert_int_equal(parts.n, 2);
	e.t += 1000;
	detector_event(w.d, &e);
	detector_changed(w.d, write_part, &parts);
	assert_int_equal(parts.n, 3);
	buf_done(&bytes);
	world_done(&w);
}

static void
damaged_bytes_are_told_and_break_nothing(void **state)
{
	struct world w;
	struct buf bytes;

	(void)state;
	world_new(&w);
	buf_init(&bytes, 0);
	history(&w, 0, EVENTS / 2);
	write_state(&w, &bytes);
	for (size_t n = 0; n < bytes.n; n += 1 + bytes.n / 500) {
		struct coder c = { .in = sv_head(buf_view(&bytes), n) };
		struct detector *d = detector_new(&detect_defaults, listen, &w);

		code_both(d, &c);
		assert_true(c.bad);
		detector_free(&d);
		c = (struct coder){ .in = buf_view(&bytes) };
		bytes.p[n] = (char)(bytes.p[n] ^ 0x80);
		d = detector_new(&detect_defaults, listen, &w);
		code_both(d, &c); /* a number may be wrong, and nobody can see it */
		detector_free(&d);
		bytes.p[n] = (char)(bytes.p[n] ^ 0x80);
	}
	buf_done(&bytes);
	world_done(&w);
}

static void
equal_settings_have_the_same_bytes(void **state)
{
	struct detect_settings other = detect_defaults;
	struct buf a;
	struct buf b;

	(void)state;
	buf_init(&a, 0);
	buf_init(&b, 0);
	detector_settings_bytes(&detect_defaults, &a);
	detector_settings_bytes(&other, &b);
	assert_true(sv_eq(buf_view(&a), buf_view(&b)));
	other.domain_cap++;
	buf_clear(&b);
	detector_settings_bytes(&other, &b);
	assert_false(sv_eq(buf_view(&a), buf_view(&b)));
	buf_done(&a);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_detector_that_was_read_goes_on_as_the_one_that_was_written),
		cmocka_unit_test(only_what_changed_is_written),
		cmocka_unit_test(damaged_bytes_are_told_and_break_nothing),
		cmocka_unit_test(equal_settings_have_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
