/* SPDX-License-Identifier: Apache-2.0 */

/* A domain whose SPF nobody can use: what stands there, and what it was meant to be. */

#include "audit/private.h"

#define MENDS_MAX 8 /* wrong terms of a record that are mended; more are no slip */

/* ---- slips ---- */

/* What people write, and what they mean. */
static const struct {
	const char *written, *meant;
} slips[] = {
	{ "ipv4:", "ip4:" },
	{ "ipv6:", "ip6:" },
	{ "ip4=", "ip4:" },
	{ "ip6=", "ip6:" },
	{ "ip:", "ip4:" },
	{ "include=", "include:" },
	{ "a=", "a:" },
	{ "mx=", "mx:" },
	{ "redirect:", "redirect=" },
	{ "exp:", "exp=" },
};

static struct sv
slip_of(struct audit_run *run, struct sv term)
{
	struct sv rest = term;
	struct ip ip;

	while (rest.n > 0 && (rest.p[rest.n - 1] == ',' || rest.p[rest.n - 1] == ';')) {
		rest = sv_head(rest, rest.n - 1);
	}
	if (rest.n < term.n) {
		return rest;
	}
	if (ip_read(term, &ip)) {
		return audit_text(run, "ip%d:%.*s", ip.n == 4 ? 4 : 6, SV_ARG(term));
	}
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		struct sv written = sv_from(slips[i].written);

		if (sv_istarts(term, written)) {
			return audit_text(
			    run, "%s%.*s", slips[i].meant, SV_ARG(sv_from_at(term, written.n)));
		}
	}
	return (struct sv){ 0 };
}

struct sv
audit_spf_meant(struct audit_run *run, struct sv term)
{
	struct sv meant = slip_of(run, term);
	struct spf_record r;

	return meant.n > 0 && spf_record_read(
				  audit_text(run, "v=spf1 %.*s", SV_ARG(meant)), run->arena, &r)
		   ? meant
		   : (struct sv){ 0 };
}

/* The record with one of its words changed, or left out if there is nothing instead. */
static struct sv
with_word(struct audit_run *run, struct sv text, struct sv word, struct sv instead)
{
	struct sv rest = text;
	struct sv out;
	struct buf b;

	buf_init(&b, 0);
	while (rest.n > 0) {
		struct sv one;

		if (!sv_cut(&rest, ' ', &one)) {
			one = rest;
			rest = (struct sv){ 0 };
		}
		one = one.p == word.p ? instead : one;
		if (one.n > 0) {
			buf_str(&b, b.n > 0 ? " " : "");
			buf_sv(&b, one);
		}
	}
	out = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

/*
 * The record as it was meant, and the terms that nobody can make sense of.  Empty: it cannot be
 * told what was meant; what is left must name somebody, or it would forbid all mail.
 */
static struct sv
mended(struct audit_run *run, struct sv text, struct sv *lost_out)
{
	*lost_out = (struct sv){ 0 };
	for (int i = 0; i <= MENDS_MAX && spf_is_record(text); i++) {
		struct spf_record r;
		struct sv meant;

		if (spf_record_read(text, run->arena, &r)) {
			return r.n > (r.all != NULL) ? text : (struct sv){ 0 };
		}
		meant = audit_spf_meant(run, r.fault_at);
		if (meant.n == 0) {
			*lost_out = audit_text(run, "%.*s%s%.*s", SV_ARG(*lost_out),
			    lost_out->n > 0 ? ", " : "left out: ", SV_ARG(r.fault_at));
		}
		text = with_word(run, text, r.fault_at, meant);
	}
	return (struct sv){ 0 };
}

static void
publish(struct audit_run *run, struct finding *f, struct sv value)
{
	if (value.n > 0) {
		f->name = run->q->domain;
		f->value = value;
	}
}

static void
publish_mended(struct audit_run *run, struct finding *f, struct sv text)
{
	struct sv lost = { 0 };

	publish(run, f, text.n == 0 ? text : mended(run, text, &lost));
	f->note = f->value.n > 0 ? lost : f->note;
}

/* ---- no record ---- */

static void
suggest_record(struct audit_run *run, struct finding *f)
{
	const struct audit_request *q = run->q;
	const struct dns_answer *mx = audit_ask(run, DNS_MX, q->domain);
	bool has_mx = mx != NULL && mx->n > 0 && mx->records[0].data.n > 0;
	struct buf b;

	if (q->n_ips == 0 && !has_mx) {
		f->note = SV("say --ip for each address that sends, and a record is shown here");
		return;
	}
	buf_init(&b, 0);
	buf_str(&b, "v=spf1");
	for (size_t i = 0; i < q->n_ips; i++) {
		buf_fmt(&b, " ip%d:", q->ips[i].n == 4 ? 4 : 6);
		ip_print(&q->ips[i], &b);
	}
	buf_str(&b, has_mx ? " mx ~all" : " ~all");
	publish(run, f, arena_sv(run->arena, buf_view(&b)));
	f->note = SV("add what else sends for the domain before you publish it");
	buf_done(&b);
}

/* Without what stands around it, and with a blank where one is due. */
static struct sv
unwrapped(struct audit_run *run, struct sv text)
{
	ptrdiff_t at = sv_ifind(text, SV("spf1"));
	struct sv rest = at < 0 ? (struct sv){ 0 } : sv_from_at(text, (size_t)at + 4);

	while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == ';' || rest.p[0] == ',')) {
		rest = sv_from_at(rest, 1);
	}
	while (rest.n > 0 && (rest.p[rest.n - 1] == '"' || rest.p[rest.n - 1] == ' ')) {
		rest = sv_head(rest, rest.n - 1);
	}
	return rest.n == 0 ? rest : audit_text(run, "v=spf1 %.*s", SV_ARG(rest));
}

