/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/dmarc.h"
#include "auth/tags.h"
#include "base/err.h"
#include "base/num.h"

struct reading {
	struct dmarc_record *r;
	bool fo;
};

static void
flaw(struct dmarc_record *r, enum dmarc_flaw what, struct sv text)
{
	if (r->flaws == 0) {
		r->flaw_text = text;
	}
	r->flaws |= (unsigned)what;
}

bool
dmarc_is_record(struct sv text)
{
	struct tag t;

	return tags_next(&text, &t) && sv_ieq(t.name, SV("v")) && sv_eq(t.value, SV("DMARC1"));
}

static enum dmarc_policy
read_policy(struct sv v)
{
	return sv_ieq(v, SV("none"))         ? DMARC_NONE
	       : sv_ieq(v, SV("quarantine")) ? DMARC_QUARANTINE
	       : sv_ieq(v, SV("reject"))     ? DMARC_REJECT
					     : DMARC_INVALID;
}

const char *
dmarc_policy_name(enum dmarc_policy p)
{
	static const char *const names[] = { "absent", "none", "quarantine", "reject", "invalid" };

	check(p <= DMARC_INVALID);
	return names[p];
}

enum dmarc_policy
dmarc_milder(enum dmarc_policy p)
{
	return p == DMARC_REJECT ? DMARC_QUARANTINE : p == DMARC_QUARANTINE ? DMARC_NONE : p;
}

/* ---- report addresses ---- */

/* "!10m" behind an address is gone since RFC 9989. */
static struct sv
without_size(struct sv uri, bool *had_out)
{
	ptrdiff_t bang = sv_rfind(uri, SV("!"));

	*had_out = bang >= 0 && (size_t)bang + 1 < uri.n && char_is_digit(uri.p[bang + 1]);
	return *had_out ? sv_head(uri, (size_t)bang) : uri;
}

static bool
is_uri(struct sv s)
{
	ptrdiff_t colon = sv_chr(s, ':');

	if (colon < 1 || (size_t)colon + 1 >= s.n || !char_is_alpha(s.p[0])) {
		return false;
	}
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f) {
			return false;
		}
	}
	return true;
}

static bool
take_uri(struct sv text, struct dmarc_uri *out, bool *sized_out)
{
	struct sv rest = without_size(text, sized_out);
	struct sv address;
	ptrdiff_t at;

	*out = (struct dmarc_uri){ .text = rest };
	if (!is_uri(rest)) {
		return false;
	}
	if (!sv_istarts(rest, SV("mailto:"))) {
		return true;
	}
	address = sv_from_at(rest, 7);
	if (sv_chr(address, '?') >= 0) {
		address = sv_head(address, (size_t)sv_chr(address, '?'));
	}
	at = sv_rfind(address, SV("@"));
	out->host = sv_from_at(address, (size_t)(at + 1));
	return at > 0 && name_is_valid(out->host);
}

static size_t
read_uris(struct sv list, struct dmarc_uri *uris, struct dmarc_record *r)
{
	size_t n = 0;

	while (list.n > 0) {
		struct dmarc_uri uri;
		struct sv part;
		bool sized;

		if (!sv_cut(&list, ',', &part)) {
			part = list;
			list = (struct sv){ 0 };
		}
		part = sv_trim(part);
		if (!take_uri(part, &uri, &sized)) {
			flaw(r, DMARC_BAD_URI, part);
			continue;
		}
		if (sized) {
			flaw(r, DMARC_OLD_SIZE, part);
		}
		if (n < DMARC_URIS_MAX) {
			uris[n++] = uri;
		}
	}
	if (n == 0) {
		flaw(r, DMARC_BAD_URI, SV("no address"));
	}
	return n;
}

/* ---- tags ---- */

static bool
fo_is_valid(struct sv v)
{
	unsigned seen = 0;

	while (v.n > 0) {
		struct sv part;
		const char *at;
		unsigned bit;

		if (!sv_cut(&v, ':', &part)) {
			part = v;
			v = (struct sv){ 0 };
		}
		part = sv_trim(part);
		at = part.n == 1 && part.p[0] != '\0' ? strchr("01dsDS", part.p[0]) : NULL;
		if (at == NULL) {
			return false;
		}
		/* "0" and "1" exclude each other; each letter once. */
		bit = at[0] <= '1' ? 1 : char_lower(at[0]) == 'd' ? 2 : 4;
		if ((seen & bit) != 0) {
			return false;
		}
		seen |= bit;
	}
	return seen != 0;
}

static char
letter(struct dmarc_record *r, const struct tag *t, const char *allowed, char otherwise)
{
	char c = t->value.n == 1 ? char_lower(t->value.p[0]) : '\0';

	if (c != '\0' && strchr(allowed, c) != NULL) {
		return c;
	}
	flaw(r, DMARC_BAD_VALUE, t->value);
	return otherwise;
}

