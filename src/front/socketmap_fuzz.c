/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a stream of requests: views stay inside, and it goes on or ends. */

#include "base/err.h"
#include "front/socketmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct sv all, struct sv s)
{
	check(s.n == 0 || (s.p >= all.p && s.p + s.n <= all.p + all.n));
	check(s.n <= SOCKETMAP_KEY_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv all = sv_make((const char *)data, size);
	struct sv s = all;
	struct socketmap_request r;
	struct buf out;

	buf_init(&out, 0);
	for (;;) {
		size_t before = s.n;
		enum taken t = socketmap_take(&s, &r);
		struct sv again;

		if (t != TAKEN_ONE) {
			check(s.n == before);
			/* What must wait for more is shorter than the longest request. */
			check(t != TAKEN_MORE || s.n < SOCKETMAP_KEY_MAX + 8);
			break;
		}
		check(s.n < before);
		inside(all, r.map);
		inside(all, r.key);
		buf_clear(&out);
		socketmap_ok(&out, r.key);
		again = buf_view(&out);
		if (out.n <= SOCKETMAP_KEY_MAX) { /* an answer has the form of a request */
			check(socketmap_take(&again, &r) == TAKEN_ONE && again.n == 0);
			check(sv_eq(r.map, SV("OK")));
		}
	}
	buf_done(&out);
	return 0;
}
