/* SPDX-License-Identifier: Apache-2.0 */
#include "bounce/private.h"

/*
 * Complaints: the Abuse Reporting Format (RFC 5965, 6591, 6650, 9477), Microsoft's JMRP,
 * which is a mail with a mail in it, and Apple's unsubscribe mails.  Reporters hide who
 * complained, so that it is looked for wherever the sender himself wrote it down.
 */

/* What is blotted out: "redacted", "xxxx", "undisclosed". */
static bool
is_hidden(struct sv address)
{
	static const struct sv words[] = { SV_INIT("redacted"), SV_INIT("undisclosed"),
		SV_INIT("xxx"), SV_INIT("hidden"), SV_INIT("recipient@removed"), SV_INIT("***") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sv_istarts(address, words[i])) {
			return true;
		}
	}
	return sv_chr(address, '@') <= 0;
}

/* "bounces+user=example.com@list.example" -> user@example.com */
static struct sv
verp_address(struct scene *s, struct sv address)
{
	ptrdiff_t at = sv_rfind(address, SV("@"));
	struct sv local = at < 0 ? address : sv_head(address, (size_t)at);
	ptrdiff_t equals = sv_rfind(local, SV("="));
	size_t from = 0;
	char *p;

	if (local.p == NULL || equals <= 0 || sv_chr(sv_from_at(local, (size_t)equals), '.') < 0) {
		return (struct sv){ 0 };
	}
	/* The user part begins behind the last mark in front of the '=' that such tags use. */
	for (size_t i = 0; i < (size_t)equals; i++) {
		if (local.p[i] == '+' || (local.p[i] == '-' && from == 0) || local.p[i] == '=') {
			from = i + 1;
		}
	}
	p = arena_alloc(s->arena, local.n - from);
	if (p == NULL || from >= (size_t)equals) {
		return (struct sv){ 0 };
	}
	memcpy(p, local.p + from, local.n - from);
	p[(size_t)equals - from] = '@';
	return sv_make(p, local.n - from);
}

/* "...?email=user%40example.com&..." -> user@example.com */
static struct sv
url_address(struct scene *s, struct sv url)
{
	ptrdiff_t at = sv_ifind(url, SV("%40"));
	size_t from;
	size_t to;
	char *p;

	if (at <= 0) {
		return (struct sv){ 0 };
	}
	from = (size_t)at;
	to = (size_t)at + 3;
	while (from > 0 &&
	       (char_is_alnum(url.p[from - 1]) || strchr("._-+", url.p[from - 1]) != NULL)) {
		from--;
	}
	while (to < url.n && (char_is_alnum(url.p[to]) || url.p[to] == '.' || url.p[to] == '-')) {
		to++;
	}
	p = arena_alloc(s->arena, to - from);
	if (p == NULL || from == (size_t)at || to == (size_t)at + 3) {
		return (struct sv){ 0 };
	}
	memcpy(p, url.p + from, (size_t)at - from);
	p[(size_t)at - from] = '@';
	memcpy(p + ((size_t)at - from) + 1, url.p + at + 3, to - (size_t)at - 3);
	return sv_make(p, to - from - 2);
}

static bool
add_if_shown(struct scene *s, struct sv address)
{
	if (address.n == 0 || is_hidden(address) || sv_ieq(address, s->from)) {
		return false;
	}
	(void)scene_add(s, address);
	return true;
}

/* Where the sender's own mail says to whom it went. */
static void
from_original(struct scene *s)
{
	static const struct sv direct[] = { SV_INIT("X-HmXmrOriginalRecipient"),
		SV_INIT("X-Original-To"), SV_INIT("Delivered-To"), SV_INIT("X-Rcpt-To"),
		SV_INIT("X-Envelope-To"), SV_INIT("X-Recipient"), SV_INIT("To") };
	static const struct sv verps[] = { SV_INIT("Return-Path"), SV_INIT("Sender"),
		SV_INIT("X-Envelope-From"), SV_INIT("Errors-To"), SV_INIT("CFBL-Address") };
	static const struct sv urls[] = { SV_INIT("List-Unsubscribe"), SV_INIT("CFBL-Feedback-ID"),
		SV_INIT("Feedback-ID") };
	struct sv head = s->out->original.head;
	struct sv v;

	for (size_t i = 0; i < sizeof(direct) / sizeof(direct[0]); i++) {
		if (mime_header(head, direct[i], &v) && add_if_shown(s, dsn_address(v))) {
			return;
		}
	}
	for (size_t i = 0; i < sizeof(verps) / sizeof(verps[0]); i++) {
		if (mime_header(head, verps[i], &v) &&
		    add_if_shown(s, verp_address(s, mime_address(v)))) {
			return;
		}
	}
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		if (mime_header(head, urls[i], &v) &&
		    (add_if_shown(s, url_address(s, v)) ||
			add_if_shown(s, verp_address(s, mime_address(v))))) {
			return;
		}
	}
	if (mime_header(head, SV("Received"), &v)) {
		struct sv before;

		if (sv_cut_sv(&v, SV("for <"), &before) && sv_cut(&v, '>', &before)) {
			(void)add_if_shown(s, before);
		}
	}
	/* Hidden is still somebody: the reporter's own word is better than none. */
	if (s->out->n_recipients == 0 && mime_header(head, SV("To"), &v) && mime_address(v).n > 0) {
		(void)scene_add(s, mime_address(v));
	}
}

