/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/answer.h"

#include "base/err.h"

#define HEADER_BYTES  12
#define POINTERS_MAX  64
#define CLASS_IN      1
#define FLAG_RESPONSE 0x80
#define FLAG_CUT      0x02
#define FLAG_AD       0x20

struct wire {
	const unsigned char *p; /* borrowed: the whole message */
	size_t n;
	size_t at;
};

struct resource {
	char name[DNS_TEXT_MAX]; /* a byte may become \DDD */
	size_t name_n;
	unsigned type, class;
	uint32_t ttl_s;
	size_t data, size; /* place in the message */
};

static bool
take_u16(struct wire *w, unsigned *out)
{
	if (w->n - w->at < 2) {
		return false;
	}
	*out = (unsigned)w->p[w->at] << 8 | w->p[w->at + 1];
	w->at += 2;
	return true;
}

/* A dot or a backslash inside a label is escaped, so that it is no label's end. */
static size_t
put_label(char *out, const unsigned char *p, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '.' || p[i] == '\\') {
			out[k++] = '\\';
			out[k++] = (char)p[i];
		} else {
			k += name_escape_byte(p[i], out + k);
		}
	}
	return k;
}

/*
 * A name at w->at, which moves behind it.  Pointers must go to an earlier place than where
 * this name began, so every chain of them ends.
 */
static bool
take_name(struct wire *w, char *out, size_t *n_out)
{
	size_t at = w->at;
	size_t behind = 0;
	size_t lowest = w->at;
	size_t bytes = 0;
	size_t n = 0;

	for (unsigned jumps = 0; at < w->n;) {
		unsigned c = w->p[at];

		if (c == 0) {
			w->at = behind != 0 ? behind : at + 1;
			*n_out = n;
			return true;
		}
		if ((c & 0xc0) == 0xc0) {
			size_t to;

			if (w->n - at < 2 || ++jumps > POINTERS_MAX) {
				return false;
			}
			to = (size_t)(c & 0x3f) << 8 | w->p[at + 1];
			behind = behind != 0 ? behind : at + 2;
			if (to >= lowest) {
				return false;
			}
			lowest = to;
			at = to;
			continue;
		}
		bytes += c + 1;
		if ((c & 0xc0) != 0 || w->n - at - 1 < c || bytes > DNS_NAME_MAX + 1) {
			return false;
		}
		if (n > 0) {
			out[n++] = '.';
		}
		n += put_label(out + n, w->p + at + 1, c);
		at += 1 + c;
	}
	return false;
}

static bool
take_resource(struct wire *w, struct resource *r)
{
	unsigned high;
	unsigned low;
	unsigned size;

	if (!take_name(w, r->name, &r->name_n) || !take_u16(w, &r->type) ||
	    !take_u16(w, &r->class) || !take_u16(w, &high) || !take_u16(w, &low) ||
	    !take_u16(w, &size) || w->n - w->at < size) {
		return false;
	}
	/* RFC 2181 section 8: a set top bit means 0. */
	r->ttl_s = (high & 0x8000) != 0 ? 0 : (uint32_t)(high << 16 | low);
	r->data = w->at;
	r->size = size;
	w->at += size;
	return true;
}

static bool
read_text(
    const struct wire *w, const struct resource *r, struct arena *arena, struct dns_record *out)
{
	const unsigned char *p = w->p + r->data;
	char *text = arena_alloc(arena, r->size + 1);
	char *lengths = arena_alloc(arena, r->size + 1);
	size_t n = 0;
	size_t strings = 0;

	if (text == NULL || lengths == NULL) {
		return false;
	}
	for (size_t i = 0; i < r->size;) {
		size_t len = p[i];

		if (r->size - i - 1 < len) {
			return false;
		}
		memcpy(text + n, p + i + 1, len);
		n += len;
		lengths[strings++] = (char)len;
		i += 1 + len;
	}
	out->data = sv_make(text, n);
	out->lengths = sv_make(lengths, strings);
	return true;
}

static bool
read_target(const struct wire *w, const struct resource *r, size_t skip, struct arena *arena,
    struct dns_record *out)
{
	char name[DNS_TEXT_MAX];
	size_t n;
	struct wire in = { w->p, r->data + r->size, r->data + skip };

	if (r->size < skip || !take_name(&in, name, &n)) {
		return false;
	}
	out->data = arena_sv(arena, sv_make(name, n));
	return n == 0 || out->data.p != NULL;
}

static bool
read_data(
    const struct wire *w, const struct resource *r, struct arena *arena, struct dns_record *out)
{
	switch (r->type) {
	case DNS_A:
	case DNS_AAAA:
		out->data = arena_sv(arena, sv_make((const char *)w->p + r->data, r->size));
		return r->size == (r->type == DNS_A ? 4U : 16U) && out->data.p != NULL;
	case DNS_TLSA:
		out->data = arena_sv(arena, sv_make((const char *)w->p + r->data, r->size));
		return r->size >= 4 && out->data.p != NULL;
	case DNS_MX:
		out->preference =
		    r->size < 2 ? 0 : (unsigned)w->p[r->data] << 8 | w->p[r->data + 1];
		return read_target(w, r, 2, arena, out);
	case DNS_PTR:
	case DNS_CNAME:
		return read_target(w, r, 0, arena, out);
	case DNS_TXT:
		return read_text(w, r, arena, out);
	default:
		return false;
	}
}

static void
broken(struct dns_answer *out, const char *reason)
{
	*out = (struct dns_answer){ .status = DNS_BROKEN, .rcode = out->rcode, .reason = reason };
}

static bool
name_is(const struct resource *r, struct sv name)
{
	return sv_ieq(sv_make(r->name, r->name_n), name);
}

