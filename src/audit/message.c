/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/message.h"

#include "audit/private.h"
#include "auth/author.h"

/* ---- From ---- */

static bool
find_author(struct audit_run *run, const struct dkim_message *m, struct sv *out)
{
	size_t fields;

	if (author_of_message(m, run->arena, out, &fields)) {
		return true;
	}
	*out = (struct sv){ 0 };
	(void)audit_find(run, FINDING_msg_from_several, (struct sv){ 0 }, "%zu From fields%s",
	    fields, fields == 1 ? ", not one address in it" : "");
	return false;
}

/* ---- signatures ---- */

static const struct dkim_field *
find_field(const struct dkim_message *m, struct sv name)
{
	for (size_t i = 0; i < m->n; i++) {
		if (sv_ieq(m->fields[i].name, name)) {
			return &m->fields[i];
		}
	}
	return NULL;
}

/*
 * By the tree walk; where the author domain has no record at all, nothing but the Public Suffix
 * List can say who is one organisation.
 */
static bool
is_aligned(struct audit_run *run, const struct message_audit *m, struct sv domain, char mode)
{
	struct sv author = m->author;
	enum dmarc_alignment a;

	if (author.n == 0 || domain.n == 0) {
		return false;
	}
	if (m->dmarc.tree.found == DMARC_NO_RECORD) {
		return sv_ieq(
		    dmarc_suffix_org(author, run->arena), dmarc_suffix_org(domain, run->arena));
	}
	a = dmarc_align(run->book, run->arena, author, domain, mode);
	run->out->pending |= a == DMARC_ALIGNMENT_PENDING;
	return a == DMARC_ALIGNED;
}

static bool
is_named(struct sv names, struct sv field)
{
	while (names.n > 0) {
		struct sv one;

		if (!sv_cut(&names, ':', &one)) {
			one = names;
			names = (struct sv){ 0 };
		}
		if (sv_ieq(sv_trim(one), field)) {
			return true;
		}
	}
	return false;
}

/* What readers see and section 5.4.1 of RFC 6376 wants signed; From is a matter of its own. */
static struct sv
open_fields(struct audit_run *run, const struct dkim_message *m, struct sv names)
{
	static const char *const seen[] = { "Subject", "Date", "To", "Cc", "Reply-To" };
	struct sv out;
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		struct sv field = sv_from(seen[i]);

		if (find_field(m, field) != NULL && !is_named(names, field)) {
			buf_fmt(&b, "%s%s", b.n > 0 ? ", " : "", seen[i]);
		}
	}
	out = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

static void
judge_signature(struct audit_run *run, const struct message_signature *s, struct sv author)
{
	const struct dkim_verdict *v = &s->verdict;
	struct sv about = audit_text(
	    run, "d=%.*s s=%.*s", SV_ARG(v->signature.domain), SV_ARG(v->signature.selector));

	if (v->result == DKIM_PENDING || v->result == DKIM_TEMPERROR) {
		return;
	}
	if (v->result != DKIM_PASS) {
		(void)audit_find(run, FINDING_msg_signature, about, "%s: %s",
		    dkim_result_name(v->result), v->reason);
		return;
	}
	if (!s->aligned && author.n > 0) {
		(void)audit_find(
		    run, FINDING_msg_not_aligned, about, "From is of %.*s", SV_ARG(author));
	}
	if (v->signature.body_bytes != UINT64_MAX) {
		(void)audit_find(run, FINDING_msg_body_open, about,
		    "%llu bytes are not covered now", (unsigned long long)v->bytes_uncovered);
	}
	if (s->open.n > 0 && s->aligned) {
		(void)audit_find(
		    run, FINDING_msg_fields_open, about, "not covered: %.*s", SV_ARG(s->open));
	}
	if (!v->from_sealed && s->aligned) {
		(void)audit_find(run, FINDING_msg_from_open, about, NULL);
	}
}

static void
check_signatures(
    struct audit_run *run, const struct dkim_message *m, int64_t now_us, struct message_audit *out)
{
	const struct dmarc_record *r = &out->dmarc.tree.record;

