/* SPDX-License-Identifier: Apache-2.0 */

/* MTA-STS (RFC 8461), TLS-RPT (RFC 8460), BIMI. */

#include "audit/private.h"
#include "auth/tags.h"
#include "base/civil.h"
#include "base/num.h"

#define STS_ID_MAX      32
#define STS_AGE_MAX     31557600
#define STS_AGE_SHORT   86400
#define STS_AGE_ADVISED 1209600 /* two weeks */
#define STS_MX_MAX      64

/* The records at LABEL.domain that begin with v=`version`. */
static void
find_record(
    struct audit_run *run, const char *label, struct sv version, struct audit_policy_record *p)
{
	const struct dns_answer *a = audit_ask_below(run, DNS_TXT, label, run->q->domain);

	if (a == NULL) {
		return;
	}
	p->unknown = dns_is_unknown(a);
	for (size_t i = 0; i < a->n; i++) {
		if (tags_begin_with(a->records[i].data, SV("v"), version)) {
			p->text = p->n++ == 0 ? a->records[i].data : p->text;
		}
	}
	if (p->n > 1) {
		p->fault = "there are several such records: receivers use none of them";
	}
}

static const char *
sts_record_fault(struct sv text)
{
	struct sv id = { 0 };

	if (!tags_find(text, SV("id"), &id) || id.n == 0 || id.n > STS_ID_MAX) {
		return "id= must have 1 to 32 letters and digits";
	}
	for (size_t i = 0; i < id.n; i++) {
		if (!char_is_alnum(id.p[i])) {
			return "id= must have nothing but letters and digits";
		}
	}
	return NULL;
}

/* ---- the policy file ---- */

struct sts_policy {
	struct sv version, mode, mx[STS_MX_MAX];
	size_t n_mx;
	uint32_t max_age_s;
	const char *fault;
};

/* Of a field that stands twice the first one counts, but for mx (section 3.2). */
static void
sts_line(struct sts_policy *p, struct sv key, struct sv value)
{
	if (sv_eq(key, SV("version")) && p->version.n == 0) {
		p->version = value;
	} else if (sv_eq(key, SV("mode")) && p->mode.n == 0) {
		p->mode = value;
	} else if (sv_eq(key, SV("max_age")) && p->max_age_s == UINT32_MAX && p->fault == NULL) {
		if (!num_u32(value, STS_AGE_MAX, &p->max_age_s)) {
			p->fault = "max_age must be a number of seconds up to 31557600";
		}
	} else if (sv_eq(key, SV("mx")) && p->n_mx < STS_MX_MAX) {
		p->mx[p->n_mx++] = value;
	}
}

static void
sts_read(struct sv text, struct sts_policy *p)
{
	*p = (struct sts_policy){ .max_age_s = UINT32_MAX };
	while (text.n > 0) {
		struct sv line;
		struct sv key;

		if (!sv_cut(&text, '\n', &line)) {
			line = text;
			text = (struct sv){ 0 };
		}
		line = sv_trim(line);
		if (line.n > 0 && sv_cut(&line, ':', &key)) {
			sts_line(p, sv_trim(key), sv_trim(line));
		}
	}
	if (p->fault != NULL) {
		return;
	}
	if (!sv_eq(p->version, SV("STSv1"))) {
		p->fault = "version: STSv1 is missing";
	} else if (!sv_eq(p->mode, SV("enforce")) && !sv_eq(p->mode, SV("testing")) &&
		   !sv_eq(p->mode, SV("none"))) {
		p->fault = "mode must be enforce, testing or none";
	} else if (p->max_age_s == UINT32_MAX) {
		p->fault = "max_age is missing";
	} else if (p->n_mx == 0 && !sv_eq(p->mode, SV("none"))) {
		p->fault = "there is no mx in it";
	}
}