struct feedback {
	struct sv type, reporter, mail_from, arrival;
	bool found;
};

/* RFC 5965 section 3; Original-Rcpt-To and Removal-Recipient may come more than once. */
static void
read_fields(struct scene *s, struct sv text, struct feedback *f)
{
	struct sv name;
	struct sv value;
	struct sv removal = { 0 };

	while (mime_header_next(&text, &name, &value)) {
		value = mime_unfold(value, s->arena);
		if (sv_ieq(name, SV("Feedback-Type"))) {
			f->type = value;
			f->found = true;
		} else if (sv_ieq(name, SV("Original-Rcpt-To"))) {
			(void)add_if_shown(s, dsn_address(value));
		} else if (sv_ieq(name, SV("Removal-Recipient"))) {
			removal = dsn_address(value);
		} else if (sv_ieq(name, SV("Original-Mail-From"))) {
			f->mail_from = mime_address(value);
		} else if (sv_ieq(name, SV("User-Agent")) || sv_ieq(name, SV("Reporting-MTA"))) {
			f->reporter = value;
		}
	}
	if (s->out->n_recipients == 0) {
		(void)add_if_shown(s, removal);
	}
}

static bool
is_jmrp(const struct scene *s)
{
	struct sv v;

	return (sv_istarts(s->out->subject, SV("complaint about message from")) &&
		   sv_istarts(s->from, SV("staff@hotmail."))) ||
	       mime_header(s->out->original.head, SV("X-HmXmrOriginalRecipient"), &v);
}

static void
finish(struct scene *s, const struct feedback *f)
{
	struct bounce *out = s->out;
	bool complaint = !sv_ieq(f->type, SV("auth-failure")) && !sv_ieq(f->type, SV("not-spam")) &&
			 !sv_ieq(f->type, SV("dmarc"));

	if (out->n_recipients == 0) {
		(void)add_if_shown(s, verp_address(s, f->mail_from));
	}
	if (out->n_recipients == 0) {
		from_original(s);
	}
	if (out->n_recipients == 0) {
		(void)scene_add(s, (struct sv){ 0 }); /* somebody, but nobody says who */
	}
	out->kind = complaint ? BOUNCE_COMPLAINT : BOUNCE_REPORT;
	out->cause = !complaint                           ? "delivered"
		     : sv_istarts(f->type, SV("opt-out")) ? "unsubscribe"
							  : "complaint";
	out->by_cause = true;
	out->dialect = "feedback";
	out->reporter = f->reporter.n > 0 ? f->reporter : s->from;
}

bool
feedback_read(struct scene *s)
{
	struct mime *m = &s->mail;
	struct feedback f = { 0 };
	struct sv v;

	for (size_t i = 0; i < m->n_parts && !f.found; i++) {
		if (sv_ieq(m->parts[i].type, SV("message/feedback-report"))) {
			read_fields(s, mime_text(m, &m->parts[i]), &f);
			f.found = true;
		}
	}
	if (!f.found && sv_istarts(mime_param(s->head, SV("report-type")), SV("feedback-report"))) {
		read_fields(s, s->out->text, &f);
		f.found = true; /* it says so, however little is left of it */
	}
	if (!f.found && is_jmrp(s)) {
		f.found = true;
		f.reporter = s->from;
	}
	if (f.found) {
		finish(s, &f);
		return true;
	}
	if (mime_header(s->head, SV("X-Apple-Unsubscribe"), &v) && s->from.n > 0) {
		(void)scene_add(s, s->from);
		s->out->kind = BOUNCE_COMPLAINT;
		s->out->cause = "unsubscribe";
		s->out->by_cause = true;
		s->out->dialect = "feedback";
		return true;
	}
	return false;
}
