/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/private.h"

#define RUA_SURE 2 /* addresses that every receiver writes to (RFC 7489 section 6.2) */

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

static struct sv
record_name(struct audit_run *run, struct sv domain)
{
	return audit_text(run, "_dmarc.%.*s", SV_ARG(domain));
}

static void
publish(struct audit_run *run, struct finding *f, struct sv domain, struct sv value)
{
	f->name = record_name(run, domain);
	f->value = value;
}

/* ---- no record ---- */

/* A record that stands in the wrong place or begins wrongly, as it should be; empty: it is none. */
static struct sv
meant_by(struct audit_run *run, struct sv text)
{
	ptrdiff_t at = sv_ifind(text, SV("dmarc1"));
	struct dmarc_view v = { .domain = run->q->domain, .org = run->out->dmarc.tree.org };
	struct sv rest = at < 0 ? (struct sv){ 0 } : sv_from_at(text, (size_t)at + 6);

	while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == ';' || rest.p[0] == ',')) {
		rest = sv_from_at(rest, 1);
	}
	while (rest.n > 0 && rest.p[rest.n - 1] == '"') {
		rest = sv_head(rest, rest.n - 1);
	}
	dmarc_record_read(audit_text(run, "v=DMARC1; %.*s", SV_ARG(rest)), &v.record);
	return audit_dmarc_record(run, &v);
}

static void
misplaced(struct audit_run *run, struct sv text, struct sv about, struct sv detail)
{
	publish(run, audit_find(run, FINDING_dmarc_misplaced, about, "%.*s", SV_ARG(detail)),
	    run->q->domain, meant_by(run, text));
}

static void
no_record(struct audit_run *run)
{
	struct sv domain = run->q->domain;
	const struct dns_answer *a = audit_ask(run, DNS_TXT, domain);
	const struct dns_answer *b = audit_ask_below(run, DNS_TXT, "_dmarc", domain);
	size_t before = run->out->n;
	struct sv text = { 0 };

	if (a == NULL || b == NULL || dns_is_unknown(b)) {
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		text = a->records[i].data;
		if (sv_istarts(text, SV("v=dmarc1"))) {
			misplaced(run, text, domain,
			    audit_text(run, "it must be at _dmarc.%.*s", SV_ARG(domain)));
		}
	}
	for (size_t i = 0; i < b->n; i++) {
		text = b->records[i].data;
		if (!dmarc_is_record(text) && sv_ifind(text, SV("dmarc")) >= 0) {
			misplaced(run, text, sv_head(text, 60),
			    SV("a record begins with v=DMARC1; to the letter"));
		}
	}
	if (run->out->n > before) {
		return; /* that is why there is none */
	}
	publish(run, audit_find(run, FINDING_dmarc_missing, domain, NULL), run->out->dmarc.tree.org,
	    audit_text(run, "v=DMARC1; p=none; rua=mailto:dmarc-reports@%.*s",
		SV_ARG(run->out->dmarc.tree.org)));
}

/* ---- several ---- */

/* The mildest of them, which can break nothing, and of those one that asks for reports. */
static void
several(struct audit_run *run, struct sv domain)
{
	const struct dns_answer *a = audit_ask_below(run, DNS_TXT, "_dmarc", domain);
	struct finding *f = audit_find(run, FINDING_dmarc_several, domain, NULL);
	struct dmarc_view best = { .domain = domain, .org = domain };
	struct buf b;

	buf_init(&b, 2000);
	for (size_t i = 0; a != NULL && i < a->n; i++) {
		struct dmarc_record r;

		if (!dmarc_is_record(a->records[i].data)) {
			continue;
		}
		dmarc_record_read(a->records[i].data, &r);
		buf_str(&b, b.n > 0 ? " | " : "");
		buf_sv(&b, r.text);
		if (best.record.text.n == 0 || r.p < best.record.p ||
		    (r.p == best.record.p && best.record.n_rua == 0)) {
			best.record = r;
		}
	}
	f->detail = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	publish(run, f, domain, audit_dmarc_record(run, &best));
	f->note = SV("the mildest of them: make it stricter when the reports allow it");
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
		    audit_dmarc_record(run, v));
	}
	if (r->n_rua > RUA_SURE) {
		(void)audit_find(run, FINDING_dmarc_untidy, v->domain,
		    "rua names %s%zu addresses: receivers need not write to more than %d",
		    r->n_rua == DMARC_URIS_MAX ? "at least " : "", r->n_rua, RUA_SURE);
	}
	if ((r->flaws & DMARC_BAD_URI) != 0) {
		publish(run, audit_find(run, FINDING_dmarc_bad_address, v->domain, NULL), v->domain,
		    audit_dmarc_record(run, v));
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
		    v->domain, audit_dmarc_record(run, v));
		return;
	}
	if (v->policy == DMARC_NONE) {
		(void)audit_find(run, FINDING_dmarc_monitors, v->domain, "%s=none", v->tag);
	} else if (r->testing) {
		(void)audit_find(run, FINDING_dmarc_testing, v->domain, "%s is applied as %s",
		    dmarc_policy_name(v->policy), dmarc_policy_name(dmarc_milder(v->policy)));
	}
	if (r->p >= DMARC_QUARANTINE && r->sp == DMARC_NONE) {
		publish(run, audit_find(run, FINDING_dmarc_subdomains_open, v->domain, NULL),
		    v->domain, audit_dmarc_record(run, v));
	}
	if (r->sp != DMARC_ABSENT && !sv_ieq(v->domain, v->org)) {
		publish(run,
		    audit_find(run, FINDING_dmarc_sp_ignored, v->domain, "the organisation is %.*s",
			SV_ARG(v->org)),
		    v->domain, audit_dmarc_record(run, v));
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

		publish(run, f, v->domain, audit_dmarc_record(run, v));
	}
	for (size_t i = 0; i < sizeof(untidy) / sizeof(untidy[0]); i++) {
		if ((r->flaws & untidy[i].flaw) != 0) {
			publish(run,
			    audit_find(run, FINDING_dmarc_untidy, v->domain, "%s", untidy[i].words),
			    v->domain, audit_dmarc_record(run, v));
		}
	}
}

static void
check_views(struct audit_run *run, const struct dmarc_views *d)
{
	struct dmarc_view own = { .domain = run->q->domain, .org = d->tree.org };
	struct finding *f;

	if (!d->differ || d->pending || d->walk.unknown) {
		return;
	}
	f = audit_find(run, FINDING_dmarc_views_differ, run->q->domain,
	    "tree walk: organisation %.*s, policy %s; Public Suffix List: organisation %.*s, "
	    "policy %s",
	    SV_ARG(d->tree.org), dmarc_policy_name(d->tree.policy), SV_ARG(d->suffix.org),
	    dmarc_policy_name(d->suffix.policy));
	if (d->tree.found == DMARC_RECORD && !sv_ieq(d->tree.domain, run->q->domain) &&
	    d->tree.policy <= DMARC_REJECT) {
		own.record.p = d->tree.policy;
		publish(run, f, run->q->domain, audit_dmarc_record(run, &own));
	}
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
			several(run, d->walk.steps[i].domain);
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
