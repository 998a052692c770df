/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/civil.h"
#include "source/report_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

/* Real reports with the answer of another reader; not part of the project. */
#define CORPUS    CAROM_SOURCE_DIR "/../shared/corpus/reports"
#define REFERENCE CAROM_SOURCE_DIR "/../shared/corpus/reports-reference/parsedmarc-10.4.3.jsonl"

/* What came, in the words that both readers have. */
struct got {
	struct buf org, head, records, tls, nothing;
	uint64_t reports, messages, n_records;
	bool damaged;
};

static void
got_init(struct got *g)
{
	*g = (struct got){ .reports = 0 };
	buf_init(&g->org, 0);
	buf_init(&g->head, 0);
	buf_init(&g->records, 0);
	buf_init(&g->tls, 0);
	buf_init(&g->nothing, 0);
	buf_str(&g->org, "");
	buf_str(&g->head, "");
	buf_str(&g->records, "");
	buf_str(&g->tls, "");
	buf_str(&g->nothing, "");
}

static void
got_done(struct got *g)
{
	buf_done(&g->org);
	buf_done(&g->head);
	buf_done(&g->records);
	buf_done(&g->tls);
	buf_done(&g->nothing);
}

static bool
on_record(void *context, const struct dmarc_report *r, const struct dmarc_record *rec)
{
	struct got *g = context;
	struct buf *b = &g->records;

	(void)r;
	g->n_records++;
	buf_fmt(b, "%.*s x%llu dkim=%s spf=%s from=%.*s env=%.*s to=%.*s", SV_ARG(rec->source),
	    (unsigned long long)rec->count, rec->dkim_aligned ? "pass" : "fail",
	    rec->spf_aligned ? "pass" : "fail", SV_ARG(rec->header_from),
	    SV_ARG(rec->envelope_from), SV_ARG(rec->envelope_to));
	for (int kind = 0; kind < 2; kind++) {
		for (size_t i = 0; i < rec->n_auth; i++) {
			const struct dmarc_auth *a = &rec->auth[i];

			if ((int)a->kind == kind && a->domain.n > 0) {
				struct sv second = kind == 0 ? a->selector : a->scope;

				/* The other reader's words for what is not said. */
				second = second.n > 0 ? second
					 : kind == 0  ? SV("none")
						      : SV("mfrom");
				buf_fmt(b, " %s:%.*s/%.*s=%.*s", kind == 0 ? "dkim" : "spf",
				    SV_ARG(a->domain), SV_ARG(second), SV_ARG(a->result));
			}
		}
	}
	buf_char(b, '\n');
	return true;
}

static void
on_dmarc(void *context, struct sv where, const struct dmarc_report *r)
{
	struct got *g = context;
	const struct dmarc_policy *p = &r->policy;

	(void)where;
	g->reports++;
	g->messages += r->messages;
	g->damaged = g->damaged || r->damaged;
	buf_sv(&g->org, r->org);
	buf_fmt(&g->head, "%.*s %lld-%lld %.*s p=%.*s np=%.*s\n", SV_ARG(r->email),
	    (long long)r->begin_s, (long long)r->end_s, SV_ARG(p->domain), SV_ARG(p->p),
	    SV_ARG(p->np));
}

static void
on_tls(void *context, struct sv where, const struct tlsrpt *t)
{
	struct got *g = context;

	(void)where;
	g->reports++;
	buf_fmt(&g->tls, "%.*s %.*s %lld-%lld\n", SV_ARG(t->org), SV_ARG(t->id),
	    (long long)t->begin_s, (long long)t->end_s);
	for (size_t i = 0; i < t->n_policies; i++) {
		const struct tlsrpt_policy *p = &t->policies[i];

		buf_fmt(&g->tls, "%.*s %.*s +%llu -%llu\n", SV_ARG(p->domain), SV_ARG(p->type),
		    (unsigned long long)p->succeeded, (unsigned long long)p->failed);
		for (size_t k = 0; k < p->n_details; k++) {
			buf_fmt(&g->tls, "  %.*s %.*s %llu\n", SV_ARG(p->details[k].result),
			    SV_ARG(p->details[k].mx), (unsigned long long)p->details[k].count);
		}
	}
}

static void
on_failure(void *context, struct sv where, const struct auth_failure *f)
{
	struct got *g = context;

	(void)where;
	g->reports++;
	buf_fmt(&g->head, "failure of %.*s: %.*s\n", SV_ARG(f->domain), SV_ARG(f->failure));
}

static void
on_nothing(void *context, struct sv where, const char *why)
{
	struct got *g = context;

	(void)where;
	buf_fmt(&g->nothing, "%s\n", why);
}

static void
read_path(struct got *g, const char *path)
{
	const struct report_sink sink = { on_record, on_dmarc, on_tls, on_failure, on_nothing, g };
	struct report_input *in = report_input_new(&sink);

	report_input_path(in, path);
	report_input_free(&in);
}

/* ---- our own samples ---- */

static void
a_folder_is_read(void **state)
{
	struct got g;

	(void)state;
	got_init(&g);
	read_path(&g, CAROM_SOURCE_DIR "/tests/reports");
	assert_int_equal(g.n_records, 6); /* the same report plain and in a mail */
	assert_int_equal(g.reports, 3);
	assert_int_equal(g.messages, 2 * 975);
	assert_false(g.damaged);
	assert_string_equal(g.tls.p,
	    "Receiver Example 2025-11-20-example.com 1763596800-1763683199\n"
	    "example.com sts +812 -7\n  certificate-expired mx1.example.com 5\n"
	    "  starttls-not-supported mx2.example.com 2\n");
	assert_string_equal(
	    g.nothing.p, "it is neither XML, JSON nor a mail; it begins with '# Sample reports'\n");
	got_done(&g);
}

static void
what_holds_no_report_says_why(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "it is empty\n" },
		{ "unused", "it is neither XML, JSON nor a mail; it begins with 'unused'\n" },
		{ "<html><p>no</p></html>",
		    "it is XML, but no DMARC report: its first element is <html>\n" },
		{ "{\"a\": 1}", "it is JSON, but no TLS report (RFC 8460)\n" },
		{ "Subject: hello\n\nno report here\n", "a mail without a report: it is neither "
							"XML, JSON nor a mail; it begins with 'no "
							"report here'\n" },
		{ "7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive, which is not read\n" },
		{ "From: fbl@x.example\nContent-Type: multipart/report; "
		  "report-type=feedback-report;"
		  " boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type:"
		  " message/feedback-report\n\nFeedback-Type: abuse\nSource-IP: "
		  "192.0.2.1\n\n--b--\n",
		    "a complaint about one message (ARF), which carom parse reads\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[] = "/tmp/report_input_test.XXXXXX";
		int fd = mkstemp(name);
		size_t n = strlen(cases[i].text);
		struct got g;

		assert_true(fd >= 0);
		assert_int_equal(write(fd, cases[i].text, n), (ssize_t)n);
		(void)close(fd);
		got_init(&g);
		read_path(&g, name);
		(void)unlink(name);
		assert_int_equal(g.reports, 0);
		assert_string_equal(g.nothing.p, cases[i].why);
		got_done(&g);
	}
	{
		struct got g;

		got_init(&g);
		read_path(&g, "/nonexistent");
		assert_string_equal(g.nothing.p, "No such file or directory\n");
		got_done(&g);
	}
}

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
		cmocka_unit_test(a_folder_is_read),
		cmocka_unit_test(what_holds_no_report_says_why),
		cmocka_unit_test(real_reports_are_read_like_another_reader_does),
		cmocka_unit_test(answers_beside_the_reports_are_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
