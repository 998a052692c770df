/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

/*
 * The free-form reader.  The text is walked line by line: from the form's `begin` (or the
 * first line) to its `end` (or where headers of the returned mail begin).  A line that one
 * of the form's templates fits names a recipient; what follows is what was said of it.
 */

struct walk {
	struct scene *s;
	const struct form *form, *common;
	struct bounced *now; /* the recipient whose reply is being collected */
	const char *from;    /* where its reply began */
	struct sv first;     /* what stood on the recipient's own line */
	struct sv section;   /* everything that was walked */
	bool begun;
	bool careful; /* the mail's own people are no recipients */
	size_t n_found;
};

static bool
is_end(const struct walk *w, struct sv line)
{
	struct sv b = form_bare(line);

	return b.n > 0 && (form_starts(w->form->end, w->form->n_end, b) ||
			      form_starts(w->common->end, w->common->n_end, b));
}

/* The words of one recipient: own line first, then the lines up to `to`. */
static void
set_reply(struct walk *w, const char *to)
{
	struct sv below =
	    sv_trim(w->from == NULL || to <= w->from ? (struct sv){ 0 }
						     : sv_make(w->from, (size_t)(to - w->from)));
	struct sv reply = below;

	if (w->now == NULL || (w->now->reply.n > 0 && w->s->closed && !w->now->poor)) {
		return;
	}
	if (w->first.n > 0 && below.n > 0 && w->first.p < below.p) {
		reply = sv_make(w->first.p, (size_t)(below.p + below.n - w->first.p));
	} else if (w->first.n > 0) {
		reply = w->first;
	}
	reply = form_words(w->form, w->common, reply);
	if (reply.n > 0) {
		w->now->reply = reply;
		w->now->poor = w->s->closed;
	}
}

static void
begin_recipient(struct walk *w, struct sv line, const struct template_match *m, const char *next)
{
	struct sv ahead =
	    m->user.n > 0 ? (struct sv){ 0 } : sv_make(line.p, (size_t)(m->address.p - line.p));
	const struct sv said = w->now == NULL ? (struct sv){ 0 } : w->now->reply;
	const char *start;
	size_t letters = 0;

	w->n_found++;
	if (w->now != NULL && !w->form->before && sv_ieq(w->now->address, m->address)) {
		return; /* the words name it again */
	}
	for (size_t i = 0; i < ahead.n; i++) {
		letters += char_is_alpha(ahead.p[i]) || (unsigned char)ahead.p[i] >= 0x80;
	}
	start = m->code == NULL
		    ? line.p
		    : form_transcript(w->from == NULL ? w->s->out->text.p : w->from, line.p);
	if (!w->form->before) {
		set_reply(w, start);
	}
	w->now = scene_add(w->s, m->address);
	if (w->now != NULL && !w->s->closed && sv_find(w->now->reply, SV("(reason: ")) >= 0) {
		w->now = NULL; /* Sendmail's reason says more than the transcript below it */
	}
	if (w->now != NULL && w->now->original.n == 0) {
		w->now->original = m->original;
	}
	w->first = m->code != NULL ? sv_make(start, (size_t)(line.p + line.n - start))
		   : letters >= 6  ? sv_trim(line)
				   : m->reply;
	if (w->form->before && said.n > 0 && w->from == line.p &&
	    sv_trim(line).n <= m->address.n + 2) {
		w->first = said; /* one reason above them all */
	} else if (w->form->before) {
		const char *from = w->from == NULL ? line.p : form_session(w->from, line);

		w->first = sv_make(from, (size_t)(line.p + line.n - from));
	}
	if (w->form->before) {
		w->from = NULL;
		set_reply(w, line.p);
	}
	w->from = next;
}

/* Whoever wrote the bounce, whoever gets it, and postmasters to turn to: the form of the last
 * resort fits so many lines that these must not be taken for recipients. */
static bool
is_bystander(const struct walk *w, struct sv address)
{
	struct sv to = { 0 };

	(void)mime_header(w->s->head, SV("To"), &to);
	return sv_ieq(address, w->s->from) || from_system(address) ||
	       sv_ieq(address, mime_address(to));
}

/* A line of a list without what marks it: "1) ", "2. ", "* ", "> "; the line itself where none does. */
static struct sv
unlisted(struct sv line)
{
	struct sv s = sv_trim(line);
	size_t digits = 0;

	while (digits < 3 && digits < s.n && char_is_digit(s.p[digits])) {
		digits++;
	}
	if (digits + 1 < s.n && digits > 0 && (s.p[digits] == ')' || s.p[digits] == '.') &&
	    s.p[digits + 1] == ' ') {
		return sv_trim(sv_from_at(s, digits + 1));
	}
	if (digits == 0 &&
	    (sv_starts(s, SV("* ")) || sv_starts(s, SV("- ")) || sv_starts(s, SV("> ")) ||
		sv_starts(s, SV("\u2022 ")) || sv_starts(s, SV("\u00b7 ")))) {
		return sv_trim(sv_from_at(s, (size_t)(sv_chr(s, ' ') + 1)));
	}
	return line;
}

static bool
fits(struct arena *arena, const struct form *form, struct sv line, struct template_match *m)
{
	for (size_t i = 0; i < form->n_lines; i++) {
		if (!template_match(form->lines[i], line, m)) {
			continue;
		}
		if (m->user.n > 0 && m->address.n == 0 && form->domain != NULL) {
			m->address = address_join(arena, m->user, sv_from(form->domain));
		}
		if (m->address.n + m->original.n > 0) {
			return true;
		}
	}
	return false;
}

/* The line below a recipient that only says from which alias he came. */
static bool
is_alias(const struct walk *w, struct sv line, struct template_match *m)
{
	return w->now != NULL && w->from == line.p && w->now->original.n == 0 &&
	       fits(w->s->arena, w->form, line, m) && m->address.n == 0;
}

