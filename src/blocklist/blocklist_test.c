/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "blocklist/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

static struct blocklists *lists;

static const struct blocklist *
list(const char *zone)
{
	const struct blocklist *l = blocklist_find(lists, sv_from(zone));

	assert_non_null(l);
	return l;
}

/* ---- answers ---- */

static void
answer_of(const char *text, struct dns_record *room, struct dns_answer *a, struct ip *ip)
{
	*a = (struct dns_answer){ .records = room, .status = DNS_NO_NAME };
	if (strcmp(text, "silent") == 0) {
		*a = (struct dns_answer){ .status = DNS_SILENT, .reason = "no answer in time" };
	} else if (strcmp(text, "refused") == 0) {
		*a = (struct dns_answer){ .status = DNS_FAILED, .rcode = 5, .reason = "REFUSED" };
	} else if (ip_read(sv_from(text), ip)) {
		room[0] = (struct dns_record){ .data = sv_make((const char *)ip->b, 4) };
		a->n = 1;
		a->status = DNS_OK;
	}
}

static struct list_reading
judged(const char *zone, const char *text)
{
	struct dns_record room[1];
	struct dns_answer a;
	struct list_reading r;
	struct ip ip;

	answer_of(text, room, &a, &ip);
	list_judge(lists, list(zone), &a, &r);
	return r;
}

