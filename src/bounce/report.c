/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "bounce/private.h"

/* A delivery report, and the words of the text beside it where its own are poor. */

/* No words: empty, or a bare number such as an exit code. */
static bool
is_poor(struct sv diagnostic)
{
	size_t letters = 0;

	for (size_t i = 0; i < diagnostic.n; i++) {
		letters += char_is_alpha(diagnostic.p[i]) || (unsigned char)diagnostic.p[i] >= 0x80;
	}
	return letters < 3;
}

/* "550-5.7.26 first line" and no more: some programs quote only the first line of a reply. */
static bool
is_cut(struct sv d)
{
	return d.n > 4 && char_is_digit(d.p[0]) && char_is_digit(d.p[1]) && char_is_digit(d.p[2]) &&
	       d.p[3] == '-' && sv_find(d, sv_head(d, 3)) == 0 &&
	       sv_find(sv_from_at(d, 4), sv_head(d, 3)) < 0;
}

/* The answers in a transcript of the session: its lines "<<< ...". */
static struct sv
transcript(struct scene *s)
{
	struct sv rest = s->out->text;
	struct sv line;
	struct sv out;
	struct buf b;

	if (sv_find(rest, SV("<<< ")) < 0) {
		return (struct sv){ 0 };
	}
	buf_init(&b, BOUNCE_REPLY_MAX);
	while (sv_cut(&rest, '\n', &line)) {
		line = sv_trim(line);
		if (sv_take(&line, SV("<<< "))) {
			buf_sv(&b, line);
			buf_char(&b, '\n');
		}
	}
	out = sv_trim(arena_sv(s->arena, buf_view(&b)));
	buf_done(&b);
	return out;
}

static void
add_recipient(struct scene *s, const struct dsn_recipient *d)
{
	struct bounced *b;
	struct sv address = d->address;
	struct sv first = s->failed;

	if (address.p[0] == '|' || sv_chr(address, '/') >= 0) { /* a program or a file */
		struct sv named;

		if (d->original.n > 0) {
			address = d->original;
		} else if (address_take(&first, &named)) {
			address = named;
		}
	}
	b = address.n == 0 || address.p[0] == '@' ? NULL : scene_add(s, address);
	if (b == NULL) {
		return;
	}
	b->original = d->original;
	b->action = d->action;
	b->status = d->status;
	b->host = d->host;
	b->category = d->category;
	if (!is_poor(d->diagnostic)) {
		b->reply = d->diagnostic;
	} else if (!is_poor(d->comment) && d->comment.n > 20) {
		b->reply = d->comment;
	}
}

/* The class says it where there is no Action. */
static enum dsn_action
action_of(const struct scene *s, const struct bounced *b)
{
	if (b->action != DSN_NO_ACTION) {
		return b->action;
	}
	if (b->status.klass == 2) {
		return DSN_DELIVERED;
	}
	return b->status.klass == 4 && s->r->delay ? DSN_DELAYED : DSN_FAILED;
}

static enum bounce_kind
kind_of(const struct scene *s)
{
	enum bounce_kind kind = BOUNCE_REPORT;

	for (size_t i = 0; i < s->out->n_recipients; i++) {
		enum dsn_action a = action_of(s, &s->out->recipients[i]);

		if (a == DSN_FAILED) {
			return BOUNCE_BOUNCE;
		}
		if (a == DSN_DELAYED) {
			kind = BOUNCE_DELAY;
		}
	}
	return kind;
}

static void
better_replies(struct scene *s)
{
	bool poor = false;

	for (size_t i = 0; i < s->out->n_recipients; i++) {
		poor = poor || s->out->recipients[i].reply.n == 0;
	}
	if (poor && s->out->text.n > 0) {
		s->closed = true;
		if (!form_read(s, false)) {
			s->r->daemon = true;
			(void)form_read(s, true);
		}
		s->closed = false;
	}
	if (s->out->n_recipients == 1 && is_cut(s->out->recipients[0].reply)) {
		struct sv more = transcript(s);

		if (more.n > s->out->recipients[0].reply.n) {
			s->out->recipients[0].reply = more;
		}
	}
}

/* A report that names nobody: the text may, or the returned mail. */
static bool
without_recipients(struct scene *s, const struct dsn *dsn)
{
	struct sv to = mime_address(s->out->original.to);

	if (!form_read(s, false)) {
		s->r->daemon = true;
		if (!form_read(s, true) && to.n > 0) {
			(void)scene_add(s, to);
		}
	}
	if (s->out->n_recipients == 1 && dsn->n_recipients == 1) {
		s->out->recipients[0].status = dsn->recipients[0].status;
		s->out->recipients[0].host = dsn->recipients[0].host;
		s->out->recipients[0].action = dsn->recipients[0].action;
	}
	s->out->kind = kind_of(s) == BOUNCE_DELAY ? BOUNCE_DELAY : BOUNCE_BOUNCE;
	s->out->dialect = "report";
	return true;
}

static bool
is_disposition(const struct scene *s, struct sv fields)
{
	struct sv v;

	return (s->report >= 0 &&
		   sv_ieq(s->mail.parts[s->report].type, SV("message/disposition-notification"))) ||
	       mime_header(fields, SV("Disposition"), &v);
}

bool
report_read(struct scene *s)
{
	struct dsn dsn;
	struct sv text;
	struct bounce *out = s->out;

	if (s->report >= 0) {
		text = mime_text(&s->mail, &s->mail.parts[s->report]);
	} else { /* fields that stand in the text, without a part of their own */
		ptrdiff_t at = dsn_find(out->text);

		if (at < 0) {
			return false;
		}
		text = sv_from_at(out->text, (size_t)at);
		out->text = sv_head(out->text, (size_t)at);
	}
	(void)dsn_read(text, s->arena, &dsn);
	out->reporter = dsn.reporter;
	out->original.queue_id = dsn.queue_id;
	for (size_t i = 0; i < dsn.n_recipients; i++) {
		add_recipient(s, &dsn.recipients[i]);
	}
	if (out->n_recipients == 0) {
		return s->report >= 0 && without_recipients(s, &dsn);
	}
	out->too_many = out->too_many || dsn.too_many;
	if (s->report < 0) {
		ptrdiff_t end = sv_rfind(sv_head(text, 16384), SV("\nStatus:"));

		scene_original(s, returned_head(sv_from_at(text, end < 0 ? 0 : (size_t)end)));
	}
	if (is_disposition(s, text) && receipt_is(text)) {
		out->dialect = "report";
		out->kind = BOUNCE_REPORT;
		out->cause = "delivered";
		out->by_cause = true;
		return true;
	}
	better_replies(s);
	out->kind = kind_of(s);
	out->dialect = "report";
	return true;
}
