/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a datagram: views stay inside, and what is taken is one line that is read back alike. */

#include "base/err.h"
#include "mail/postfix.h"
#include "mail/syslog_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_within(struct sv all, struct sv part)
{
	check(part.n == 0 || (part.p >= all.p && part.p + part.n <= all.p + all.n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv s = sv_make((const char *)data, size);
	struct syslog_message m;
	struct syslog_head h;
	struct buf line;

	if (!syslog_message_read(s, &m)) {
		return 0;
	}
	check(m.facility <= SYSLOG_FACILITY_NONE && m.tag.n > 0);
	is_within(s, m.stamp);
	is_within(s, m.host);
	is_within(s, m.tag);
	is_within(s, m.pid);
	is_within(s, m.text);
	buf_init(&line, 0);
	syslog_message_line(&m, SV("2026-11-28T10:00:00+00:00"), SV("mx"), &line);
	check(sv_chr(buf_view(&line), '\n') == (ptrdiff_t)line.n - 1);
	check(syslog_head_take(sv_head(buf_view(&line), line.n - 1), &h));
	check(h.host.n > 0 && h.message.n == m.text.n);
	buf_done(&line);
	return 0;
}
