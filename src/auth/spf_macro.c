/* SPDX-License-Identifier: Apache-2.0 */

/* Macros, section 7. */

#include "auth/spf_private.h"
#include "base/civil.h"
#include "base/num.h"

#define EXPANDED_MAX   ((size_t)4096)
#define MACRO_PARTS    128
#define NAME_BYTES_MAX 253

struct macro {
	char letter; /* lower case; '%', '_', '-' for the three short ones */
	bool escape; /* upper case: URL escaped */
	bool reverse;
	uint32_t keep;   /* right-hand parts; 0: all */
	struct sv split; /* delimiters; empty: "." */
};

/* Takes "%{d2r.}" and the like off the front. */
static bool
take_macro(struct sv *s, bool exp, struct macro *out)
{
	struct sv in;
	struct sv rest = *s;
	size_t n = 0;

	*out = (struct macro){ 0 };
	if (rest.n < 2 || rest.p[0] != '%') {
		return false;
	}
	if (rest.p[1] == '%' || rest.p[1] == '_' || rest.p[1] == '-') {
		out->letter = rest.p[1];
		*s = sv_from_at(rest, 2);
		return true;
	}
	rest = sv_from_at(rest, 2);
	if (s->p[1] != '{' || !sv_cut(&rest, '}', &in) || in.n == 0) {
		return false;
	}
	out->letter = char_lower(in.p[0]);
	out->escape = out->letter != in.p[0];
	if (in.p[0] == '\0' || strchr(exp ? "slodiphcrtv" : "slodiphv", out->letter) == NULL) {
		return false;
	}
	in = sv_from_at(in, 1);
	if (in.n > 0 && char_is_digit(in.p[0]) &&
	    (!num_take_u32(&in, UINT32_MAX, &out->keep) || out->keep == 0)) {
		return false;
	}
	if (in.n > 0 && char_lower(in.p[0]) == 'r') {
		out->reverse = true;
		in = sv_from_at(in, 1);
	}
	while (n < in.n && in.p[n] != '\0' && strchr(".-+,/_=", in.p[n]) != NULL) {
		n++;
	}
	out->split = in;
	*s = rest;
	return n == in.n;
}

bool
spf_macro_is_valid(struct sv s, bool exp)
{
	struct macro m;

	while (s.n > 0) {
		if (s.p[0] == '%') {
			if (!take_macro(&s, exp, &m)) {
				return false;
			}
			continue;
		}
		if (s.p[0] < ' ' || s.p[0] >= 0x7f || (s.p[0] == ' ' && !exp)) {
			return false;
		}
		s = sv_from_at(s, 1);
	}
	return true;
}

bool
spf_has_macro(struct sv s)
{
	return sv_chr(s, '%') >= 0;
}

/* toplabel: letters, digits, inner hyphens; not all digits. */
static bool
is_top_label(struct sv s)
{
	bool other = false;

	if (s.n == 0 || !char_is_alnum(s.p[0]) || !char_is_alnum(s.p[s.n - 1])) {
		return false;
	}
	for (size_t i = 0; i < s.n; i++) {
		if (!char_is_alnum(s.p[i]) && s.p[i] != '-') {
			return false;
		}
		other |= !char_is_digit(s.p[i]);
	}
	return other;
}

bool
spf_domain_is_valid(struct sv s)
{
	struct sv rest = s;
	struct sv top = { 0 }; /* what stands behind the last dot outside of macros */
	bool dot = false;
	struct macro m;

	if (s.n == 0 || !spf_macro_is_valid(s, false)) {
		return false;
	}
	while (rest.n > 0) {
		if (rest.p[0] == '%') {
			(void)take_macro(&rest, false, &m);
			dot = false;
			if (rest.n == 0) {
				return true;
			}
			continue;
		}
		if (rest.p[0] == '.' && rest.n > 1) {
			dot = true;
			top = sv_from_at(rest, 1);
		}
		rest = sv_from_at(rest, 1);
	}
	(void)sv_drop_tail(&top, SV("."));
	return dot && is_top_label(top);
}

/* ---- expansion ---- */

/* Dot format, section 7.3; the openspf suite wants the letters large. */
static void
print_ip(const struct ip *ip, struct buf *b)
{
	if (ip->n == 4) {
		ip_print(ip, b);
		return;
	}
	for (unsigned i = 0; i < ip->n; i++) {
		buf_fmt(b, "%s%X.%X", i == 0 ? "" : ".", (unsigned)(ip->b[i] >> 4), ip->b[i] & 15U);
	}
}

