/* SPDX-License-Identifier: Apache-2.0 */
#include "front/door.h"

#include "base/civil.h"
#include "mail/check_address.h"

static bool
is_transactional(const struct door_settings *set, const struct policy_request *r)
{
	for (size_t i = 0; i < set->n_transactional; i++) {
		struct sv s = sv_from(set->transactional[i]);
		ptrdiff_t at = sv_rfind(r->sender, SV("@"));

		if (sv_ieq(s, r->sender) ||
		    (r->sasl_username.n > 0 && sv_ieq(s, r->sasl_username)) ||
		    (at >= 0 && sv_ieq(s, sv_from_at(r->sender, (size_t)at + 1)))) {
			return true;
		}
	}
	return false;
}

/* "2026-11-20" */
static void
put_day(uint32_t t_s, struct buf *out)
{
	char room[40];

	civil_print((int64_t)t_s * US_PER_SECOND, room, sizeof(room));
	buf_sv(out, sv_head(sv_from(room), 10));
}

static void
say(const struct answers *a, const struct answer_recipient *r, enum door_action action,
    struct buf *out)
{
	bool resting = r->standing == STANDING_RESTING;

	buf_str(out, action == DOOR_REJECT ? "REJECT 5.7.1 " : "DEFER 4.7.1 ");
	buf_str(out, resting ? "resting since " : "suppressed since ");
	put_day(r->since_s, out);
	if (r->until_s != 0) {
		buf_str(out, " until ");
		put_day(r->until_s, out);
	}
	buf_str(out, ": ");
	buf_sv(out, answers_text(a, r->reason));
	buf_fmt(out, " [carom:%llu]", (unsigned long long)r->decision);
}

bool
door_answer(const struct answers *a, const struct door_settings *set,
    const struct policy_request *r, uint32_t now_s, struct buf *out)
{
	const struct answer_recipient *known = NULL;
	enum door_action action = DOOR_PASS;
	struct buf text;

	if (sv_ieq(r->recipient, SV(CHECK_REFUSED))) {
		policy_answer(out,
		    SV("REJECT 5.7.1 this address is refused to try the policy service [carom:0]"));
		return true;
	}
	if (sv_eq(r->request, SV("smtpd_access_policy")) && r->sender.n > 0 && r->recipient.n > 0) {
		known = answers_recipient(a, r->recipient, now_s);
	}
	if (known != NULL) {
		const struct door_rules *rules =
		    is_transactional(set, r) ? &set->policy.transactional : &set->policy.bulk;

		action = known->standing == STANDING_RESTING ? rules->resting
			 : known->standing == STANDING_ASKED ? rules->asked
							     : rules->suppressed;
	}
	if (action == DOOR_PASS) {
		policy_answer(out, SV("DUNNO"));
		return false;
	}
	buf_init(&text, 1024);
	say(a, known, action, &text);
	policy_answer(out, buf_view(&text));
	buf_done(&text);
	return true;
}
