/* SPDX-License-Identifier: Apache-2.0 */
#include "front/status_filter.h"

struct sv
status_filter_quoted(struct sv text)
{
	struct sv head;
	struct sv inner;

	while (sv_cut(&text, '<', &head)) {
		struct sv rest = text;

		if (sv_cut(&rest, '>', &inner) && sv_chr(inner, '@') > 0 &&
		    sv_chr(inner, ' ') < 0 && sv_chr(inner, '<') < 0) {
			return inner;
		}
	}
	return (struct sv){ 0 };
}

static const struct answer_hold *
find_hold(const struct answers *a, const struct filter_judge *judge, struct sv host,
    struct sv quoted, uint32_t now_s)
{
	struct sv provider = judge->provider(judge->context, host, now_s);
	const struct answer_hold *h;
	ptrdiff_t at;

	if (provider.n > 0) {
		return answers_hold(a, provider, now_s);
	}
	h = answers_hold_host(a, host, now_s);
	at = h == NULL ? sv_rfind(quoted, SV("@")) : -1;
	return at < 0 ? h : answers_hold(a, sv_from_at(quoted, (size_t)at + 1), now_s);
}

/* It was known to be bad before: this refusal is no news. */
static bool
was_bad(const struct answers *a, struct sv quoted, const struct answer_hold *h, uint32_t now_s)
{
	const struct answer_recipient *r =
	    quoted.n == 0 ? NULL : answers_recipient(a, quoted, now_s);

	return r != NULL && r->standing != STANDING_RESTING && r->since_s < h->since_s;
}

/* The mark stands before "(in reply to ...)", so that the text is read as before. */
static void
write_answer(struct status st, struct sv reason, const struct answer_hold *h, struct buf *out)
{
	ptrdiff_t at = sv_rfind(reason, SV(" (in reply to "));
	struct sv words = at < 0 ? reason : sv_head(reason, (size_t)at);
	struct sv tail = at < 0 ? (struct sv){ 0 } : sv_head(sv_from_at(reason, (size_t)at), 80);

	buf_fmt(out, "4.%u.%u ", st.subject, st.detail);
	buf_sv(out, sv_head(words, STATUS_TEXT_MAX));
	buf_fmt(out, " [carom:i%llu]", (unsigned long long)h->incident);
	buf_sv(out, tail);
}

/* What a remote host said; false: none did, or it is our own doing. */
static bool
read_question(
    struct sv reason, uint32_t now_s, struct postfix_reason *r, struct filter_question *out)
{
	postfix_reason_read(reason, r);
	if ((r->saw != SAW_SAID && r->saw != SAW_REFUSED_TO_TALK) || r->suspended ||
	    sv_find(reason, SV("[carom:")) >= 0) {
		return false;
	}
	*out = (struct filter_question){
		.host = r->host, .saw = r->saw, .stage = r->stage, .now_s = now_s
	};
	reply_read(r->reply, &out->reply);
	return true;
}

bool
status_filter(const struct answers *a, const struct filter_judge *judge, struct sv key,
    uint32_t now_s, struct buf *out)
{
	struct postfix_reason r;
	struct filter_question q;
	const struct answer_hold *h;
	struct sv reason = key;
	struct sv quoted;
	struct status st;

	if (!answers_holds_any(a) || !status_take(&reason, &st) || st.klass != 5) {
		return false;
	}
	reason = sv_trim(reason);
	if (!read_question(reason, now_s, &r, &q) || r.saw != SAW_SAID) {
		return false;
	}
	quoted = status_filter_quoted(r.reply);
	h = find_hold(a, judge, r.host, quoted, now_s);
	if (h == NULL || was_bad(a, quoted, h, now_s) || q.reply.code < 500 ||
	    !judge->is_unknown_user(judge->context, &q)) {
		return false;
	}
	write_answer(st, reason, h, out);
	return true;
}

bool
status_filter_of_the_sender(const struct filter_judge *judge, struct sv key, uint32_t now_s)
{
	struct postfix_reason r;
	struct filter_question q;
	struct sv reason = key;
	struct status st;

	return status_take(&reason, &st) && st.klass == 4 &&
	       read_question(sv_trim(reason), now_s, &r, &q) &&
	       judge->is_of_the_sender(judge->context, &q);
}
