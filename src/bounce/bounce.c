/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "bounce/private.h"

#define INNER_MAX 20 /* parts that are looked into for an attached bounce */

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

/* ---- which parts are what ---- */

static int
message_above(const struct mime *m, size_t at)
{
	int p = m->parts[at].parent;

	while (p >= 0 && !m->parts[p].message) {
		p = m->parts[p].parent;
	}
	return p;
}

static bool
is_text(const struct mime_part *p, bool html)
{
	if (p->multipart || p->message) {
		return p->multipart && !html && p->parent < 0 && sv_trim(p->body).n > 40 &&
		       p->type.n == 0;
	}
	if (html) {
		return sv_ieq(p->type, SV("text/html"));
	}
	return p->type.n == 0 || sv_ieq(p->type, SV("text/plain")) || sv_ieq(p->type, SV("text")) ||
	       (sv_istarts(p->type, SV("multipart/")) && p->depth < 3);
}

/* One text behind the other; only the first where there is no room. */
static struct sv
joined(struct scene *s, struct sv first, struct sv second)
{
	char *p;

	second = sv_head(second, FORM_TEXT_MAX);
	if (first.p == NULL || sv_trim(first).n == 0) {
		return second;
	}
	if (second.n == 0 || first.n + second.n >= FORM_TEXT_MAX) {
		return first;
	}
	p = arena_alloc(s->arena, first.n + second.n + 1);
	if (p == NULL) {
		return first;
	}
	memcpy(p, first.p, first.n);
	p[first.n] = '\n';
	memcpy(p + first.n + 1, second.p, second.n);
	return sv_make(p, first.n + 1 + second.n);
}

static struct sv
texts_of(struct scene *s, int above, bool html)
{
	struct mime *m = &s->mail;
	struct sv text = { 0 };

	for (size_t i = 0; i < m->n_parts; i++) {
		if (message_above(m, i) == above && is_text(&m->parts[i], html)) {
			struct sv more = mime_text(m, &m->parts[i]);

			text = joined(s, text, html ? mime_html_text(m, more) : more);
		}
	}
	return text;
}

/* What the mail says to people: the plain texts that belong to `above`, else the HTML. */
static struct sv
text_of(struct scene *s, int above)
{
	struct sv text = texts_of(s, above, false);

	if (sv_trim(text).n == 0) {
		text = texts_of(s, above, true);
	}
	if (sv_trim(text).n == 0 && above < 0 && s->mail.parts[0].multipart) {
		text = s->mail.parts[0].body; /* in front of the parts: a wrong boundary */
	}
	return forwarded_text(s->arena, text);
}

/* The returned mail: a message part or its headers that belong to `above`. */
static void
original_of(struct scene *s, int above)
{
	struct mime *m = &s->mail;

	for (size_t i = 0; i < m->n_parts; i++) {
		const struct mime_part *p = &m->parts[i];

		if (message_above(m, i) != above) {
			continue;
		}
		if (p->message && i + 1 < m->n_parts) {
			scene_original(s, m->parts[i + 1].head);
			return;
		}
		if (sv_istarts(p->type, SV("text/rfc822")) ||
		    sv_istarts(p->type, SV("message/rfc822")) ||
		    sv_istarts(p->type, SV("message/global-headers"))) {
			scene_original(s, mime_text(m, p));
			return;
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

/* A mail that says nothing itself may have a bounce attached: somebody passed it on. */
static void
read_inner(struct scene *s)
{
	const struct scene outer = *s;
	const struct bounce_original original = s->out->original;
	size_t n_head;

	for (size_t i = 0; i + 1 < s->mail.n_parts && i < INNER_MAX; i++) {
		if (!s->mail.parts[i].message) {
			continue;
		}
		s->head = s->mail.parts[i + 1].head;
		written_by(s);
		s->out->text = text_of(s, (int)i);
		forms_search(s->r, search_text(s, &n_head), n_head);
		s->out->original = (struct bounce_original){ 0 };
		original_of(s, (int)i);
		if (form_read(s, false) || (from_system(s->from) && form_read(s, true))) {
			return;
		}
	}
	s->head = outer.head;
	s->from = outer.from;
	s->failed = outer.failed;
	s->out->text = text_of(s, -1);
	s->out->original = original;
}

void
bounce_read(struct bounce_reader *r, struct sv mail, struct arena *arena, struct bounce *out)
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
	out->text = text_of(&s, above);
	original_of(&s, above);
	signed_path_find(&s);
	done = feedback_read(&s) || xarf_read(&s) || notification_read(&s);
	if (!done) {
		struct sv text = search_text(&s, &n_head);

		forms_search(r, text, n_head);
		r->daemon = r->daemon || reports;
		done = report_read(&s) || form_read(&s, false) || auto_reply_read(&s) ||
		       form_read(&s, true);
	}
	if (!done && r->daemon && (reports || from_system(s.from))) {
		rest_read(&s);
	} else if (!done) {
		read_inner(&s);
	}
	out->broken = s.mail.broken;
}
