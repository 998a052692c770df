/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/auth_failure.h"

#include "base/num.h"

struct field {
	const char *name;
	size_t offset;
};

#define AT(member) offsetof(struct auth_failure, member)

static const struct field fields[] = {
	{ "User-Agent", AT(reporter) },
	{ "Reporting-MTA", AT(mta) },
	{ "Reported-Domain", AT(domain) },
	{ "Source-IP", AT(source) },
	{ "Auth-Failure", AT(failure) },
	{ "Identity-Alignment", AT(alignment) },
	{ "Delivery-Result", AT(result) },
	{ "Arrival-Date", AT(arrival) },
	{ "Received-Date", AT(arrival) },
	{ "Original-Mail-From", AT(mail_from) },
	{ "DKIM-Domain", AT(dkim_domain) },
	{ "DKIM-Selector", AT(dkim_selector) },
	{ "SPF-DNS", AT(spf_record) },
};

static struct sv
first_word(struct sv s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t' && s.p[n] != '(' && s.p[n] != ';') {
		n++;
	}
	return sv_head(s, n);
}

static struct sv
lowered(struct sv s, struct arena *arena)
{
	char room[AUTH_FAILURE_TEXT_MAX];

	return arena_sv(arena, sv_lower(s, room, sizeof(room)));
}

static struct sv
domain_of(struct sv address)
{
	ptrdiff_t at = sv_rfind(address, SV("@"));

	return at < 0 ? (struct sv){ 0 } : sv_from_at(address, (size_t)at + 1);
}

/* The first of a name counts (RFC 5965 section 3.2: they may stand there once). */
static void
take_field(struct auth_failure *out, struct sv name, struct sv value)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct sv *to = (struct sv *)(void *)((char *)out + fields[i].offset);

		if (to->n == 0 && sv_ieq(name, sv_from(fields[i].name))) {
			*to = sv_head(value, AUTH_FAILURE_TEXT_MAX);
		}
	}
}

static enum auth_failure_kind
kind_of(struct sv type)
{
	return type.n == 0                        ? FEEDBACK_UNTYPED
	       : sv_ieq(type, SV("auth-failure")) ? FEEDBACK_AUTH_FAILURE
						  : FEEDBACK_COMPLAINT;
}

static void
finish(struct auth_failure *out, struct sv original, struct arena *arena)
{
	struct sv v;

	out->source = first_word(out->source);
	out->failure = lowered(first_word(out->failure), arena);
	out->alignment = lowered(out->alignment, arena);
	out->result = lowered(first_word(out->result), arena);
	out->mail_from = lowered(domain_of(mime_address(out->mail_from)), arena);
	out->dkim_domain = lowered(out->dkim_domain, arena);
	out->domain = lowered(first_word(out->domain), arena);
	if (out->domain.n == 0 && mime_header(original, SV("From"), &v)) {
		out->domain = lowered(domain_of(mime_address(mime_unfold(v, arena))), arena);
	}
	if (mime_header(original, SV("Message-ID"), &v)) {
		out->message_id = sv_head(sv_trim(v), AUTH_FAILURE_TEXT_MAX);
	}
	out->problem = out->failure.n == 0 ? "it does not say what failed (Auth-Failure)"
		       : out->domain.n == 0
			   ? "it does not say whose domain it is about (Reported-Domain)"
			   : NULL;
	out->damaged = out->problem != NULL;
}

enum auth_failure_kind
auth_failure_read(struct sv text, struct sv original, struct arena *arena, struct auth_failure *out)
{
	enum auth_failure_kind kind;
	struct sv type = { 0 };
	struct sv name;
	struct sv value;

	*out = (struct auth_failure){ .incidents = 1 };
	while (mime_header_next(&text, &name, &value)) {
		value = sv_trim(mime_unfold(value, arena));
		if (sv_ieq(name, SV("Feedback-Type"))) {
			/* Two that differ: it is taken for a complaint, which harms nobody. */
			type = type.n != 0 && !sv_ieq(type, first_word(value)) ? SV("other")
									       : first_word(value);
		} else if (sv_ieq(name, SV("Incidents"))) {
			uint64_t n;

			out->incidents = num_u64(value, AUTH_FAILURE_INCIDENTS_MAX, &n) && n > 0
					     ? n
					     : out->incidents;
		} else {
			take_field(out, name, value);
		}
	}
	kind = kind_of(type);
	if (kind != FEEDBACK_AUTH_FAILURE) {
		*out = (struct auth_failure){ .incidents = 1 };
		return kind;
	}
	finish(out, original, arena);
	return kind;
}

/* The head of the message that a feedback report is about: the part behind it. */
static struct sv
original_head(struct mime *m, size_t at)
{
	for (size_t i = at + 1; i < m->n_parts; i++) {
		const struct mime_part *p = &m->parts[i];

		if (p->message && i + 1 < m->n_parts) {
			return m->parts[i + 1].head;
		}
		if (sv_ieq(p->type, SV("text/rfc822-headers"))) {
			return mime_text(m, p);
		}
	}
	return (struct sv){ 0 };
}

enum auth_failure_kind
auth_failure_of_part(struct mime *m, size_t at, struct auth_failure *out)
{
	return auth_failure_read(mime_text(m, &m->parts[at]), original_head(m, at), m->arena, out);
}
