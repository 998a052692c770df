/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

/* Automatic replies: RFC 3834, the headers of programs that are older, and wording (the forms
 * of the kind auto_reply).  A mail system's own mails carry the same headers and are none. */

bool
from_system(struct sv from)
{
	static const struct sv names[] = { SV_INIT("mailer-daemon@"), SV_INIT("postmaster@"),
		SV_INIT("mail-daemon@"), SV_INIT("mdaemon@") };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (sv_istarts(from, names[i])) {
			return true;
		}
	}
	return sv_ieq(from, SV("mailer-daemon")) || from.n == 0;
}

static bool
says_header(struct scene *s)
{
	static const struct {
		struct sv name, value; /* value empty: any */
	} marks[] = { { SV_INIT("Auto-Submitted"), SV_INIT("auto-replied") },
		{ SV_INIT("Auto-Submitted"), SV_INIT("vacation") },
		{ SV_INIT("Precedence"), SV_INIT("auto_reply") },
		{ SV_INIT("Precedence"), SV_INIT("auto-reply") },
		{ SV_INIT("X-Autoreply"), SV_INIT("") }, { SV_INIT("X-Autorespond"), SV_INIT("") },
		{ SV_INIT("X-Auto-Reply"), SV_INIT("") },
		{ SV_INIT("X-AutoReply-From"), SV_INIT("") },
		{ SV_INIT("X-Mail-Autoreply"), SV_INIT("") } };
	struct sv v;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (mime_header(s->head, marks[i].name, &v) &&
		    (marks[i].value.n == 0 ? !sv_ieq(v, SV("no"))
					   : sv_istarts(v, marks[i].value))) {
			return true;
		}
	}
	return false;
}

bool
auto_reply_read(struct scene *s)
{
	const struct bounce_forms *f = s->r->forms;
	const struct form *best = NULL;

	if (from_system(s->from)) {
		return false;
	}
	for (size_t i = 0; i < f->n_forms; i++) {
		if (f->forms[i].kind == BOUNCE_AUTO_REPLY && s->r->best[i] > 0 &&
		    (best == NULL || s->r->best[i] > s->r->best[best->index])) {
			best = &f->forms[i];
		}
	}
	if (best == NULL && !says_header(s)) {
		return false;
	}
	(void)scene_add(s, s->from);
	s->out->kind = BOUNCE_AUTO_REPLY;
	s->out->cause = best == NULL || best->cause == NULL ? "auto_reply" : best->cause;
	s->out->by_cause = true;
	s->out->dialect = best == NULL ? "auto-reply" : best->id;
	return true;
}
