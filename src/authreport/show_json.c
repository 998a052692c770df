/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/private.h"
#include "base/civil.h"
#include "base/json.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>

const char *
source_address(const struct view_source *s, char *out, size_t size)
{
	if (s->sum.ip_bytes == 0) {
		(void)snprintf(out, size, "unknown address");
	} else {
		(void)inet_ntop(
		    s->sum.ip_bytes == 4 ? AF_INET : AF_INET6, s->sum.ip, out, (socklen_t)size);
	}
	return out;
}

const char *
day_text(int32_t day, char *out, size_t size)
{
	char full[32];

	civil_print((int64_t)day * US_PER_DAY, full, sizeof(full));
	(void)snprintf(out, size, "%.*s", 10, full);
	return out;
}

static void
json_day(struct json *j, const char *key, int32_t day)
{
	char text[32];

	json_str(j, key, day_text(day, text, sizeof(text)));
}

static void
json_days(struct json *j, int32_t first, int32_t last)
{
	json_day(j, "first_day", first);
	json_day(j, "last_day", last);
}

/* A list of objects: `show` writes the members of the one at `i`. */
static void
show_list(struct json *j, const char *name, const struct view *v, size_t n,
    void (*show)(struct json *j, const struct view *v, size_t i))
{
	json_open(j, name, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(j, NULL, '{');
		show(j, v, i);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
show_counts(struct json *j, const char *key, const struct auth_counts *c)
{
	json_open(j, key, '{');
	json_u64(j, "messages", c->all);
	json_u64(j, "dkim_aligned", c->dkim);
	json_u64(j, "spf_aligned", c->spf);
	json_u64(j, "failed", c->failed);
	json_u64(j, "forgiven", c->forgiven);
	json_u64(j, "quarantined", c->quarantined);
	json_u64(j, "rejected", c->rejected);
	json_close(j, '}');
}

static void
show_spans(struct json *j, const struct auth_counts spans[AUTH_SPANS])
{
	show_counts(j, "all", &spans[AUTH_ALL]);
	show_counts(j, "week", &spans[AUTH_WEEK]);
	show_counts(j, "week_before", &spans[AUTH_WEEK_BEFORE]);
}

static void
show_source(struct json *j, const struct view_source *s)
{
	char text[64];

	json_open(j, NULL, '{');
	json_str(j, "ip", s->sum.ip_bytes == 0 ? NULL : source_address(s, text, sizeof(text)));
	json_str(j, "role", source_role_name(s->role));
	json_str(j, "service", s->service == NULL ? NULL : s->service->id);
	json_bool(j, "service_by_address", s->by_address);
	json_sv(j, "dkim_domain", s->dkim_domain);
	json_sv(j, "spf_domain", s->spf_domain);
	json_sv(j, "header_from", s->sum.header_from);
	json_sv(j, "overrides", s->sum.reasons);
	json_days(j, s->sum.first_day, s->sum.last_day);
	json_u64(j, "reporters", s->sum.reporters);
	json_bool(j, "new", s->is_new);
	json_bool(j, "went_bad", s->went_bad);
	json_bool(j, "gone", s->gone);
	show_spans(j, s->sum.spans);
	json_close(j, '}');
}

static void
show_domain(struct json *j, const struct view *v, size_t at)
{
	const struct view_domain *d = &v->domains[at];

	json_sv(j, "domain", d->sum.domain);
	json_sv(j, "p", d->sum.p);
	json_sv(j, "sp", d->sum.sp);
	json_sv(j, "np", d->sum.np);
	json_sv(j, "testing", d->sum.testing);
	json_u64(j, "reports", d->sum.reports);
	json_u64(j, "damaged_reports", d->sum.damaged);
	json_u64(j, "records", d->sum.records);
	json_days(j, d->sum.first_day, d->sum.last_day);
	show_spans(j, d->sum.spans);
	json_policy_advice(j, d);
	json_open(j, "sources", '[');
	for (size_t i = 0; i < d->n_sources; i++) {
		show_source(j, &d->sources[i]);
	}
	json_close(j, ']');
}

static void
show_tls_domain(struct json *j, const struct view *v, size_t i)
{
	const struct tls_domain *d = &v->tls[i];

	json_sv(j, "domain", d->domain);
	json_sv(j, "policy_type", d->type);
	json_u64(j, "succeeded", d->succeeded);
	json_u64(j, "failed", d->failed);
	json_u64(j, "week_failed", d->week_failed);
	json_u64(j, "week_before_failed", d->week_before_failed);
	json_days(j, d->first_day, d->last_day);
}

static void
show_tls_failure(struct json *j, const struct view *v, size_t i)
{
	const struct tls_failure *f = &v->failures[i];
	const struct tls_words *w = tls_words_of(v->words, f->result);

	json_sv(j, "domain", f->domain);
	json_sv(j, "policy_type", f->type);
	json_sv(j, "result", f->result);
	json_sv(j, "mx", f->mx);
	json_sv(j, "reason", f->reason);
	json_u64(j, "sessions", f->sessions);
	json_u64(j, "reporters", f->reporters);
	json_days(j, f->first_day, f->last_day);
	json_str(j, "means", w == NULL ? NULL : w->says);
	json_str(j, "do", w == NULL ? NULL : w->does);
}

static void
show_failed(struct json *j, const struct view *v, size_t i)
{
	const struct auth_failed *f = &v->failed[i];

	json_sv(j, "domain", f->domain);
	json_sv(j, "source", f->source);
	json_sv(j, "failure", f->failure);
	json_sv(j, "alignment", f->alignment);
	json_sv(j, "result", f->result);
	json_sv(j, "reporter", f->reporter);
	json_u64(j, "incidents", f->incidents);
	json_u64(j, "reports", f->reports);
}

static void
show_reporter(struct json *j, const struct view *v, size_t i)
{
	const struct auth_reporter *r = &v->reporters[i];

	json_sv(j, "org", r->org);
	json_u64(j, "reports", r->reports);
	json_u64(j, "damaged", r->damaged);
	json_days(j, r->first_day, r->last_day);
	json_bool(j, "silent", reporter_is_silent(v, r, v->newest_day));
}

static void
show_selector(struct json *j, const struct view *v, size_t i)
{
	const struct auth_selector *s = &v->selectors[i];

	json_sv(j, "domain", s->domain);
	json_sv(j, "selector", s->selector);
	json_u64(j, "passed", s->passed);
	json_u64(j, "failed", s->failed);
	json_day(j, "last_day", s->last_day);
}

static void
show_apart(struct json *j, const struct view *v, size_t i)
{
	const struct auth_apart *a = &v->apart[i];

	json_sv(j, "author", a->author);
	json_sv(j, "org", a->org);
	json_sv(j, "domain", a->domain);
	json_sv(j, "why", a->why);
	json_u64(j, "reports", a->reports);
	json_u64(j, "messages", a->messages);
	json_days(j, a->first_day, a->last_day);
}

static void
show_mails(struct json *j, const struct view *v)
{
	json_open(j, "mails", '{');
	json_u64(j, "proven", v->proofs[REPORT_PROOF_PASS]);
	json_u64(j, "proven_by_server", v->by_server);
	json_u64(j, "not_told", v->proofs[REPORT_PROOF_UNKNOWN]);
	json_u64(j, "no_mail", v->proofs[REPORT_PROOF_NO_MAIL]);
	json_u64(j, "not_looked_at", v->proofs[REPORT_PROOF_UNSAID]);
	json_u64(j, "kept_apart", v->proofs[REPORT_PROOF_FAIL]);
	json_close(j, '}');
}

static void
show_input(struct json *j, const struct view_show *s)
{
	static const char *const what[] = { "no_report", "damaged", "kept_apart",
		"kept_apart_before" };

	json_open(j, "input", '{');
	json_u64(j, "dmarc_reports", s->input->dmarc);
	json_u64(j, "tls_reports", s->input->tls);
	json_u64(j, "failure_reports", s->input->failures);
	json_u64(j, "duplicates", s->input->duplicates);
	json_u64(j, "damaged", s->input->damaged);
	json_u64(j, "kept_apart", s->input->apart);
	json_u64(j, "no_report", s->input->nothing);
	json_u64(j, "notes_left_out", s->n_notes_left);
	json_open(j, "notes", '[');
	for (size_t i = 0; i < s->n_notes; i++) {
		const struct report_note *n = &s->notes[i];

		json_open(j, NULL, '{');
		json_str(j, "what", what[n->kind]);
		json_sv(j, "where", n->where);
		json_sv(j, "text", n->text);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

void
view_json(const struct view_show *s, struct buf *out)
{
	const struct view *v = s->view;
	struct json j;

	json_init(&j, out, true);
	json_open(&j, NULL, '{');
	json_str(&j, "schema", "carom.reports/1");
	if (v->newest_day < 0) {
		json_nothing(&j, "newest_day");
	} else {
		json_day(&j, "newest_day", v->newest_day);
	}
	json_day(&j, "week_from", v->week < 0 ? 0 : v->week);
	json_u64(&j, "dated_later", v->later);
	show_list(&j, "domains", v, v->n_domains, show_domain);
	show_list(&j, "tls", v, v->n_tls, show_tls_domain);
	show_list(&j, "tls_failures", v, v->n_failures, show_tls_failure);
	show_list(&j, "failure_reports", v, v->n_failed, show_failed);
	show_list(&j, "reporters", v, v->n_reporters, show_reporter);
	show_list(&j, "selectors", v, v->n_selectors, show_selector);
	show_mails(&j, v);
	show_list(&j, "apart", v, v->n_apart, show_apart);
	show_input(&j, s);
	json_close(&j, '}');
	buf_char(out, '\n');
}
