/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pause.h"

void
pause_greet(struct buf *out)
{
	buf_str(out, "220 carom LMTP: paused providers' mail waits here\r\n");
}

/* "RCPT TO:<a@b> ..." */
static struct sv
recipient_of(struct sv line)
{
	struct sv head;
	struct sv address;

	return sv_cut(&line, '<', &head) && sv_cut(&line, '>', &address) ? address
									 : (struct sv){ 0 };
}

static void
defer(const struct answers *a, uint32_t now_s, struct sv line, struct buf *out)
{
	struct sv address = recipient_of(line);
	ptrdiff_t at = sv_rfind(address, SV("@"));
	const struct answer_pause *p =
	    at < 0 ? NULL : answers_pause(a, sv_from_at(address, (size_t)at + 1), now_s);

	if (p == NULL) {
		buf_str(
		    out, "450 4.7.0 carom waited; the next attempt goes through [carom:p0]\r\n");
		return;
	}
	buf_str(out, "450 4.7.0 carom waits: ");
	buf_printable(out, answers_text(a, p->reason), 300);
	buf_fmt(out, " [carom:p%llu]\r\n", (unsigned long long)p->id);
}

enum taken
pause_take(const struct answers *a, uint32_t now_s, struct sv *in, struct buf *out)
{
	static const struct {
		struct sv verb, answer;
	} verbs[] = {
		{ SV_INIT("LHLO"), SV_INIT("250-carom\r\n250 ENHANCEDSTATUSCODES\r\n") },
		{ SV_INIT("MAIL"), SV_INIT("250 2.1.0 ok\r\n") },
		{ SV_INIT("RSET"), SV_INIT("250 2.0.0 ok\r\n") },
		{ SV_INIT("NOOP"), SV_INIT("250 2.0.0 ok\r\n") },
		{ SV_INIT("DATA"), SV_INIT("503 5.5.1 no recipient was taken\r\n") },
	};
	struct sv s = *in;
	struct sv line;

	if (!sv_cut(&s, '\n', &line)) {
		return in->n > PAUSE_LINE_MAX ? TAKEN_TOO_BIG : TAKEN_MORE;
	}
	if (line.n > PAUSE_LINE_MAX) {
		return TAKEN_TOO_BIG;
	}
	*in = s;
	if (sv_istarts(line, SV("RCPT"))) {
		defer(a, now_s, line, out);
		return TAKEN_ONE;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (sv_istarts(line, verbs[i].verb)) {
			buf_sv(out, verbs[i].answer);
			return TAKEN_ONE;
		}
	}
	buf_str(out,
	    sv_istarts(line, SV("QUIT")) ? "221 2.0.0 bye\r\n" : "500 5.5.2 unknown command\r\n");
	return sv_istarts(line, SV("QUIT")) ? TAKEN_LAST : TAKEN_ONE;
}
