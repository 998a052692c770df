/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "bounce/private.h"

#define INNER_MAX 20 /* attached mails that are read in one mail, at all depths */

/* ---- the scene ---- */

struct bounced *
scene_find(struct scene *s, struct sv address)
{
	for (size_t i = 0; i < s->out->n_recipients; i++) {
		if (sv_ieq(s->out->recipients[i].address, address)) {
			return &s->out->recipients[i];
		}
	}
	return NULL;
}

struct bounced *
scene_add(struct scene *s, struct sv address)
{
	struct bounced *b = scene_find(s, address);

	if (b != NULL || s->closed) {
		return b;
	}
	if (s->out->n_recipients == s->room) {
		size_t room = s->room == 0 ? 8 : s->room * 4;
		struct bounced *bigger = room > BOUNCE_RECIPIENTS_MAX * 4
					     ? NULL
					     : arena_alloc(s->arena, room * sizeof(*bigger));

		if (bigger == NULL) {
			s->out->too_many = true;
			return NULL;
		}
		if (s->room > 0) {
			memcpy(bigger, s->out->recipients, s->room * sizeof(*bigger));
		}
		s->out->recipients = bigger;
		s->room = room;
	}
	if (s->out->n_recipients >= BOUNCE_RECIPIENTS_MAX) {
		s->out->too_many = true;
		return NULL;
	}
	b = &s->out->recipients[s->out->n_recipients++];
	b->address = address;
	return b;
}

void
scene_original(struct scene *s, struct sv head)
{
	struct bounce_original *o = &s->out->original;
	static const struct {
		struct sv name;
		size_t offset;
	} wanted[] = { { SV_INIT("Message-ID"), offsetof(struct bounce_original, message_id) },
		{ SV_INIT("From"), offsetof(struct bounce_original, from) },
		{ SV_INIT("To"), offsetof(struct bounce_original, to) },
		{ SV_INIT("Subject"), offsetof(struct bounce_original, subject) },
		{ SV_INIT("Date"), offsetof(struct bounce_original, date) } };
	ptrdiff_t empty = sv_find(head, SV("\n\n"));

	if (empty > 0) {
		head = sv_head(head, (size_t)empty + 1);
	}
	head = sv_head(head, MIME_HEAD_MAX);
	if (o->head.n > 0 || head.n == 0) {
		return;
	}
	o->head = head;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct sv *field = (struct sv *)(void *)((char *)o + wanted[i].offset);

		if (field->n == 0) {
			*field = mime_header_text(&s->mail, head, wanted[i].name);
		}
	}
}

/* ---- what is searched for phrases ---- */

