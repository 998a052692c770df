/* SPDX-License-Identifier: Apache-2.0 */
#include "front/socketmap.h"

#include "base/num.h"

/* "16384:" at most: so many bytes tell whether a length follows. */
#define LENGTH_DIGITS 5

/* The length and its colon off the front of *s. */
static enum taken
take_length(struct sv *s, size_t *n_out)
{
	struct sv digits;
	struct sv t = *s;
	uint64_t n;
	size_t i = 0;

	while (i < t.n && char_is_digit(t.p[i])) {
		i++;
	}
	if (i > LENGTH_DIGITS) {
		return TAKEN_TOO_BIG;
	}
	if (i == t.n) {
		return t.n > 1 && t.p[0] == '0' ? TAKEN_BAD : TAKEN_MORE;
	}
	if (!sv_cut(&t, ':', &digits) || digits.n != i || i == 0 || (i > 1 && digits.p[0] == '0') ||
	    !num_u64(digits, UINT32_MAX, &n)) {
		return TAKEN_BAD;
	}
	if (n > SOCKETMAP_KEY_MAX) {
		return TAKEN_TOO_BIG;
	}
	*n_out = (size_t)n;
	*s = t;
	return TAKEN_ONE;
}

enum taken
socketmap_take(struct sv *in, struct socketmap_request *out)
{
	struct sv s = *in;
	struct sv body;
	size_t n = 0;
	enum taken t = take_length(&s, &n);

	if (t != TAKEN_ONE) {
		return t;
	}
	if (s.n < n + 1) {
		return TAKEN_MORE;
	}
	if (s.p[n] != ',') {
		return TAKEN_BAD;
	}
	body = sv_head(s, n);
	out->map = body;
	out->key = (struct sv){ 0 };
	if (sv_cut(&body, ' ', &out->map)) {
		out->key = body;
	}
	*in = sv_from_at(s, n + 1);
	return TAKEN_ONE;
}

void
socketmap_ok(struct buf *out, struct sv data)
{
	static const struct sv head = SV_INIT("OK ");

	data = sv_head(data, SOCKETMAP_ANSWER_MAX - head.n);
	buf_fmt(out, "%zu:", head.n + data.n);
	buf_sv(out, head);
	buf_sv(out, data);
	buf_char(out, ',');
}

void
socketmap_not_found(struct buf *out)
{
	buf_str(out, "9:NOTFOUND ,");
}
