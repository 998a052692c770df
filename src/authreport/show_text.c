/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/private.h"

#include <stdio.h>
#include <stdlib.h>

#define DOMAINS_SHOWN  50
#define CHANGES_SHOWN  10
#define FAILURES_SHOWN 20
#define NAME_SHOWN     60 /* bytes of a name that strangers chose */

struct page {
	const struct view_show *show;
	const struct view *view;
	struct buf *out;
};

typedef unsigned long long count; /* for printf */

/* ---- pieces ---- */

static void
heading(struct page *p, const char *text)
{
	buf_fmt(p->out, p->show->colour ? "\n\x1b[1m%s\x1b[0m" : "\n%s", text);
}

static void
name(struct page *p, struct sv s)
{
	buf_printable(p->out, s, NAME_SHOWN);
}

static double
percent(uint64_t part, uint64_t all)
{
	return all == 0 ? 0.0 : 100.0 * (double)part / (double)all;
}

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void
days(struct page *p, int32_t first, int32_t last)
{
	char a[32];
	char b[32];

	buf_fmt(p->out, "%s to %s", day_text(first, a, sizeof(a)), day_text(last, b, sizeof(b)));
}

/* ---- a domain ---- */

static void
show_totals(struct page *p, const struct view_domain *d)
{
	const struct auth_counts *c = &d->sum.spans[AUTH_ALL];

	buf_fmt(p->out, "    %llu message%s: %.1f %% pass (DKIM %.1f %%, SPF %.1f %%), %llu fail",
	    (count)c->all, plural(c->all), percent(c->all - c->failed, c->all),
	    percent(c->dkim, c->all), percent(c->spf, c->all), (count)c->failed);
	if (c->forgiven > 0) {
		buf_fmt(p->out, ", of which %llu were forgiven", (count)c->forgiven);
	}
	if (c->quarantined + c->rejected > 0) {
		buf_fmt(p->out, "; receivers quarantined %llu and refused %llu",
		    (count)c->quarantined, (count)c->rejected);
	}
	buf_char(p->out, '\n');
}

static void
show_service(struct page *p, const struct view_source *s)
{
	if (s->service != NULL) {
		buf_fmt(p->out, "%s%s", s->service->name, s->by_address ? " (by its address)" : "");
	} else if (s->dkim_domain.n > 0 || s->spf_domain.n > 0) {
		buf_str(p->out, s->dkim_domain.n > 0 ? "signs as " : "SPF of ");
		name(p, s->dkim_domain.n > 0 ? s->dkim_domain : s->spf_domain);
	} else {
		buf_str(p->out, "nothing vouches for it");
	}
}

static void
show_source(struct page *p, const struct view_source *s)
{
	char address[64];
	char day[32];

	buf_fmt(p->out, "    %9llu %9llu   %-39s %s  ", (count)s->sum.spans[AUTH_ALL].all,
	    (count)s->sum.spans[AUTH_ALL].failed, source_address(s, address, sizeof(address)),
	    day_text(s->sum.first_day, day, sizeof(day)));
	if (s->role != ROLE_ALIGNED) {
		buf_fmt(p->out, "%s: ", source_role_name(s->role));
	}
	show_service(p, s);
	buf_str(p->out, s->is_new ? ", new\n" : "\n");
}

static void
show_sources(struct page *p, const struct view_domain *d)
{
	size_t n = d->n_sources < p->show->top ? d->n_sources : p->show->top;

	buf_fmt(p->out, "\n    %9s %9s   %-39s %-10s  %s\n", "messages", "fail", "source", "since",
	    "who");
	for (size_t i = 0; i < n; i++) {
		show_source(p, &d->sources[i]);
	}
	if (n < d->n_sources) {
		buf_fmt(p->out, "    and %zu more sources (--top, --json)\n", d->n_sources - n);
	}
}

/* What each kind of sender would lose, and what to do about the services. */
static void
show_readiness(struct page *p, const struct view_domain *d)
{
	static const char *const who[ROLES] = { "", "of senders that also pass",
		"of services that sign as themselves", "passed on by others",
		"of unknown senders or forgers" };
	uint64_t lost = 0;
	const char *comma = "";

	for (int r = ROLE_OWN; r < ROLES; r++) {
		lost += d->losing[r];
	}
	buf_fmt(p->out, "\n    p=quarantine    %llu message%s (%.2f %%) would go to spam",
	    (count)lost, plural(lost), percent(lost, d->sum.spans[AUTH_ALL].all));
	for (int r = ROLE_OWN; r < ROLES; r++) {
		if (d->losing[r] > 0) {
			buf_fmt(p->out, "%s %llu %s", *comma == '\0' ? ":" : comma,
			    (count)d->losing[r], who[r]);
			comma = ",";
		}
	}
	buf_fmt(p->out, "\n    p=reject        %s",
	    lost > 0 ? "they would be refused" : "nothing would be refused");
	if (d->sum.spans[AUTH_ALL].forgiven > 0) {
		buf_fmt(p->out, "; the %llu forgiven ones only where a receiver does not forgive",
		    (count)d->sum.spans[AUTH_ALL].forgiven);
	}
	buf_fmt(p->out, "\n    so              %s: %s\n", readiness_name(d->readiness), d->advice);
}

