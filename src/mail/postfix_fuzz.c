/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a log line, and as a reason. */

#include "mail/postfix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv text = sv_make((const char *)data, size);
	struct syslog_head head;
	struct postfix_line line;
	struct postfix_reason reason;
	struct sv instance = { 0 };

	if (syslog_head_take(text, &head)) {
		postfix_line_read(postfix_daemon_of(head.tag, &instance), head.message, &line);
		postfix_reason_read(line.reason, &reason);
	}
	for (int d = POSTFIX_SMTP; d <= POSTFIX_PICKUP; d += 3) {
		postfix_line_read((enum postfix_daemon)d, text, &line);
	}
	postfix_reason_read(text, &reason);
	return 0;
}
