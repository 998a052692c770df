/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

/* Which parts of a mail are its own words, and which the mail that it returns. */

int
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

struct sv
text_of(struct scene *s, int above)
{
	struct sv text = texts_of(s, above, false);

	if (sv_trim(text).n == 0 || sv_chr(text, '@') < 0) { /* a footer names nobody */
		struct sv html = texts_of(s, above, true);

		text = html.n > 0 ? joined(s, text, html) : text;
	}
	if (sv_trim(text).n == 0 && above < 0 && s->mail.parts[0].multipart) {
		text = s->mail.parts[0].body; /* in front of the parts: a wrong boundary */
	}
	return forwarded_text(s, text);
}

void
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
