/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/returned.h"

#include "base/buf.h"
#include "engine/judge.h"
#include "mail/mime.h"

/* ---- from a mail ---- */

/* On one line, as a log has it. */
static struct sv
on_one_line(struct sv s, struct arena *arena)
{
	char *p;
	size_t n = 0;

	s = sv_trim(sv_head(s, RETURNED_TEXT_MAX));
	p = arena_alloc(arena, s.n + 1);
	if (p == NULL) {
		return (struct sv){ 0 };
	}
	for (size_t i = 0; i < s.n; i++) {
		bool white = (unsigned char)s.p[i] <= ' ';

		if (!white || n == 0 || p[n - 1] != ' ') {
			p[n++] = white ? ' ' : s.p[i];
		}
	}
	return sv_make(p, n);
}

bool
returned_make(struct classifier *c, const struct knowledge *k, const struct bounce *b,
    struct arena *arena, struct returned *out)
{
	*out = (struct returned){ .kind = b->kind,
		.time_us = TIME_NONE,
		.message_id = sv_trim(b->original.message_id),
		.queue_id = sv_trim(b->original.queue_id),
		.sender = mime_address(b->original.from),
		.signed_path = b->signed_path };
	(void)mime_date(b->date, &out->time_us);
	out->recipients = arena_alloc(arena, (b->n_recipients + 1) * sizeof(*out->recipients));
	if (out->recipients == NULL) {
		return false;
	}
	for (size_t i = 0; i < b->n_recipients; i++) {
		const struct bounced *from = &b->recipients[i];
		struct judgement j;

		judge(c, k, b, from, &j);
		out->recipients[out->n_recipients++] =
		    (struct returned_recipient){ .address = from->hidden ? (struct sv){ 0 }
									 : from->address,
			    .original = from->original,
			    .reply = on_one_line(from->reply, arena),
			    .host = j.host,
			    .code = j.code,
			    .status = j.status_derived ? (struct status){ 0 } : j.status,
			    .action = from->action,
			    .stage = j.stage,
			    .verdict = j.verdict };
	}
	return true;
}

/* ---- written ---- */

static void
put_number(struct buf *out, uint64_t v)
{
	buf_add(out, &v, sizeof(v));
}

static void
put_text(struct buf *out, struct sv s)
{
	s = sv_head(s, RETURNED_TEXT_MAX);
	put_number(out, s.n);
	buf_sv(out, s);
}

/* One more than its place; 0: none. */
#define PLACE(p) ((p) == NULL ? 0 : (uint64_t)(p)->index + 1)

static void
put_verdict(struct buf *out, const struct verdict *v)
{
	put_number(out, v->cause->index);
	put_number(out, PLACE(v->rule));
	put_number(out, PLACE(v->provider));
	put_number(out, v->lasting);
	put_number(out, v->tier);
	put_number(out, v->flags);
	put_number(out, (unsigned)v->suppress | (unsigned)v->disagrees << 1 | v->quirks << 2);
	put_number(out, (uint64_t)(v->confidence * 1000.0));
}

void
returned_write(const struct returned *r, struct buf *out)
{
	put_number(out, r->kind);
	put_number(out, r->digest);
	put_number(out, (uint64_t)r->time_us);
	put_text(out, r->name);
	put_text(out, r->message_id);
	put_text(out, r->queue_id);
	put_text(out, r->sender);
	put_text(out, r->signed_path);
	put_number(out, r->n_recipients);
	for (size_t i = 0; i < r->n_recipients; i++) {
		const struct returned_recipient *x = &r->recipients[i];

		put_text(out, x->address);
		put_text(out, x->original);
		put_text(out, x->reply);
		put_text(out, x->host);
		put_number(out, x->code);
		put_number(out, x->status.klass);
		put_number(out, x->status.subject);
		put_number(out, x->status.detail);
		put_number(out, x->action);
		put_number(out, x->stage);
		put_verdict(out, &x->verdict);
	}
}

/* ---- read ---- */

