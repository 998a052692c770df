/* SPDX-License-Identifier: Apache-2.0 */

/* The grammar of section 12, term by term. */

#include "auth/spf_private.h"
#include "base/err.h"
#include "base/num.h"

struct shape {
	struct sv name;
	enum spf_kind kind;
	bool domain, domain_needed, prefix;
};

static const struct shape shapes[] = {
	{ SV_INIT("all"), SPF_ALL, false, false, false },
	{ SV_INIT("include"), SPF_INCLUDE, true, true, false },
	{ SV_INIT("a"), SPF_A, true, false, true },
	{ SV_INIT("mx"), SPF_MX, true, false, true },
	{ SV_INIT("ptr"), SPF_PTR, true, false, false },
	{ SV_INIT("ip4"), SPF_IP4, false, false, false },
	{ SV_INIT("ip6"), SPF_IP6, false, false, false },
	{ SV_INIT("exists"), SPF_EXISTS, true, true, false },
};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

bool
spf_is_record(struct sv text)
{
	return sv_istarts(text, SV("v=spf1")) && (text.n == 6 || text.p[6] == ' ');
}

bool
spf_term_asks(const struct spf_term *t)
{
	static const bool asks[] = { [SPF_INCLUDE] = true,
		[SPF_A] = true,
		[SPF_MX] = true,
		[SPF_PTR] = true,
		[SPF_EXISTS] = true,
		[SPF_REDIRECT] = true,
		[SPF_OTHER] = false };

	return asks[t->kind];
}

const char *
spf_result_name(enum spf_result r)
{
	static const char *const names[] = { "none", "neutral", "pass", "fail", "softfail",
		"temperror", "permerror", "pending" };

	check(r <= SPF_PENDING);
	return names[r];
}

/* Takes "/24" off the end of *s; `slashes` of them stand before the digits.  False: a number
 * that cannot be; nothing there leaves *bits alone. */
static bool
drop_prefix(struct sv *s, size_t slashes, unsigned max, unsigned *bits)
{
	size_t n = s->n;
	struct sv digits;
	uint32_t v;

	while (n > 0 && char_is_digit(s->p[n - 1])) {
		n--;
	}
	if (n == s->n || n < slashes || s->p[n - 1] != '/' ||
	    (slashes == 2 && s->p[n - 2] != '/')) {
		return true;
	}
	digits = sv_from_at(*s, n);
	if ((digits.n > 1 && digits.p[0] == '0') || !num_u32(digits, max, &v)) {
		return false;
	}
	*bits = v;
	*s = sv_head(*s, n - slashes);
	return true;
}

static const char *
read_network(struct sv arg, struct spf_term *t)
{
	bool four = t->kind == SPF_IP4;
	struct ip ip;
	unsigned *bits = four ? &t->bits4 : &t->bits6;

	if (!drop_prefix(&arg, 1, four ? 32 : 128, bits)) {
		return "a prefix length that cannot be";
	}
	/* ::ffff:192.0.2.1 is read as IPv4; in ip6: it stays what it is, and matches nobody. */
	if (!ip_read(arg, &ip) || (four && (ip.n != 4 || sv_chr(arg, ':') >= 0)) ||
	    (!four && sv_chr(arg, ':') < 0)) {
		return four ? "expected an IPv4 address here" : "expected an IPv6 address here";
	}
	if (!four && ip.n == 4) {
		memcpy(t->ip + 12, ip.b, 4);
		t->ip[10] = t->ip[11] = 0xff;
	} else {
		memcpy(t->ip, ip.b, ip.n);
	}
	return NULL;
}

static const char *
read_mechanism(struct sv s, struct spf_term *t)
{
	const struct shape *shape = NULL;
	struct sv name;
	size_t n = 0;

	if (s.n > 0 && strchr("+-~?", s.p[0]) != NULL && s.p[0] != '\0') {
		t->qualifier = s.p[0];
		s = sv_from_at(s, 1);
	}
	while (n < s.n && char_is_alnum(s.p[n])) {
		n++;
	}
	name = sv_head(s, n);
	s = sv_from_at(s, n);
	for (size_t i = 0; i < N_SHAPES && shape == NULL; i++) {
		shape = sv_ieq(name, shapes[i].name) ? &shapes[i] : NULL;
	}
	if (shape == NULL) {
		return "no such mechanism";
	}
	t->kind = shape->kind;
	if (t->kind == SPF_IP4 || t->kind == SPF_IP6) {
		return sv_take(&s, SV(":")) ? read_network(s, t) : "an address is missing";
	}
	if (shape->prefix &&
	    (!drop_prefix(&s, 2, 128, &t->bits6) || !drop_prefix(&s, 1, 32, &t->bits4))) {
		return "a prefix length that cannot be";
	}
	if (s.n == 0) {
		return shape->domain_needed ? "a domain is missing" : NULL;
	}
	if (!shape->domain || !sv_take(&s, SV(":"))) {
		return "nothing may stand behind this mechanism";
	}
	t->domain = s;
	return spf_domain_is_valid(s) ? NULL : "no domain that SPF can use";
}

