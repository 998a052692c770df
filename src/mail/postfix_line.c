/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"
#include "mail/postfix_private.h"

#define QUEUE_ID_MIN 5
#define QUEUE_ID_MAX 30

bool
postfix_queue_id_take(struct sv *s, struct sv *out)
{
	size_t n = 0;

	while (n < s->n && char_is_alnum(s->p[n])) {
		n++;
	}
	if (n < QUEUE_ID_MIN || n > QUEUE_ID_MAX || n + 1 >= s->n || s->p[n] != ':' ||
	    s->p[n + 1] != ' ') {
		return false;
	}
	*out = sv_head(*s, n);
	*s = sv_from_at(*s, n + 2);
	return true;
}

/* ---- the other lines of a message ---- */

static bool
read_from(struct sv s, struct postfix_line *out)
{
	if (!postfix_bracketed_take(&s, &out->sender)) {
		return false;
	}
	if (sv_take(&s, SV("status="))) { /* "expired, returned to sender", "force-expired, ..." */
		out->kind = POSTFIX_EXPIRED;
		out->reason = s;
		return sv_starts(s, SV("expired")) || sv_starts(s, SV("force-expired"));
	}
	while (s.n > 0) {
		struct sv key;
		struct sv value;

		if (!sv_cut(&s, '=', &key)) {
			break;
		}
		value = postfix_value_take(&s);
		if (sv_eq(key, SV("size"))) {
			(void)num_u64(value, UINT64_MAX, &out->size_bytes);
		} else if (sv_eq(key, SV("nrcpt"))) {
			(void)num_take_u32(&value, UINT32_MAX, &out->nrcpt);
		}
	}
	out->kind = POSTFIX_FROM;
	return true;
}

static bool
read_qmgr(struct sv s, struct postfix_line *out)
{
	if (sv_eq(s, SV("removed"))) {
		out->kind = POSTFIX_REMOVED;
		return true;
	}
	if (sv_take(&s, SV("from="))) {
		return read_from(s, out);
	}
	if (sv_take(&s, SV("to="))) { /* deferred or bounced without a delivery agent */
		return postfix_delivery_read(s, out);
	}
	out->kind = POSTFIX_IGNORED; /* "skipped, still being delivered" */
	return sv_starts(s, SV("skipped")) || sv_starts(s, SV("removing")) ||
	       sv_starts(s, SV("deferred"));
}

static bool
read_refusal(struct sv s, struct postfix_line *out)
{
	static const struct sv words[] = { SV_INIT("reject: "), SV_INIT("milter-reject: "),
		SV_INIT("reject_warning: "), SV_INIT("hold: "), SV_INIT("milter-hold: "),
		SV_INIT("discard: "), SV_INIT("milter-discard: "), SV_INIT("filter: "),
		SV_INIT("redirect: "), SV_INIT("prepend: "), SV_INIT("replace: "),
		SV_INIT("strip: "), SV_INIT("bcc: "), SV_INIT("warn: "), SV_INIT("warning: "),
		SV_INIT("info: "), SV_INIT("delay: "), SV_INIT("pass: "), SV_INIT("trigger: "),
		SV_INIT("permit: ") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sv_starts(s, words[i])) {
			out->kind = i < 7 ? POSTFIX_REFUSED_IN : POSTFIX_IGNORED;
			out->reason = s;
			return true;
		}
	}
	return false;
}

static bool
read_cleanup(struct sv s, struct postfix_line *out)
{
	(void)sv_take(&s, SV("resent-"));
	if (sv_take(&s, SV("message-id="))) {
		out->kind = POSTFIX_MESSAGE_ID;
		out->message_id = s;
		return true;
	}
	if (sv_starts(s, SV("canceled")) || sv_starts(s, SV("queue file")) ||
	    sv_starts(s, SV("table "))) {
		out->kind = POSTFIX_IGNORED;
		return true;
	}
	return read_refusal(s, out);
}

static bool
read_smtpd(struct sv s, struct postfix_line *out)
{
	if (sv_take(&s, SV("client="))) {
		out->kind = POSTFIX_CLIENT;
		out->other_id = postfix_value_take(&s);
		return true;
	}
	return read_refusal(s, out);
}

static bool
read_bounce(struct sv s, struct postfix_line *out)
{
	struct sv head;

	if (sv_cut_sv(&s, SV("notification: "), &head) && head.n < 64) {
		out->kind = POSTFIX_NOTIFICATION;
		out->reason = sv_trim(head);
		out->other_id = s;
		return true;
	}
	return false;
}

static bool
read_pickup(struct sv s, struct postfix_line *out)
{
	struct sv head;

	if (sv_take(&s, SV("uid=")) && sv_cut_sv(&s, SV("from="), &head)) {
		out->kind = POSTFIX_PICKED_UP;
		return postfix_bracketed_take(&s, &out->sender);
	}
	return false;
}

