/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a reply: what patterns see stays within its limit and can be read again. */

#include "base/err.h"
#include "mail/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply r;
	struct buf b;

	buf_init(&b, 0);
	reply_read(sv_make((const char *)data, size), &r);
	reply_normalise(&r, &b);
	check(b.n <= REPLY_TEXT_MAX + 64);
	reply_template(&r, &b);
	buf_done(&b);
	return 0;
}
