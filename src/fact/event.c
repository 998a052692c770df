/* SPDX-License-Identifier: Apache-2.0 */
#include "fact/event.h"

#include <string.h>

const char *
event_kind_name(enum event_kind k)
{
	static const char *const names[] = { "accepted", "deferred", "rejected", "expired",
		"returned", "complained", "unsubscribed" };

	return names[k];
}

struct sv
address_domain(struct sv address)
{
	ptrdiff_t at = sv_rfind(address, SV("@"));

	return at < 0 ? (struct sv){ 0 } : sv_from_at(address, (size_t)at + 1);
}

void
address_mask(struct sv address, struct buf *out)
{
	ptrdiff_t at = sv_rfind(address, SV("@"));
	struct sv local = at < 0 ? address : sv_head(address, (size_t)at);
	size_t keep = utf8_len(local);

	/* Whole characters only, and never the whole local part. */
	keep += utf8_len(sv_from_at(local, keep));
	if (keep >= local.n) {
		keep = utf8_len(local) < local.n ? utf8_len(local) : 0;
	}
	buf_printable(out, sv_head(local, keep), 0);
	buf_str(out, "***");
	if (at >= 0) {
		buf_printable(out, sv_from_at(address, (size_t)at), 0);
	}
}

void
addresses_mask(struct sv s, struct buf *out)
{
	while (s.n > 0) {
		ptrdiff_t at = sv_chr(s, '@');
		size_t from;
		size_t to;

		if (at < 0) {
			break;
		}
		from = (size_t)at;
		to = (size_t)at + 1;
		while (from > 0 &&
		       (char_is_alnum(s.p[from - 1]) || (unsigned char)s.p[from - 1] >= 0x80 ||
			   strchr("!#$%&'*+-/=?^_`{|}~.", s.p[from - 1]) != NULL)) {
			from--;
		}
		while (to < s.n && (char_is_alnum(s.p[to]) || s.p[to] == '-' || s.p[to] == '.')) {
			to++;
		}
		buf_sv(out, sv_head(s, from));
		if (from < (size_t)at && to > (size_t)at + 1) {
			address_mask(sv_make(s.p + from, to - from), out);
		} else {
			buf_sv(out, sv_make(s.p + from, to - from));
		}
		s = sv_from_at(s, to);
	}
	buf_sv(out, s);
}