static void
show_remedies(struct page *p, const struct view_domain *d)
{
	const struct service *said[16] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < d->n_sources && n < 16; i++) {
		const struct view_source *s = &d->sources[i];
		bool again = false;

		for (size_t k = 0; k < n; k++) {
			again = again || said[k] == s->service;
		}
		if (s->role == ROLE_SERVICE && !again) {
			said[n++] = s->service;
			buf_fmt(p->out, "    %-15s %s\n", s->service->name, s->service->does);
		}
	}
}

static bool
has_changed(const struct view_source *s)
{
	return s->is_new || s->went_bad || s->gone;
}

static void
show_changes(struct page *p, const struct view_domain *d)
{
	const struct auth_counts *week = &d->sum.spans[AUTH_WEEK];
	const struct auth_counts *before = &d->sum.spans[AUTH_WEEK_BEFORE];
	char address[64];
	unsigned shown = 0;

	if (before->all == 0) {
		buf_str(
		    p->out, "    last week       nothing from the week before to compare with\n");
		return;
	}
	buf_fmt(p->out,
	    "    last week       %llu messages, %.1f %% pass (the week before: %llu, %.1f %%)\n",
	    (count)week->all, percent(week->all - week->failed, week->all), (count)before->all,
	    percent(before->all - before->failed, before->all));
	for (size_t i = 0; i < d->n_sources && shown < CHANGES_SHOWN; i++) {
		const struct view_source *s = &d->sources[i];

		if (!has_changed(s)) {
			continue;
		}
		shown++;
		buf_fmt(p->out, "      %-13s %s: ",
		    s->is_new     ? "new"
		    : s->went_bad ? "fails now"
				  : "gone",
		    source_address(s, address, sizeof(address)));
		buf_fmt(p->out, "%llu messages, %llu fail (the week before: %llu, %llu), ",
		    (count)s->sum.spans[AUTH_WEEK].all, (count)s->sum.spans[AUTH_WEEK].failed,
		    (count)s->sum.spans[AUTH_WEEK_BEFORE].all,
		    (count)s->sum.spans[AUTH_WEEK_BEFORE].failed);
		show_service(p, s);
		buf_char(p->out, '\n');
	}
}

static void
show_domain(struct page *p, const struct view_domain *d)
{
	heading(p, "");
	name(p, d->sum.domain.n == 0 ? SV("(no domain)") : d->sum.domain);
	buf_str(p->out, "  p=");
	name(p, d->sum.p.n == 0 ? SV("?") : d->sum.p);
	if (d->sum.sp.n > 0 && !sv_eq(d->sum.sp, d->sum.p)) {
		buf_str(p->out, " sp=");
		name(p, d->sum.sp);
	}
	if (sv_eq(d->sum.testing, SV("y"))) {
		buf_str(p->out, " t=y");
	}
	buf_str(p->out, "  ");
	days(p, d->sum.first_day, d->sum.last_day);
	buf_fmt(p->out, ", %llu report%s", (count)d->sum.reports, plural(d->sum.reports));
	if (d->sum.damaged > 0) {
		buf_fmt(p->out, " (%llu damaged)", (count)d->sum.damaged);
	}
	buf_char(p->out, '\n');
	show_totals(p, d);
	show_sources(p, d);
	show_readiness(p, d);
	show_remedies(p, d);
	show_changes(p, d);
}

/* ---- TLS, receivers ---- */

static void
show_failure(struct page *p, const struct tls_failure *f)
{
	const struct tls_words *w = tls_words_of(p->view->words, f->result);

	buf_fmt(p->out, "    %9llu   ", (count)f->sessions);
	name(p, f->result.n == 0 ? SV("(no type)") : f->result);
	buf_str(p->out, f->mx.n == 0 ? "" : " at ");
	name(p, f->mx);
	buf_str(p->out, ", ");
	name(p, f->domain);
	buf_str(p->out, ", ");
	days(p, f->first_day, f->last_day);
	if (f->reason.n > 0) {
		buf_str(p->out, ": ");
		name(p, f->reason);
	}
	buf_char(p->out, '\n');
	if (w != NULL) {
		buf_fmt(p->out, "                %s: %s\n", w->says, w->does);
	}
}

