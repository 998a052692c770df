/* SPDX-License-Identifier: Apache-2.0 */
#include "act/route.h"

#define DOMAIN_MAX 253

static bool
is_domain(struct sv s)
{
	if (s.n == 0 || s.n > DOMAIN_MAX || sv_chr(s, '.') <= 0) {
		return false;
	}
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!char_is_alnum(c) && c != '-' && c != '.' && c != '_') {
			return false;
		}
	}
	return s.p[0] != '-' && s.p[s.n - 1] != '.' && sv_find(s, SV("..")) < 0;
}

bool
route_write(const struct route *r, struct buf *out)
{
	char room[DOMAIN_MAX];

	if (!is_domain(r->domain) ||
	    (r->rung != NULL && r->nexthop.n > 0 && !is_domain(r->nexthop))) {
		return false;
	}
	buf_sv(out, sv_lower(r->domain, room, sizeof(room)));
	if (r->rung == NULL) {
		buf_str(out, " " ROUTE_PAUSE ":unix:");
		buf_sv(out, r->nexthop);
		buf_char(out, '\n');
		return true;
	}
	buf_fmt(out, " %s:", r->rung->transport);
	buf_sv(out, sv_lower(r->nexthop, room, sizeof(room)));
	buf_char(out, '\n');
	return true;
}