/* name "=" ...: the length of the name, 0 if it is no modifier. */
static size_t
modifier_name(struct sv s)
{
	size_t n = 0;

	if (s.n == 0 || !char_is_alpha(s.p[0])) {
		return 0;
	}
	while (
	    n < s.n && (char_is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '_' || s.p[n] == '.')) {
		n++;
	}
	return n < s.n && s.p[n] == '=' ? n : 0;
}

static const char *
read_modifier(struct sv name, struct sv value, struct spf_record *r, struct spf_term *t)
{
	const struct spf_term **once = NULL;

	t->kind = SPF_OTHER;
	if (sv_ieq(name, SV("redirect"))) {
		t->kind = SPF_REDIRECT;
		once = &r->redirect;
	} else if (sv_ieq(name, SV("exp"))) {
		t->kind = SPF_EXP;
		once = &r->exp;
	}
	if (once == NULL) {
		return spf_macro_is_valid(value, false) ? NULL : "a macro in it is wrong";
	}
	if (*once != NULL) {
		return "this modifier may stand only once";
	}
	*once = t;
	t->domain = value;
	return spf_domain_is_valid(value) ? NULL : "no domain that SPF can use";
}

static const char *
read_term(struct sv word, struct spf_record *r, struct spf_term *t)
{
	size_t n = modifier_name(word);
	const char *fault;

	*t = (struct spf_term){ .text = word, .qualifier = '+', .bits4 = 32, .bits6 = 128 };
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] <= ' ' || word.p[i] >= 0x7f) {
			return "a byte that is no visible ASCII character";
		}
	}
	if (n > 0) {
		return read_modifier(sv_head(word, n), sv_from_at(word, n + 1), r, t);
	}
	fault = read_mechanism(word, t);
	if (fault == NULL && t->kind == SPF_ALL && r->all == NULL) {
		r->all = t;
	}
	return fault;
}

bool
spf_term_is_idle(const struct spf_record *r, const struct spf_term *t)
{
	return r->all != NULL && t != r->all &&
	       (t->kind == SPF_REDIRECT || (t->kind < SPF_REDIRECT && t > r->all));
}

bool
spf_term_is_repeated(const struct spf_record *r, const struct spf_term *t)
{
	for (const struct spf_term *o = r->terms; o < t; o++) {
		if (sv_ieq(o->text, t->text)) {
			return true;
		}
	}
	return false;
}

bool
spf_record_read(struct sv text, struct arena *arena, struct spf_record *out)
{
	struct sv rest = sv_from_at(text, 6);
	size_t words = 0;

	*out = (struct spf_record){ 0 };
	check(spf_is_record(text));
	for (size_t i = 0; i < rest.n; i++) {
		words += rest.p[i] == ' ' && i + 1 < rest.n && rest.p[i + 1] != ' ';
	}
	out->terms = arena_alloc(arena, (words + 1) * sizeof(*out->terms));
	if (words > SPF_TERMS_MAX || out->terms == NULL) {
		out->fault = "more terms than anybody will evaluate";
		out->fault_at = sv_head(text, 40);
		return false;
	}
	while (rest.n > 0) {
		struct sv word;

		if (!sv_cut(&rest, ' ', &word)) {
			word = rest;
			rest = (struct sv){ 0 };
		}
		if (word.n == 0) {
			continue;
		}
		out->fault = read_term(word, out, &out->terms[out->n]);
		if (out->fault != NULL) {
			out->fault_at = word;
			return false;
		}
		out->n++;
	}
	return true;
}

enum spf_result
spf_find(struct book *book, struct sv domain, struct sv *text_out, const char **reason_out)
{
	const struct dns_answer *a = book_ask(book, DNS_TXT, domain);
	size_t found = 0;

	*reason_out = NULL;
	if (a == NULL) {
		return SPF_PENDING;
	}
	if (dns_is_unknown(a)) {
		*reason_out = a->reason;
		return SPF_TEMPERROR;
	}
	for (size_t i = 0; i < a->n; i++) {
		if (spf_is_record(a->records[i].data)) {
			*text_out = a->records[i].data;
			found++;
		}
	}
	if (found == 0 && a->cut) {
		*reason_out = "more TXT records than are read";
		return SPF_TEMPERROR;
	}
	if (found == 0) {
		*reason_out = a->status == DNS_NO_NAME ? "no such name" : "no SPF record";
		return SPF_NONE;
	}
	if (found > 1) {
		*reason_out = "more than one SPF record";
		return SPF_PERMERROR;
	}
	return SPF_PASS;
}
