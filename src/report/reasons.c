/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/classify.h"
#include "report/private.h"

#include <stdlib.h>

#define SAMPLE_MAX 400

static void
reply_text(const struct reply *r, struct buf *out, size_t max)
{
	char status[16];

	status_print(r->status, status, sizeof(status));
	if (r->code != 0) {
		buf_fmt(out, "%u ", r->code);
	}
	if (status[0] != '\0') {
		buf_fmt(out, "%s ", status);
	}
	buf_printable(out, r->text, max);
}

void
masked_reply(const struct reply *r, struct buf *out, size_t max)
{
	struct buf plain;

	buf_init(&plain, 0);
	reply_text(r, &plain, max);
	addresses_mask(buf_view(&plain), out);
	buf_done(&plain);
}

static char *
copy_of(const struct buf *b)
{
	return mem_dup(b->p, b->n);
}

static struct reason_row *
reason_new(struct tally *t, struct group *g, const struct event *e, const struct verdict *v)
{
	struct reason_row *r;

	g->reasons = mem_grow(g->reasons, g->n_reasons + 1, sizeof(*g->reasons));
	r = &g->reasons[g->n_reasons++];
	*r = (struct reason_row){ .cause = v->cause, .rule = v->rule, .verdict = *v };
	buf_clear(&t->text);
	verdict_says(v, &t->text);
	r->says = copy_of(&t->text);
	buf_clear(&t->text);
	masked_reply(&e->reply, &t->text, SAMPLE_MAX);
	r->sample = copy_of(&t->text);
	buf_clear(&t->text);
	buf_printable(&t->text, e->host, 100);
	r->host = copy_of(&t->text);
	return r;
}

/* Rules with bits are a row for each value: another list is another reason. */
static bool
same_reason(const struct reason_row *r, const struct verdict *v)
{
	return r->rule == v->rule && r->cause == v->cause && r->verdict.flags == v->flags;
}

void
reason_add(struct tally *t, struct group *g, const struct event *e, const struct verdict *v)
{
	struct reason_row *r = NULL;

	for (size_t i = 0; i < g->n_reasons && r == NULL; i++) {
		r = same_reason(&g->reasons[i], v) ? &g->reasons[i] : NULL;
	}
	if (r == NULL) {
		/* Full: the last row takes the rest, which happens with 48 different reasons at one provider. */
		r = g->n_reasons < CAUSES_MAX ? reason_new(t, g, e, v)
					      : &g->reasons[g->n_reasons - 1];
	}
	r->n++;
	r->rejected += e->kind == EVENT_REJECTED;
	r->deferred += e->kind == EVENT_DEFERRED;
	trend_add(&r->trend, e->time_us);
}

static int
reason_cmp(const void *pa, const void *pb)
{
	const struct reason_row *a = pa;
	const struct reason_row *b = pb;

	if (a->n != b->n) {
		return a->n > b->n ? -1 : 1;
	}
	return strcmp(a->sample, b->sample);
}

void
reasons_sort(struct group *g)
{
	if (g->n_reasons > 1) {
		qsort(g->reasons, g->n_reasons, sizeof(*g->reasons), reason_cmp);
	}
}

void
template_add(struct tally *t, const struct group *g, const struct event *e, const struct verdict *v)
{
	bool by_code = v->rule != NULL;
	struct template_row *row;
	uint64_t hash;
	size_t i;

	if (v->tier < TIER_STATUS || e->reply.text.n == 0) {
		return;
	}
	reply_template(&e->reply, &t->text);
	hash = hash_fnv(buf_view(&t->text), HASH_FNV_START + by_code);
	for (i = 0; i < t->n_templates && t->template_hashes[i] != hash; i++) {
	}
	if (i < t->n_templates) {
		t->templates[i].n++;
		return;
	}
	if (t->n_templates == TEMPLATES_MAX) {
		t->limits.templates_lost++;
		return;
	}
	t->template_hashes[t->n_templates] = hash;
	row = &t->templates[t->n_templates++];
	*row = (struct template_row){
		.n = 1, .by_code = by_code, .group = g, .shape = copy_of(&t->text)
	};
	buf_clear(&t->text);
	reply_text(&e->reply, &t->text, SAMPLE_MAX);
	row->sample = copy_of(&t->text);
	buf_clear(&t->text);
	buf_printable(&t->text, e->host, 100);
	row->host = copy_of(&t->text);
}