static struct sv
search_text(struct scene *s, size_t *n_head_out)
{
	static const struct sv names[] = { SV_INIT("From"), SV_INIT("Subject"),
		SV_INIT("Auto-Submitted"), SV_INIT("Precedence"), SV_INIT("X-Mailer"),
		SV_INIT("X-Autoreply"), SV_INIT("X-Autorespond"), SV_INIT("X-Auto-Reply") };
	struct buf b;
	struct sv out;

	buf_init(&b, 48 * 1024);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sv v = mime_header_text(&s->mail, s->head, names[i]);

		if (v.n > 0 || i < 2) {
			buf_sv(&b, names[i]);
			buf_str(&b, ": ");
			buf_sv(&b, sv_head(v, 1000));
			buf_str(&b, " \n");
		}
	}
	forwarded_subject(s, &b);
	*n_head_out = b.n;
	buf_sv(&b, sv_head(s->out->text, 16 * 1024));
	out = arena_sv(s->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

/* ---- the whole ---- */

static bool
is_report_part(const struct mime_part *p)
{
	return sv_ieq(p->type, SV("message/delivery-status")) ||
	       sv_ieq(p->type, SV("message/global-delivery-status")) ||
	       sv_ieq(p->type, SV("message/xdelivery-status"));
}

/* The report that belongs to the mail itself, or else to a mail in it. */
static int
report_part(const struct mime *m)
{
	int best = -1;

	for (size_t i = 0; i < m->n_parts; i++) {
		if (is_report_part(&m->parts[i]) &&
		    (best < 0 || m->parts[i].depth < m->parts[best].depth)) {
			best = (int)i;
		}
	}
	for (size_t i = 0; best < 0 && i < m->n_parts; i++) { /* or what only looks like one */
		const struct mime_part *p = &m->parts[i];

		if (p->depth > 0 && !p->multipart && !p->message && p->type.n > 0 &&
		    !sv_istarts(p->type, SV("text/plain")) &&
		    !sv_istarts(p->type, SV("text/html")) &&
		    dsn_find(sv_head(p->body, FORM_TEXT_MAX)) >= 0) {
			best = (int)i;
		}
	}
	return best;
}

static void
written_by(struct scene *s)
{
	s->from = mime_address(mime_header_text(&s->mail, s->head, SV("From")));
	s->failed = mime_header_text(&s->mail, s->head, SV("X-Failed-Recipients"));
}

/* ---- mails in mails ---- */

/* The mail that is attached in a part, decoded; empty: none is. */
static struct sv
attached_mail(struct scene *s, const struct mime_part *p)
{
	if (p->message) {
		return p->body;
	}
	return p->depth > 0 && !p->multipart && p->encoding != MIME_PLAIN &&
		       sv_ieq(p->type, SV("message/rfc822"))
		   ? mime_decode(&s->mail, p->body, p->encoding, (struct sv){ 0 })
		   : (struct sv){ 0 };
}

static void read_mail(
    struct bounce_reader *r, struct sv mail, struct arena *arena, struct bounce *out);

/* Somebody passes a bounce on: the first attached mail that is one, or, with `reports`, that calls itself
 * one, is what the mail is about.  False: none is; nothing is changed. */
static bool
read_inner(struct scene *s, bool reports)
{
	for (size_t i = 0; i < s->mail.n_parts; i++) {
		struct sv mail = attached_mail(s, &s->mail.parts[i]);
		struct bounce inner;
		bool report = mail.n > 0 && i + 1 < s->mail.n_parts &&
			      sv_istarts(s->mail.parts[i + 1].type, SV("multipart/report"));

		if (mail.n == 0 || (reports && !report) || s->r->n_inner == INNER_MAX) {
			continue;
		}
		s->r->n_inner++;
		read_mail(s->r, mail, s->arena, &inner);
		if (inner.kind != BOUNCE_OTHER && inner.kind != BOUNCE_AUTO_REPLY) {
			inner.broken |= s->mail.broken;
			*s->out = inner;
			return true;
		}
	}
	return false;
}

static bool
is_passed_on(struct scene *s)
{
	return s->from.n > 0 && !from_system(s->from) &&
	       mime_param(s->head, SV("report-type")).n == 0 && read_inner(s, true);
}

static void
read_mail(struct bounce_reader *r, struct sv mail, struct arena *arena, struct bounce *out)
{
	struct scene s = { .r = r, .arena = arena, .out = out };
	size_t n_head = 0;
	int above;
	bool done;
	bool reports;

	*out = (struct bounce){ .kind = BOUNCE_OTHER };
	mime_read(mail, r->charsets, arena, &s.mail);
	s.head = s.mail.parts[0].head;
	s.report = report_part(&s.mail);
	/* A report by its own word (RFC 6522), however little is left of it. */
	reports = sv_istarts(mime_param(s.head, SV("report-type")), SV("delivery-status"));
	above = s.report < 0 ? -1 : message_above(&s.mail, (size_t)s.report);
	out->subject = mime_header_text(&s.mail, s.head, SV("Subject"));
	out->date = mime_header_text(&s.mail, s.head, SV("Date"));
	written_by(&s);
	if (is_passed_on(&s)) {
		return;
	}
	out->text = text_of(&s, above);
	original_of(&s, above);
	signed_path_find(&s);
	done = feedback_read(&s) || xarf_read(&s) || notification_read(&s);
	if (!done) {
		struct sv text = search_text(&s, &n_head);

		forms_search(r, text, n_head);
		r->daemon = r->daemon || reports || s.by_system;
		done = report_read(&s) || form_read(&s, false) || auto_reply_read(&s) ||
		       form_read(&s, true);
	}
	if (!done && r->daemon && (reports || s.by_system || from_system(s.from))) {
		rest_read(&s);
	} else if (!done && read_inner(&s, false)) {
		return;
	}
	out->broken = s.mail.broken;
}

void
bounce_read(struct bounce_reader *r, struct sv mail, struct arena *arena, struct bounce *out)
{
	r->n_inner = 0;
	read_mail(r, mail, arena, out);
}