static bool
is_recipient(const struct walk *w, struct sv line, struct template_match *m)
{
	struct sv bare_line = unlisted(line);

	if (!fits(w->s->arena, w->form, line, m) &&
	    (bare_line.p == line.p || !fits(w->s->arena, w->form, bare_line, m))) {
		return false;
	}
	if (m->address.n == 0) { /* only whom an alias led away from: all that is known of him */
		m->address = m->original;
		m->original = (struct sv){ 0 };
	}
	return !w->careful || !is_bystander(w, m->address);
}

/* Headers of the returned mail without a ruler in front: "Received: from" at a line's start. */
static bool
is_returned_head(struct sv line)
{
	struct sv b = line;

	while (b.n > 0 && (b.p[0] == '>' || b.p[0] == ' ' || b.p[0] == '\t')) {
		b = sv_from_at(b, 1);
	}
	return sv_istarts(b, SV("Received: from ")) || sv_istarts(b, SV("Received: by ")) ||
	       sv_istarts(b, SV("Received:from ")) || sv_istarts(b, SV("Return-Path: <"));
}

/* Returns what is behind the end: the returned mail, or nothing. */
static struct sv
walk_text(struct walk *w, struct sv text)
{
	struct sv rest = text;
	struct sv behind = sv_from_at(text, text.n);
	const char *stop = text.p + text.n;

	for (int i = 0; i < FORM_LINES_MAX && rest.n > 0; i++) {
		struct template_match m;
		struct sv line;

		if (!sv_cut(&rest, '\n', &line)) {
			line = rest;
			rest = sv_from_at(rest, rest.n);
		}
		if (!w->begun) {
			w->begun = form_starts(w->form->begin, w->form->n_begin, form_bare(line));
			if (w->begun) {
				w->from = rest.p;
			}
			continue;
		}
		if (is_end(w, line)) {
			behind = rest;
			stop = line.p;
			break;
		}
		if (is_returned_head(line)) {
			behind = sv_make(line.p, (size_t)(text.p + text.n - line.p));
			stop = line.p;
			break;
		}
		if (is_alias(w, line, &m)) {
			w->now->original = m.original;
			w->from = rest.p;
		} else if (is_recipient(w, line, &m)) {
			begin_recipient(w, line, &m, rest.p);
		}
	}
	if (!w->form->before) {
		set_reply(w, stop);
	}
	w->section = sv_make(text.p, (size_t)(stop - text.p));
	return behind;
}

/* "kijitora" alone, where the mail says elsewhere who that is. */
static void
add_failed_header(struct scene *s)
{
	struct sv rest = s->failed;

	while (rest.n > 0) {
		struct sv one;
		struct sv address;

		if (!sv_cut(&rest, ',', &one)) {
			one = rest;
			rest = (struct sv){ 0 };
		}
		one = sv_trim(one);
		if (address_take(&one, &address)) {
			(void)scene_add(s, address);
		}
	}
}

/* Recipients of which nothing was said get the words of the next one that has some, or all. */
static void
fill_replies(struct scene *s, struct sv section)
{
	struct sv next = { 0 };
	struct sv whole = sv_trim(sv_head(section, BOUNCE_REPLY_MAX));

	for (size_t i = s->out->n_recipients; i-- > 0;) {
		struct bounced *b = &s->out->recipients[i];

		if (b->reply.n > 0) {
			next = b->reply;
		} else {
			b->reply = next.n > 0                              ? next
				   : s->closed && s->out->n_recipients > 1 ? b->reply
									   : whole;
		}
	}
}

static bool
try_form(struct scene *s, const struct form *form, const struct form *common)
{
	struct walk w = { .s = s, .form = form, .common = common };
	struct sv behind;

	w.begun = form->n_begin == 0;
	w.from = form->before ? s->out->text.p : NULL;
	w.careful = form->fallback;
	behind = walk_text(&w, s->out->text);
	if (w.n_found == 0 && form->fallback && s->failed.n == 0) {
		w.careful = false; /* a mail to oneself */
		behind = walk_text(&w, s->out->text);
	}
	if (w.n_found == 0 && s->failed.n > 0) {
		add_failed_header(s);
	}
	scene_original(s, returned_head(behind));
	if (s->out->n_recipients == 0 && form->kind != BOUNCE_AUTO_REPLY) {
		return false;
	}
	fill_replies(s, w.section);
	s->out->dialect = form->id;
	s->out->cause = form->cause;
	s->out->quoted_only = form->quote;
	s->out->kind = form->kind == BOUNCE_BOUNCE && s->r->delay ? BOUNCE_DELAY : form->kind;
	return true;
}

static const struct form *
fallback_of(const struct bounce_forms *f)
{
	for (size_t i = 0; i < f->n_forms; i++) {
		if (f->forms[i].fallback) {
			return &f->forms[i];
		}
	}
	return &f->forms[0];
}

bool
form_read(struct scene *s, bool fallback)
{
	const struct bounce_forms *f = s->r->forms;
	const struct form *common = fallback_of(f);

	for (int tries = 0; !fallback && tries < 4; tries++) {
		const struct form *best = NULL;

		for (size_t i = 0; i < f->n_forms; i++) {
			if (s->r->best[i] > 0 && f->forms[i].kind != BOUNCE_AUTO_REPLY &&
			    (best == NULL || s->r->best[i] > s->r->best[best->index])) {
				best = &f->forms[i];
			}
		}
		if (best == NULL) {
			return false;
		}
		s->r->best[best->index] = 0;
		if (try_form(s, best, common)) {
			return true;
		}
	}
	return fallback && s->r->daemon && try_form(s, common, common);
}
