/* SPDX-License-Identifier: Apache-2.0 */

/* Whose record holds, and who is one organisation: section 4.10, and RFC 7489 section 3.2. */

#include "auth/dmarc.h"

#include <libpsl.h>
#include <stdlib.h>

#define WALK_LABELS_MAX 8

static const struct dns_answer *
ask_below(struct book *book, struct sv label, struct sv domain)
{
	const struct dns_answer *a;
	struct buf name;

	buf_init(&name, 0);
	buf_sv(&name, label);
	buf_char(&name, '.');
	buf_sv(&name, domain);
	a = book_ask(book, DNS_TXT, buf_view(&name));
	buf_done(&name);
	return a;
}

static enum dmarc_found
find_in(const struct dns_answer *a, struct sv *text_out)
{
	size_t n = 0;

	*text_out = (struct sv){ 0 };
	if (a == NULL) {
		return DMARC_PENDING;
	}
	if (dns_is_unknown(a)) {
		return DMARC_UNKNOWN;
	}
	for (size_t i = 0; i < a->n; i++) {
		if (dmarc_is_record(a->records[i].data)) {
			*text_out = n == 0 ? a->records[i].data : *text_out;
			n++;
		}
	}
	if (n == 0 && a->cut) { /* it may be among those that were not read */
		return DMARC_UNKNOWN;
	}
	return n == 0 ? DMARC_NO_RECORD : n == 1 ? DMARC_RECORD : DMARC_SEVERAL;
}

enum dmarc_found
dmarc_find(struct book *book, struct arena *arena, struct sv domain, struct sv *text_out)
{
	(void)arena;
	return find_in(ask_below(book, SV("_dmarc"), domain), text_out);
}

/* The names to ask: itself, then its parent, or its last seven labels when it has eight or more. */
static size_t
walk_names(struct sv domain, struct sv *names)
{
	size_t n = 0;

	(void)sv_drop_tail(&domain, SV("."));
	while (domain.n > 0 && n < DMARC_QUERIES_MAX) {
		size_t labels = name_labels(domain);

		names[n++] = domain;
		domain = name_parent(domain);
		while (
		    n == 1 && labels > WALK_LABELS_MAX && name_labels(domain) >= WALK_LABELS_MAX) {
			domain = name_parent(domain);
		}
	}
	return n;
}

/* The organizational domain, from the longest name to the shortest (section 4.10.2). */
static void
choose_org(struct dmarc_walk *w, struct sv start)
{
	w->org = start;
	for (size_t i = 0; i < w->n; i++) {
		const struct dmarc_step *s = &w->steps[i];

		if (s->found != DMARC_RECORD) {
			continue;
		}
		if (s->psd == 'y' && i > 0) {
			w->psd_step = (int)i;
			w->org = w->steps[i - 1].domain;
			w->org_step = w->steps[i - 1].found == DMARC_RECORD ? (int)i - 1 : -1;
			return;
		}
		w->org = s->domain;
		w->org_step = (int)i;
		if (s->psd == 'n') {
			return;
		}
	}
}

void
dmarc_walk(struct book *book, struct arena *arena, struct sv domain, struct dmarc_walk *out)
{
	struct sv names[DMARC_QUERIES_MAX];
	size_t n = walk_names(domain, names);
	struct sv ignored;

	*out = (struct dmarc_walk){ .org_step = -1, .psd_step = -1 };
	for (size_t i = 0; i < n; i++) { /* all at once, though a walk may stop early */
		(void)dmarc_find(book, arena, names[i], &ignored);
	}
	for (size_t i = 0; i < n; i++) {
		struct dmarc_step *s = &out->steps[out->n++];
		struct dmarc_record r;

		*s = (struct dmarc_step){ .domain = names[i], .psd = 'u' };
		s->found = dmarc_find(book, arena, names[i], &s->text);
		out->pending |= s->found == DMARC_PENDING;
		out->unknown |= s->found == DMARC_UNKNOWN;
		if (s->found == DMARC_RECORD) {
			dmarc_record_read(s->text, &r);
			s->psd = r.psd;
			if (s->psd != 'u') {
				break;
			}
		}
	}
	choose_org(out, out->n > 0 ? names[0] : domain);
}

/* ---- the Public Suffix List ---- */

struct sv
dmarc_suffix_org(struct sv domain, struct arena *arena)
{
	const psl_ctx_t *psl = psl_builtin();
	struct buf lower;
	const char *found;
	struct sv org = domain;

	(void)sv_drop_tail(&domain, SV("."));
	buf_init(&lower, 0);
	for (size_t i = 0; i < domain.n; i++) {
		buf_char(&lower, char_lower(domain.p[i]));
	}
	found = psl == NULL || lower.n == 0 ? NULL : psl_registrable_domain(psl, lower.p);
	if (found != NULL) {
		org = arena_sv(arena, sv_from(found));
	}
	buf_done(&lower);
	return org;
}

