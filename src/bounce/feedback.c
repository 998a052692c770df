/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"
#include "mail/batv.h"

/*
 * Complaints: the Abuse Reporting Format (RFC 5965, 6591, 6650, 9477), Microsoft's JMRP,
 * which is a mail with a mail in it, and Apple's unsubscribe mails.  Reporters hide who
 * complained: bounce/redacted.c looks for it.
 */

struct feedback {
	struct sv type, reporter, mail_from, arrival;
	bool found;
};

/* RFC 5965 section 3; Original-Rcpt-To and Removal-Recipient may come more than once. */
static void
read_fields(struct scene *s, struct sv text, struct feedback *f)
{
	struct sv name;
	struct sv value;
	struct sv removal = { 0 };

	while (mime_header_next(&text, &name, &value)) {
		value = mime_unfold(value, s->arena);
		if (sv_ieq(name, SV("Feedback-Type"))) {
			f->type = value;
			f->found = true;
		} else if (sv_ieq(name, SV("Original-Rcpt-To"))) {
			(void)redacted_add(s, dsn_address(value));
		} else if (sv_ieq(name, SV("Removal-Recipient"))) {
			removal = dsn_address(value);
		} else if (sv_ieq(name, SV("Original-Mail-From"))) {
			f->mail_from = mime_address(value);
		} else if (sv_ieq(name, SV("User-Agent")) || sv_ieq(name, SV("Reporting-MTA"))) {
			f->reporter = value;
		}
	}
	if (s->out->n_recipients == 0) {
		(void)redacted_add(s, removal);
	}
}

static bool
is_jmrp(const struct scene *s)
{
	struct sv v;

	return (sv_istarts(s->out->subject, SV("complaint about message from")) &&
		   sv_istarts(s->from, SV("staff@hotmail."))) ||
	       mime_header(s->out->original.head, SV("X-HmXmrOriginalRecipient"), &v);
}

void
complaint_finish(struct scene *s, struct sv type, struct sv mail_from, struct sv reporter)
{
	struct bounce *out = s->out;
	bool complaint = !sv_ieq(type, SV("auth-failure")) && !sv_ieq(type, SV("not-spam")) &&
			 !sv_ieq(type, SV("dmarc"));

	if (out->n_recipients == 0) {
		(void)redacted_add(s, bounce_path_recipient(mail_from, s->arena));
	}
	redacted_find(s);
	if (out->signed_path.n == 0 && batv_is(mail_from)) {
		out->signed_path = mail_from;
	}
	if (out->n_recipients == 0) {
		(void)scene_add(s, (struct sv){ 0 }); /* somebody, but nobody says who */
	}
	out->kind = complaint ? BOUNCE_COMPLAINT : BOUNCE_REPORT;
	out->cause = !complaint                        ? "delivered"
		     : sv_istarts(type, SV("opt-out")) ? "unsubscribe"
						       : "complaint";
	out->by_cause = true;
	out->reporter = reporter.n > 0 ? reporter : s->from;
}

bool
feedback_read(struct scene *s)
{
	struct mime *m = &s->mail;
	struct feedback f = { 0 };
	struct sv v;

	for (size_t i = 0; i < m->n_parts && !f.found; i++) {
		if (sv_ieq(m->parts[i].type, SV("message/feedback-report"))) {
			read_fields(s, mime_text(m, &m->parts[i]), &f);
			f.found = true;
		}
	}
	if (!f.found && sv_istarts(mime_param(s->head, SV("report-type")), SV("feedback-report"))) {
		read_fields(s, s->out->text, &f);
		f.found = true; /* it says so, however little is left of it */
	}
	if (!f.found && is_jmrp(s)) {
		f.found = true;
		f.reporter = s->from;
	}
	if (f.found) {
		complaint_finish(s, f.type, f.mail_from, f.reporter);
		s->out->dialect = "feedback";
		return true;
	}
	if (mime_header(s->head, SV("X-Apple-Unsubscribe"), &v) && s->from.n > 0) {
		(void)scene_add(s, s->from);
		s->out->kind = BOUNCE_COMPLAINT;
		s->out->cause = "unsubscribe";
		s->out->by_cause = true;
		s->out->dialect = "feedback";
		return true;
	}
	return false;
}