/* Records that people take for SPF and receivers do not. */
static bool
look_alikes(struct audit_run *run, const struct dns_answer *a)
{
	bool any = false;

	for (size_t i = 0; i < a->n; i++) {
		struct sv text = a->records[i].data;
		const char *wrong = NULL;

		if (spf_is_record(text)) {
			continue;
		}
		if (sv_istarts(text, SV("spf2.0"))) {
			wrong = "Sender ID (spf2.0) is dead: nobody reads it";
		} else if (sv_istarts(text, SV("v=spf1"))) {
			wrong = "there must be a blank behind v=spf1";
		} else if (sv_ifind(sv_head(text, 12), SV("v=spf1")) > 0) {
			wrong = "v=spf1 must come first, with nothing before it, no quotes and no "
				"blanks";
		} else if (sv_ifind(sv_head(text, 12), SV("spf1")) >= 0) {
			wrong = "a record begins with v=spf1";
		}
		if (wrong != NULL) {
			publish_mended(run,
			    audit_find(run, FINDING_spf_look_alike, sv_head(text, 60), "%s", wrong),
			    unwrapped(run, text));
			any = true;
		}
	}
	return any;
}

/* ---- several records ---- */

static bool
has_word(struct sv text, struct sv word)
{
	while (text.n > 0) {
		struct sv one;

		if (!sv_cut(&text, ' ', &one)) {
			one = text;
			text = (struct sv){ 0 };
		}
		if (sv_ieq(one, word)) {
			return true;
		}
	}
	return false;
}

/* The milder of two ends; 0: there is none. */
static char
milder_end(char a, const struct spf_record *r)
{
	static const char mildest_first[] = "~-"; /* ? and + are no ends to advise */
	char b = r->all == NULL || r->all->qualifier != '-' ? '~' : '-';

	return a == 0 || b == mildest_first[0] ? b : a;
}

/* The terms of all in one; empty where that is no matter of adding. */
static struct sv
joined(struct audit_run *run, const struct dns_answer *a)
{
	struct sv out = { 0 };
	unsigned asks = 0;
	char end = 0;
	struct buf b;

	buf_init(&b, 0);
	buf_str(&b, "v=spf1");
	for (size_t i = 0; i < a->n; i++) {
		struct sv text = a->records[i].data;
		struct spf_record r;

		if (!spf_is_record(text)) {
			continue;
		}
		if (!spf_record_read(text, run->arena, &r) || r.redirect != NULL) {
			buf_done(&b);
			return out;
		}
		for (size_t k = 0; k < r.n; k++) {
			if (r.terms[k].kind != SPF_ALL &&
			    !has_word(buf_view(&b), r.terms[k].text)) {
				asks += spf_term_asks(&r.terms[k]);
				buf_char(&b, ' ');
				buf_sv(&b, r.terms[k].text);
			}
		}
		end = milder_end(end, &r);
	}
	buf_fmt(&b, " %call", end == 0 ? '~' : end);
	out = asks > SPF_LOOKUPS_MAX ? out : arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	return out;
}

static void
several(struct audit_run *run, const struct dns_answer *a)
{
	struct finding *f = audit_find(run, FINDING_spf_several, run->q->domain, NULL);
	struct buf b;

	buf_init(&b, 2000);
	for (size_t i = 0; i < a->n; i++) {
		if (spf_is_record(a->records[i].data)) {
			buf_str(&b, b.n > 0 ? " | " : "");
			buf_sv(&b, a->records[i].data);
		}
	}
	f->detail = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	publish(run, f, joined(run, a));
}

/* ---- all ---- */

void
audit_spf_unusable(struct audit_run *run, const struct spf_node *top)
{
	const struct dns_answer *a = audit_ask(run, DNS_TXT, run->q->domain);

	if (a == NULL || top->found == SPF_TEMPERROR) {
		return; /* said by dns_unknown */
	}
	if (top->found == SPF_PERMERROR && top->record.fault != NULL) {
		publish_mended(run,
		    audit_find(
			run, FINDING_spf_syntax, top->record.fault_at, "%s", top->record.fault),
		    top->text);
	} else if (top->found == SPF_PERMERROR) {
		several(run, a);
	} else if (!look_alikes(run, a)) {
		suggest_record(run, audit_find(run, FINDING_spf_missing, run->q->domain, NULL));
	}
}
