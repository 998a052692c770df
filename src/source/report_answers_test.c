/* SPDX-License-Identifier: Apache-2.0 */

/* Real reports, read as others read them. */

#include "source/test_report_input.h"

/* Real reports with the answer of another reader; not part of the project. */
#define CORPUS    CAROM_SOURCE_DIR "/../shared/corpus/reports"
#define REFERENCE CAROM_SOURCE_DIR "/../shared/corpus/reports-reference/parsedmarc-10.4.3.jsonl"

/* ---- the answers of another reader ---- */

static const char *
text(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s == NULL ? "" : s;
}

static long long
seconds(const char *date)
{
	int64_t us = 0;

	(void)civil_take_iso(sv_from(date), &us);
	return us / US_PER_SECOND;
}

static void
want_results(struct buf *b, const json_t *auth, const char *kind, const char *second)
{
	size_t i;
	json_t *a;

	json_array_foreach(json_object_get(auth, kind), i, a)
	{
		const char *result = text(a, "result");

		if (text(a, "domain")[0] == '\0') {
			continue;
		}
		result = strcmp(result, "hardfail") == 0 ? "fail" : result;
		buf_fmt(b, " %s:%s/%s=%s", kind, text(a, "domain"), text(a, second), result);
	}
}

static void
want_record(struct buf *b, const json_t *rec)
{
	const json_t *eval = json_object_get(rec, "policy_evaluated");
	const json_t *ids = json_object_get(rec, "identifiers");
	const json_t *auth = json_object_get(rec, "auth_results");

	buf_fmt(b, "%s x%llu dkim=%s spf=%s from=%s env=%s to=%s",
	    text(json_object_get(rec, "source"), "ip_address"),
	    (unsigned long long)json_integer_value(json_object_get(rec, "count")),
	    text(eval, "dkim"), text(eval, "spf"), text(ids, "header_from"),
	    text(ids, "envelope_from"), text(ids, "envelope_to"));
	want_results(b, auth, "dkim", "selector");
	want_results(b, auth, "spf", "scope");
	buf_char(b, '\n');
}

static void
want_aggregate(struct got *w, const json_t *report)
{
	const json_t *meta = json_object_get(report, "report_metadata");
	const json_t *policy = json_object_get(report, "policy_published");
	size_t i;
	json_t *rec;

	buf_str(&w->org, text(meta, "org_name"));
	buf_fmt(&w->head, "%s %lld-%lld %s p=%s np=%s\n", text(meta, "org_email"),
	    seconds(text(meta, "begin_date")), seconds(text(meta, "end_date")),
	    text(policy, "domain"), text(policy, "p"), text(policy, "np"));
	json_array_foreach(json_object_get(report, "records"), i, rec)
	{
		w->n_records++;
		w->messages += (uint64_t)json_integer_value(json_object_get(rec, "count"));
		want_record(&w->records, rec);
	}
}

static void
want_tls(struct got *w, const json_t *report)
{
	size_t i;
	json_t *p;

	buf_fmt(&w->tls, "%s %s %lld-%lld\n", text(report, "organization_name"),
	    text(report, "report_id"), seconds(text(report, "begin_date")),
	    seconds(text(report, "end_date")));
	json_array_foreach(json_object_get(report, "policies"), i, p)
	{
		size_t k;
		json_t *d;

		buf_fmt(&w->tls, "%s %s +%lld -%lld\n", text(p, "policy_domain"),
		    text(p, "policy_type"),
		    (long long)json_integer_value(json_object_get(p, "successful_session_count")),
		    (long long)json_integer_value(json_object_get(p, "failed_session_count")));
		json_array_foreach(json_object_get(p, "failure_details"), k, d)
		{
			buf_fmt(&w->tls, "  %s %s %lld\n", text(d, "result_type"),
			    text(d, "receiving_mx_hostname"),
			    (long long)json_integer_value(
				json_object_get(d, "failed_session_count")));
		}
	}
}

/* Where we mean to answer otherwise. */
static const struct {
	const char *file;
	uint64_t records; /* what we read; of the broken ones by hand */
	bool damaged;
	const char *because;
} differences[] = {
	{ "opendmarc/bad.com!example.com!1337140800!1337227200.xml", 3, true,
	    "a prefixed root, broken tags, cut off: salvaged" },
	{ "stalwart-mail-auth/dmarc-feedback/005.xml", 1, false,
	    "SPF was checked at HELO, so its domain is no envelope_from" },
};

struct tally {
	unsigned files, reports, silent, wrong;
};

static bool
differs(const char *file, const struct got *g, const struct got *w, const char *type,
    const json_t *report)
{
	const json_t *meta = json_object_get(report, "report_metadata");

	for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
		if (strcmp(file, differences[i].file) == 0) {
			return g->n_records != differences[i].records ||
			       g->damaged != differences[i].damaged;
		}
	}
	if (strcmp(type, "smtp_tls") == 0) {
		return strcmp(g->tls.p, w->tls.p) != 0;
	}
	if (strcmp(type, "failure") == 0 &&
	    strcmp(text(report, "feedback_type"), "auth-failure") == 0) {
		return g->reports != 1 || !sv_starts(buf_view(&g->head), SV("failure of "));
	}
	if (strcmp(type, "aggregate") != 0) { /* refused there, or a complaint: no report here */
		return g->reports != 0 || g->nothing.n == 0;
	}
	/* It shortens a host name to the registered domain. */
	if (!sv_iends(buf_view(&g->org), buf_view(&w->org))) {
		return true;
	}
	if (json_is_true(json_object_get(meta, "timespan_requires_normalization"))) {
		/* It deals the messages out to the days; we keep what was said. */
		return strcmp(g->head.p, w->head.p) != 0 || g->messages != w->messages;
	}
	return strcmp(g->head.p, w->head.p) != 0 || strcmp(g->records.p, w->records.p) != 0;
}

