/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"
#include "mail/batv.h"

/* Return paths that carry the recipient (VERP, and its kin), and those that are signed. */

bool
bounce_is_name(struct sv s, const char *more)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!char_is_alnum(s.p[i]) && strchr(more, s.p[i]) == NULL) {
			return false;
		}
	}
	return s.n > 0;
}

struct sv
address_join(struct arena *arena, struct sv local, struct sv domain)
{
	char *p = arena_alloc(arena, local.n + 1 + domain.n);

	if (p == NULL || local.p == NULL || domain.p == NULL || local.n == 0 || domain.n == 0) {
		return (struct sv){ 0 };
	}
	memcpy(p, local.p, local.n);
	p[local.n] = '@';
	memcpy(p + local.n + 1, domain.p, domain.n);
	return sv_make(p, local.n + 1 + domain.n);
}

/* Where the user part begins: behind the last '+' or '=', else behind the first '-', and behind
 * what are only numbers: "bounces-17-user". */
static size_t
user_start(struct sv local)
{
	size_t from = 0;
	bool dash = false;

	for (size_t i = 0; local.p != NULL && i < local.n; i++) {
		size_t digits = from;

		while (digits < i && char_is_digit(local.p[digits])) {
			digits++;
		}
		if (local.p[i] == '+' || local.p[i] == '=' ||
		    (local.p[i] == '-' && (!dash || (digits == i && i > from)))) {
			dash = dash || local.p[i] == '-';
			from = i + 1;
		}
	}
	return from;
}

/* "bounces+user=example.com@list.example" -> user@example.com; Sympa writes "user==a==example.com". */
struct sv
bounce_path_recipient(struct sv address, struct arena *arena)
{
	ptrdiff_t at = sv_rfind(address, SV("@"));
	struct sv local = at < 0 ? address : sv_head(address, (size_t)at);
	ptrdiff_t sympa = sv_find(local, SV("==a=="));
	ptrdiff_t equals = sympa > 0 ? sympa : local.n == 0 ? -1 : sv_rfind(local, SV("="));
	struct sv domain;
	struct sv user;

	if (equals <= 0) {
		return (struct sv){ 0 };
	}
	domain = sv_from_at(local, (size_t)equals + (sympa > 0 ? 5 : 1));
	user = sv_head(local, (size_t)equals);
	user = sv_from_at(user, user_start(user));
	return sv_chr(domain, '.') > 0 && bounce_is_name(domain, ".-")
		   ? address_join(arena, user, domain)
		   : (struct sv){ 0 };
}

static bool
is_signed(struct scene *s, struct sv head, struct sv name)
{
	struct sv v;

	if (mime_header(head, name, &v) && batv_is(mime_address(v))) {
		s->out->signed_path = mime_address(v);
		return true;
	}
	return false;
}

/* The mail came to it, or returns a mail that has it. */
void
signed_path_find(struct scene *s)
{
	static const struct sv ours[] = { SV_INIT("X-Original-To"), SV_INIT("Delivered-To"),
		SV_INIT("Envelope-To"), SV_INIT("To") };
	static const struct sv returned[] = { SV_INIT("Return-Path"), SV_INIT("X-Envelope-From") };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (is_signed(s, s->head, ours[i])) {
			return;
		}
	}
	for (size_t i = 0; i < sizeof(returned) / sizeof(returned[0]); i++) {
		if (is_signed(s, s->out->original.head, returned[i])) {
			return;
		}
	}
}
