/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a reply: views stay inside, and the normalised text keeps its promises. */

#include "base/err.h"
#include "mail/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_normal(struct sv s)
{
	check(s.n <= REPLY_TEXT_MAX);
	for (size_t i = 0; i < s.n; i++) {
		check((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f);
		check(s.p[i] != ' ' || (i > 0 && i + 1 < s.n && s.p[i - 1] != ' '));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv s = sv_make((const char *)data, size);
	struct reply r;
	struct buf text;
	struct buf shape;

	reply_read(s, &r);
	check(r.code == 0 || (r.code >= 200 && r.code <= 599));
	check(r.text.n <= s.n);
	check(r.text.n == 0 || (r.text.p >= s.p && r.text.p + r.text.n <= s.p + s.n));
	buf_init(&text, 0);
	buf_init(&shape, 0);
	reply_normalise(&r, &text);
	is_normal(buf_view(&text));
	reply_template(&r, &shape);
	check(shape.n <= 4 * text.n); /* a byte becomes at most \xNN */
	buf_done(&text);
	buf_done(&shape);
	return 0;
}