/* %{p}: the domain itself, else a name below it, else any; section 7.3. */
static bool
print_client_name(struct spf_run *run, struct sv domain, struct buf *b)
{
	struct spf_names names;
	struct sv best = SV("unknown");
	int rank = 0;

	spf_client_names(run, &names);
	if (names.pending) {
		return false;
	}
	for (size_t i = 0; i < names.n; i++) {
		int r = sv_ieq(names.name[i], domain)           ? 3
			: name_is_within(names.name[i], domain) ? 2
								: 1;

		if (r > rank) {
			rank = r;
			best = names.name[i];
		}
	}
	buf_sv(b, best);
	return true;
}

static bool
print_value(struct spf_run *run, char letter, struct sv domain, struct buf *b)
{
	const struct spf_question *q = run->q;

	switch (letter) {
	case 's':
		buf_sv(b, run->sender);
		return true;
	case 'l':
		buf_sv(b, run->local);
		return true;
	case 'o':
		buf_sv(b, run->sender_domain);
		return true;
	case 'd':
		buf_sv(b, domain);
		return true;
	case 'i':
		print_ip(&q->ip, b);
		return true;
	case 'c':
		ip_print(&q->ip, b);
		return true;
	case 'p':
		return print_client_name(run, domain, b);
	case 'v':
		buf_str(b, q->ip.n == 4 ? "in-addr" : "ip6");
		return true;
	case 'h':
		buf_sv(b, q->helo);
		return true;
	case 'r':
		buf_sv(b, q->receiver.n == 0 ? SV("unknown") : q->receiver);
		return true;
	default: /* t */
		buf_fmt(b, "%lld", (long long)(q->now_us / US_PER_SECOND));
		return true;
	}
}

/* Splits, reverses, keeps the right-hand parts, joins with dots. */
static void
transform(struct sv value, const struct macro *m, struct buf *out)
{
	struct sv parts[MACRO_PARTS];
	struct sv split = m->split.n == 0 ? SV(".") : m->split;
	size_t n = 0;
	size_t start = 0;
	size_t first;

	for (size_t i = 0; i <= value.n && n < MACRO_PARTS; i++) {
		if (i == value.n || sv_chr(split, value.p[i]) >= 0) {
			parts[n++] = sv_make(value.p + start, i - start);
			start = i + 1;
		}
	}
	if (m->reverse) {
		for (size_t i = 0; i < n / 2; i++) {
			struct sv t = parts[i];

			parts[i] = parts[n - 1 - i];
			parts[n - 1 - i] = t;
		}
	}
	first = m->keep != 0 && m->keep < n ? n - m->keep : 0;
	for (size_t i = first; i < n; i++) {
		if (i > first) {
			buf_char(out, '.');
		}
		buf_sv(out, parts[i]);
	}
}

static void
escape_url(struct sv s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (char_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
			buf_char(out, c);
		} else {
			buf_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
		}
	}
}

static bool
expand_macro(struct spf_run *run, const struct macro *m, struct sv domain, struct buf *out)
{
	struct buf value;
	struct buf made;
	bool ok;

	if (m->letter == '%' || m->letter == '_' || m->letter == '-') {
		buf_str(out, m->letter == '%' ? "%" : m->letter == '_' ? " " : "%20");
		return true;
	}
	buf_init(&value, EXPANDED_MAX);
	buf_init(&made, EXPANDED_MAX);
	ok = print_value(run, m->letter, domain, &value);
	if (m->reverse || m->keep != 0 || m->split.n != 0) {
		transform(buf_view(&value), m, &made);
	} else {
		buf_sv(&made, buf_view(&value));
	}
	if (m->escape) {
		escape_url(buf_view(&made), out);
	} else {
		buf_sv(out, buf_view(&made));
	}
	buf_done(&value);
	buf_done(&made);
	return ok;
}

bool
spf_expand(struct spf_run *run, struct sv s, struct sv domain, struct buf *out)
{
	struct macro m;

	while (s.n > 0) {
		if (s.p[0] != '%') {
			buf_char(out, s.p[0]);
			s = sv_from_at(s, 1);
			continue;
		}
		if (!take_macro(&s, true, &m)) {
			return true; /* the caller has checked: this cannot be */
		}
		if (!expand_macro(run, &m, domain, out)) {
			return false;
		}
	}
	return true;
}

bool
spf_expand_name(struct spf_run *run, struct sv s, struct sv domain, struct sv *out)
{
	struct buf b;
	struct sv name;
	bool ok;

	if (!spf_has_macro(s)) {
		(void)sv_drop_tail(&s, SV("."));
		*out = s;
		return true;
	}
	buf_init(&b, EXPANDED_MAX);
	ok = spf_expand(run, s, domain, &b);
	name = buf_view(&b);
	(void)sv_drop_tail(&name, SV("."));
	while (name.n > NAME_BYTES_MAX && sv_chr(name, '.') >= 0) {
		name = name_parent(name);
	}
	*out = arena_sv(run->arena, name);
	buf_done(&b);
	return ok;
}
