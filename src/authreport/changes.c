/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/private.h"

struct telling {
	const struct view *view;
	void (*put)(void *context, const struct view_alert *a);
	void *context;
	struct buf subject, says; /* owned */
};

static void
tell(struct telling *t, const char *kind)
{
	const struct view_alert a = { sv_from(kind), buf_view(&t->subject), buf_view(&t->says) };

	t->put(t->context, &a);
	buf_clear(&t->subject);
	buf_clear(&t->says);
}

/* ---- sources ---- */

/* Forwarders come and go, and break signatures: nothing to do about them. */
static bool
is_told(const struct view *v, const struct view_source *s)
{
	return (s->is_new || s->went_bad) && s->role != ROLE_FORWARDER &&
	       (double)s->sum.spans[AUTH_WEEK].failed >= v->policy.source_messages;
}

static void
tell_source(struct telling *t, const struct view_domain *d, const struct view_source *s)
{
	const struct auth_counts *week = &s->sum.spans[AUTH_WEEK];
	char address[64];

	buf_printable(&t->subject, d->sum.domain, 255);
	buf_fmt(&t->subject, " %s", source_address(s, address, sizeof(address)));
	buf_fmt(&t->says, "%llu of %llu messages of the last week failed DMARC (%s",
	    (page_count)week->failed, (page_count)week->all, source_role_name(s->role));
	if (s->service != NULL) {
		buf_fmt(&t->says, ", %s", s->service->name);
	} else if (s->dkim_domain.n > 0 || s->spf_domain.n > 0) {
		buf_str(&t->says, ", vouched for by ");
		buf_printable(&t->says, s->dkim_domain.n > 0 ? s->dkim_domain : s->spf_domain, 255);
	}
	buf_str(&t->says, ")");
	tell(t, s->is_new ? "new failing source" : "source fails now");
}

/* The sources come in the order of what failed. */
static void
tell_sources(struct telling *t, const struct view_domain *d)
{
	size_t told = 0;
	size_t more = 0;

	for (size_t i = 0; i < d->n_sources; i++) {
		if (!is_told(t->view, &d->sources[i])) {
			continue;
		}
		if ((double)told < t->view->policy.sources_most) {
			told++;
			tell_source(t, d, &d->sources[i]);
		} else {
			more++;
		}
	}
	if (more > 0) {
		buf_printable(&t->subject, d->sum.domain, 255);
		buf_fmt(&t->says,
		    "%zu more addresses that are new or passed before fail, each with %.0f "
		    "messages or more in the last week: carom reports",
		    more, t->view->policy.source_messages);
		tell(t, "many failing sources");
	}
}

/* ---- reporters ---- */

static void
tell_reporters(struct telling *t, int32_t today)
{
	const struct view *v = t->view;
	char day[32];

	/* When nobody reports any more it is no receiver's doing. */
	if (v->newest_day >= 0 && v->newest_day + v->policy.silent_days <= today) {
		buf_str(&t->subject, "all receivers");
		buf_fmt(&t->says,
		    "no report of a day after %s was taken in: is the mailbox read, and is rua= in "
		    "place?",
		    day_text(v->newest_day, day, sizeof(day)));
		tell(t, "reports stopped");
		return;
	}
	for (size_t i = 0; i < v->n_reporters; i++) {
		const struct auth_reporter *r = &v->reporters[i];

		if (reporter_is_silent(v, r, today)) {
			buf_printable(&t->subject, r->org, 255);
			buf_fmt(&t->says,
			    "sent a report on nearly every day until %s, and none since",
			    day_text(r->last_day, day, sizeof(day)));
			tell(t, "reports stopped");
		}
	}
}

/* ---- what is kept apart ---- */

static void
tell_apart(struct telling *t)
{
	const struct view *v = t->view;
	size_t told = 0;

	for (size_t i = 0; i < v->n_apart && (double)told < v->policy.sources_most; i++) {
		const struct auth_apart *a = &v->apart[i];

		if (a->last_day < v->week) {
			continue;
		}
		told++;
		buf_printable(&t->subject, a->author.n > 0 ? a->author : SV("(nobody)"), 255);
		buf_str(&t->subject, " as ");
		buf_printable(&t->subject, a->org.n > 0 ? a->org : SV("(nobody)"), 255);
		buf_fmt(&t->says, "%llu report%s about ", (page_count)a->reports,
		    page_plural(a->reports));
		buf_printable(&t->says, a->domain, 255);
		buf_str(&t->says, " counted nowhere, as the mail failed: ");
		buf_printable(&t->says, a->why, 300);
		tell(t, "report kept apart");
	}
}

void
view_changes(const struct view *v, int32_t today,
    void (*put)(void *context, const struct view_alert *a), void *context)
{
	struct telling t = { .view = v, .put = put, .context = context };

	buf_init(&t.subject, 0);
	buf_init(&t.says, 0);
	for (size_t i = 0; i < v->n_domains; i++) {
		tell_sources(&t, &v->domains[i]);
	}
	tell_reporters(&t, today);
	tell_apart(&t);
	buf_done(&t.subject);
	buf_done(&t.says);
}