/* Delivery agents: a delivery, or a remark on the way ("host X said: 4xx ..." before the next MX). */
static bool
read_agent(struct sv s, struct postfix_line *out)
{
	static const struct sv remarks[] = { SV_INIT("host "), SV_INIT("lost connection with "),
		SV_INIT("conversation with "), SV_INIT("connect to "),
		SV_INIT("enabling PIX workarounds"), SV_INIT("disabling PIX workarounds"),
		SV_INIT("Cannot start TLS"), SV_INIT("passing <"), SV_INIT("breaking line "),
		SV_INIT("sender non-delivery"), SV_INIT("using "),
		SV_INIT("SASL authentication failed"), SV_INIT("TLS is required"),
		SV_INIT("Server certificate "), SV_INIT("delivery via "),
		SV_INIT("discarding EHLO keywords"), SV_INIT("smtp_"), SV_INIT("message header ") };

	if (sv_take(&s, SV("to="))) {
		return postfix_delivery_read(s, out);
	}
	for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
		if (sv_starts(s, remarks[i])) {
			out->kind = POSTFIX_IGNORED;
			return true;
		}
	}
	return false;
}

static bool
read_by_daemon(enum postfix_daemon daemon, struct sv s, struct postfix_line *out)
{
	static bool (*const readers[])(struct sv, struct postfix_line *) = {
		[POSTFIX_SMTP] = read_agent,
		[POSTFIX_LMTP] = read_agent,
		[POSTFIX_LOCAL] = read_agent,
		[POSTFIX_VIRTUAL] = read_agent,
		[POSTFIX_PIPE] = read_agent,
		[POSTFIX_ERROR] = read_agent,
		[POSTFIX_RETRY] = read_agent,
		[POSTFIX_DISCARD] = read_agent,
		[POSTFIX_QMGR] = read_qmgr,
		[POSTFIX_CLEANUP] = read_cleanup,
		[POSTFIX_SMTPD] = read_smtpd,
		[POSTFIX_BOUNCE] = read_bounce,
		[POSTFIX_PICKUP] = read_pickup,
	};

	return daemon < POSTFIX_DAEMON_OTHER && readers[daemon] != NULL && readers[daemon](s, out);
}

/* ---- lines without a queue id ---- */

static bool
is_trouble(struct sv s)
{
	static const struct sv words[] = { SV_INIT("warning: "), SV_INIT("error: "),
		SV_INIT("fatal: "), SV_INIT("panic: ") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sv_starts(s, words[i])) {
			return true;
		}
	}
	return false;
}

/* What Postfix says of connections, TLS, statistics and itself. */
static bool
is_remark(struct sv s)
{
	static const struct sv starts[] = { SV_INIT("connect from "), SV_INIT("disconnect from "),
		SV_INIT("connect to "), SV_INIT("lost connection "), SV_INIT("timeout after "),
		SV_INIT("statistics: "), SV_INIT("Anonymous TLS "), SV_INIT("Untrusted TLS "),
		SV_INIT("Trusted TLS "), SV_INIT("Verified TLS "), SV_INIT("SSL_"), SV_INIT("TLS "),
		SV_INIT("setting up TLS "), SV_INIT("daemon started"), SV_INIT("reload"),
		SV_INIT("refreshing"), SV_INIT("starting the Postfix"),
		SV_INIT("stopping the Postfix"), SV_INIT("terminating on signal"),
		SV_INIT("too many errors after "), SV_INIT("improper command pipelining"),
		SV_INIT("table "), SV_INIT("host "), SV_INIT("using backwards-"),
		SV_INIT("certificate verification"), SV_INIT("Server certificate "),
		SV_INIT("postfix-"), SV_INIT("maillog_file"), SV_INIT("milter-"), SV_INIT("proxy-"),
		SV_INIT("sql"), SV_INIT("info: "), SV_INIT("Host offered STARTTLS"),
		SV_INIT("statistics"), SV_INIT("rewriting "), SV_INIT("to=<"),
		SV_INIT("Unsupported "), SV_INIT("abort: "), SV_INIT("conversation with ") };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (sv_starts(s, starts[i])) {
			return true;
		}
	}
	return false;
}

void
postfix_line_read(enum postfix_daemon daemon, struct sv message, struct postfix_line *out)
{
	struct sv s = message;

	*out = (struct postfix_line){
		.daemon = daemon, .conn_use = 1, .delay_us = -1, .delays_us = { -1, -1, -1, -1 }
	};
	if (daemon == POSTFIX_DAEMON_NONE) {
		return;
	}
	if (is_trouble(s)) { /* "warning: " looks like a queue id */
		out->kind = POSTFIX_TROUBLE;
		return;
	}
	if (postfix_queue_id_take(&s, &out->queue_id)) {
		if (read_by_daemon(daemon, s, out)) {
			return;
		}
		if (is_trouble(s)) {
			out->kind = POSTFIX_TROUBLE;
			return;
		}
		out->kind = daemon == POSTFIX_DAEMON_OTHER ? POSTFIX_IGNORED : POSTFIX_UNKNOWN;
		return;
	}
	if (daemon == POSTFIX_DAEMON_OTHER) {
		out->kind = POSTFIX_IGNORED;
	} else if (sv_take(&s, SV("NOQUEUE: ")) && read_refusal(s, out)) {
		return;
	} else {
		out->kind = is_trouble(s)  ? POSTFIX_TROUBLE
			    : is_remark(s) ? POSTFIX_IGNORED
					   : POSTFIX_UNKNOWN;
	}
}