/* What is looked for in the answer section. */
struct search {
	struct wire section; /* where it begins */
	unsigned count;      /* of records in it */
	enum dns_type type;
	struct arena *arena;
	struct dns_answer *out;
};

/* A record of the type that belongs to the name; past a limit it is left out. */
static bool
keep(const struct search *in, const struct wire *w, const struct resource *r, size_t *text)
{
	struct dns_answer *out = in->out;

	*text += r->size;
	if (out->n >= ANSWER_RECORDS_MAX || *text > ANSWER_TEXT_MAX) {
		out->cut = true;
		return true;
	}
	out->records[out->n] = (struct dns_record){ 0 };
	return read_data(w, r, in->arena, &out->records[out->n++]);
}

/* The records of the type that belong to `name`; the first alias of it goes to *alias_out. */
static bool
collect(const struct search *in, struct sv name, struct sv *alias_out)
{
	struct wire w = in->section;
	struct resource r;
	size_t text = 0;

	*alias_out = (struct sv){ 0 };
	for (unsigned i = 0; i < in->count; i++) {
		struct dns_record target;

		if (!take_resource(&w, &r)) {
			return false;
		}
		if (r.class != CLASS_IN || !name_is(&r, name)) {
			continue;
		}
		if (r.type == DNS_CNAME && in->type != DNS_CNAME && alias_out->n == 0) {
			if (!read_target(&w, &r, 0, in->arena, &target)) {
				return false;
			}
			*alias_out = target.data;
		} else if (r.type != (unsigned)in->type) {
			continue;
		} else if (!keep(in, &w, &r, &text)) {
			return false;
		}
		in->out->ttl_s = r.ttl_s < in->out->ttl_s ? r.ttl_s : in->out->ttl_s;
	}
	return true;
}

static void
follow(const struct search *in, struct sv name)
{
	struct dns_answer *out = in->out;
	struct sv alias;

	for (;; name = alias) {
		if (!collect(in, name, &alias)) {
			broken(out, "the answer ends early or a record in it is malformed");
			return;
		}
		if (out->n > 0 || alias.n == 0) {
			break;
		}
		if (++out->aliases > ANSWER_ALIASES_MAX) {
			broken(out, "its aliases (CNAME) have no end");
			return;
		}
	}
	if (out->n == 0) {
		out->status = out->rcode == 3 ? DNS_NO_NAME : DNS_NODATA;
		out->ttl_s = 0;
	}
}

static const char *
question_fault(struct wire *w, unsigned questions, struct sv name, enum dns_type type)
{
	char asked[DNS_TEXT_MAX];
	size_t n;
	unsigned qtype;
	unsigned class;

	if (questions != 1 || !take_name(w, asked, &n) || !take_u16(w, &qtype) ||
	    !take_u16(w, &class)) {
		return "the answer repeats no question";
	}
	return qtype == (unsigned)type && class == CLASS_IN && sv_ieq(sv_make(asked, n), name)
		   ? NULL
		   : "the answer is to another question";
}

void
dns_answer_read(
    struct sv wire, struct sv name, enum dns_type type, struct arena *arena, struct dns_answer *out)
{
	struct wire w = { (const unsigned char *)wire.p, wire.n, HEADER_BYTES };
	const char *fault;
	unsigned questions;
	unsigned count;

	*out = (struct dns_answer){ .ttl_s = UINT32_MAX };
	if (wire.n < HEADER_BYTES || (w.p[2] & FLAG_RESPONSE) == 0) {
		broken(out, "the bytes are no answer");
		return;
	}
	out->rcode = w.p[3] & 15U;
	out->authentic = (w.p[3] & FLAG_AD) != 0;
	if (out->rcode != 0 && out->rcode != 3) {
		out->status = DNS_FAILED;
		out->ttl_s = 0;
		out->reason = out->rcode == 2   ? "the server failed (SERVFAIL)"
			      : out->rcode == 5 ? "the server refuses to answer (REFUSED)"
						: "the server answers with an error";
		return;
	}
	questions = (unsigned)w.p[4] << 8 | w.p[5];
	count = (unsigned)w.p[6] << 8 | w.p[7];
	fault = question_fault(&w, questions, name, type);
	if (fault == NULL && (w.p[2] & FLAG_CUT) != 0) {
		fault = "the answer is truncated, over TCP too";
	}
	if (fault != NULL) {
		broken(out, fault);
		return;
	}
	out->records = arena_alloc(arena, (ANSWER_RECORDS_MAX + 1) * sizeof(*out->records));
	if (out->records == NULL) {
		broken(out, "the limit of memory is reached");
		return;
	}
	follow(&(struct search){ w, count, type, arena, out }, name);
}

const char *
dns_type_name(enum dns_type type)
{
	static const struct {
		enum dns_type type;
		const char *name;
	} names[] = {
		{ DNS_A, "A" },
		{ DNS_AAAA, "AAAA" },
		{ DNS_CNAME, "CNAME" },
		{ DNS_PTR, "PTR" },
		{ DNS_MX, "MX" },
		{ DNS_TXT, "TXT" },
		{ DNS_TLSA, "TLSA" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == type) {
			return names[i].name;
		}
	}
	return "?";
}

const char *
dns_status_words(enum dns_status status)
{
	static const char *const words[] = {
		[DNS_OK] = "found",
		[DNS_NODATA] = "no such record",
		[DNS_NO_NAME] = "no such name",
		[DNS_FAILED] = "the server failed",
		[DNS_SILENT] = "no answer",
		[DNS_BROKEN] = "a broken answer",
	};

	check(status <= DNS_BROKEN);
	return words[status];
}
