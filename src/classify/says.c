/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/classify.h"

static void
add_flags(const struct rule *r, unsigned value, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < r->n_flags; i++) {
		if ((value & r->flags[i].bit) != 0) {
			buf_fmt(out, "%s%s", any ? ", " : "", r->flags[i].name);
			any = true;
		}
	}
	if (!any) {
		buf_str(out, "a list that this bit does not name");
	}
}

/* The rule's own sentences, unless the stage made another cause of it. */
static bool
rule_speaks(const struct verdict *v)
{
	return v->rule != NULL && v->rule->cause == v->cause;
}

const char *
verdict_does(const struct verdict *v)
{
	return rule_speaks(v) ? v->rule->does : v->cause->does;
}

void
verdict_says(const struct verdict *v, struct buf *out)
{
	struct sv rest = sv_from(rule_speaks(v) ? v->rule->says : v->cause->says);
	struct sv head;

	while (rule_speaks(v) && sv_cut_sv(&rest, SV("{flags}"), &head)) {
		buf_sv(out, head);
		add_flags(v->rule, v->flags, out);
	}
	buf_sv(out, rest);
}

static void
from_reason(struct sv text, struct question *out)
{
	struct postfix_reason r;

	postfix_reason_read(text, &r);
	out->saw = r.saw;
	out->stage = r.stage;
	out->host = r.host;
	reply_read(r.reply, &out->reply);
}

void
question_from_text(struct sv text, struct question *out)
{
	struct syslog_head head;
	struct postfix_line line;
	struct sv instance;
	enum postfix_daemon daemon;

	*out = (struct question){ .time_us = TIME_NONE };
	text = sv_trim(text);
	if (reply_begins(text)) { /* neither a log line nor words of Postfix begin so */
		reply_read(text, &out->reply);
		return;
	}
	if (syslog_head_take(text, &head)) {
		daemon = postfix_daemon_of(head.tag, &instance);
		postfix_line_read(daemon, head.message, &line);
		if (line.kind == POSTFIX_DELIVERY) {
			from_reason(line.reason, out);
			out->domain = address_domain(line.recipient);
			if (out->host.n == 0) {
				out->host = line.relay_host;
			}
			/* A classic date has no year, so it says nothing about rules that have dates. */
			if (head.date == SYSLOG_DATE_ISO) {
				out->time_us = head.time_us;
			}
			return;
		}
	}
	from_reason(text, out);
}