static void
read_request(
    struct dmarc_record *r, const struct tag *t, enum dmarc_policy *to, enum dmarc_flaw bad)
{
	*to = read_policy(t->value);
	if (*to == DMARC_INVALID) {
		flaw(r, bad, t->value);
	}
}

enum known {
	TAG_V,
	TAG_P,
	TAG_SP,
	TAG_NP,
	TAG_ADKIM,
	TAG_ASPF,
	TAG_PSD,
	TAG_T,
	TAG_FO,
	TAG_RUA,
	TAG_RUF,
	TAG_PCT,
	TAG_RF,
	TAG_RI,
	N_KNOWN
};

static enum known
find_tag(struct sv name)
{
	static const char *const names[N_KNOWN] = { "v", "p", "sp", "np", "adkim", "aspf", "psd",
		"t", "fo", "rua", "ruf", "pct", "rf", "ri" };
	unsigned k = 0;

	while (k < N_KNOWN && !sv_ieq(name, sv_from(names[k]))) {
		k++;
	}
	return (enum known)k;
}

static void
read_tag(struct reading *in, const struct tag *t, enum known known)
{
	struct dmarc_record *r = in->r;

	switch (known) {
	case TAG_P:
		read_request(r, t, &r->p, DMARC_BAD_P);
		break;
	case TAG_SP:
		read_request(r, t, &r->sp, DMARC_BAD_SP);
		break;
	case TAG_NP:
		read_request(r, t, &r->np, DMARC_BAD_NP);
		break;
	case TAG_ADKIM:
		r->adkim = letter(r, t, "rs", 'r');
		break;
	case TAG_ASPF:
		r->aspf = letter(r, t, "rs", 'r');
		break;
	case TAG_PSD:
		r->psd = letter(r, t, "ynu", 'u');
		break;
	case TAG_T:
		r->testing = letter(r, t, "yn", 'n') == 'y';
		break;
	case TAG_FO:
		in->fo = true;
		if (!fo_is_valid(t->value)) {
			flaw(r, DMARC_BAD_VALUE, t->value);
		}
		break;
	case TAG_RUA:
		r->n_rua = read_uris(t->value, r->rua, r);
		break;
	case TAG_RUF:
		r->n_ruf = read_uris(t->value, r->ruf, r);
		break;
	case TAG_PCT:
		flaw(r, DMARC_OLD_PCT, t->value);
		if (!num_u32(t->value, 100, &r->pct)) {
			flaw(r, DMARC_BAD_VALUE, t->value);
		}
		break;
	case TAG_RF:
		flaw(r, DMARC_OLD_RF, t->value);
		break;
	case TAG_RI:
		flaw(r, DMARC_OLD_RI, t->value);
		break;
	case TAG_V:
		break;
	case N_KNOWN:
		flaw(r, DMARC_UNKNOWN_TAG, t->name);
		break;
	}
}

void
dmarc_record_read(struct sv text, struct dmarc_record *out)
{
	struct reading in = { .r = out };
	unsigned seen = 0;
	struct tag t;

	*out = (struct dmarc_record){
		.text = text, .adkim = 'r', .aspf = 'r', .psd = 'u', .pct = 100
	};
	for (unsigned place = 0; tags_next(&text, &t); place++) {
		enum known known = find_tag(t.name);

		if (t.name.n == 0) {
			flaw(out, DMARC_NO_TAG, t.value);
			continue;
		}
		if (known != N_KNOWN && (seen & 1U << known) != 0) {
			flaw(out, DMARC_TWICE, t.name); /* the first one holds */
			continue;
		}
		if (known == TAG_P && place != 1) {
			flaw(out, DMARC_P_LATE, t.name);
		}
		seen |= 1U << known;
		read_tag(&in, &t, known);
	}
	if (out->p == DMARC_ABSENT) {
		flaw(out, DMARC_NO_P, (struct sv){ 0 });
	}
	if (in.fo && (seen & 1U << TAG_RUF) == 0) {
		flaw(out, DMARC_FO_ALONE, SV("fo"));
	}
}

enum dmarc_policy
dmarc_policy_for(const struct dmarc_record *r, bool subdomain, bool exists, const char **tag_out)
{
	*tag_out = "p";
	if ((r->flaws & (DMARC_NO_P | DMARC_BAD_P | DMARC_BAD_SP | DMARC_BAD_NP)) != 0) {
		return r->n_rua > 0 ? DMARC_NONE : DMARC_ABSENT;
	}
	if (subdomain && !exists && r->np != DMARC_ABSENT) {
		*tag_out = "np";
		return r->np;
	}
	if (subdomain && r->sp != DMARC_ABSENT) {
		*tag_out = "sp";
		return r->sp;
	}
	return r->p;
}
