/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cmd/read/parse.h"
#include "mail/mime.h"

#define REPLY_SHOWN_MAX 1000 /* bytes of a reply in JSON */

/* White space to single blanks, in the scratch buffer. */
static struct sv
squeezed(struct parsing *p, struct sv s)
{
	bool blank = false;

	buf_clear(&p->scratch);
	s = sv_trim(sv_head(s, REPLY_SHOWN_MAX));
	for (size_t i = 0; i < s.n; i++) {
		bool white = (unsigned char)s.p[i] <= ' ';

		if (!white || !blank) {
			buf_char(&p->scratch, s.p[i]);
			if (white) {
				p->scratch.p[p->scratch.n - 1] = ' ';
			}
		}
		blank = white;
	}
	return buf_view(&p->scratch);
}

/* ---- JSON ---- */

static void
json_text(struct json *j, const char *key, struct sv s)
{
	if (s.n == 0) {
		json_nothing(j, key);
	} else {
		json_sv(j, key, s);
	}
}

static void
json_verdict(struct json *j, const struct verdict *v)
{
	json_str(j, "cause", v->cause->name);
	json_str(j, "fault", fault_name(v->fault));
	json_str(j, "lasting", lasting_name(v->lasting));
	json_str(j, "todo", v->action);
	json_bool(j, "suppress", v->suppress);
	json_str(j, "provider", v->provider == NULL ? NULL : v->provider->id);
	json_str(j, "rule", v->rule == NULL ? NULL : v->rule->id);
	json_num(j, "confidence", v->confidence, 2);
}

static void
json_recipient(struct parsing *p, struct json *j, const struct bounce *b, const struct bounced *r)
{
	struct judgement said;
	char status[16];

	judge(p->c, p->k, b, r, &said);
	status_print(said.status, status, sizeof(status));
	json_open(j, NULL, '{');
	json_text(j, "address", r->address);
	json_bool(j, "hidden", r->hidden || r->address.n == 0);
	json_text(j, "original_address", r->original);
	json_str(j, "status", status[0] == '\0' ? NULL : status);
	json_bool(j, "status_derived", said.status_derived);
	if (said.code == 0) {
		json_nothing(j, "code");
	} else {
		json_int(j, "code", said.code);
	}
	json_text(j, "reply", squeezed(p, r->reply));
	json_text(j, "host", said.host);
	json_str(j, "stage", said.stage == STAGE_NONE ? NULL : smtp_stage_name(said.stage));
	json_str(j, "action", r->action == DSN_NO_ACTION ? NULL : dsn_action_name(r->action));
	json_verdict(j, &said.verdict);
	json_close(j, '}');
}

static void
json_original(struct json *j, const struct bounce_original *o)
{
	json_open(j, "original", '{');
	json_text(j, "message_id", o->message_id);
	json_text(j, "from", o->from);
	json_text(j, "subject", o->subject);
	json_text(j, "date", o->date);
	json_text(j, "queue_id", o->queue_id);
	json_close(j, '}');
}

static void
json_tokens(struct json *j, const struct bounce *b)
{
	if (b->kind != BOUNCE_COMPLAINT) {
		return;
	}
	json_open(j, "tokens", '[');
	for (size_t i = 0; i < b->n_tokens; i++) {
		json_open(j, NULL, '{');
		json_text(j, "header", b->tokens[i].header);
		json_text(j, "value", sv_head(b->tokens[i].value, REPLY_SHOWN_MAX));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
json_warnings(struct json *j, const struct bounce *b, bool cut)
{
	json_open(j, "warnings", '[');
	for (unsigned i = 0; i < MIME_BROKEN_BITS; i++) {
		if ((b->broken >> i & 1u) != 0) {
			json_str(j, NULL, mime_broken_text((enum mime_broken)(1u << i)));
		}
	}
	if (cut && (b->broken & MIME_TOO_LARGE) == 0) {
		json_str(j, NULL, mime_broken_text(MIME_TOO_LARGE));
	}
	if (b->too_many) {
		json_str(j, NULL, "more than 1000 recipients: the rest was not read");
	}
	json_close(j, ']');
}

void
parse_json(struct parsing *p, struct buf *out, const char *name, const struct bounce *b, bool cut)
{
	struct json j;

	json_init(&j, out, false);
	json_open(&j, NULL, '{');
	json_str(&j, "file", name);
	json_str(&j, "kind", bounce_kind_name(b->kind));
	json_open(&j, "recipients", '[');
	for (size_t i = 0; i < b->n_recipients; i++) {
		json_recipient(p, &j, b, &b->recipients[i]);
	}
	json_close(&j, ']');
	json_text(&j, "reporter", b->reporter);
	json_str(&j, "form", b->dialect);
	json_original(&j, &b->original);
	json_tokens(&j, b);
	json_warnings(&j, b, cut);
	json_close(&j, '}');
	buf_char(out, '\n');
}

/* ---- for people ---- */

static void
table_recipient(struct parsing *p, struct buf *o, const struct bounce *b, const struct bounced *r)
{
	struct judgement said;
	char status[16];

	judge(p->c, p->k, b, r, &said);
	status_print(said.status, status, sizeof(status));
	buf_str(o, "  ");
	if (r->hidden || r->address.n == 0) {
		buf_str(o, "(nobody says who)");
	} else {
		buf_printable(o, r->address, 200);
	}
	buf_fmt(o, "  %s", said.verdict.cause->name);
	if (said.code != 0) {
		buf_fmt(o, "  %u", said.code);
	}
	buf_fmt(o, "%s%s%s\n", status[0] == '\0' || said.status_derived ? "" : "  ",
	    said.status_derived ? "" : status, said.verdict.suppress ? "  suppress" : "");
	if (r->reply.n > 0) {
		buf_str(o, "      ");
		buf_printable(o, squeezed(p, r->reply), 160);
		buf_char(o, '\n');
	}
}

/* Where nobody says who complained, what the sender put into the mail may tell him. */
static void
table_tokens(struct parsing *p, struct buf *o, const struct bounce *b)
{
	if (b->kind != BOUNCE_COMPLAINT || b->n_recipients == 0 ||
	    (b->recipients[0].address.n > 0 && !b->recipients[0].hidden)) {
		return;
	}
	for (size_t i = 0; i < b->n_tokens; i++) {
		buf_str(o, "      ");
		buf_printable(o, b->tokens[i].header, 100);
		buf_str(o, ": ");
		buf_printable(o, squeezed(p, b->tokens[i].value), 200);
		buf_char(o, '\n');
	}
}

void
parse_table(struct parsing *p, struct buf *out, const char *name, const struct bounce *b, bool cut)
{
	struct buf *o = out;

	buf_fmt(o, "%-10s ", bounce_kind_name(b->kind));
	buf_printable(o, sv_from(name), 0);
	buf_str(o, b->dialect == NULL ? "" : "  (");
	buf_str(o, b->dialect == NULL ? "" : b->dialect);
	buf_str(o, b->dialect == NULL ? "\n" : ")\n");
	for (size_t i = 0; i < b->n_recipients; i++) {
		table_recipient(p, o, b, &b->recipients[i]);
	}
	table_tokens(p, o, b);
	for (unsigned i = 0; i < MIME_BROKEN_BITS; i++) {
		if ((b->broken >> i & 1u) != 0) {
			buf_fmt(
			    o, "  warning: %s\n", mime_broken_text((enum mime_broken)(1u << i)));
		}
	}
	if (cut) {
		buf_fmt(o, "  warning: %s\n", mime_broken_text(MIME_TOO_LARGE));
	}
}
