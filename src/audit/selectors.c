/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/selectors.h"

#include "auth/dkim_signature.h"

#define DOMAIN   SV("<domain>")
#define SELECTOR SV("<selector>")

/* Up to a placeholder, or to the end; the placeholder is taken, too. */
static struct sv
next_literal(struct sv *form, struct sv *placeholder_out)
{
	struct sv literal = *form;
	struct sv rest;

	*placeholder_out = SV("");
	if (sv_chr(*form, '<') >= 0) {
		literal = sv_head(*form, (size_t)sv_chr(*form, '<'));
	}
	rest = sv_from_at(*form, literal.n);
	if (sv_chr(rest, '>') >= 0) {
		*placeholder_out = sv_head(rest, (size_t)sv_chr(rest, '>') + 1);
	}
	*form = sv_from_at(rest, placeholder_out->n);
	return literal;
}

/* A name as people choose them: the DNS would carry blanks, too. */
static bool
is_plain_name(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!char_is_alnum(s.p[i]) && strchr("-_.", s.p[i]) == NULL) {
			return false;
		}
	}
	return name_is_valid(s);
}

static bool
take(struct sv placeholder, struct sv value, struct sv *domain, struct sv *selector)
{
	if (sv_eq(placeholder, DOMAIN)) {
		*domain = value;
		return is_plain_name(value);
	}
	if (sv_eq(placeholder, SELECTOR)) {
		*selector = value;
		return is_plain_name(value);
	}
	return true; /* <any> */
}

/* `text` begins behind the first literal of the form. */
static bool
fits(struct sv form, struct sv placeholder, struct sv text, struct sv *domain, struct sv *selector)
{
	while (placeholder.n > 0) {
		struct sv next;
		struct sv value;
		struct sv literal = next_literal(&form, &next);
		ptrdiff_t at = literal.n == 0 ? (ptrdiff_t)text.n : sv_find(text, literal);

		if (at < 0) {
			return false;
		}
		value = sv_head(text, (size_t)at);
		if (!take(placeholder, value, domain, selector)) {
			return false;
		}
		text = sv_from_at(text, (size_t)at + literal.n);
		placeholder = next;
	}
	return domain->n > 0 && selector->n > 0;
}

static bool
try_form(struct sv form, struct sv line, struct sv *domain, struct sv *selector)
{
	struct sv placeholder;
	struct sv literal = next_literal(&form, &placeholder);
	ptrdiff_t at;

	/* What stands in the line once may stand there again, and fit. */
	while (literal.n > 0 && (at = sv_find(line, literal)) >= 0) {
		*domain = *selector = (struct sv){ 0 };
		line = sv_from_at(line, (size_t)at + literal.n);
		if (fits(form, placeholder, line, domain, selector)) {
			return true;
		}
	}
	return false;
}

bool
selector_of_line(
    const struct audit_texts *t, struct sv line, struct sv *domain_out, struct sv *selector_out)
{
	for (size_t i = 0; i < t->n_signers; i++) {
		if (try_form(sv_from(t->signers[i]), line, domain_out, selector_out)) {
			return true;
		}
	}
	return false;
}

void
selectors_of_mail(struct sv mail, struct arena *arena,
    void (*row)(void *context, struct sv domain, struct sv selector), void *context)
{
	struct dkim_message m;

	if (!dkim_message_read(mail, arena, &m)) {
		return;
	}
	for (size_t i = 0; i < m.n; i++) {
		struct dkim_signature s;

		if (sv_ieq(m.fields[i].name, SV("DKIM-Signature")) &&
		    dkim_signature_read(m.fields[i].value, arena, &s)) {
			row(context, s.domain, s.selector);
		}
	}
}
