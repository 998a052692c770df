/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <jansson.h>

static void
expect_text(const char *text, const char *want)
{
	if (strstr(text, want) == NULL) {
		fail_msg("'%s' is not in\n%s", want, text);
	}
}

static void
samples_become_a_view(void **state)
{
	static const char *const paths[] = { CAROM_SOURCE_DIR "/tests/reports" };
	static const struct hash_key key = { 1, 2 };
	static const struct alert_policy policy = { .daily_days = 7, .silent_days = 3 };
	const struct reports_range always = { .since = 0, .until = 4000000 };
	struct report_words *words;
	struct reports_store *store;
	struct reports_run *run;
	struct view *v;
	struct view_show show = { .top = 15 };
	struct buf out;
	struct why why = { "" };
	json_t *j;

	(void)state;
	assert_int_equal(report_words_load(CAROM_SOURCE_DIR "/share", &words, &why), ERR_OK);
	assert_int_equal(reports_open(NULL, &key, &store, &why), ERR_OK);
	run = reports_run_new(store, NULL);
	assert_int_equal(reports_run_read(run, paths, 1, &why), ERR_OK);
	show.input = reports_run_counts(run);
	assert_int_equal(show.input->dmarc, 1);
	assert_int_equal(show.input->duplicates, 1); /* the mail has the same report in it */
	assert_int_equal(show.input->tls, 1);
	assert_int_equal(show.input->damaged, 0);
	assert_int_equal(reports_view(store, words, &policy, &always, &v, &why), ERR_OK);
	show.view = v;
	show.notes = reports_run_notes(run, &show.n_notes, &show.n_notes_left);
	buf_init(&out, 0);
	view_text(&show, &out);
	expect_text(out.p, "example.com  p=none  2025-11-20 to 2025-11-20, 1 report\n");
	expect_text(out.p,
	    "975 messages: 96.4 % pass (DKIM 96.4 %, SPF 96.4 %), 35 fail, of which 4 were "
	    "forgiven\n");
	expect_text(out.p,
	    "       31        31   198.51.100.77                           2025-11-20  service: "
	    "Amazon SES\n");
	expect_text(out.p,
	    "31 messages (3.18 %) would go to spam: 31 of services that sign as themselves\n");
	expect_text(out.p,
	    "35 messages (3.59 %) would be refused: 31 of services that sign as themselves, 4 "
	    "passed on by others\n");
	expect_text(out.p, "so              not ready: stay at p=none; first mend");
	expect_text(out.p, "Amazon SES      verify the domain with Easy DKIM");
	expect_text(out.p, "        5   certificate-expired at mx1.example.com, example.com");
	expect_text(out.p, "the certificate has expired: renew");
	assert_true(view_has_trouble(v));
	buf_clear(&out);
	view_json(&show, &out);
	j = json_loadb(out.p, out.n, 0, NULL);
	assert_non_null(j);
	assert_int_equal(json_array_size(json_object_get(j, "domains")), 1);
	assert_int_equal(json_array_size(json_object_get(j, "selectors")), 2);
	assert_int_equal(json_array_size(json_object_get(j, "tls_failures")), 2);
	json_decref(j);
	buf_done(&out);
	view_free(&v);
	reports_run_free(&run);
	reports_close(&store);
	report_words_free(&words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_become_a_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