/* "*.example.com" stands for one label; RFC 8461 section 4.1. */
static bool
sts_covers(const struct sts_policy *p, struct sv host)
{
	for (size_t i = 0; i < p->n_mx; i++) {
		struct sv pattern = p->mx[i];
		bool wild = sv_take(&pattern, SV("*."));

		if (sv_ieq(pattern, wild ? name_parent(host) : host)) {
			return true;
		}
	}
	return false;
}

/* The address of mta-sts.DOMAIN; false: pending, unseen, or there is none, which is said. */
static bool
find_sts_host(struct audit_run *run)
{
	const struct dns_answer *a = audit_ask_below(run, DNS_A, "mta-sts", run->q->domain);
	const struct dns_answer *b = audit_ask_below(run, DNS_AAAA, "mta-sts", run->q->domain);
	const struct dns_answer *use;

	if (a == NULL || b == NULL) {
		return false;
	}
	if (dns_is_void(a) && dns_is_void(b)) {
		(void)audit_find(run, FINDING_sts_policy_unreachable, run->q->domain,
		    "mta-sts.%.*s has no address", SV_ARG(run->q->domain));
	}
	use = a->n > 0 ? a : b;
	if (use->n == 0) {
		return false;
	}
	run->out->sts_ip.n = (unsigned)use->records[0].data.n;
	memcpy(run->out->sts_ip.b, use->records[0].data.p, use->records[0].data.n);
	run->out->wants_sts_file = true;
	return true;
}

/* The policy with every mail host there is, and the address of the file. */
static void
serve_sts(struct audit_run *run, struct finding *f, const char *mode)
{
	const struct audit *a = run->out;
	struct buf b;

	buf_init(&b, 0);
	buf_fmt(&b, "version: STSv1\nmode: %s\n", mode);
	for (size_t i = 0; i < a->n_mx; i++) {
		buf_fmt(&b, "mx: %.*s\n", SV_ARG(a->mx[i].host));
	}
	buf_fmt(&b, "max_age: %d\n", STS_AGE_ADVISED);
	f->url =
	    audit_text(run, "https://mta-sts.%.*s/.well-known/mta-sts.txt", SV_ARG(run->q->domain));
	f->file = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
}

static void
check_sts_file(struct audit_run *run)
{
	const struct sts_file *f = &run->q->sts;
	struct audit *out = run->out;
	struct sts_policy p;

	if (!find_sts_host(run) || !f->tried) {
		return;
	}
	if (!f->fetched) {
		(void)audit_find(run, FINDING_sts_policy_unreachable, run->q->domain, "%s",
		    f->problem == NULL ? "no reason known" : f->problem);
		return;
	}
	sts_read(f->text, &p);
	if (p.fault != NULL) {
		serve_sts(run,
		    audit_find(run, FINDING_sts_policy_broken, run->q->domain, "%s", p.fault),
		    "testing");
		return;
	}
	for (size_t i = 0; i < out->n_mx && !sv_eq(p.mode, SV("none")); i++) {
		if (!sts_covers(&p, out->mx[i].host)) {
			serve_sts(run,
			    audit_find(run, FINDING_sts_policy_mx, out->mx[i].host, "mode: %.*s",
				SV_ARG(p.mode)),
			    sv_eq(p.mode, SV("enforce")) ? "enforce" : "testing");
		}
	}
	if (!sv_eq(p.mode, SV("enforce")) || p.max_age_s < STS_AGE_SHORT) {
		serve_sts(run,
		    audit_find(run, FINDING_sts_policy_weak, run->q->domain,
			"mode: %.*s, max_age: %u", SV_ARG(p.mode), p.max_age_s),
		    "enforce");
	}
}

/* Today is as good an id as any, and tomorrow's is another. */
static void
publish_sts(struct audit_run *run, struct finding *f)
{
	char now[40];

	civil_print(run->q->now_us, now, sizeof(now));
	f->name = audit_text(run, "_mta-sts.%.*s", SV_ARG(run->q->domain));
	f->value = audit_text(
	    run, "v=STSv1; id=%.4s%.2s%.2s%.2s%.2s", now, now + 5, now + 8, now + 11, now + 14);
}

