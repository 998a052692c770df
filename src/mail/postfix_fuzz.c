/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as log lines: whatever is taken out of a line must lie inside it. */

#include "base/err.h"
#include "mail/postfix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct sv part, struct sv whole)
{
	check(part.n <= whole.n);
	if (part.n > 0) {
		check(part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
	}
}

static void
read_reason(struct sv text)
{
	struct postfix_reason r;

	postfix_reason_read(text, &r);
	inside(r.host, text);
	inside(r.ip, text);
	inside(r.reply, text);
	check(postfix_saw_name(r.saw) != NULL && smtp_stage_name(r.stage) != NULL);
}

static void
read_message(enum postfix_daemon daemon, struct sv message)
{
	struct postfix_line line;

	postfix_line_read(daemon, message, &line);
	check(line.daemon == daemon && line.kind <= POSTFIX_TROUBLE);
	check(line.delay_us >= -1 && line.relay_port <= 65535);
	inside(line.queue_id, message);
	inside(line.recipient, message);
	inside(line.orig_to, message);
	inside(line.sender, message);
	inside(line.message_id, message);
	inside(line.relay, message);
	inside(line.relay_host, line.relay);
	inside(line.relay_ip, line.relay);
	inside(line.reason, message);
	inside(line.other_id, message);
	check((line.kind == POSTFIX_DELIVERY) <= (line.outcome != POSTFIX_OUTCOME_NONE));
	for (int i = 0; i < 4; i++) {
		check(line.delays_us[i] >= -1);
	}
	read_reason(line.reason);
}

static void
read_line(struct sv line)
{
	struct syslog_head h;
	struct sv instance = { 0 };

	for (int d = POSTFIX_DAEMON_NONE; d <= POSTFIX_DAEMON_OTHER; d++) {
		read_message((enum postfix_daemon)d, line);
	}
	read_reason(line);
	if (!syslog_head_take(line, &h)) {
		return;
	}
	inside(h.host, line);
	inside(h.tag, line);
	inside(h.message, line);
	check(h.month >= 1 && h.month <= 12);
	read_message(postfix_daemon_of(h.tag, &instance), h.message);
	inside(instance, h.tag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv rest = sv_make((const char *)data, size);
	struct sv line;

	while (sv_cut(&rest, '\n', &line)) {
		read_line(line);
	}
	read_line(rest);
	return 0;
}
