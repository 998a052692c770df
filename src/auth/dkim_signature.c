/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/dkim_signature.h"

#include "auth/base64.h"
#include "auth/tags.h"
#include "base/num.h"

bool
dkim_message_read(struct sv bytes, struct arena *arena, struct dkim_message *out)
{
	struct sv rest = bytes;

	*out = (struct dkim_message){ 0 };
	out->fields = arena_alloc(arena, DKIM_FIELDS_MAX * sizeof(*out->fields));
	if (out->fields == NULL) {
		return false;
	}
	while (rest.n > 0) {
		struct dkim_field *last = out->n == 0 ? NULL : &out->fields[out->n - 1];
		struct sv line = rest;
		struct sv head;
		ptrdiff_t end = sv_chr(rest, '\n');
		ptrdiff_t colon;

		rest = end < 0 ? (struct sv){ 0 } : sv_from_at(rest, (size_t)end + 1);
		head = end < 0 ? line : sv_head(line, (size_t)end);
		(void)sv_drop_tail(&head, SV("\r"));
		if (head.n == 0) {
			break; /* the empty line before the body */
		}
		if ((head.p[0] == ' ' || head.p[0] == '\t') && last != NULL) {
			last->raw.n = (size_t)(head.p + head.n - last->raw.p);
			last->value.n = (size_t)(head.p + head.n - last->value.p);
			continue;
		}
		colon = sv_chr(head, ':');
		if (colon <= 0 || out->n == DKIM_FIELDS_MAX) {
			out->cut |= out->n == DKIM_FIELDS_MAX;
			continue; /* a line that is no field covers nothing */
		}
		out->fields[out->n++] = (struct dkim_field){ .raw = head,
			.name = sv_trim(sv_head(head, (size_t)colon)),
			.value = sv_from_at(head, (size_t)colon + 1) };
	}
	out->body = rest;
	return true;
}

/* ---- DKIM-Signature ---- */

static const char *
read_algorithm(struct sv v, struct dkim_signature *s)
{
	s->algorithm = sv_ieq(v, SV("rsa-sha256"))       ? DKIM_RSA_SHA256
		       : sv_ieq(v, SV("ed25519-sha256")) ? DKIM_ED25519_SHA256
		       : sv_ieq(v, SV("rsa-sha1"))       ? DKIM_RSA_SHA1
							 : DKIM_OTHER_ALGORITHM;
	return s->algorithm == DKIM_RSA_SHA1          ? "a=rsa-sha1 must not be used (RFC 8301)"
	       : s->algorithm == DKIM_OTHER_ALGORITHM ? "a= names an algorithm that nobody knows"
						      : NULL;
}

static const char *
read_canon(struct sv v, struct dkim_signature *s)
{
	struct sv head = v;
	struct sv body = SV("simple");
	struct sv before;

	if (sv_cut(&v, '/', &before)) {
		head = before;
		body = v;
	}
	s->relaxed_header = sv_ieq(head, SV("relaxed"));
	s->relaxed_body = sv_ieq(body, SV("relaxed"));
	if ((!s->relaxed_header && !sv_ieq(head, SV("simple"))) ||
	    (!s->relaxed_body && !sv_ieq(body, SV("simple")))) {
		return "c= names a form that nobody knows";
	}
	return NULL;
}

static const char *
read_seconds(struct sv v, int64_t *to)
{
	uint64_t n;

	if (!num_u64(v, INT64_MAX, &n)) {
		return "t= or x= is no number of seconds";
	}
	*to = (int64_t)n;
	return NULL;
}

struct raw_tags {
	struct sv v, a, b, bh, c, d, h, i, l, q, s, t, x;
};

static const struct {
	char name[3];
	size_t offset;
} places[] = {
#define PLACE(x)                                 \
	{                                        \
#x, offsetof(struct raw_tags, x) \
	}
	PLACE(v),
	PLACE(a),
	PLACE(b),
	PLACE(bh),
	PLACE(c),
	PLACE(d),
	PLACE(h),
	PLACE(i),
	PLACE(l),
	PLACE(q),
	PLACE(s),
	PLACE(t),
	PLACE(x),
#undef PLACE
};

