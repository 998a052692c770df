/* SPDX-License-Identifier: Apache-2.0 */
#include "fact/event.h"

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
