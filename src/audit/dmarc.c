/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/private.h"
#include "auth/tags.h"

static const struct {
	unsigned flaw;
	const char *words;
} untidy[] = {
	{ DMARC_BAD_VALUE, "a value that nobody knows; the default holds" },
	{ DMARC_UNKNOWN_TAG, "a tag that nobody knows; it is ignored" },
	{ DMARC_TWICE, "a tag stands twice; the first one holds" },
	{ DMARC_NO_TAG, "a part without \"=\": a semicolon may be missing" },
	{ DMARC_FO_ALONE, "fo is ignored where there is no ruf" },
	{ DMARC_P_LATE, "p should come right behind v: older receivers want it there" },
};

static const char *
known_policy(const struct dmarc_record *r)
{
	return r->p == DMARC_ABSENT || r->p == DMARC_INVALID ? "none" : dmarc_policy_name(r->p);
}

static struct sv
record_name(struct audit_run *run, struct sv domain)
{
	return audit_text(run, "_dmarc.%.*s", SV_ARG(domain));
}

/* The record without what RFC 9989 took away, and with p right behind v. */
static struct sv
tidy_record(struct audit_run *run, const struct dmarc_record *r, const char *policy, struct sv more)
{
	struct sv rest = r->text;
	struct sv out;
	struct tag t;
	struct buf b;

	buf_init(&b, 0);
	buf_fmt(&b, "v=DMARC1; p=%s", policy);
	while (tags_next(&rest, &t)) {
		if (t.name.n == 0 || sv_ieq(t.name, SV("v")) || sv_ieq(t.name, SV("p")) ||
		    (sv_ieq(t.name, SV("sp")) && r->sp == DMARC_INVALID) ||
		    (sv_ieq(t.name, SV("np")) && r->np == DMARC_INVALID) ||
		    sv_ieq(t.name, SV("pct")) || sv_ieq(t.name, SV("rf")) ||
		    sv_ieq(t.name, SV("ri"))) {
			continue;
		}
		buf_fmt(&b, "; %.*s=", SV_ARG(t.name));
		if (sv_ieq(t.name, SV("rua")) || sv_ieq(t.name, SV("ruf"))) {
			const struct dmarc_uri *uris = sv_ieq(t.name, SV("rua")) ? r->rua : r->ruf;
			size_t n = sv_ieq(t.name, SV("rua")) ? r->n_rua : r->n_ruf;

			for (size_t i = 0; i < n; i++) {
				buf_fmt(&b, "%s%.*s", i == 0 ? "" : ",", SV_ARG(uris[i].text));
			}
		} else {
			buf_sv(&b, t.value);
		}
	}
	buf_sv(&b, more);
	out = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

static void
publish(struct audit_run *run, struct finding *f, struct sv domain, struct sv value)
{
	f->name = record_name(run, domain);
	f->value = value;
}

/* ---- no record ---- */

static void
no_record(struct audit_run *run)
{
	struct sv domain = run->q->domain;
	const struct dns_answer *a = audit_ask(run, DNS_TXT, domain);
	const struct dns_answer *b = audit_ask_below(run, DNS_TXT, "_dmarc", domain);
	struct sv text = { 0 };

	if (a == NULL || b == NULL || dns_is_unknown(b)) {
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		if (sv_istarts(a->records[i].data, SV("v=dmarc1"))) {
			(void)audit_find(run, FINDING_dmarc_misplaced, domain,
			    "it must be at _dmarc.%.*s", SV_ARG(domain));
		}
	}
	for (size_t i = 0; i < b->n; i++) {
		text = b->records[i].data;
		if (!dmarc_is_record(text) && sv_ifind(text, SV("dmarc")) >= 0) {
			(void)audit_find(run, FINDING_dmarc_misplaced, sv_head(text, 60),
			    "a record begins with v=DMARC1; to the letter");
		}
	}
	publish(run, audit_find(run, FINDING_dmarc_missing, domain, NULL), run->out->dmarc.tree.org,
	    audit_text(run, "v=DMARC1; p=none; rua=mailto:dmarc-reports@%.*s",
		SV_ARG(run->out->dmarc.tree.org)));
}

/* ---- the record ---- */

static void
check_address(struct audit_run *run, const struct dmarc_uri *uri, struct sv owner)
{
	const struct dns_answer *mx;
	const struct dns_answer *a;

	if (uri->host.n == 0) {
		return;
	}
	switch (dmarc_report_consent(run->book, run->arena, owner, uri->host)) {
	case DMARC_CONSENT_PENDING:
		run->out->pending = true;
		break;
	case DMARC_CONSENT_MISSING: {
		struct finding *f = audit_find(run, FINDING_dmarc_no_consent, uri->text,
		    "%.*s has to publish it", SV_ARG(uri->host));

		f->name =
		    audit_text(run, "%.*s._report._dmarc.%.*s", SV_ARG(owner), SV_ARG(uri->host));
		f->value = SV("v=DMARC1;");
		break;
	}
	case DMARC_CONSENT_OWN:
	case DMARC_CONSENT_GIVEN:
	case DMARC_CONSENT_UNKNOWN:
		break;
	}
	mx = audit_ask(run, DNS_MX, uri->host);
	a = audit_ask(run, DNS_A, uri->host);
	if (mx != NULL && a != NULL && dns_is_void(mx) && dns_is_void(a)) {
		(void)audit_find(run, FINDING_dmarc_report_host, uri->text, NULL);
	}
}

static void
check_reports(struct audit_run *run, const struct dmarc_view *v)
{
	const struct dmarc_record *r = &v->record;

	if (r->n_rua == 0) {
		publish(run, audit_find(run, FINDING_dmarc_no_reports, v->domain, NULL), v->domain,
		    tidy_record(run, r, known_policy(r),
			audit_text(run, "; rua=mailto:dmarc-reports@%.*s", SV_ARG(v->domain))));
	}
	if ((r->flaws & DMARC_BAD_URI) != 0) {
		(void)audit_find(run, FINDING_dmarc_bad_address, v->domain, NULL);
	}
	for (size_t i = 0; i < r->n_rua; i++) {
		check_address(run, &r->rua[i], v->domain);
	}
	for (size_t i = 0; i < r->n_ruf; i++) {
		check_address(run, &r->ruf[i], v->domain);
	}
}

static void
check_policy(struct audit_run *run, const struct dmarc_view *v)
{
	const struct dmarc_record *r = &v->record;

	if ((r->flaws & (DMARC_NO_P | DMARC_BAD_P | DMARC_BAD_SP | DMARC_BAD_NP)) != 0) {
		publish(run,
		    audit_find(run, FINDING_dmarc_policy_broken, v->domain,
			r->n_rua > 0 ? "receivers take it for p=none"
				     : "receivers apply no DMARC at all"),
		    v->domain, tidy_record(run, r, known_policy(r), (struct sv){ 0 }));
		return;
	}
	if (v->policy == DMARC_NONE) {
		(void)audit_find(run, FINDING_dmarc_monitors, v->domain, "%s=none", v->tag);
	} else if (r->testing) {
		(void)audit_find(run, FINDING_dmarc_testing, v->domain, "%s is applied as %s",
		    dmarc_policy_name(v->policy), dmarc_policy_name(dmarc_milder(v->policy)));
	}
	if (r->p >= DMARC_QUARANTINE && r->sp == DMARC_NONE) {
		(void)audit_find(run, FINDING_dmarc_subdomains_open, v->domain, NULL);
	}
	if (r->sp != DMARC_ABSENT && !sv_ieq(v->domain, v->org)) {
		(void)audit_find(run, FINDING_dmarc_sp_ignored, v->domain,
		    "the organisation is %.*s", SV_ARG(v->org));
	}
}

static void
check_tidy(struct audit_run *run, const struct dmarc_view *v)
{
	const struct dmarc_record *r = &v->record;
	const unsigned gone = DMARC_OLD_PCT | DMARC_OLD_RF | DMARC_OLD_RI | DMARC_OLD_SIZE;

	if ((r->flaws & gone) != 0) {
		struct finding *f = audit_find(run, FINDING_dmarc_gone, v->domain, "%s%s%s%s",
		    (r->flaws & DMARC_OLD_PCT) != 0 ? "pct " : "",
		    (r->flaws & DMARC_OLD_RF) != 0 ? "rf " : "",
		    (r->flaws & DMARC_OLD_RI) != 0 ? "ri " : "",
		    (r->flaws & DMARC_OLD_SIZE) != 0 ? "!size" : "");

		publish(run, f, v->domain, tidy_record(run, r, known_policy(r), (struct sv){ 0 }));
	}
	for (size_t i = 0; i < sizeof(untidy) / sizeof(untidy[0]); i++) {
		if ((r->flaws & untidy[i].flaw) != 0) {
			(void)audit_find(
			    run, FINDING_dmarc_untidy, v->domain, "%s", untidy[i].words);
		}
	}
}

static void
check_views(struct audit_run *run, const struct dmarc_views *d)
{
	if (!d->differ || d->pending || d->walk.unknown) {
		return;
	}
	(void)audit_find(run, FINDING_dmarc_views_differ, run->q->domain,
	    "tree walk: organisation %.*s, policy %s; Public Suffix List: organisation %.*s, "
	    "policy %s",
	    SV_ARG(d->tree.org), dmarc_policy_name(d->tree.policy), SV_ARG(d->suffix.org),
	    dmarc_policy_name(d->suffix.policy));
}

void
audit_dmarc(struct audit_run *run)
{
	struct dmarc_views *d = &run->out->dmarc;

	dmarc_views(run->book, run->arena, run->q->domain, d);
	run->out->pending |= d->pending;
	if (d->pending) {
		return;
	}
	for (size_t i = 0; i < d->walk.n; i++) {
		if (d->walk.steps[i].found == DMARC_SEVERAL) {
			(void)audit_find(run, FINDING_dmarc_several, d->walk.steps[i].domain, NULL);
		}
	}
	if (d->tree.found == DMARC_NO_RECORD) {
		no_record(run);
	} else if (d->tree.found == DMARC_RECORD) {
		check_policy(run, &d->tree);
		check_reports(run, &d->tree);
		check_tidy(run, &d->tree);
	}
	check_views(run, d);
}
