/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/private.h"

#include <stdio.h>
#include <stdlib.h>

#define DOMAINS_SHOWN 50
#define CHANGES_SHOWN 10
#define NAME_SHOWN    60 /* bytes of a name that strangers chose */

/* ---- pieces ---- */

void
page_heading(struct page *p, const char *text)
{
	buf_fmt(p->out, p->show->colour ? "\n\x1b[1m%s\x1b[0m" : "\n%s", text);
}

void
page_name(struct page *p, struct sv s)
{
	buf_printable(p->out, s, NAME_SHOWN);
}

static double
percent(uint64_t part, uint64_t all)
{
	return all == 0 ? 0.0 : 100.0 * (double)part / (double)all;
}

const char *
page_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void
page_days(struct page *p, int32_t first, int32_t last)
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
	    (page_count)c->all, page_plural(c->all), percent(c->all - c->failed, c->all),
	    percent(c->dkim, c->all), percent(c->spf, c->all), (page_count)c->failed);
	if (c->forgiven > 0) {
		buf_fmt(p->out, ", of which %llu were forgiven", (page_count)c->forgiven);
	}
	if (c->quarantined + c->rejected > 0) {
		buf_fmt(p->out, "; receivers quarantined %llu and refused %llu",
		    (page_count)c->quarantined, (page_count)c->rejected);
	}
	buf_char(p->out, '\n');
}

void
page_service(struct page *p, const struct view_source *s)
{
	if (s->service != NULL) {
		buf_fmt(p->out, "%s%s", s->service->name, s->by_address ? " (by its address)" : "");
	} else if (s->dkim_domain.n > 0 || s->spf_domain.n > 0) {
		buf_str(p->out, s->dkim_domain.n > 0 ? "signs as " : "SPF of ");
		page_name(p, s->dkim_domain.n > 0 ? s->dkim_domain : s->spf_domain);
	} else {
		buf_str(p->out, "nothing vouches for it");
	}
}

static void
show_source(struct page *p, const struct view_source *s)
{
	char address[64];
	char day[32];

	buf_fmt(p->out, "    %9llu %9llu   %-39s %s  ", (page_count)s->sum.spans[AUTH_ALL].all,
	    (page_count)s->sum.spans[AUTH_ALL].failed, source_address(s, address, sizeof(address)),
	    day_text(s->sum.first_day, day, sizeof(day)));
	if (s->role != ROLE_ALIGNED) {
		buf_fmt(p->out, "%s: ", source_role_name(s->role));
	}
	page_service(p, s);
	buf_str(p->out, s->is_new ? ", new\n" : "\n");
}

/* Those that fail, most first, or those that pass, largest first. */
static void
show_sources(struct page *p, const struct view_domain *d, bool fail)
{
	size_t shown = 0;
	size_t more = 0;

	for (size_t i = 0; i < d->n_sources; i++) {
		if ((d->sources[i].sum.spans[AUTH_ALL].failed > 0) != fail) {
			continue;
		}
		if (shown == p->show->top) {
			more++;
			continue;
		}
		if (shown++ == 0) {
			buf_fmt(p->out, "\n    %9s %9s   %-39s %-10s  %s\n", "messages", "fail",
			    fail ? "sources that fail" : "sources that pass", "since", "who");
		}
		show_source(p, &d->sources[i]);
	}
	if (more > 0) {
		buf_fmt(p->out, "    and %zu more (--top, --json)\n", more);
	}
}

/* What a step costs, by kind of sender. */
static void
show_step(struct page *p, const struct view_domain *d, enum policy_step step)
{
	static const char *const labels[] = { "p=quarantine", "p=reject" };
	static const char *const fates[] = { "would go to spam", "would be refused" };
	static const char *const who[ROLES] = { "", "of your own senders",
		"of services that sign as themselves", "passed on by others",
		"of unknown senders or forgers" };
	uint64_t lost = losses_of(d, step);
	const char *comma = ":";

	buf_fmt(p->out, "    %-15s %llu message%s (%.2f %%) %s", labels[step], (page_count)lost,
	    page_plural(lost), percent(lost, d->sum.spans[AUTH_ALL].all), fates[step]);
	for (int r = ROLE_OWN; r < ROLES; r++) {
		if (d->losing[step][r] > 0) {
			buf_fmt(
			    p->out, "%s %llu %s", comma, (page_count)d->losing[step][r], who[r]);
			comma = ",";
		}
	}
	buf_char(p->out, '\n');
}

/* What each step of the policy would cost, and what to do. */
void
page_readiness(struct page *p, const struct view_domain *d)
{
	uint64_t more = losses_of(d, STEP_REJECT) - losses_of(d, STEP_QUARANTINE);

	buf_char(p->out, '\n');
	show_step(p, d, STEP_QUARANTINE);
	show_step(p, d, STEP_REJECT);
	if (more > 0) {
		buf_fmt(p->out,
		    "                    %llu of them %s forgiven by receivers, but not yet under "
		    "p=reject\n",
		    (page_count)more, more == 1 ? "is" : "are");
	}
	buf_fmt(p->out, "    so              %s: %s\n", readiness_name(d->readiness), d->advice);
}

void
page_remedies(struct page *p, const struct view_domain *d)
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
	    (page_count)week->all, percent(week->all - week->failed, week->all),
	    (page_count)before->all, percent(before->all - before->failed, before->all));
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
		    (page_count)s->sum.spans[AUTH_WEEK].all,
		    (page_count)s->sum.spans[AUTH_WEEK].failed,
		    (page_count)s->sum.spans[AUTH_WEEK_BEFORE].all,
		    (page_count)s->sum.spans[AUTH_WEEK_BEFORE].failed);
		page_service(p, s);
		buf_char(p->out, '\n');
	}
}

static void
show_domain(struct page *p, const struct view_domain *d)
{
	page_heading(p, "");
	page_name(p, d->sum.domain.n == 0 ? SV("(no domain)") : d->sum.domain);
	buf_str(p->out, "  p=");
	page_name(p, d->sum.p.n == 0 ? SV("?") : d->sum.p);
	if (d->sum.sp.n > 0 && !sv_eq(d->sum.sp, d->sum.p)) {
		buf_str(p->out, " sp=");
		page_name(p, d->sum.sp);
	}
	if (sv_eq(d->sum.testing, SV("y"))) {
		buf_str(p->out, " t=y");
	}
	buf_str(p->out, "  ");
	page_days(p, d->sum.first_day, d->sum.last_day);
	buf_fmt(p->out, ", %llu report%s", (page_count)d->sum.reports, page_plural(d->sum.reports));
	if (d->sum.damaged > 0) {
		buf_fmt(p->out, " (%llu damaged)", (page_count)d->sum.damaged);
	}
	buf_char(p->out, '\n');
	show_totals(p, d);
	show_sources(p, d, true);
	show_sources(p, d, false);
	page_readiness(p, d);
	page_remedies(p, d);
	show_changes(p, d);
}

/* ---- all ---- */

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
	page_tls(&p);
	page_failed(&p);
	page_silent(&p);
	page_mails(&p);
	page_input(&p);
}
