/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

#include <jansson.h>

/*
 * Abuse reports in the eXtended Abuse Reporting Format (RFC 9477 allows it beside ARF): version 0.1
 * and 0.2 as lines "Key: value" in a mail with X-ARF or X-XARF (abusix, x-arf.org), version 3 and 4
 * as JSON (xarf.org).  Only those about mail are complaints; port scans and break-ins name nobody.
 */

struct xarf {
	struct sv type;     /* "spam", "login-attack" */
	struct sv category; /* "messaging", "abuse", "Activity" */
	struct sv reporter, to, mail_from;
	bool found;
};

static bool
is_about_mail(const struct xarf *x)
{
	static const struct sv types[] = { SV_INIT("spam"), SV_INIT("mail"), SV_INIT("bulk"),
		SV_INIT("unsolicited"), SV_INIT("email") };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (sv_istarts(x->type, types[i])) {
			return true;
		}
	}
	return sv_ieq(x->category, SV("messaging"));
}

/* ---- version 0.1 and 0.2 ---- */

static bool
read_lines(struct scene *s, struct sv text, struct xarf *x)
{
	struct sv name;
	struct sv value;

	if (sv_ifind(text, SV("Report-Type:")) < 0) {
		return false;
	}
	while (mime_header_next(&text, &name, &value)) {
		value = sv_trim(mime_unfold(value, s->arena));
		if (sv_ieq(name, SV("Report-Type"))) {
			x->type = value;
			x->found = true;
		} else if (sv_ieq(name, SV("Category"))) {
			x->category = value;
		} else if (sv_ieq(name, SV("User-Agent")) ||
			   (sv_ieq(name, SV("Reported-From")) && x->reporter.n == 0)) {
			x->reporter = value;
		}
	}
	return x->found;
}

static bool
is_marked(const struct scene *s)
{
	struct sv v;

	return mime_header(s->head, SV("X-XARF"), &v) || mime_header(s->head, SV("X-ARF"), &v);
}

/* ---- version 3 and 4 ---- */

/* The mail itself, where it is the evidence: version 4 has all payloads in base64. */
static void
read_evidence(struct scene *s, const json_t *list, const char *type, const char *payload, bool v4)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		bool base64 = v4 || json_is_true(json_object_get(one, "Base64Encoded"));

		if (sv_istarts(scene_text_at(s, one, type), SV("message/")) ||
		    sv_istarts(scene_text_at(s, one, type), SV("text/rfc822"))) {
			scene_original(s, mime_decode(&s->mail, scene_text_at(s, one, payload),
					      base64 ? MIME_BASE64 : MIME_PLAIN, SV("utf-8")));
		}
	}
}

static bool
read_version_4(struct scene *s, const json_t *o, struct xarf *x)
{
	const json_t *reporter = json_object_get(o, "reporter");

	x->found = json_is_string(json_object_get(o, "xarf_version"));
	if (x->found) {
		x->category = scene_text_at(s, o, "category");
		x->type = scene_text_at(s, o, "type");
		x->reporter = scene_text_at(s, reporter, "org");
		x->to = scene_text_at(s, o, "smtp_to");
		x->mail_from = scene_text_at(s, o, "smtp_from");
		s->out->original.message_id = scene_text_at(s, o, "message_id");
		read_evidence(s, json_object_get(o, "evidence"), "content_type", "payload", true);
	}
	return x->found;
}

static bool
read_version_3(struct scene *s, const json_t *o, struct xarf *x)
{
	const json_t *report = json_object_get(o, "Report");

	x->type = scene_text_at(s, report, "ReportType");
	x->found = x->type.n > 0;
	if (x->found) {
		x->category = scene_text_at(s, report, "ReportClass");
		x->reporter = scene_text_at(s, json_object_get(o, "ReporterInfo"), "ReporterOrg");
		x->to = scene_text_at(s, report, "SmtpRcptToAddress");
		x->mail_from = scene_text_at(s, report, "SmtpMailFromAddress");
		read_evidence(
		    s, json_object_get(report, "Samples"), "ContentType", "Payload", false);
	}
	return x->found;
}

static bool
read_json(struct scene *s, struct sv text, struct xarf *x)
{
	json_t *o;
	bool ok;

	text = sv_trim(text);
	if (text.n == 0 || text.p[0] != '{' ||
	    (sv_find(text, SV("\"xarf_version\"")) < 0 &&
		sv_find(text, SV("\"ReportType\"")) < 0)) {
		return false;
	}
	o = json_loadb(text.p, text.n, JSON_DISABLE_EOF_CHECK, NULL);
	ok = json_is_object(o) && (read_version_4(s, o, x) || read_version_3(s, o, x));
	json_decref(o);
	return ok;
}

bool
xarf_read(struct scene *s)
{
	struct mime *m = &s->mail;
	struct xarf x = { 0 };
	bool marked = is_marked(s);

	for (size_t i = 0; i < m->n_parts && !x.found; i++) {
		const struct mime_part *p = &m->parts[i];
		bool json = sv_iends(p->type, SV("json"));

		if (p->multipart || p->message || !(json || marked)) {
			continue;
		}
		if (!read_json(s, mime_text(m, p), &x) && marked) {
			(void)read_lines(s, mime_text(m, p), &x);
		}
	}
	if (!x.found) {
		return false;
	}
	s->out->dialect = "xarf";
	if (is_about_mail(&x)) { /* anything else is no word about a delivery */
		(void)redacted_add(s, dsn_address(x.to));
		complaint_finish(s, x.type, mime_address(x.mail_from), x.reporter);
	}
	return true;
}