static void
check_sts(struct audit_run *run)
{
	struct audit_policy_record *p = &run->out->sts;
	struct finding *f;

	find_record(run, "_mta-sts", SV("STSv1"), p);
	if (p->n == 0) {
		if (!p->unknown && run->out->n_mx > 0) {
			f = audit_find(run, FINDING_sts_missing, run->q->domain, NULL);
			publish_sts(run, f);
			serve_sts(run, f, "testing");
		}
		return;
	}
	p->fault = p->fault == NULL ? sts_record_fault(p->text) : p->fault;
	if (p->fault != NULL) {
		publish_sts(
		    run, audit_find(run, FINDING_sts_broken, run->q->domain, "%s", p->fault));
	} else {
		check_sts_file(run);
	}
}

/* ---- TLS-RPT, BIMI ---- */

static const char *
tlsrpt_fault(struct sv text)
{
	struct sv rua = { 0 };

	if (!tags_find(text, SV("rua"), &rua) || rua.n == 0) {
		return "rua= is missing: nobody knows where reports go";
	}
	while (rua.n > 0) {
		struct sv one;

		if (!sv_cut(&rua, ',', &one)) {
			one = rua;
			rua = (struct sv){ 0 };
		}
		one = sv_trim(one);
		if (!(sv_istarts(one, SV("mailto:")) && sv_chr(one, '@') > 7) &&
		    !sv_istarts(one, SV("https://"))) {
			return "rua= takes mailto: and https: addresses only";
		}
	}
	return NULL;
}

static void
publish_tlsrpt(struct audit_run *run, struct finding *f)
{
	f->name = audit_text(run, "_smtp._tls.%.*s", SV_ARG(run->q->domain));
	f->value =
	    audit_text(run, "v=TLSRPTv1; rua=mailto:tls-reports@%.*s", SV_ARG(run->q->domain));
}

static void
check_tlsrpt(struct audit_run *run)
{
	struct audit_policy_record *p = &run->out->tlsrpt;

	find_record(run, "_smtp._tls", SV("TLSRPTv1"), p);
	if (p->n == 0) {
		if (!p->unknown && run->out->n_mx > 0) {
			publish_tlsrpt(
			    run, audit_find(run, FINDING_tlsrpt_missing, run->q->domain, NULL));
		}
		return;
	}
	p->fault = p->fault == NULL ? tlsrpt_fault(p->text) : p->fault;
	if (p->fault != NULL) {
		publish_tlsrpt(
		    run, audit_find(run, FINDING_tlsrpt_broken, run->q->domain, "%s", p->fault));
	}
}

static const char *
bimi_fault(struct sv text)
{
	struct sv l = { 0 };
	struct sv a = { 0 };

	if (!tags_find(text, SV("l"), &l)) {
		return "l= is missing";
	}
	if (l.n > 0 && !sv_istarts(l, SV("https://"))) {
		return "l= must be an https: address of an SVG file";
	}
	if (tags_find(text, SV("a"), &a) && a.n > 0 && !sv_istarts(a, SV("https://"))) {
		return "a= must be an https: address of a certificate";
	}
	return NULL;
}

static void
check_bimi(struct audit_run *run)
{
	struct audit_policy_record *p = &run->out->bimi;
	const struct dmarc_view *v = &run->out->dmarc.tree;

	find_record(run, "default._bimi", SV("BIMI1"), p);
	if (p->n == 0) {
		return;
	}
	p->fault = p->fault == NULL ? bimi_fault(p->text) : p->fault;
	if (p->fault != NULL) {
		(void)audit_find(run, FINDING_bimi_broken, run->q->domain, "%s", p->fault);
	}
	if (v->policy < DMARC_QUARANTINE || v->policy > DMARC_REJECT ||
	    v->record.sp == DMARC_NONE || v->record.pct < 100) {
		(void)audit_find(run, FINDING_bimi_policy, run->q->domain, NULL);
	}
}

void
audit_policies(struct audit_run *run)
{
	check_sts(run);
	check_tlsrpt(run);
	check_bimi(run);
}
