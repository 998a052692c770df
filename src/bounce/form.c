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
	const char *last;    /* end of the last line that was no recipient */
	struct sv first;     /* what stood on the recipient's own line */
	struct sv section;   /* everything that was walked */
	bool begun;
	size_t n_found;
};

/* Decoration of rulers and quotes in front of a line. */
static struct sv
bare(struct sv line)
{
	while (line.n > 0 && strchr(" \t-=*_>|#+", line.p[0]) != NULL) {
		line = sv_from_at(line, 1);
	}
	return line;
}

static bool
any_starts(const char **list, size_t n, struct sv line)
{
	for (size_t i = 0; i < n; i++) {
		if (sv_istarts(line, sv_from(list[i]))) {
			return true;
		}
	}
	return false;
}

static bool
is_end(const struct walk *w, struct sv line)
{
	struct sv b = bare(line);

	return b.n > 0 && (any_starts(w->form->end, w->form->n_end, b) ||
			      any_starts(w->common->end, w->common->n_end, b));
}

/* The words of one recipient: own line first, then the lines up to `to`. */
static void
set_reply(struct walk *w, const char *to)
{
	struct sv below = sv_trim(w->from == NULL || to <= w->from
				      ? (struct sv){ 0 }
				      : sv_make(w->from, (size_t)(to - w->from)));
	char *p;

	if (w->now == NULL || w->now->reply.n > 0) {
		return;
	}
	below = sv_head(below, BOUNCE_REPLY_MAX);
	if (w->first.n == 0 || below.n == 0) {
		w->now->reply = w->first.n == 0 ? below : w->first;
		return;
	}
	if (w->first.p + w->first.n <= below.p && below.p - w->first.p < BOUNCE_REPLY_MAX) {
		w->now->reply = sv_make(w->first.p, (size_t)(below.p + below.n - w->first.p));
		return;
	}
	p = arena_alloc(w->s->arena, w->first.n + below.n + 1);
	if (p != NULL) { /* `before`: what led to it, then its own line */
		memcpy(p, below.p, below.n);
		p[below.n] = '\n';
		memcpy(p + below.n + 1, w->first.p, w->first.n);
		w->now->reply = sv_make(p, w->first.n + below.n + 1);
	}
}

static void
begin_recipient(struct walk *w, struct sv line, const struct template_match *m, const char *next)
{
	const char *before = w->last != NULL ? w->last : line.p;

	if (!w->form->before) {
		set_reply(w, line.p);
	}
	w->now = scene_add(w->s, m->address);
	w->first = m->reply;
	w->n_found++;
	if (w->form->before) {
		/* Everything since the last recipient, and this line itself. */
		w->first = line;
		set_reply(w, before > line.p ? line.p : line.p);
		w->from = next;
	} else {
		w->from = next;
	}
}

static bool
is_recipient(const struct walk *w, struct sv line, struct template_match *m)
{
	for (size_t i = 0; i < w->form->n_lines; i++) {
		if (template_match(w->form->lines[i], line, m) && m->address.n > 0) {
			return true;
		}
	}
	return false;
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
			w->begun = any_starts(w->form->begin, w->form->n_begin, bare(line));
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
		if (is_recipient(w, line, &m)) {
			begin_recipient(w, line, &m, rest.p);
		} else {
			w->last = rest.p;
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

	for (size_t i = s->out->n_recipients; i-- > 0;) {
		struct bounced *b = &s->out->recipients[i];

		if (b->reply.n > 0) {
			next = b->reply;
		} else {
			b->reply = next.n > 0 ? next : sv_trim(sv_head(section, BOUNCE_REPLY_MAX));
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
	behind = walk_text(&w, s->out->text);
	if (w.n_found == 0 && s->failed.n > 0) {
		add_failed_header(s);
	}
	if (behind.n > 0) {
		while (behind.n > 0 && (behind.p[0] == '\n' || behind.p[0] == ' ')) {
			behind = sv_from_at(behind, 1);
		}
		scene_original(s, behind);
	}
	if (s->out->n_recipients == 0 && form->kind != BOUNCE_AUTO_REPLY) {
		return false;
	}
	fill_replies(s, w.section);
	s->out->dialect = form->id;
	s->out->cause = form->cause;
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
