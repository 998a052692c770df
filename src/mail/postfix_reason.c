/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/postfix.h"

/*
 * The texts are those of src/smtp/smtp_trouble.c, smtp_connect.c, smtp_addr.c,
 * smtp_proto.c and src/global/mail_queue of Postfix.
 */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	struct sv word;
	enum smtp_stage stage;
} commands[] = {
	/* longer ones first where one begins another */
	{ SV_INIT("end of DATA"), STAGE_END_OF_DATA },
	{ SV_INIT("RCPT TO"), STAGE_RCPT },
	{ SV_INIT("MAIL FROM"), STAGE_MAIL },
	{ SV_INIT("DATA command"), STAGE_DATA },
	{ SV_INIT("EHLO"), STAGE_HELO },
	{ SV_INIT("HELO"), STAGE_HELO },
	{ SV_INIT("LHLO"), STAGE_HELO },
	{ SV_INIT("STARTTLS"), STAGE_STARTTLS },
	{ SV_INIT("AUTH"), STAGE_AUTH },
	{ SV_INIT("XFORWARD"), STAGE_MAIL },
	{ SV_INIT("BDAT"), STAGE_END_OF_DATA },
	{ SV_INIT("QUIT"), STAGE_QUIT },
	{ SV_INIT("RSET"), STAGE_QUIT },
	{ SV_INIT("VRFY"), STAGE_RCPT },
	/* "while ..." */
	{ SV_INIT("receiving the initial server greeting"), STAGE_CONNECT },
	{ SV_INIT("performing the initial protocol handshake"), STAGE_CONNECT },
	{ SV_INIT("performing the EHLO"), STAGE_HELO },
	{ SV_INIT("performing the HELO"), STAGE_HELO },
	{ SV_INIT("performing the LHLO"), STAGE_HELO },
	{ SV_INIT("sending MAIL FROM"), STAGE_MAIL },
	{ SV_INIT("sending RCPT TO"), STAGE_RCPT },
	{ SV_INIT("receiving the STARTTLS"), STAGE_STARTTLS },
	{ SV_INIT("sending DATA command"), STAGE_DATA },
	{ SV_INIT("sending message body"), STAGE_END_OF_DATA },
	{ SV_INIT("sending end of data"), STAGE_END_OF_DATA },
	{ SV_INIT("sending final RSET"), STAGE_QUIT },
	{ SV_INIT("sending QUIT"), STAGE_QUIT },
};

static enum smtp_stage
stage_of(struct sv s)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (sv_starts(s, commands[i].word)) {
			return commands[i].stage;
		}
	}
	return STAGE_NONE;
}

/* "host[ip]" or "host[ip]:25" in front; false if there is no bracket in the first word. */
static bool
take_host(struct sv *s, struct postfix_reason *out)
{
	struct sv t = *s;
	struct sv host;
	struct sv ip;

	if (!sv_cut(&t, '[', &host) || host.n == 0 || sv_chr(host, ' ') >= 0 ||
	    !sv_cut(&t, ']', &ip)) {
		return false;
	}
	out->host = host;
	out->ip = ip;
	*s = t;
	return true;
}

/* "host: ..." or "host while ...", as mail servers say it that do not name the address. */
static void
take_bare_host(struct sv s, struct postfix_reason *out)
{
	size_t n = 0;
	bool dot = false;

	while (n < s.n && (char_is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '.')) {
		dot = dot || (s.p[n] == '.' && n > 0);
		n++;
	}
	if (dot && n < s.n && (s.p[n] == ':' || s.p[n] == ' ')) {
		out->host = sv_head(s, n);
	}
}

/* "REPLY (in reply to RCPT TO command)": the last such tail is that of the host that was talked to. */
static void
split_reply(struct sv s, struct postfix_reason *out)
{
	static const struct sv mark = SV_INIT(" (in reply to ");
	ptrdiff_t at = sv_rfind(s, mark);

	if (at >= 0) {
		out->stage = stage_of(sv_from_at(s, (size_t)at + mark.n));
		s = sv_head(s, (size_t)at);
	}
	out->reply = sv_trim(s);
}

