/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/watch.h"

/*
 * Verdict -> what it says about the provider.  A refusal that speaks about the
 * sender is a throttle when it passes by itself and a block when it does not.
 */

#define SENDER (-1) /* by how long it lasts */

struct meaning {
	struct sv cause;
	int klass; /* enum detect_class, or SENDER */
};

static const struct meaning meanings[] = {
	{ SV_INIT("no_such_user"), DETECT_UNKNOWN },
	{ SV_INIT("mailbox_disabled"), DETECT_UNKNOWN },
	{ SV_INIT("mailbox_moved"), DETECT_UNKNOWN },
	{ SV_INIT("no_such_domain"), DETECT_UNKNOWN },
	{ SV_INIT("domain_no_mail"), DETECT_UNKNOWN },
	{ SV_INIT("mailbox_full"), DETECT_FULL },
	{ SV_INIT("rate_limited"), DETECT_THROTTLE },
	{ SV_INIT("greylisted"), DETECT_GREY },
	{ SV_INIT("blocked"), SENDER },
	{ SV_INIT("bad_reputation"), SENDER },
	{ SV_INIT("rdns_helo"), SENDER },
	{ SV_INIT("auth_failure"), SENDER },
	{ SV_INIT("sender_rejected"), SENDER },
	{ SV_INIT("relay_denied"), SENDER },
	{ SV_INIT("policy_refused"), SENDER },
	{ SV_INIT("spam_content"), SENDER },
	{ SV_INIT("remote_system_error"), DETECT_TEMP },
	{ SV_INIT("remote_system_full"), DETECT_TEMP },
	{ SV_INIT("dns_failure"), DETECT_TEMP },
	{ SV_INIT("routing_loop"), DETECT_TEMP },
	{ SV_INIT("tls_failure"), DETECT_TEMP },
	{ SV_INIT("network_error"), DETECT_CONN },
	/* They speak about one recipient's own filter, one message, or a list in between. */
	{ SV_INIT("recipient_refused"), DETECT_OTHER },
	{ SV_INIT("suppressed"), DETECT_OTHER },
	{ SV_INIT("expired"), DETECT_OTHER },
	{ SV_INIT("virus_content"), DETECT_OTHER },
	{ SV_INIT("attachment_refused"), DETECT_OTHER },
	{ SV_INIT("message_too_large"), DETECT_OTHER },
	{ SV_INIT("message_malformed"), DETECT_OTHER },
	{ SV_INIT("protocol_error"), DETECT_OTHER },
	{ SV_INIT("delivered"), DETECT_OK },
	{ SV_INIT("delayed"), DETECT_OTHER },
	{ SV_INIT("complaint"), DETECT_OTHER },
	{ SV_INIT("auto_reply"), DETECT_OTHER },
	{ SV_INIT("challenge"), DETECT_OTHER },
	{ SV_INIT("subscribe_request"), DETECT_OTHER },
	{ SV_INIT("unsubscribe"), DETECT_OTHER },
};

#define N_MEANINGS (sizeof(meanings) / sizeof(meanings[0]))

/* Greylisting remembers a client, sender and recipient that it let in for weeks (35 days in Postgrey). */
#define GREYLIST_REMEMBERS_DAYS 35.0

static const struct meaning *
meaning_of(const struct cause *c)
{
	struct sv name = sv_from(c->name);

	for (size_t i = 0; i < N_MEANINGS; i++) {
		if (sv_eq(meanings[i].cause, name)) {
			return &meanings[i];
		}
	}
	return NULL;
}

/* Nothing is known of the reply but its code. */
static enum detect_class
class_of_code(unsigned code)
{
	return code == 0 ? DETECT_CONN : code >= 400 && code < 500 ? DETECT_TEMP : DETECT_OTHER;
}

/*
 * "User unknown" of a message that was heard to its end may be a filter's, so the verdict blames
 * nobody for good.  That a provider says it of recipients who were good is news all the same, and
 * whose fault it is, is found by comparing.
 */
static bool
says_unknown(const struct verdict *v)
{
	const struct meaning *m = v->rule == NULL ? NULL : meaning_of(v->rule->cause);

	return m != NULL && m->klass == DETECT_UNKNOWN;
}

enum detect_class
watch_class(const struct verdict *v, unsigned code, double good_days)
{
	const struct meaning *m = meaning_of(v->cause);

	if (m == NULL) {
		return class_of_code(code);
	}
	if (says_unknown(v)) {
		return DETECT_UNKNOWN;
	}
	if (m->klass == SENDER) {
		return v->lasting == LASTING_TEMPORARY ? DETECT_THROTTLE : DETECT_BLOCK;
	}
	if (m->klass == DETECT_GREY && good_days >= 0 && good_days <= GREYLIST_REMEMBERS_DAYS) {
		return DETECT_TEMP;
	}
	return (enum detect_class)m->klass;
}

bool
watch_knows_all(const struct knowledge *k, const char **who_out)
{
	size_t n;
	const struct cause *all = knowledge_causes(k, &n);

	for (size_t i = 0; i < n; i++) {
		if (meaning_of(&all[i]) == NULL &&
		    !sv_eq(sv_from(all[i].name), SV("undetermined"))) {
			*who_out = all[i].name;
			return false;
		}
	}
	return true;
}

enum pace_answer
watch_pace(struct sv cause)
{
	static const struct {
		struct sv cause;
		enum pace_answer answer;
	} all[] = {
		{ SV_INIT("rate_limited"), PACE_THROTTLED },
		{ SV_INIT("blocked"), PACE_BLOCKED },
		{ SV_INIT("bad_reputation"), PACE_BLOCKED },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (sv_eq(cause, all[i].cause)) {
			return all[i].answer;
		}
	}
	return PACE_REFUSED;
}
