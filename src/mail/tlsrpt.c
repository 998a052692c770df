/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/tlsrpt.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

struct work {
	struct arena *arena; /* borrowed */
	struct tlsrpt *out;  /* borrowed */
	size_t n_details;    /* of all policies */
};

/* ---- what is wrong ---- */

static struct sv __attribute__((format(printf, 2, 0)))
say(struct arena *arena, const char *fmt, va_list ap)
{
	char text[512];
	struct buf b;
	struct sv kept;

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	buf_init(&b, 400);
	buf_printable(&b, sv_from(text), 0);
	kept = arena_sv(arena, buf_view(&b));
	buf_done(&b);
	return kept;
}

static void __attribute__((format(printf, 2, 3))) damage(struct work *w, const char *fmt, ...)
{
	va_list ap;

	w->out->damaged = true;
	if (w->out->problem.n == 0) {
		va_start(ap, fmt);
		w->out->problem = say(w->arena, fmt, ap);
		va_end(ap);
	}
}

static bool __attribute__((format(printf, 3, 4)))
refuse(struct arena *arena, struct sv *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*out = say(arena, fmt, ap);
	va_end(ap);
	return false;
}

/* ---- values ---- */

static struct sv
keep(struct work *w, const char *name, struct sv s)
{
	s = sv_trim(s);
	if (s.n > TLSRPT_TEXT_MAX) {
		size_t n = TLSRPT_TEXT_MAX;

		while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80) {
			n--;
		}
		damage(w, "%s is too long and was cut", name);
		s = sv_head(s, n);
	}
	return s.n == 0 ? SV("") : arena_sv(w->arena, s);
}

static struct sv
lower(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		((char *)(uintptr_t)s.p)[i] = char_lower(s.p[i]); /* our own copy */
	}
	return s;
}

static struct sv
view(const json_t *j)
{
	return json_is_string(j) ? sv_make(json_string_value(j), json_string_length(j))
				 : (struct sv){ 0 };
}

static struct sv
text_of(struct work *w, const json_t *object, const char *name)
{
	const json_t *j = json_object_get(object, name);

	if (j != NULL && !json_is_string(j) && !json_is_null(j)) {
		damage(w, "%s is no text", name);
	}
	return keep(w, name, view(j));
}

/* A text, or several in an array, which are joined. */
static struct sv
texts_of(struct work *w, const json_t *object, const char *name, const char *between)
{
	const json_t *j = json_object_get(object, name);
	size_t n = json_array_size(j);
	struct buf b;
	struct sv kept;

	if (json_is_string(j)) {
		return keep(w, name, view(j));
	}
	buf_init(&b, (size_t)4 * TLSRPT_TEXT_MAX);
	for (size_t i = 0; i < n && i < TLSRPT_HOSTS_MAX; i++) {
		struct sv s = sv_trim(view(json_array_get(j, i)));

		if (s.n > 0) {
			buf_str(&b, b.n == 0 ? "" : between);
			buf_sv(&b, s);
		}
	}
	kept = keep(w, name, buf_view(&b));
	buf_done(&b);
	return kept;
}

/* A number, also one that is written as text. */
static uint64_t
count_of(struct work *w, const json_t *object, const char *name)
{
	const json_t *j = json_object_get(object, name);
	uint64_t n = 0;

	if (json_is_integer(j) && json_integer_value(j) >= 0 &&
	    (uint64_t)json_integer_value(j) <= TLSRPT_COUNT_MAX) {
		return (uint64_t)json_integer_value(j);
	}
	if (json_is_real(j) && json_real_value(j) >= 0 &&
	    json_real_value(j) <= (double)TLSRPT_COUNT_MAX) {
		return (uint64_t)json_real_value(j);
	}
	if (json_is_string(j) && num_u64(sv_trim(view(j)), TLSRPT_COUNT_MAX, &n)) {
		return n;
	}
	if (j == NULL || json_is_null(j)) {
		damage(w, "%s is missing; 0 is taken", name);
	} else {
		damage(w, "%s is no count that can be; 0 is taken", name);
	}
	return 0;
}

static int64_t
time_of(struct work *w, const json_t *object, const char *name)
{
	int64_t us = 0;
	struct sv s = sv_trim(view(json_object_get(object, name)));

	if (!civil_take_iso(s, &us) || us < 0) {
		damage(w, "%s is no date and time: '%.*s'", name, SV_ARG(sv_head(s, 40)));
		return 0;
	}
	return us / US_PER_SECOND;
}

/* ---- the parts ---- */

static void
read_detail(struct work *w, const json_t *j, struct tlsrpt_detail *d)
{
	d->result = lower(text_of(w, j, "result-type"));
	d->mx = lower(text_of(w, j, "receiving-mx-hostname"));
	d->helo = text_of(w, j, "receiving-mx-helo");
	d->sending_ip = text_of(w, j, "sending-mta-ip");
	d->receiving_ip = text_of(w, j, "receiving-ip");
	d->reason = text_of(w, j, "failure-reason-code");
	d->more = text_of(w, j, "additional-information");
	d->count = count_of(w, j, "failed-session-count");
	if (d->result.n == 0) {
		damage(w, "a failure has no result-type");
	}
}

