/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a packed answer; what is read packs to the same. */

#include "base/err.h"
#include "dns/answer_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)1 << 22);
	struct sv in = sv_make((const char *)data, size);
	struct dns_answer a;
	struct buf out;

	buf_init(&out, 0);
	if (dns_answer_unpack(in, arena, &a)) {
		dns_answer_pack(&a, &out);
		check(sv_eq(buf_view(&out), in));
	} else {
		check(a.status == DNS_BROKEN && a.n == 0 && a.reason != NULL);
	}
	buf_done(&out);
	arena_free(&arena);
	return 0;
}
