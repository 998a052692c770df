/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The DMARC record to publish instead: p right behind v, without tags that are gone, unknown,
 * doubled or wrong, with an address for reports.  It asks for nothing stricter than the one that
 * is there, but for names that do not exist.
 */

#include "audit/private.h"
#include "auth/tags.h"

static bool
is_one_of(struct sv value, const char *letters)
{
	return value.n == 1 && sv_chr(sv_from(letters), value.p[0]) >= 0;
}

static bool
is_fo(struct sv value)
{
	while (value.n > 0) {
		struct sv one;

		if (!sv_cut(&value, ':', &one)) {
			one = value;
			value = (struct sv){ 0 };
		}
		if (!is_one_of(sv_trim(one), "01ds")) {
			return false;
		}
	}
	return true;
}

/* Does a tag other than v, p, rua and ruf stay? */
static bool
stays(const struct dmarc_record *r, bool of_org, const struct tag *t)
{
	if (sv_eq(t->name, SV("sp"))) {
		return of_org && r->sp != DMARC_INVALID;
	}
	if (sv_eq(t->name, SV("np"))) {
		return of_org && r->np != DMARC_INVALID;
	}
	if (sv_eq(t->name, SV("adkim")) || sv_eq(t->name, SV("aspf"))) {
		return is_one_of(t->value, "rs");
	}
	if (sv_eq(t->name, SV("psd"))) {
		return is_one_of(t->value, "ynu");
	}
	if (sv_eq(t->name, SV("t"))) {
		return is_one_of(t->value, "yn");
	}
	return sv_eq(t->name, SV("fo")) && r->n_ruf > 0 && is_fo(t->value);
}

static bool
stood_before(struct sv text, const struct tag *t)
{
	struct tag o;

	while (tags_next(&text, &o) && o.value.p != t->value.p) {
		if (sv_eq(o.name, t->name)) {
			return true;
		}
	}
	return false;
}

static void
put_uris(struct buf *b, const char *tag, const struct dmarc_uri *uris, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ptrdiff_t size = sv_chr(uris[i].text, '!'); /* gone since RFC 9989 */

		buf_fmt(b, i == 0 ? "; %s=" : ",", tag);
		buf_sv(b, size < 0 ? uris[i].text : sv_head(uris[i].text, (size_t)size));
	}
}

struct sv
audit_dmarc_record(struct audit_run *run, const struct dmarc_view *v)
{
	const struct dmarc_record *r = &v->record;
	enum dmarc_policy p = r->p == DMARC_ABSENT || r->p == DMARC_INVALID ? DMARC_NONE : r->p;
	bool of_org = sv_ieq(v->domain, v->org);
	struct sv rest = r->text;
	struct sv out;
	struct tag t;
	struct buf b;

	buf_init(&b, 0);
	buf_fmt(&b, "v=DMARC1; p=%s", dmarc_policy_name(p));
	while (tags_next(&rest, &t)) {
		if (stays(r, of_org, &t) && !stood_before(r->text, &t)) {
			buf_fmt(&b, "; %.*s=%.*s", SV_ARG(t.name), SV_ARG(t.value));
		}
	}
	if (of_org && p > DMARC_NONE && r->sp == DMARC_NONE && r->np == DMARC_ABSENT) {
		buf_str(&b, "; np=reject");
	}
	put_uris(&b, "rua", r->rua, r->n_rua);
	if (r->n_rua == 0) {
		buf_fmt(&b, "; rua=mailto:dmarc-reports@%.*s", SV_ARG(v->domain));
	}
	put_uris(&b, "ruf", r->ruf, r->n_ruf);
	out = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	return out;
}