static void
read_details(struct work *w, const json_t *list, struct tlsrpt_policy *p)
{
	size_t n = json_array_size(list);
	struct tlsrpt_detail *d;

	if (n > TLSRPT_DETAILS_MAX - w->n_details) {
		n = TLSRPT_DETAILS_MAX - w->n_details;
		damage(w, "more than %d failures are described; the rest was not read",
		    TLSRPT_DETAILS_MAX);
	}
	d = n == 0 ? NULL : arena_alloc(w->arena, n * sizeof(*d));
	if (d == NULL) {
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *j = json_array_get(list, i);

		if (json_is_object(j)) {
			read_detail(w, j, &d[p->n_details++]);
		} else {
			damage(w, "a failure-details entry is no object and was not read");
		}
	}
	p->details = d;
	w->n_details += p->n_details;
}

static void
read_policy(struct work *w, const json_t *j, struct tlsrpt_policy *p)
{
	const json_t *policy = json_object_get(j, "policy");
	const json_t *summary = json_object_get(j, "summary");
	const json_t *hosts = json_object_get(policy, "mx-host");

	p->type = lower(text_of(w, policy, "policy-type"));
	p->domain = lower(text_of(w, policy, "policy-domain"));
	p->text = texts_of(w, policy, "policy-string", "; ");
	p->hosts = texts_of(w, policy, hosts != NULL ? "mx-host" : "mx-host-pattern", " ");
	if (!json_is_object(summary)) {
		damage(w, "a policy has no summary, so its sessions are not known");
	} else {
		p->succeeded = count_of(w, summary, "total-successful-session-count");
		p->failed = count_of(w, summary, "total-failure-session-count");
	}
	if (p->domain.n == 0) {
		damage(w, "a policy does not say which domain it is about");
	}
	read_details(w, json_object_get(j, "failure-details"), p);
}

static void
read_policies(struct work *w, const json_t *list)
{
	size_t n = json_array_size(list);
	struct tlsrpt_policy *p;

	if (n > TLSRPT_POLICIES_MAX) {
		n = TLSRPT_POLICIES_MAX;
		damage(w, "more than %d policies; the rest was not read", TLSRPT_POLICIES_MAX);
	}
	p = n == 0 ? NULL : arena_alloc(w->arena, n * sizeof(*p));
	w->out->policies = p;
	for (size_t i = 0; i < n && p != NULL; i++) {
		const json_t *j = json_array_get(list, i);

		if (json_is_object(j)) {
			read_policy(w, j, &p[w->out->n_policies++]);
		} else {
			damage(w, "a policies entry is no object and was not read");
		}
	}
	if (n == 0) {
		damage(w, "it has no policy");
	}
}

/* ---- the report ---- */

/* JSON is UTF-8; bytes that are not are taken for ISO 8859-1. */
static bool
make_utf8(struct sv s, struct buf *b)
{
	bool was = true;

	(void)sv_take(&s, SV("\xef\xbb\xbf"));
	while (s.n > 0) {
		size_t n = utf8_len(s);
		unsigned char c = (unsigned char)s.p[0];

		if (n == 0) {
			buf_char(b, (char)(0xc0 | (c >> 6)));
			buf_char(b, (char)(0x80 | (c & 0x3f)));
			was = false;
			n = 1;
		} else {
			buf_add(b, s.p, n);
		}
		s = sv_from_at(s, n);
	}
	return was;
}

static bool
is_report(const json_t *root)
{
	return json_is_object(root) && json_is_array(json_object_get(root, "policies")) &&
	       (json_object_get(root, "organization-name") != NULL ||
		   json_object_get(root, "date-range") != NULL ||
		   json_object_get(root, "report-id") != NULL);
}

static bool
read_root(struct sv text, struct work *w, struct sv *problem_out)
{
	json_error_t e;
	struct buf b;
	bool utf8;
	json_t *root;
	const json_t *range;

	buf_init(&b, (size_t)2 * TLSRPT_BYTES_MAX);
	utf8 = make_utf8(text, &b);
	root = json_loadb(b.n == 0 ? "" : b.p, b.n, JSON_ALLOW_NUL, &e);
	if (root == NULL && json_error_code(&e) == json_error_numeric_overflow) {
		/* A count over 2^63: that number is wrong, and not the report. */
		root = json_loadb(b.p, b.n, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &e);
	}
	buf_done(&b);
	if (root == NULL) {
		return refuse(w->arena, problem_out, "broken JSON: line %d: %s", e.line, e.text);
	}
	if (!is_report(root)) {
		json_decref(root);
		return refuse(w->arena, problem_out, "it is JSON, but no TLS report (RFC 8460)");
	}
	if (!utf8) {
		damage(w, "it is not in UTF-8; odd bytes were read as ISO 8859-1");
	}
	w->out->org = text_of(w, root, "organization-name");
	w->out->contact = text_of(w, root, "contact-info");
	w->out->id = text_of(w, root, "report-id");
	range = json_object_get(root, "date-range");
	w->out->begin_s = time_of(w, range, "start-datetime");
	w->out->end_s = time_of(w, range, "end-datetime");
	read_policies(w, json_object_get(root, "policies"));
	json_decref(root);
	return true;
}

bool
tlsrpt_read(struct sv text, struct arena *arena, struct tlsrpt *out, struct sv *problem_out)
{
	struct work w = { .arena = arena, .out = out };

	*out = (struct tlsrpt){ 0 };
	*problem_out = (struct sv){ 0 };
	if (text.n > TLSRPT_BYTES_MAX) {
		return refuse(arena, problem_out, "a TLS report of more than %zu bytes is not read",
		    TLSRPT_BYTES_MAX);
	}
	return read_root(text, &w, problem_out);
}