static bool
read_host(struct sv s, struct postfix_reason *out)
{
	if (!sv_take(&s, SV("host ")) || !take_host(&s, out)) {
		return false;
	}
	if (sv_take(&s, SV(" said: "))) {
		out->saw = SAW_SAID;
		split_reply(s, out);
		return true;
	}
	if (sv_take(&s, SV(" refused to talk to me: "))) {
		out->saw = SAW_REFUSED_TO_TALK;
		out->stage = STAGE_CONNECT;
		out->reply = sv_trim(s);
		return true;
	}
	return false;
}

static bool
read_lost(struct sv s, struct postfix_reason *out)
{
	struct sv head;

	if (sv_take(&s, SV("lost connection with "))) {
		out->saw = SAW_LOST_CONNECTION;
	} else if (sv_take(&s, SV("conversation with "))) {
		out->saw = SAW_TIMED_OUT;
	} else {
		return false;
	}
	if (!take_host(&s, out)) {
		take_bare_host(s, out);
	}
	if (sv_cut_sv(&s, SV("while "), &head)) {
		out->stage = stage_of(s);
	}
	return true;
}

static bool
read_connect(struct sv s, struct postfix_reason *out)
{
	if (!sv_take(&s, SV("connect to "))) {
		return false;
	}
	out->saw = SAW_CONNECT_FAILED;
	out->stage = STAGE_CONNECT;
	if (!take_host(&s, out)) {
		take_bare_host(s, out);
	}
	return true;
}

static bool
begins_with(struct sv s, const struct sv *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sv_starts(s, words[i])) {
			return true;
		}
	}
	return false;
}

static bool
read_dns(struct sv s, struct postfix_reason *out)
{
	static const struct sv words[] = { SV_INIT("Host or domain name not found"),
		SV_INIT("Host not found"), SV_INIT("Name service error"),
		SV_INIT("Host found but no data record"), SV_INIT("unable to look up host"),
		SV_INIT("Domain "), SV_INIT("unable to find primary relay"), SV_INIT("No MX"),
		SV_INIT("DNSSEC"), SV_INIT("non DNSSEC"), SV_INIT("no MX host") };

	if (!begins_with(s, words, COUNT(words)) ||
	    (sv_starts(s, SV("Domain ")) && sv_find(s, SV("does not accept mail")) < 0)) {
		return false;
	}
	out->saw = SAW_DNS;
	return true;
}

static bool
read_tls(struct sv s, struct postfix_reason *out)
{
	static const struct sv words[] = { SV_INIT("TLS is required"), SV_INIT("Cannot start TLS"),
		SV_INIT("Server certificate not"), SV_INIT("TLSA lookup"),
		SV_INIT("certificate verification failed"), SV_INIT("TLS policy"),
		SV_INIT("TLS handshake"), SV_INIT("TLS required"), SV_INIT("no usable TLSA") };
	struct sv head;

	if (!begins_with(s, words, COUNT(words))) {
		return false;
	}
	out->saw = SAW_TLS;
	out->stage = STAGE_STARTTLS;
	if (sv_cut_sv(&s, SV("host "), &head)) {
		(void)take_host(&s, out);
	}
	return true;
}

void
postfix_reason_read(struct sv reason, struct postfix_reason *out)
{
	static bool (*const readers[])(struct sv, struct postfix_reason *) = { read_host, read_lost,
		read_connect, read_dns, read_tls };
	struct sv s = sv_trim(reason);

	*out = (struct postfix_reason){ 0 };
	out->suspended = sv_take(&s, SV("delivery temporarily suspended: "));
	out->reply = s;
	for (size_t i = 0; i < COUNT(readers); i++) {
		if (readers[i](s, out)) {
			return;
		}
	}
}