static void
show_tls(struct page *p)
{
	const struct view *v = p->view;

	if (v->n_tls == 0) {
		return;
	}
	heading(p, "TLS of incoming mail\n");
	for (size_t i = 0; i < v->n_tls && i < DOMAINS_SHOWN; i++) {
		const struct tls_domain *d = &v->tls[i];

		buf_str(p->out, "    ");
		name(p, d->domain);
		buf_str(p->out, " (");
		name(p, d->type.n == 0 ? SV("no policy type") : d->type);
		buf_fmt(p->out,
		    "): %llu sessions were fine, %llu failed (last week %llu, the week before "
		    "%llu)\n",
		    (count)d->succeeded, (count)d->failed, (count)d->week_failed,
		    (count)d->week_before_failed);
	}
	for (size_t i = 0; i < v->n_failures && i < FAILURES_SHOWN; i++) {
		show_failure(p, &v->failures[i]);
	}
	if (v->n_failures > FAILURES_SHOWN) {
		buf_fmt(p->out, "    and %zu more kinds of failures (--json)\n",
		    v->n_failures - FAILURES_SHOWN);
	}
}

static void
show_silent(struct page *p)
{
	char day[32];

	for (size_t i = 0; i < p->view->n_reporters; i++) {
		const struct auth_reporter *r = &p->view->reporters[i];

		if (reporter_is_silent(p->view, r)) {
			buf_str(p->out, "\nno more reports of ");
			name(p, r->org);
			buf_fmt(p->out, ", which sent one a day until %s\n",
			    day_text(r->last_day, day, sizeof(day)));
		}
	}
}

/* ---- input ---- */

static void
show_input(struct page *p)
{
	const struct report_input_counts *c = p->show->input;

	heading(p, "input");
	buf_fmt(
	    p->out, "  %llu DMARC and %llu TLS reports taken in", (count)c->dmarc, (count)c->tls);
	buf_fmt(p->out, "; %llu known already, %llu damaged, %llu files without a report\n",
	    (count)c->duplicates, (count)c->damaged, (count)c->nothing);
	for (size_t i = 0; i < p->show->n_notes; i++) {
		const struct report_note *n = &p->show->notes[i];

		if (n->duplicate) {
			continue;
		}
		buf_fmt(p->out, "    %s: %.*s: ", n->damaged ? "damaged" : "no report",
		    SV_ARG(n->where));
		buf_printable(p->out, n->text, 400);
		buf_char(p->out, '\n');
	}
	if (p->show->n_notes_left > 0) {
		buf_fmt(p->out, "    and %zu more\n", p->show->n_notes_left);
	}
	if (p->view->later > 0) {
		buf_fmt(p->out,
		    "    %llu reports are dated after today, or --until, and are not shown\n",
		    (count)p->view->later);
	}
	if (p->view->full) {
		buf_str(p->out,
		    "    more was found than is kept for a view; narrow it with --domain\n");
	}
}

static int
by_messages(const void *a, const void *b)
{
	const struct view_domain *x = *(const struct view_domain *const *)a;
	const struct view_domain *y = *(const struct view_domain *const *)b;
	uint64_t nx = x->sum.spans[AUTH_ALL].all;
	uint64_t ny = y->sum.spans[AUTH_ALL].all;

	return nx > ny ? -1 : nx < ny ? 1 : sv_cmp(x->sum.domain, y->sum.domain);
}

void
view_text(const struct view_show *s, struct buf *out)
{
	struct page p = { s, s->view, out };
	const struct view *v = s->view;
	const struct view_domain **sorted = mem_new(v->n_domains, sizeof(struct view_domain *));

	for (size_t i = 0; i < v->n_domains; i++) {
		sorted[i] = &v->domains[i];
	}
	qsort(sorted, v->n_domains, sizeof(struct view_domain *), by_messages);
	for (size_t i = 0; i < v->n_domains && i < DOMAINS_SHOWN; i++) {
		show_domain(&p, sorted[i]);
	}
	if (v->n_domains > DOMAINS_SHOWN) {
		buf_fmt(out, "\nand %zu more domains (--domain, --json)\n",
		    v->n_domains - DOMAINS_SHOWN);
	}
	free(sorted);
	show_tls(&p);
	show_silent(&p);
	show_input(&p);
}
