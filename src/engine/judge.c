/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge.h"

#include "base/num.h"
#include "engine/doubt.h"
#include "engine/mail_stage.h"

/* ---- the code, where it stands in the middle of words ---- */

static bool
is_edge(char c)
{
	return !char_is_alnum(c) && c != '.' && c != '-' && c != '_' && c != '/' && c != '@';
}

/* "500 messages": a number of things is no code. */
static bool
is_count(struct sv behind)
{
	static const struct sv things[] = { SV_INIT("message"), SV_INIT("byte"), SV_INIT("kb"),
		SV_INIT("mb"), SV_INIT("recipient"), SV_INIT("second"), SV_INIT("minute"),
		SV_INIT("hour"), SV_INIT("day"), SV_INIT("line"), SV_INIT("character"),
		SV_INIT("connection"), SV_INIT("times"), SV_INIT("attempt") };

	behind = sv_trim(sv_head(behind, 16));
	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		if (sv_istarts(behind, things[i])) {
			return true;
		}
	}
	return false;
}

/* "ERROR_CODE :550, ...", "[SMTP Error Code 550]", "reason: 550 ...". */
static unsigned
find_code(struct sv s, size_t *at_out)
{
	for (size_t i = 0; s.p != NULL && i + 3 <= s.n; i++) {
		uint32_t code;

		if ((s.p[i] != '4' && s.p[i] != '5') || s.p[i + 1] > '5' ||
		    (i > 0 && !is_edge(s.p[i - 1]) && !sv_ends(sv_head(s, i), SV("-"))) ||
		    !num_u32(sv_head(sv_from_at(s, i), 3), 599, &code)) {
			continue;
		}
		if (i + 3 == s.n ||
		    (strchr(" -,]:;)\n'", s.p[i + 3]) != NULL && !is_count(sv_from_at(s, i + 3)))) {
			*at_out = i;
			return code;
		}
	}
	return 0;
}

/* ---- a status where there is none ---- */

/* The class is the code's; without one, that of what became of the message. */
static bool
is_temporary(const struct bounce *b, const struct bounced *r, unsigned code)
{
	/* The last two are Exim's words for what it tried again and again. */
	return code / 100 == 4 || (code == 0 && b->kind == BOUNCE_DELAY) ||
	       sv_find(r->reply, SV("retry timeout exceeded")) >= 0 ||
	       sv_find(r->reply, SV("failing for a long time")) >= 0;
}

/* By the cause, as share/causes.yaml numbers it. */
static void
derive_status(const struct knowledge *k, const struct bounce *b, const struct bounced *r,
    const struct cause *doubtful, struct judgement *out)
{
	const struct cause *cause = out->verdict.cause;
	const struct cause *expired = knowledge_cause_find(k, SV("expired"));
	bool temporary = is_temporary(b, r, out->code);

	if (doubtful != NULL) {
		cause = doubtful;
	} else if (strcmp(cause->name, "network_error") == 0 && expired != NULL &&
		   (temporary || mail_says(r->reply, SV("timed out")))) {
		cause = expired; /* it was tried for so long that somebody was told */
	}
	if (cause->no_code != 0) {
		out->status = (struct status){ temporary ? 4 : 5, 0, (uint16_t)cause->no_code };
		out->status_derived = true;
	}
}

/* ---- the verdict ---- */

static void
by_cause(const struct knowledge *k, const char *name, struct verdict *out)
{
	const struct cause *c = knowledge_cause_find(k, sv_from(name));

	if (c == NULL) {
		return;
	}
	*out = (struct verdict){ .cause = c,
		.fault = c->fault,
		.lasting = c->lasting == LASTING_BY_CODE ? LASTING_NONE : c->lasting,
		.action = c->action,
		.tier = TIER_WORDING,
		.confidence = 0.9 };
}

static bool
is_unknown(const struct verdict *v)
{
	return strcmp(v->cause->name, "undetermined") == 0;
}

/* Wording and tokens; not what the bare codes say. */
static bool
is_told(const struct verdict *v)
{
	return !is_unknown(v) && v->tier <= TIER_WORDING;
}

static bool
is_system(const struct verdict *v)
{
	return v->fault == FAULT_PROVIDER || v->fault == FAULT_NETWORK;
}

static bool
ask(struct classifier *c, const struct question *q, struct sv text, struct verdict *out)
{
	struct question other = *q;
	struct verdict v;

	other.reply.text = sv_head(text, REPLY_TEXT_MAX);
	classify(c, &other, &v);
	/* "Service unavailable" is what Sendmail makes of whatever its mailer said of the user. */
	if (is_told(&v) && !(is_told(out) && out->fault == FAULT_RECIPIENT && is_system(&v))) {
		*out = v;
	}
	return is_told(&v);
}