/* ---- the two views ---- */

static void
fill_view(
    struct dmarc_view *v, enum dmarc_found found, struct sv text, struct sv domain, bool below)
{
	v->found = found;
	v->domain = domain;
	v->tag = "p";
	if (found == DMARC_RECORD) {
		dmarc_record_read(text, &v->record);
		v->policy = dmarc_policy_for(&v->record, below, v->exists, &v->tag);
	}
}

static void
view_by_tree(const struct dmarc_walk *w, struct dmarc_view *v)
{
	const struct dmarc_step *first = &w->steps[0];
	int at = w->org_step >= 0 ? w->org_step : w->psd_step;

	v->org = w->org;
	if (w->n == 0) {
		return;
	}
	if (first->found == DMARC_RECORD) {
		fill_view(v, DMARC_RECORD, first->text, first->domain, false);
	} else if (at >= 0) {
		fill_view(v, DMARC_RECORD, w->steps[at].text, w->steps[at].domain, true);
	} else {
		fill_view(v, w->unknown ? DMARC_UNKNOWN : first->found, (struct sv){ 0 },
		    first->domain, false);
	}
}

static void
view_by_suffix(struct book *book, struct arena *arena, struct sv author, struct dmarc_view *v)
{
	enum dmarc_found found;
	struct sv text;

	v->org = dmarc_suffix_org(author, arena);
	found = dmarc_find(book, arena, author, &text);
	if (found == DMARC_RECORD || sv_ieq(v->org, author)) {
		fill_view(v, found, text, author, false);
		return;
	}
	found = dmarc_find(book, arena, v->org, &text);
	fill_view(v, found, text, v->org, true);
	if (v->record.np != DMARC_ABSENT && v->found == DMARC_RECORD && !v->exists) {
		struct dmarc_record old = v->record; /* RFC 7489 knows no np */

		old.np = DMARC_ABSENT;
		v->policy = dmarc_policy_for(&old, true, v->exists, &v->tag);
	}
}

void
dmarc_views(struct book *book, struct arena *arena, struct sv author, struct dmarc_views *out)
{
	const struct dns_answer *a = book_ask(book, DNS_A, author);
	bool exists = a == NULL || a->status != DNS_NO_NAME;

	*out = (struct dmarc_views){ .tree.exists = exists, .suffix.exists = exists };
	(void)sv_drop_tail(&author, SV("."));
	dmarc_walk(book, arena, author, &out->walk);
	view_by_tree(&out->walk, &out->tree);
	view_by_suffix(book, arena, author, &out->suffix);
	out->pending = out->walk.pending || a == NULL || out->suffix.found == DMARC_PENDING;
	out->differ = out->tree.found != out->suffix.found ||
		      !sv_ieq(out->tree.org, out->suffix.org) ||
		      out->tree.policy != out->suffix.policy;
}

/* ---- consent, alignment ---- */

enum dmarc_consent
dmarc_report_consent(struct book *book, struct arena *arena, struct sv domain, struct sv host)
{
	const struct dns_answer *a;
	struct dmarc_walk mine;
	struct dmarc_walk theirs;
	struct buf label;

	dmarc_walk(book, arena, domain, &mine);
	dmarc_walk(book, arena, host, &theirs);
	buf_init(&label, 0);
	buf_sv(&label, domain);
	buf_str(&label, "._report._dmarc");
	if (sv_ieq(mine.org, theirs.org) && !mine.pending && !theirs.pending) {
		buf_done(&label);
		return DMARC_CONSENT_OWN;
	}
	a = ask_below(book, buf_view(&label), host);
	buf_done(&label);
	if (mine.pending || theirs.pending || a == NULL) {
		return DMARC_CONSENT_PENDING;
	}
	for (size_t i = 0; i < a->n; i++) {
		if (dmarc_is_record(a->records[i].data)) {
			return DMARC_CONSENT_GIVEN;
		}
	}
	return dns_is_unknown(a) ? DMARC_CONSENT_UNKNOWN : DMARC_CONSENT_MISSING;
}

enum dmarc_alignment
dmarc_align(
    struct book *book, struct arena *arena, struct sv author, struct sv identifier, char mode)
{
	struct dmarc_walk a;
	struct dmarc_walk b;

	if (mode == 's' || sv_ieq(author, identifier)) {
		return sv_ieq(author, identifier) ? DMARC_ALIGNED : DMARC_NOT_ALIGNED;
	}
	dmarc_walk(book, arena, author, &a);
	dmarc_walk(book, arena, identifier, &b);
	if (a.pending || b.pending) {
		return DMARC_ALIGNMENT_PENDING;
	}
	return sv_ieq(a.org, b.org) ? DMARC_ALIGNED : DMARC_NOT_ALIGNED;
}
