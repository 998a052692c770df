/* SPDX-License-Identifier: Apache-2.0 */

/* What a view shows behind its domains: TLS, receivers that stopped, the input. */

#include "authreport/private.h"

#include <stdio.h>

#define FAILURES_SHOWN 20
#define TLS_SHOWN      50

/* ---- TLS, receivers ---- */

static void
show_failure(struct page *p, const struct tls_failure *f)
{
	const struct tls_words *w = tls_words_of(p->view->words, f->result);

	buf_fmt(p->out, "    %9llu   ", (page_count)f->sessions);
	page_name(p, f->result.n == 0 ? SV("(no type)") : f->result);
	buf_str(p->out, f->mx.n == 0 ? "" : " at ");
	page_name(p, f->mx);
	buf_str(p->out, ", ");
	page_name(p, f->domain);
	buf_str(p->out, ", ");
	page_days(p, f->first_day, f->last_day);
	if (f->reason.n > 0) {
		buf_str(p->out, ": ");
		page_name(p, f->reason);
	}
	buf_char(p->out, '\n');
	if (w != NULL) {
		buf_fmt(p->out, "                %s: %s\n", w->says, w->does);
	}
}

void
page_tls(struct page *p)
{
	const struct view *v = p->view;

	if (v->n_tls == 0) {
		return;
	}
	page_heading(p, "TLS of incoming mail\n");
	for (size_t i = 0; i < v->n_tls && i < TLS_SHOWN; i++) {
		const struct tls_domain *d = &v->tls[i];

		buf_str(p->out, "    ");
		page_name(p, d->domain);
		buf_str(p->out, " (");
		page_name(p, d->type.n == 0 ? SV("no policy type") : d->type);
		buf_fmt(p->out,
		    "): %llu sessions were fine, %llu failed (last week %llu, the week before "
		    "%llu)\n",
		    (page_count)d->succeeded, (page_count)d->failed, (page_count)d->week_failed,
		    (page_count)d->week_before_failed);
	}
	for (size_t i = 0; i < v->n_failures && i < FAILURES_SHOWN; i++) {
		show_failure(p, &v->failures[i]);
	}
	if (v->n_failures > FAILURES_SHOWN) {
		buf_fmt(p->out, "    and %zu more kinds of failures (--json)\n",
		    v->n_failures - FAILURES_SHOWN);
	}
}

void
page_silent(struct page *p)
{
	char day[32];

	for (size_t i = 0; i < p->view->n_reporters; i++) {
		const struct auth_reporter *r = &p->view->reporters[i];

		if (reporter_is_silent(p->view, r, p->view->newest_day)) {
			buf_str(p->out, "\nno more reports of ");
			page_name(p, r->org);
			buf_fmt(p->out, ", which sent one a day until %s\n",
			    day_text(r->last_day, day, sizeof(day)));
		}
	}
}

/* ---- failure reports of single messages ---- */

void
page_failed(struct page *p)
{
	const struct view *v = p->view;

	if (v->n_failed == 0) {
		return;
	}
	page_heading(p, "failure reports of single messages\n");
	for (size_t i = 0; i < v->n_failed && i < FAILURES_SHOWN; i++) {
		const struct auth_failed *f = &v->failed[i];

		buf_str(p->out, "    ");
		page_name(p, f->domain.n > 0 ? f->domain : SV("(no domain)"));
		buf_str(p->out, " from ");
		page_name(p, f->source.n > 0 ? f->source : SV("(no address)"));
		buf_str(p->out, ": ");
		page_name(p, f->failure.n > 0 ? f->failure : SV("(not said what)"));
		buf_str(p->out, " failed");
		if (f->alignment.n > 0) {
			buf_str(p->out, ", aligned: ");
			page_name(p, f->alignment);
		}
		if (f->result.n > 0) {
			buf_str(p->out, ", ");
			page_name(p, f->result);
		}
		buf_fmt(p->out, "; %llu message%s\n", (page_count)f->incidents,
		    page_plural(f->incidents));
	}
	if (v->n_failed > FAILURES_SHOWN) {
		buf_fmt(p->out, "    and %zu more kinds (--json)\n", v->n_failed - FAILURES_SHOWN);
	}
}

/* ---- the mails that reports came in ---- */

#define APART_SHOWN 20

static void
show_apart(struct page *p, const struct auth_apart *a)
{
	buf_fmt(p->out, "    %llu report%s with %llu message%s of ", (page_count)a->reports,
	    page_plural(a->reports), (page_count)a->messages, page_plural(a->messages));
	page_name(p, a->org.n > 0 ? a->org : SV("(nobody)"));
	buf_str(p->out, " about ");
	page_name(p, a->domain.n > 0 ? a->domain : SV("(no domain)"));
	buf_str(p->out, ", ");
	page_days(p, a->first_day, a->last_day);
	buf_str(p->out, ": ");
	buf_printable(p->out, a->why, 200);
	buf_char(p->out, '\n');
}

void
page_mails(struct page *p)
{
	const struct view *v = p->view;

	page_heading(p, "mails that reports came in\n");
	buf_fmt(p->out,
	    "    %llu proven (%llu by a server of yours), %llu not told, %llu files: not "
	    "authenticated, no mail, %llu of an older store\n",
	    (page_count)v->proofs[REPORT_PROOF_PASS], (page_count)v->by_server,
	    (page_count)v->proofs[REPORT_PROOF_UNKNOWN],
	    (page_count)v->proofs[REPORT_PROOF_NO_MAIL],
	    (page_count)v->proofs[REPORT_PROOF_UNSAID]);
	if (v->proofs[REPORT_PROOF_FAIL] > 0) {
		buf_fmt(p->out, "    %llu failed: kept apart and in no sum above (--apart)\n",
		    (page_count)v->proofs[REPORT_PROOF_FAIL]);
	}
	for (size_t i = 0; i < v->n_apart && i < APART_SHOWN; i++) {
		show_apart(p, &v->apart[i]);
	}
	if (v->n_apart > APART_SHOWN) {
		buf_fmt(p->out, "    and %zu more kinds (--json)\n", v->n_apart - APART_SHOWN);
	}
}

/* ---- input ---- */

void
page_input(struct page *p)
{
	const struct report_input_counts *c = p->show->input;

	page_heading(p, "input");
	buf_fmt(p->out, "  %llu DMARC and %llu TLS reports taken in", (page_count)c->dmarc,
	    (page_count)c->tls);
	if (c->failures > 0) {
		buf_fmt(p->out, ", %llu failure reports", (page_count)c->failures);
	}
	buf_fmt(p->out,
	    "; %llu known already, %llu damaged, %llu kept apart, %llu files without a report\n",
	    (page_count)c->duplicates, (page_count)c->damaged, (page_count)c->apart,
	    (page_count)c->nothing);
	for (size_t i = 0; i < p->show->n_notes; i++) {
		const struct report_note *n = &p->show->notes[i];

		buf_fmt(p->out, "    %s: %.*s: ", report_note_name(n->kind), SV_ARG(n->where));
		buf_printable(p->out, n->text, 400);
		buf_char(p->out, '\n');
	}
	if (p->show->n_notes_left > 0) {
		buf_fmt(p->out, "    and %zu more\n", p->show->n_notes_left);
	}
	if (p->view->later > 0) {
		buf_fmt(p->out,
		    "    %llu reports are dated after today, or --until, and are not shown\n",
		    (page_count)p->view->later);
	}
	if (p->view->full) {
		buf_str(p->out,
		    "    more was found than is kept for a view; narrow it with --domain\n");
	}
}
