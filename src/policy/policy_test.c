/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>

#define FILE_NAME CAROM_SOURCE_DIR "/share/policy.yaml"

/* The built-in numbers and those of the file may not drift apart. */
static void
file_has_the_defaults(void **unused)
{
	struct policies all;
	struct detect_settings s;
	struct why why;

	(void)unused;
	memset(&all, 0xff, sizeof(all));
	if (policy_load(FILE_NAME, &all, &why) != ERR_OK) {
		fail_msg("%s", why.text);
	}
	s = all.detect;
	assert_true(all.recipients.rest_days > 0 && all.recipients.soft_count > 1);
	assert_true(s.kappa == detect_defaults.kappa);
	assert_true(s.kappa_stream == detect_defaults.kappa_stream);
	assert_true(s.kappa_campaign == detect_defaults.kappa_campaign);
	assert_true(s.campaign_cap == detect_defaults.campaign_cap);
	assert_true(s.campaign_strength == detect_defaults.campaign_strength);
	assert_true(s.floor == detect_defaults.floor);
	assert_true(s.clamp == detect_defaults.clamp);
	assert_true(s.ratio_unknown == detect_defaults.ratio_unknown);
	assert_true(s.ratio == detect_defaults.ratio);
	assert_true(s.a_provider == detect_defaults.a_provider);
	assert_true(s.a_mx == detect_defaults.a_mx);
	assert_true(s.a_sender == detect_defaults.a_sender);
	assert_true(s.a_list == detect_defaults.a_list);
	assert_true(s.kappa_list == detect_defaults.kappa_list);
	assert_true(s.list_floor == detect_defaults.list_floor);
	assert_true(s.list_cap == detect_defaults.list_cap);
	assert_true(s.list_ratio == detect_defaults.list_ratio);
	assert_true(s.temp_floor == detect_defaults.temp_floor);
	assert_true(s.margin == detect_defaults.margin);
	assert_true(s.min_recipients == detect_defaults.min_recipients);
	assert_true(s.beta == detect_defaults.beta);
	assert_true(s.reopen_gain == detect_defaults.reopen_gain);
	assert_true(s.domain_cap == detect_defaults.domain_cap);
	assert_true(s.strength == detect_defaults.strength);
	assert_true(s.half_life_days == detect_defaults.half_life_days);
	assert_true(s.learn_delay_events == detect_defaults.learn_delay_events);
	assert_true(s.learn_delay_s == detect_defaults.learn_delay_s);
	assert_true(s.learn_at_once == detect_defaults.learn_at_once);
	assert_true(s.purge_gain == detect_defaults.purge_gain);
	assert_true(s.purge_gain_daily == detect_defaults.purge_gain_daily);
	assert_true(s.purge_min_s == detect_defaults.purge_min_s);
	assert_true(s.purge_after_s == detect_defaults.purge_after_s);
	assert_true(s.move_gain == detect_defaults.move_gain);
	assert_true(s.move_after_s == detect_defaults.move_after_s);
	assert_true(s.purge_share == detect_defaults.purge_share);
	assert_true(s.close_min_s == detect_defaults.close_min_s);
	assert_true(s.amend_p == detect_defaults.amend_p);
}

static struct buf
file_with(const char *what, const char *instead)
{
	FILE *f = fopen(FILE_NAME, "re");
	struct buf b;
	struct buf out;
	char piece[4096];
	struct sv rest;
	struct sv head;
	size_t n;

	assert_non_null(f);
	buf_init(&b, 0);
	buf_init(&out, 0);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0) {
		buf_add(&b, piece, n);
	}
	(void)fclose(f);
	rest = buf_view(&b);
	assert_true(sv_cut_sv(&rest, sv_from(what), &head));
	buf_sv(&out, head);
	buf_str(&out, instead);
	buf_sv(&out, rest);
	buf_done(&b);
	return out;
}

static void
other_numbers_are_taken(void **unused)
{
	struct buf b = file_with("margin:\n    { value: 2,", "margin:\n    { value: 3.25,");
	struct policies s;
	struct why why;

	(void)unused;
	assert_int_equal(policy_read("p.yaml", buf_view(&b), &s, &why), ERR_OK);
	assert_true(s.detect.margin == 3.25);
	buf_done(&b);
}

static void
complaints_name_place_and_range(void **unused)
{
	static const struct {
		const char *what, *instead, *says;
	} rows[] = {
		{ "margin:\n    { value: 2,", "margin:\n    { value: -2,", "from 0 to 100" },
		{ "margin:\n    { value: 2,", "margin:\n    { value: much,",
		    "margin: expected a number" },
		{ "min_recipients:\n    { value: 3,", "min_recipients:\n    { value: 2.5,",
		    "whole number" },
		{ "down_every_s:\n    { value: 60,", "down_every_s:\n    { value: 0.5,",
		    "down_every_s: expected a number from 1" },
		{ "  up_rate:", "  uprate:", "unknown key 'uprate'" },
		{ "  margin:", "  marign:", "unknown key 'marign'" },
		{ "  margin:", "  kappa:", "duplicate key" },
		{ "why:", "reason:", "unknown key 'reason'" },
		{ "detect:", "detect: [1]\nx:", "expected a mapping" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = file_with(rows[i].what, rows[i].instead);
		struct policies s = { .detect = { .margin = 77 } };
		struct why why;

		assert_int_equal(policy_read("p.yaml", buf_view(&b), &s, &why), ERR_DATA);
		if (strstr(why.text, rows[i].says) == NULL || strstr(why.text, "p.yaml:") == NULL) {
			fail_msg("row %zu: %s", i, why.text);
		}
		assert_true(s.detect.margin == 77);
		buf_done(&b);
	}
}

static void
every_number_must_be_there(void **unused)
{
	struct policies s;
	struct why why;

	(void)unused;
	assert_int_equal(policy_read("p.yaml",
			     SV("detect:\n  kappa: { value: 3, why: a, source: b }\n"), &s, &why),
	    ERR_DATA);
	assert_non_null(strstr(why.text, "is missing"));
	assert_int_equal(policy_load("/nowhere/p.yaml", &s, &why), ERR_IO);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_has_the_defaults),
		cmocka_unit_test(other_numbers_are_taken),
		cmocka_unit_test(complaints_name_place_and_range),
		cmocka_unit_test(every_number_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
