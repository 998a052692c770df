/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as lines: each is answered by lines of its own, and it goes on or ends. */

#include "base/err.h"
#include "front/pause.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv s = sv_make((const char *)data, size);
	struct answers a;
	struct buf out;

	answers_init(&a);
	buf_init(&out, 0);
	for (;;) {
		size_t before = s.n;
		enum taken t = pause_take(&a, 1, &s, &out);

		if (t != TAKEN_ONE) {
			check(t == TAKEN_LAST || s.n == before);
			break;
		}
		check(s.n < before && sv_ends(buf_view(&out), SV("\r\n")));
		buf_clear(&out);
	}
	buf_done(&out);
	answers_done(&a);
	return 0;
}