static void
compare(const json_t *line, struct tally *t)
{
	const json_t *report = json_object_get(line, "report");
	const char *type = text(line, "type");
	const char *file = text(line, "file");
	struct got g;
	struct got w;
	struct buf path;

	got_init(&g);
	got_init(&w);
	buf_init(&path, 0);
	buf_fmt(&path, "%s/%s", CORPUS, file);
	read_path(&g, path.p);
	if (strcmp(type, "aggregate") == 0) {
		want_aggregate(&w, report);
	} else if (strcmp(type, "smtp_tls") == 0) {
		want_tls(&w, report);
	}
	t->files++;
	t->reports += g.reports > 0;
	t->silent += g.reports == 0 && g.nothing.n == 0;
	if (differs(file, &g, &w, type, report)) {
		t->wrong++;
		print_message("# %s\nwant %s%.1500s%sgot  %s%.1500s%s%s", file, w.head.p,
		    w.records.p, w.tls.p, g.head.p, g.records.p, g.tls.p, g.nothing.p);
	}
	got_done(&g);
	got_done(&w);
	buf_done(&path);
}

static void
real_reports_are_read_like_another_reader_does(void **state)
{
	FILE *f = fopen(REFERENCE, "r");
	struct tally t = { 0 };
	char *line = NULL;
	size_t room = 0;

	(void)state;
	if (f == NULL) {
		print_message(
		    "# note: real reports: skipped, they are not beside the source tree\n");
		return;
	}
	while (getline(&line, &room, f) > 0) {
		json_t *j = json_loads(line, 0, NULL);

		assert_non_null(j);
		compare(j, &t);
		json_decref(j);
	}
	free(line);
	(void)fclose(f);
	assert_int_equal(t.silent, 0);
	assert_int_equal(t.wrong, 0);
	print_message("# note: real reports: %u files, %u with a report\n", t.files, t.reports);
	assert_true(t.files > 60);
}

/* ---- the answers that stand beside some of the real reports ---- */

/* Another reader's words, which begin with a capital, as in the report. */
static void
add_lower(struct buf *b, const char *word)
{
	for (; *word != '\0'; word++) {
		buf_char(b, char_lower(*word));
	}
}

static void
want_beside(struct got *w, const json_t *j)
{
	const json_t *meta = json_object_get(j, "report_metadata");
	const json_t *range = json_object_get(meta, "date_range");
	size_t i;
	json_t *rec;

	buf_fmt(&w->head, "%s %lld-%lld %s p=", text(meta, "email"),
	    (long long)json_integer_value(json_object_get(range, "begin")),
	    (long long)json_integer_value(json_object_get(range, "end")),
	    text(json_object_get(j, "policy_published"), "domain"));
	add_lower(&w->head, text(json_object_get(j, "policy_published"), "p"));
	json_array_foreach(json_object_get(j, "record"), i, rec)
	{
		const json_t *row = json_object_get(rec, "row");
		const json_t *eval = json_object_get(row, "policy_evaluated");

		w->n_records++;
		buf_fmt(&w->records, "%s x%lld dkim=", text(row, "source_ip"),
		    (long long)json_integer_value(json_object_get(row, "count")));
		add_lower(&w->records, text(eval, "dkim"));
		buf_str(&w->records, " spf=");
		add_lower(&w->records, text(eval, "spf"));
		buf_fmt(&w->records, " from=%s ",
		    text(json_object_get(rec, "identifiers"), "header_from"));
	}
}

static void
answers_beside_the_reports_are_met(void **state)
{
	static const char *const names[] = { "004.xml", "005.xml", "101.eml", "102.eml",
		"103.eml" };

	(void)state;
	if (access(CORPUS, R_OK) != 0) {
		print_message("# note: answers beside real reports: skipped, they are not there\n");
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[1024];
		struct got g;
		struct got w;
		json_t *j;

		(void)snprintf(path, sizeof(path),
		    CORPUS "/stalwart-mail-auth/dmarc-feedback/%.3s.json", names[i]);
		j = json_load_file(path, 0, NULL);
		assert_non_null(j);
		got_init(&g);
		got_init(&w);
		want_beside(&w, j);
		(void)snprintf(
		    path, sizeof(path), CORPUS "/stalwart-mail-auth/dmarc-feedback/%s", names[i]);
		read_path(&g, path);
		assert_int_equal(g.n_records, w.n_records);
		assert_int_equal(w.n_records, 1);
		assert_int_equal(strncmp(g.head.p, w.head.p, w.head.n), 0);
		assert_int_equal(strncmp(g.records.p, w.records.p, w.records.n), 0);
		json_decref(j);
		got_done(&g);
		got_done(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_reports_are_read_like_another_reader_does),
		cmocka_unit_test(answers_beside_the_reports_are_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