	for (size_t i = 0; i < m->n && out->n < DKIM_SIGNATURES_MAX; i++) {
		struct message_signature *s = &out->signatures[out->n];

		if (!sv_ieq(m->fields[i].name, SV("DKIM-Signature"))) {
			continue;
		}
		out->n++;
		dkim_verify(run->book, run->arena, m, i, now_us, &s->verdict);
		run->out->pending |= s->verdict.result == DKIM_PENDING;
		s->aligned =
		    is_aligned(run, out, s->verdict.signature.domain, r->adkim == 's' ? 's' : 'r');
		s->open = open_fields(run, m, s->verdict.signature.names);
		judge_signature(run, s, out->author);
		out->dmarc_passes |= s->verdict.result == DKIM_PASS && s->aligned;
	}
	if (out->n == 0) {
		(void)audit_find(run, FINDING_msg_unsigned, out->author, NULL);
	}
}

/* ---- unsubscribe ---- */

static void
check_unsubscribe(
    struct audit_run *run, const struct dkim_message *m, const struct message_audit *a)
{
	const struct dkim_field *list = find_field(m, SV("List-Unsubscribe"));
	const struct dkim_field *post = find_field(m, SV("List-Unsubscribe-Post"));
	bool covered = false;

	if (list == NULL || post == NULL) {
		(void)audit_find(run, FINDING_msg_unsubscribe_missing, (struct sv){ 0 },
		    "%s is not there", list == NULL ? "List-Unsubscribe" : "List-Unsubscribe-Post");
		return;
	}
	if (sv_ifind(list->value, SV("<https://")) < 0) {
		(void)audit_find(run, FINDING_msg_unsubscribe_broken, sv_trim(list->value),
		    "there is no https address in it");
	}
	if (!sv_eq(sv_trim(post->value), SV("List-Unsubscribe=One-Click"))) {
		(void)audit_find(run, FINDING_msg_unsubscribe_broken, sv_trim(post->value),
		    "List-Unsubscribe-Post says something else");
	}
	for (size_t i = 0; i < a->n; i++) {
		const struct dkim_verdict *v = &a->signatures[i].verdict;

		covered |= v->result == DKIM_PASS && v->covers_unsubscribe && v->covers_post;
	}
	if (!covered && !run->out->pending) {
		(void)audit_find(run, FINDING_msg_unsubscribe_unsigned, (struct sv){ 0 }, NULL);
	}
}

/* ---- the whole ---- */

static void
check_spf(struct audit_run *run, const struct message_request *q, struct message_audit *out)
{
	if (!q->has_spf) {
		return;
	}
	spf_check(run->book, run->arena, &q->spf, &out->spf);
	run->out->pending |= out->spf.result == SPF_PENDING;
	out->spf_aligned =
	    is_aligned(run, out, out->spf.domain, out->dmarc.tree.record.aspf == 's' ? 's' : 'r');
	out->dmarc_passes |= out->spf.result == SPF_PASS && out->spf_aligned;
}

void
audit_message(struct book *book, struct arena *arena, const struct message_request *q,
    struct message_audit *out, struct audit *findings)
{
	struct audit_run run = { .book = book, .arena = arena, .out = findings };
	struct dkim_message m;

	memset(out, 0, sizeof(*out));
	memset(findings, 0, sizeof(*findings));
	if (!dkim_message_read(q->bytes, arena, &m)) {
		(void)audit_find(
		    &run, FINDING_dns_unknown, (struct sv){ 0 }, "the limit of memory is reached");
		return;
	}
	if (find_author(&run, &m, &out->author)) {
		dmarc_views(book, arena, out->author, &out->dmarc);
		findings->pending |= out->dmarc.pending;
	}
	check_signatures(&run, &m, q->now_us, out);
	check_spf(&run, q, out);
	check_unsubscribe(&run, &m, out);
	if (!findings->pending && out->author.n > 0 && !out->dmarc_passes) {
		(void)audit_find(&run, FINDING_msg_dmarc_fails, out->author, "its policy: %s",
		    out->dmarc.tree.found == DMARC_RECORD
			? dmarc_policy_name(out->dmarc.tree.policy)
			: "there is no record");
	}
	audit_note_unseen(&run);
}
