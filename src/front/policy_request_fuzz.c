/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a stream of requests: views stay inside and hold no line end. */

#include "base/err.h"
#include "front/policy_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
sound(struct sv all, struct sv s)
{
	check(s.n == 0 || (s.p >= all.p && s.p + s.n <= all.p + all.n));
	check(sv_chr(s, '\n') < 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv all = sv_make((const char *)data, size);
	struct sv s = all;
	struct policy_request r;
	struct buf out;

	buf_init(&out, 0);
	for (;;) {
		size_t before = s.n;
		enum taken t = policy_request_take(&s, &r);
		struct sv answer;

		if (t != TAKEN_ONE) {
			check(s.n == before);
			check(t != TAKEN_MORE || s.n < POLICY_REQUEST_MAX);
			break;
		}
		check(s.n < before && before - s.n <= POLICY_REQUEST_MAX);
		sound(all, r.request);
		sound(all, r.sender);
		sound(all, r.recipient);
		sound(all, r.sasl_username);
		buf_clear(&out);
		policy_answer(&out, r.recipient);
		answer = buf_view(&out);
		check(sv_ends(answer, SV("\n\n")) && sv_chr(answer, '\n') == (ptrdiff_t)out.n - 2);
	}
	buf_done(&out);
	return 0;
}