struct taking {
	struct sv left;
	bool ok;
};

static uint64_t
take_number(struct taking *t, uint64_t max)
{
	uint64_t v = 0;

	if (!t->ok || t->left.n < sizeof(v)) {
		t->ok = false;
		return 0;
	}
	memcpy(&v, t->left.p, sizeof(v));
	t->left = sv_from_at(t->left, sizeof(v));
	t->ok = v <= max;
	return t->ok ? v : 0;
}

static struct sv
take_text(struct taking *t)
{
	size_t n = take_number(t, RETURNED_TEXT_MAX);
	struct sv s = sv_head(t->left, n);

	t->ok = t->ok && s.n == n;
	t->left = sv_from_at(t->left, s.n);
	return t->ok ? s : (struct sv){ 0 };
}

static void
take_verdict(struct taking *t, const struct knowledge *k, struct verdict *out)
{
	size_t n_causes;
	size_t n_rules;
	size_t n_providers;
	const struct cause *causes = knowledge_causes(k, &n_causes);
	const struct rule *const *rules = knowledge_rules(k, &n_rules);
	const struct provider *const *providers = knowledge_providers(k, &n_providers);
	uint64_t place = take_number(t, n_causes - 1);
	uint64_t bits;

	*out = (struct verdict){ .cause = &causes[place] };
	place = take_number(t, n_rules);
	out->rule = place == 0 ? NULL : rules[place - 1];
	place = take_number(t, n_providers);
	out->provider = place == 0 ? NULL : providers[place - 1];
	out->lasting = (enum lasting)take_number(t, LASTING_PERMANENT);
	out->tier = (enum tier)take_number(t, TIER_NONE);
	out->flags = (unsigned)take_number(t, UINT32_MAX);
	bits = take_number(t, 0xff);
	out->suppress = (bits & 1) != 0;
	out->disagrees = (bits & 2) != 0;
	out->quirks = (unsigned)(bits >> 2);
	out->confidence = (double)take_number(t, 1000) / 1000.0;
	out->fault = out->cause->fault;
	out->action = out->cause->action;
	if (out->rule != NULL && out->rule->cause == out->cause) {
		out->fault = out->rule->fault;
		out->action = out->rule->action;
	}
}

static void
take_recipient(struct taking *t, const struct knowledge *k, struct returned_recipient *out)
{
	out->address = take_text(t);
	out->original = take_text(t);
	out->reply = take_text(t);
	out->host = take_text(t);
	out->code = (unsigned)take_number(t, 599);
	out->status.klass = (uint16_t)take_number(t, 5);
	out->status.subject = (uint16_t)take_number(t, 999);
	out->status.detail = (uint16_t)take_number(t, 999);
	out->action = (enum dsn_action)take_number(t, DSN_EXPANDED);
	out->stage = (enum smtp_stage)take_number(t, STAGE_QUIT);
	take_verdict(t, k, &out->verdict);
}

bool
returned_read(
    struct sv *bytes, const struct knowledge *k, struct arena *arena, struct returned *out)
{
	struct taking t = { *bytes, true };

	*out = (struct returned){ .kind = (enum bounce_kind)take_number(&t, BOUNCE_REPORT) };
	out->digest = take_number(&t, UINT64_MAX);
	out->time_us = (int64_t)take_number(&t, UINT64_MAX);
	out->name = take_text(&t);
	out->message_id = take_text(&t);
	out->queue_id = take_text(&t);
	out->sender = take_text(&t);
	out->signed_path = take_text(&t);
	out->n_recipients = take_number(&t, BOUNCE_RECIPIENTS_MAX);
	out->recipients = arena_alloc(arena, (out->n_recipients + 1) * sizeof(*out->recipients));
	if (out->recipients == NULL) {
		return false;
	}
	for (size_t i = 0; i < out->n_recipients && t.ok; i++) {
		take_recipient(&t, k, &out->recipients[i]);
	}
	if (t.ok) {
		*bytes = t.left;
	}
	return t.ok;
}
