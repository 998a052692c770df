/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/delivery.h"

#include "fact/event.h"

struct field {
	struct sv name;
	bool (*read)(struct json_in *j, void *at);
	size_t offset;
	const char *missing; /* NULL: it may be left out */
};

static bool
read_text(struct json_in *j, void *at)
{
	return json_in_string(j, at);
}

static bool
read_id(struct json_in *j, void *at)
{
	return json_in_u64(j, UINT64_MAX / 2, at);
}

static bool
read_time(struct json_in *j, void *at)
{
	const char *from = j->p;
	double *t = at;

	if (!json_in_number(j, t)) {
		return false;
	}
	return (*t >= 0 && *t < FEED_TIME_MAX_S) ||
	       json_in_refuse(j, from, "seconds since 1970, before the year 10000");
}

static bool
read_small(struct json_in *j, uint64_t max, unsigned *out)
{
	uint64_t v;

	if (!json_in_u64(j, max, &v)) {
		return false;
	}
	*out = (unsigned)v;
	return true;
}

static bool
read_attempt(struct json_in *j, void *at)
{
	return read_small(j, 1000000, at);
}

static bool
read_code(struct json_in *j, void *at)
{
	const char *from = j->p;
	unsigned *code = at;

	if (!read_small(j, 599, code)) {
		return false;
	}
	return *code == 0 || *code >= 200 ||
	       json_in_refuse(j, from, "a reply code from 200 to 599, or 0 for none");
}

static bool
read_status(struct json_in *j, void *at)
{
	const char *from = j->p;
	struct sv s = { 0 };

	if (!json_in_string(j, &s)) {
		return false;
	}
	return s.n == 0 || (status_take(&s, at) && s.n == 0) ||
	       json_in_refuse(j, from, "an enhanced status code such as \"5.1.1\", or \"\"");
}

static bool
read_stage(struct json_in *j, void *at)
{
	const char *from = j->p;
	struct sv s = { 0 };

	if (!json_in_string(j, &s)) {
		return false;
	}
	return s.n == 0 || smtp_stage_find(s, at) ||
	       json_in_refuse(
		   j, from, "connect, helo, starttls, auth, mail, rcpt, data, end_of_data or \"\"");
}

#define D(member) offsetof(struct delivery, member)

static const struct field delivery_fields[] = {
	{ SV_INIT("id"), read_id, D(id), "the member \"id\", a whole number" },
	{ SV_INIT("t"), read_time, D(t), "the member \"t\", seconds since 1970" },
	{ SV_INIT("prov"), read_text, D(provider), "the member \"prov\", a provider" },
	{ SV_INIT("dom"), read_text, D(domain), NULL },
	{ SV_INIT("mx"), read_text, D(mx), NULL },
	{ SV_INIT("snd"), read_text, D(sender), "the member \"snd\", a sender" },
	{ SV_INIT("camp"), read_text, D(campaign), NULL },
	{ SV_INIT("att"), read_attempt, D(attempt), NULL },
	{ SV_INIT("rcpt"), read_text, D(recipient), "the member \"rcpt\", an address" },
	{ SV_INIT("stage"), read_stage, D(stage), NULL },
	{ SV_INIT("code"), read_code, D(code), "the member \"code\", of the reply" },
	{ SV_INIT("enh"), read_status, D(status), NULL },
	{ SV_INIT("text"), read_text, D(text), NULL },
};

static const struct field known_fields[] = {
	{ SV_INIT("rcpt"), read_text, offsetof(struct known_recipient, recipient),
	    "the member \"rcpt\", an address" },
	{ SV_INIT("ok"), read_time, offsetof(struct known_recipient, accepted),
	    "the member \"ok\", seconds since 1970" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Members mostly come in the order of the table, so the search begins where the last one ended. */
static size_t
find_field(const struct field *fields, size_t n, size_t from, struct sv name)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = (from + i) % n;

		if (sv_eq(fields[at].name, name)) {
			return at;
		}
	}
	return n;
}

static bool
read_fields(struct json_in *j, struct sv line, const struct field *fields, size_t n, void *out)
{
	unsigned seen = 0;
	size_t at = 0;

	if (!json_in_open(j, line)) {
		return false;
	}
	for (;;) {
		const char *from = j->p;
		struct sv name;
		enum json_in_step step = json_in_member(j, &name);

		if (step == JSON_IN_BROKEN) {
			return false;
		}
		if (step == JSON_IN_END) {
			break;
		}
		at = find_field(fields, n, at, name);
		if (at == n) {
			at = 0;
			if (!json_in_skip(j)) {
				return false;
			}
			continue;
		}
		if ((seen >> at & 1u) != 0) {
			return json_in_refuse(j, from, "each member once");
		}
		seen |= 1u << at;
		if (!fields[at].read(j, (char *)out + fields[at].offset)) {
			return false;
		}
		at = (at + 1) % n;
	}
	for (size_t i = 0; i < n; i++) {
		if ((seen >> i & 1u) == 0 && fields[i].missing != NULL) {
			return json_in_refuse(j, j->end, fields[i].missing);
		}
	}
	return true;
}

bool
delivery_read(struct json_in *j, struct sv line, struct delivery *out)
{
	*out = (struct delivery){ .attempt = 1 };
	if (!read_fields(j, line, delivery_fields, COUNT(delivery_fields), out)) {
		return false;
	}
	if (out->domain.n == 0) {
		out->domain = address_domain(out->recipient);
	}
	return out->recipient.n > 0 || json_in_refuse(j, j->end, "an address in \"rcpt\"");
}

bool
known_recipient_read(struct json_in *j, struct sv line, struct known_recipient *out)
{
	*out = (struct known_recipient){ 0 };
	return read_fields(j, line, known_fields, COUNT(known_fields), out);
}