static void
test_codes_mean_what_the_list_says(void **state)
{
	static const struct {
		const char *zone, *answer;
		enum listing means;
		bool refused, broken;
	} cases[] = {
		{ "zen.spamhaus.org", "127.0.0.2", LISTING_LISTED, false, false },
		{ "zen.spamhaus.org", "127.0.0.10", LISTING_POLICY, false, false },
		{ "zen.spamhaus.org", "nothing", LISTING_CLEAR, false, false },
		{ "zen.spamhaus.org", "127.255.255.254", LISTING_UNKNOWN, true, false },
		{ "zen.spamhaus.org", "127.255.255.7", LISTING_UNKNOWN, true, false },
		{ "zen.spamhaus.org", "127.0.0.77", LISTING_UNKNOWN, false, false },
		{ "zen.spamhaus.org", "91.195.240.117", LISTING_UNKNOWN, false, true },
		{ "zen.spamhaus.org", "silent", LISTING_UNKNOWN, false, false },
		{ "zen.spamhaus.org", "refused", LISTING_UNKNOWN, true, false },
		{ "dbl.spamhaus.org", "127.0.1.255", LISTING_UNKNOWN, true, false },
		{ "multi.surbl.org", "127.0.0.72", LISTING_LISTED, false, false },
		{ "multi.surbl.org", "127.0.0.4", LISTING_POLICY, false, false },
		{ "multi.surbl.org", "127.0.0.1", LISTING_UNKNOWN, true, false },
		{ "hostkarma.junkemailfilter.com", "127.0.0.1", LISTING_GOOD, false, false },
		{ "hostkarma.junkemailfilter.com", "127.0.0.3", LISTING_NEUTRAL, false, false },
		{ "list.dnswl.org", "127.0.5.2", LISTING_GOOD, false, false },
		{ "list.dnswl.org", "127.0.0.255", LISTING_UNKNOWN, true, false },
		{ "bl.score.senderscore.com", "127.255.255.255", LISTING_UNKNOWN, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct list_reading r = judged(cases[i].zone, cases[i].answer);

		if (r.state != cases[i].means || r.refused != cases[i].refused ||
		    r.broken != cases[i].broken) {
			fail_msg("%s %s: %s%s%s", cases[i].zone, cases[i].answer,
			    listing_name(r.state), r.refused ? " refused" : "",
			    r.broken ? " broken" : "");
		}
	}
}

static void
test_names_that_are_asked(void **state)
{
	static const struct {
		const char *target, *zone, *key, *name;
	} cases[] = {
		{ "192.0.2.1", "zen.spamhaus.org", NULL, "1.2.0.192.zen.spamhaus.org" },
		{ "192.0.2.1", "zen.dq.spamhaus.net", "k3y", "1.2.0.192.k3y.zen.dq.spamhaus.net" },
		{ "shop.example", "dbl.spamhaus.org", NULL, "shop.example.dbl.spamhaus.org" },
		{ "2001:db8::1", "zen.spamhaus.org", NULL,
		    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.spamhaus."
		    "org" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct list_target t = { .domain = sv_from(cases[i].target) };

		(void)ip_read(sv_from(cases[i].target), &t.ip);
		buf_clear(&b);
		list_query_name(list(cases[i].zone), cases[i].key, &t, &b);
		assert_string_equal(b.p, cases[i].name);
	}
	buf_done(&b);
}

static void
test_addresses_have_a_network(void **state)
{
	static const struct {
		const char *target, *network;
	} cases[] = {
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "2001:db8::1", "2001:db8::/64" },
		{ "192.0.2.1", "" },
		{ "shop.example", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct list_target t = { .domain = sv_from(cases[i].target) };
		struct buf b;

		buf_init(&b, 0);
		buf_str(&b, "");
		(void)ip_read(sv_from(cases[i].target), &t.ip);
		list_target_network(&t, &b);
		assert_string_equal(b.p, cases[i].network);
		buf_done(&b);
	}
}

static void
test_refusals_name_lists(void **state)
{
	static const struct {
		const char *text, *zone; /* NULL: none */
	} cases[] = {
		{ "550 5.7.1 service unavailable; client host [192.0.2.9] blocked using "
		  "zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.9",
		    "zen.spamhaus.org" },
		{ "554 domain found in dbl.spamhaus.org", "dbl.spamhaus.org" },
		{ "blocked using bl.spamcop.net", "bl.spamcop.net" },
		{ "client [203.0.113.225] blocked using dnsbl.sorbs.net", "dnsbl.sorbs.net" },
		{ "550 no such user", NULL },
		{ "550 mail for suburiblings is refused", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct blocklist *l = blocklist_named(lists, sv_from(cases[i].text));

		if (cases[i].zone == NULL) {
			assert_null(l);
		} else {
			assert_non_null(l);
			assert_string_equal(l->zone, cases[i].zone);
		}
	}
}

/* ---- a whole round against a pretend list ---- */

struct world {
	const char *test, *clean; /* what the test points answer */
	const char *first, *then; /* what 192.0.2.1 answers, and at the second look */
	unsigned asked, target_looks;
	int64_t least_gap_us;
};

static const char *
answer_at(struct world *w, struct sv name)
{
	if (sv_starts(name, SV("2.0.0.127."))) {
		return w->test;
	}
	if (sv_starts(name, SV("1.0.0.127."))) {
		return w->clean;
	}
	if (sv_starts(name, SV("1.2.0.192."))) {
		return w->target_looks++ == 0 ? w->first : w->then;
	}
	return "nothing";
}

static void
play(struct world *w, struct check_zone *zone, struct check_item *out)
{
	struct list_target targets[2] = { 0 };
	struct check_options opt = { lists, zone, 1, targets, 2 };
	struct list_check *c;
	struct check_question q;
	enum check_step step;
	int64_t now = 0;
	int64_t until;
	int64_t last = -1;

	assert_true(ip_read(SV("192.0.2.1"), &targets[0].ip));
	assert_true(ip_read(SV("192.0.2.2"), &targets[1].ip));
	w->least_gap_us = INT64_MAX;
	c = list_check_new(&opt);
	while ((step = list_check_next(c, now, &q, &until)) != CHECK_DONE) {
		struct dns_record room[1];
		struct dns_answer a;
		struct ip ip;

		if (step == CHECK_WAIT) {
			assert_true(until > now && until != INT64_MAX);
			now = until;
			continue;
		}
		w->least_gap_us =
		    last >= 0 && now - last < w->least_gap_us ? now - last : w->least_gap_us;
		last = now;
		w->asked++;
		if (q.type == DNS_TXT) {
			room[0] = (struct dns_record){ .data = SV_INIT("seen\nhere with k3y") };
			a = (struct dns_answer){ .records = room, .n = 1, .status = DNS_OK };
		} else {
			answer_of(answer_at(w, q.name), room, &a, &ip);
		}
		list_check_answer(c, q.id, &a);
	}
	*out = *list_check_item(c, 0, 0);
	if (out->reason != NULL) {
		assert_string_equal(out->reason, "seen\\nhere with (key)");
	}
	list_check_free(&c);
}

static void
test_a_round(void **state)
{
	static const struct {
		struct world w;
		enum list_health health;
		enum listing means;
		unsigned asked; /* tests, targets, second look, reason */
	} cases[] = {
		{ { "127.0.0.2", "nothing", "nothing", "nothing" }, HEALTH_GOOD, LISTING_CLEAR, 4 },
		{ { "127.0.0.2", "nothing", "127.0.0.2", "127.0.0.2" }, HEALTH_GOOD, LISTING_LISTED,
		    6 },
		{ { "127.0.0.2", "nothing", "127.0.0.2", "nothing" }, HEALTH_GOOD, LISTING_UNKNOWN,
		    5 },
		{ { "127.0.0.2", "nothing", "silent", "127.0.0.2" }, HEALTH_GOOD, LISTING_LISTED,
		    6 },
		{ { "127.0.0.2", "nothing", "silent", "silent" }, HEALTH_GOOD, LISTING_UNKNOWN, 5 },
		{ { "nothing", "nothing", "x", "x" }, HEALTH_LISTS_NOTHING, LISTING_UNKNOWN, 1 },
		{ { "127.0.0.2", "127.0.0.2", "127.0.0.2", "127.0.0.2" }, HEALTH_LISTS_ALL,
		    LISTING_UNKNOWN, 2 },
		{ { "10.0.0.1", "10.0.0.1", "10.0.0.1", "x" }, HEALTH_BROKEN, LISTING_UNKNOWN, 1 },
		{ { "127.255.255.254", "nothing", "x", "x" }, HEALTH_REFUSES, LISTING_UNKNOWN, 1 },
		{ { "silent", "nothing", "x", "x" }, HEALTH_SILENT, LISTING_UNKNOWN, 2 },
		{ { "127.0.0.2", "nothing", "127.255.255.255", "x" }, HEALTH_REFUSES,
		    LISTING_UNKNOWN, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_zone zone = { .list = list("zen.dq.spamhaus.net"), .key = "k3y" };
		struct world w = cases[i].w;
		struct check_item item;

		play(&w, &zone, &item);
		if (zone.health != cases[i].health || item.state != cases[i].means ||
		    w.asked != cases[i].asked) {
			fail_msg("case %zu: health %d, %s, %u asked", i, (int)zone.health,
			    listing_name(item.state), w.asked);
		}
		assert_true((zone.says != NULL) == (zone.health > HEALTH_UNTESTED));
		assert_true(w.least_gap_us >= US_PER_SECOND / zone.list->per_second);
	}
}

static void
test_what_is_dead_is_never_asked(void **state)
{
	size_t dead = 0;

	(void)state;
	for (size_t i = 0; i < lists->n; i++) {
		const struct blocklist *l = &lists->all[i];

		dead += l->status == LIST_DEAD;
		assert_true(
		    l->instead == NULL || blocklist_find(lists, sv_from(l->instead)) != NULL);
		for (size_t k = 0; k < l->n_names; k++) {
			for (const char *p = l->names[k]; *p != '\0'; p++) {
				assert_true(*p == char_lower(*p));
			}
		}
	}
	assert_true(dead >= 30 && lists->n >= 95);
}

static void
test_a_broken_file_is_refused(void **state)
{
	struct blocklists *none = NULL;
	struct why why;

	(void)state;
	assert_int_equal(
	    blocklists_load(CAROM_SOURCE_DIR "/share/audit.yaml", &none, &why), ERR_DATA);
	assert_null(none);
	assert_int_equal(blocklists_load("/nowhere.yaml", &none, &why), ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_mean_what_the_list_says),
		cmocka_unit_test(test_names_that_are_asked),
		cmocka_unit_test(test_addresses_have_a_network),
		cmocka_unit_test(test_refusals_name_lists),
		cmocka_unit_test(test_a_round),
		cmocka_unit_test(test_what_is_dead_is_never_asked),
		cmocka_unit_test(test_a_broken_file_is_refused),
	};
	struct why why;

	if (blocklists_load(CAROM_SOURCE_DIR "/share/blocklists.yaml", &lists, &why) != ERR_OK) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