/* Each tag to its place; false: one stands twice, or is no tag. */
static bool
sort_tags(struct sv value, struct raw_tags *out)
{
	struct tag t;

	while (tags_next(&value, &t)) {
		if (t.name.n == 0) {
			return false;
		}
		for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
			struct sv *to = (struct sv *)(void *)((char *)out + places[k].offset);

			if (!sv_eq(t.name, sv_from(places[k].name))) {
				continue;
			}
			if (to->p != NULL) {
				return false;
			}
			*to = t.value;
		}
	}
	return true;
}

/* Where the bytes of b= stand, blanks around them included: section 3.7. */
static struct sv
find_b(struct sv value)
{
	while (value.n > 0) {
		struct sv part;
		struct sv name;

		if (!sv_cut(&value, ';', &part)) {
			part = value;
			value = (struct sv){ 0 };
		}
		if (sv_cut(&part, '=', &name) && sv_eq(sv_trim(name), SV("b"))) {
			return part;
		}
	}
	return (struct sv){ 0 };
}

static bool
names_have(struct sv list, struct sv name)
{
	while (list.n > 0) {
		struct sv part;

		if (!sv_cut(&list, ':', &part)) {
			part = list;
			list = (struct sv){ 0 };
		}
		if (sv_ieq(sv_trim(part), name)) {
			return true;
		}
	}
	return false;
}

/* i= must be in d= or below it; section 3.5. */
static bool
identity_fits(const struct dkim_signature *s)
{
	ptrdiff_t at = sv_rfind(s->identity, SV("@"));

	return s->identity.n == 0 ||
	       (at >= 0 && name_is_within(sv_from_at(s->identity, (size_t)at + 1), s->domain));
}

static const char *
read_values(const struct raw_tags *r, struct arena *arena, struct dkim_signature *s)
{
	const char *fault = read_algorithm(r->a, s);
	uint64_t bytes;

	if (fault == NULL && r->c.n > 0) {
		fault = read_canon(r->c, s);
	}
	if (fault == NULL && r->t.n > 0) {
		fault = read_seconds(r->t, &s->made_s);
	}
	if (fault == NULL && r->x.n > 0) {
		fault = read_seconds(r->x, &s->expires_s);
	}
	if (fault != NULL) {
		return fault;
	}
	if (r->l.n > 0) {
		if (!num_u64(r->l, UINT64_MAX - 1, &bytes)) {
			return "l= is no number of bytes";
		}
		s->body_bytes = bytes;
	}
	if (!base64_decode(r->bh, arena, &s->body_hash) ||
	    !base64_decode(r->b, arena, &s->signature)) {
		return "b= or bh= is no base64";
	}
	if (r->q.n > 0 && !names_have(r->q, SV("dns/txt"))) {
		return "q= names a way to the key that nobody knows";
	}
	if (s->expires_s != INT64_MIN && s->made_s != INT64_MIN && s->expires_s <= s->made_s) {
		return "x= is not after t=";
	}
	return NULL;
}

bool
dkim_signature_read(struct sv value, struct arena *arena, struct dkim_signature *out)
{
	struct raw_tags r = { 0 };

	*out = (struct dkim_signature){
		.body_bytes = UINT64_MAX, .made_s = INT64_MIN, .expires_s = INT64_MIN
	};
	if (!sort_tags(value, &r)) {
		out->fault = "a tag stands twice, or is no tag";
		return false;
	}
	out->domain = r.d;
	out->selector = r.s;
	out->identity = r.i;
	out->names = r.h;
	out->cleared_at = find_b(value);
	if (!sv_eq(r.v, SV("1"))) {
		out->fault = "v= is not 1";
	} else if (r.b.n == 0 || r.bh.n == 0 || r.d.n == 0 || r.s.n == 0 || r.h.n == 0 ||
		   r.a.n == 0) {
		out->fault = "one of a= b= bh= d= h= s= is missing";
	} else if (!name_is_valid(r.d) || !name_is_valid(r.s)) {
		out->fault = "d= or s= is no name";
	} else if (!names_have(r.h, SV("from"))) {
		out->fault = "h= does not name From";
	} else if (!identity_fits(out)) {
		out->fault = "i= is not in the domain of d=";
	} else {
		out->fault = read_values(&r, arena, out);
	}
	return out->fault == NULL;
}