/* A line that begins with an enhanced code: "5.1.1 <user> unknown". */
static size_t
find_status_line(struct sv text)
{
	struct sv rest = text;
	struct sv line;
	struct status st;

	while (sv_cut(&rest, '\n', &line)) {
		struct sv t = sv_trim(rest);

		if (status_take(&t, &st) && st.klass > 3) {
			return (size_t)(rest.p - text.p);
		}
	}
	return 0;
}

/* The reply itself, without what the program that quotes it says around it. */
static bool
quoted_reply(struct sv text, struct reply *out)
{
	size_t at = 0;
	ptrdiff_t end;

	if (find_code(text, &at) == 0) {
		at = find_status_line(text);
	}
	if (at == 0) {
		return false;
	}
	text = sv_trim(sv_from_at(text, at));
	end = sv_find(text, SV("\n\n"));
	reply_read(end > 0 ? sv_head(text, (size_t)end) : text, out);
	return (out->code != 0 || out->status.klass != 0) && out->text.n > 3;
}

/* What Sendmail writes below a recipient: "(reason: 550 5.1.1 ...)"; empty: nothing. */
static struct sv
reason_of(struct sv text)
{
	struct sv before;
	struct sv reason;
	ptrdiff_t end;

	if (!sv_cut_sv(&text, SV("(reason: "), &before) || !reply_begins(text)) {
		return (struct sv){ 0 };
	}
	end = sv_find(text, SV(")\n"));
	reason = end < 0 ? text : sv_head(text, (size_t)end);
	(void)sv_drop_tail(&reason, SV(")"));
	return reason;
}

static void
read_question(
    const struct bounce *b, const struct bounced *r, struct question *q, struct judgement *out)
{
	struct sv text = sv_head(r->reply, REPLY_TEXT_MAX);
	size_t at;

	question_from_text(text, q);
	if (reason_of(text).n > 0) {
		reply_read(reason_of(text), &q->reply);
	}
	if (q->reply.code == 0) {
		q->reply.code = find_code(text, &at);
	}
	out->code = q->reply.code;
	/* The reply's own code, unless it is an x.0.0 that says less than the field. */
	if (q->reply.status.klass == 0 || (q->reply.status.subject + q->reply.status.detail == 0 &&
					      r->status.klass == q->reply.status.klass)) {
		q->reply.status = r->status;
	}
	out->status = q->reply.status;
	if (r->host.n > 0) {
		q->host = r->host;
	}
	out->host = q->host;
	q->domain = address_domain(r->address);
	if (q->stage == STAGE_NONE) {
		q->stage = mail_stage(b, r);
	} else if (q->stage == STAGE_END_OF_DATA && mail_is_pipelined(text)) {
		q->stage = STAGE_RCPT;
	}
	out->stage = q->stage;
}

void
judge(struct classifier *c, const struct knowledge *k, const struct bounce *b,
    const struct bounced *r, struct judgement *out)
{
	struct question q;
	struct reply quoted;
	const struct cause *doubtful;
	bool fine =
	    r->action == DSN_DELIVERED || r->action == DSN_RELAYED || r->action == DSN_EXPANDED;

	*out = (struct judgement){ 0 };
	read_question(b, r, &q, out);
	classify(c, &q, &out->verdict);
	if (fine || b->by_cause) {
		by_cause(
		    k, b->by_cause && b->cause != NULL ? b->cause : "delivered", &out->verdict);
		return;
	}
	if (quoted_reply(sv_head(r->reply, REPLY_TEXT_MAX), &quoted) &&
	    !ask(c, &q, quoted.text, &out->verdict) &&
	    (b->quoted_only ||
		(quoted.status.klass != 0 && quoted.status.subject + quoted.status.detail > 0))) {
		q.reply.text = quoted.text;
		classify(c, &q, &out->verdict);
	}
	/* What the reporting program makes of words that nobody here knows. */
	if (!is_told(&out->verdict) && r->category.n > 0) {
		struct verdict by_code = out->verdict;

		(void)ask(c, &q, r->category, &out->verdict);
		/* An enhanced code that says the same makes it certain. */
		out->verdict.suppress = out->verdict.suppress ||
					(by_code.suppress && by_code.cause == out->verdict.cause);
	}
	if (!is_told(&out->verdict) && b->cause != NULL) {
		by_cause(k, b->cause, &out->verdict);
	}
	/* Where no form fitted the text is all there is; what stands around a report is manners. */
	if (is_unknown(&out->verdict) && r->reply.n == 0 && b->dialect == NULL) {
		(void)ask(c, &q, b->text, &out->verdict);
	}
	if (is_unknown(&out->verdict) && out->code == 0) {
		(void)ask(c, &q, b->subject, &out->verdict);
	}
	if (r->action == DSN_DELAYED || (r->action == DSN_NO_ACTION && b->kind == BOUNCE_DELAY)) {
		out->verdict.suppress = false; /* it is still being tried */
		out->verdict.lasting = LASTING_TEMPORARY;
	}
	doubtful = doubt(k, r, out);
	if (out->status.klass == 0) {
		derive_status(k, b, r, doubtful, out);
	}
}
