/* SPDX-License-Identifier: Apache-2.0 */

/* What is wrong, in words: the worst first, a kind at a time, and each record to publish once. */

#include "audit/render.h"

#define WIDTH        100
#define STRING_BYTES 255 /* of a string in a TXT record */
#define TEXT_SHOWN   1000

/* Words from column `indent` on, the first line from where we are. */
static void
put_wrapped(struct buf *out, struct sv text, size_t at, size_t indent)
{
	while (text.n > 0) {
		struct sv word;

		if (!sv_cut(&text, ' ', &word)) {
			word = text;
			text = (struct sv){ 0 };
		}
		if (at > indent && at + 1 + word.n > WIDTH) {
			buf_fmt(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			buf_char(out, ' ');
			at++;
		}
		buf_sv(out, word);
		at += word.n;
	}
	buf_char(out, '\n');
}

void
audit_put_field(struct buf *out, const char *label, struct sv text)
{
	struct buf clean;

	if (text.n == 0) {
		return;
	}
	buf_init(&clean, 0);
	buf_printable(&clean, text, TEXT_SHOWN);
	buf_fmt(out, "    %-9s ", label);
	put_wrapped(out, buf_view(&clean), 14, 14);
	buf_done(&clean);
}

/* ---- records ---- */

static bool
is_txt(const struct finding *f)
{
	return f->type == NULL;
}

/* The value as it stands in a zone file: strings of at most 255 bytes. */
static void
put_record(const struct finding *f, struct buf *out)
{
	struct sv rest = f->value;

	buf_fmt(out, "    publish   ");
	buf_printable(out, f->name, 0);
	buf_fmt(out, ". %s", is_txt(f) ? "TXT" : f->type);
	if (!is_txt(f)) {
		buf_char(out, ' ');
		buf_printable(out, f->value, 0);
		buf_char(out, '\n');
		return;
	}
	while (rest.n > 0) {
		struct sv piece = sv_head(rest, STRING_BYTES);

		buf_str(out, f->value.n > STRING_BYTES ? "\n              \"" : " \"");
		buf_printable(out, piece, 0);
		buf_char(out, '"');
		rest = sv_from_at(rest, piece.n);
	}
	buf_char(out, '\n');
}

static void
put_file(const struct finding *f, struct buf *out)
{
	struct sv rest = f->file;

	if (rest.n == 0) {
		return;
	}
	audit_put_field(out, "serve", f->url);
	while (rest.n > 0) {
		struct sv line;

		if (!sv_cut(&rest, '\n', &line)) {
			line = rest;
			rest = (struct sv){ 0 };
		}
		buf_str(out, "              ");
		buf_printable(out, line, TEXT_SHOWN);
		buf_char(out, '\n');
	}
}

/* The same record was shown above, with everything about it that is wrong put right. */
static bool
was_shown(const struct finding *const *shown, size_t n, const struct finding *f)
{
	for (size_t i = 0; i < n; i++) {
		if (sv_eq(shown[i]->name, f->name) && sv_eq(shown[i]->value, f->value) &&
		    is_txt(shown[i]) == is_txt(f)) {
			return true;
		}
	}
	return false;
}

/* ---- findings ---- */

struct page {
	const struct audit *a;
	const struct audit_texts *t;
	struct buf *out;
	const struct finding *shown[AUDIT_FOUND_MAX]; /* whose records are on the page */
	size_t n_shown;
	bool told[AUDIT_FOUND_MAX];
};

static void
put_publish(struct page *p, const struct finding *f)
{
	if (f->value.n == 0) {
		audit_put_field(p->out, "note", f->note);
		put_file(f, p->out);
		return;
	}
	if (was_shown(p->shown, p->n_shown, f)) {
		buf_str(p->out, "    publish   the record of ");
		buf_printable(p->out, f->name, 0);
		buf_str(p->out, " shown above\n");
		return;
	}
	p->shown[p->n_shown++] = f;
	put_record(f, p->out);
	audit_put_field(p->out, "note", f->note);
	put_file(f, p->out);
}

static void
put_about(struct page *p, const struct finding *f, bool alone)
{
	struct buf b;

	if (alone || f->detail.n == 0) {
		audit_put_field(p->out, "which", f->about);
		audit_put_field(p->out, "detail", f->detail);
		return;
	}
	buf_init(&b, 0);
	buf_sv(&b, f->about);
	buf_str(&b, f->about.n > 0 ? ": " : "");
	buf_sv(&b, f->detail);
	audit_put_field(p->out, "which", buf_view(&b));
	buf_done(&b);
}

/* All findings of that kind, from the first one on. */
static void
put_kind(struct page *p, size_t first)
{
	const struct audit *a = p->a;
	const struct finding *f = &a->findings[first];
	const struct finding_text *text = &p->t->findings[f->id];
	size_t start = p->out->n;
	size_t n = 0;

	for (size_t i = first; i < a->n; i++) {
		n += a->findings[i].id == f->id;
	}
	buf_fmt(p->out, "\n%-9s ", severity_name(text->severity));
	put_wrapped(p->out, sv_from(text->says), p->out->n - start - 1, 10);
	for (size_t i = first; i < a->n; i++) {
		if (a->findings[i].id == f->id) {
			put_about(p, &a->findings[i], n == 1);
		}
	}
	if (text->who != NULL) {
		audit_put_field(p->out, "who",
		    strcmp(text->who, "all") == 0 ? SV("all receivers") : sv_from(text->who));
	}
	audit_put_field(p->out, "why", sv_from(text->why));
	audit_put_field(p->out, "do", sv_from(text->does));
	for (size_t i = first; i < a->n; i++) {
		if (a->findings[i].id == f->id) {
			put_publish(p, &a->findings[i]);
			p->told[i] = true;
		}
	}
}

void
audit_render_counts(const struct audit *a, const struct audit_texts *t, struct buf *out)
{
	size_t count[SEVERITY_UNSEEN + 1] = { 0 };

	for (size_t i = 0; i < a->n; i++) {
		count[t->findings[a->findings[i].id].severity]++;
	}
	buf_fmt(out, "%zu broken, %zu at risk, %zu advice, %zu unseen\n", count[SEVERITY_BROKEN],
	    count[SEVERITY_RISK], count[SEVERITY_ADVICE], count[SEVERITY_UNSEEN]);
}

/* The worst first. */
void
audit_render_findings(const struct audit *a, const struct audit_texts *t, struct buf *out)
{
	struct page p = { .a = a, .t = t, .out = out };

	for (unsigned s = SEVERITY_BROKEN; s <= SEVERITY_UNSEEN; s++) {
		for (size_t i = 0; i < a->n; i++) {
			if (!p.told[i] &&
			    t->findings[a->findings[i].id].severity == (enum severity)s) {
				put_kind(&p, i);
			}
		}
	}
	if (a->n_lost > 0) {
		buf_fmt(out, "\nand %zu more findings: a page has at most %d\n", a->n_lost,
		    AUDIT_FOUND_MAX);
	}
}
