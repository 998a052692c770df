/* SPDX-License-Identifier: Apache-2.0 */

/* check_host(), sections 4 to 6. */

#include "auth/spf_private.h"
#include "base/err.h"
#include "dns/idn.h"

#include <stdarg.h>
#include <stdio.h>

#define NOTE_MAX 400

/* Which term ended the check, and whose explanation holds. */
struct ending {
	const struct spf_term *exp;
	struct sv exp_domain;
	struct sv mechanism;
};

struct place {
	struct sv domain;
	unsigned depth;
};

static enum spf_result check_domain(
    struct spf_run *run, struct sv domain, unsigned depth, struct ending *end);

static void note(struct spf_run *run, const struct place *at, struct sv term, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
note(struct spf_run *run, const struct place *at, struct sv term, const char *fmt, ...)
{
	struct spf_verdict *v = run->out;
	char text[NOTE_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || v->steps == NULL) {
		return;
	}
	v->reason = arena_sv(run->arena, sv_from(text));
	if (v->n_steps == SPF_STEPS_MAX) { /* the end says more than the middle */
		v->n_steps--;
		v->n_lost++;
	}
	v->steps[v->n_steps++] = (struct spf_step){
		.domain = at->domain,
		.term = term,
		.note = v->reason,
		.depth = at->depth,
		.lookups = v->lookups,
	};
}

/* ---- one mechanism ---- */

static enum spf_match
match_include(struct spf_run *run, struct sv name, const struct place *at)
{
	static const enum spf_match means[] = {
		[SPF_NONE] = SPF_MATCH_WRONG,
		[SPF_NEUTRAL] = SPF_NO_MATCH,
		[SPF_PASS] = SPF_MATCH,
		[SPF_FAIL] = SPF_NO_MATCH,
		[SPF_SOFTFAIL] = SPF_NO_MATCH,
		[SPF_TEMPERROR] = SPF_MATCH_UNKNOWN,
		[SPF_PERMERROR] = SPF_MATCH_WRONG,
		[SPF_PENDING] = SPF_MATCH_PENDING,
	};
	struct ending ignored = { 0 };

	return means[check_domain(run, name, at->depth + 1, &ignored)];
}

static enum spf_match
match_term(struct spf_run *run, const struct spf_term *t, const struct place *at)
{
	struct sv name = at->domain;

	if (t->domain.n > 0 && !spf_expand_name(run, t->domain, at->domain, &name)) {
		return SPF_MATCH_PENDING;
	}
	switch (t->kind) {
	case SPF_ALL:
		return SPF_MATCH;
	case SPF_INCLUDE:
		return match_include(run, name, at);
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS:
		return spf_match_lookup(run, t, name);
	case SPF_IP4:
		return ip_in_net(&run->q->ip, t->ip, 4, t->bits4) ? SPF_MATCH : SPF_NO_MATCH;
	case SPF_IP6:
		return ip_in_net(&run->q->ip, t->ip, 16, t->bits6) ? SPF_MATCH : SPF_NO_MATCH;
	case SPF_REDIRECT:
	case SPF_EXP:
	case SPF_OTHER:
		break;
	}
	return SPF_NO_MATCH;
}

/* ---- a record ---- */

/* What the terms will ask first is asked now, so that answers come side by side. */
static void
ask_ahead(struct spf_run *run, const struct spf_record *r, struct sv domain)
{
	static const enum dns_type types[] = { [SPF_INCLUDE] = DNS_TXT,
		[SPF_MX] = DNS_MX,
		[SPF_EXISTS] = DNS_A,
		[SPF_REDIRECT] = DNS_TXT,
		[SPF_OTHER] = DNS_NO_TYPE };
	unsigned used = run->out->lookups;

	for (size_t i = 0; i < r->n && used < SPF_LOOKUPS_MAX; i++) {
		const struct spf_term *t = &r->terms[i];
		enum dns_type type = types[t->kind];
		struct sv name = domain;

		if (!spf_term_asks(t) || spf_term_is_idle(r, t)) {
			continue;
		}
		used++;
		if (t->kind == SPF_A) {
			type = run->q->ip.n == 4 ? DNS_A : DNS_AAAA;
		}
		if (type != DNS_NO_TYPE &&
		    (t->domain.n == 0 || (sv_ifind(t->domain, SV("%{p")) < 0 &&
					     spf_expand_name(run, t->domain, domain, &name)))) {
			(void)book_ask(run->book, type, name);
		}
	}
}

static enum spf_result
by_qualifier(char q)
{
	return q == '+' ? SPF_PASS : q == '-' ? SPF_FAIL : q == '~' ? SPF_SOFTFAIL : SPF_NEUTRAL;
}

static bool
one_more_lookup(struct spf_run *run, const struct place *at, const struct spf_term *t)
{
	if (!spf_term_asks(t) || ++run->out->lookups <= SPF_LOOKUPS_MAX) {
		return true;
	}
	note(run, at, t->text, "more than %d terms that ask the DNS", SPF_LOOKUPS_MAX);
	return false;
}

/* SPF_NONE: no mechanism matched. */
static enum spf_result
walk_terms(
    struct spf_run *run, const struct spf_record *r, const struct place *at, struct ending *end)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct spf_term *t = &r->terms[i];
		enum spf_result result;

		if (t->kind >= SPF_REDIRECT) {
			continue;
		}
		end->mechanism = t->text;
		if (!one_more_lookup(run, at, t)) {
			return SPF_PERMERROR;
		}
		switch (match_term(run, t, at)) {
		case SPF_MATCH:
			result = by_qualifier(t->qualifier);
			note(run, at, t->text, "matches: %s", spf_result_name(result));
			end->exp = r->exp;
			end->exp_domain = at->domain;
			return result;
		case SPF_MATCH_UNKNOWN:
			note(run, at, t->text, "a look-up failed: temperror");
			return SPF_TEMPERROR;
		case SPF_MATCH_WRONG:
			note(run, at, t->text, "permerror: %s",
			    run->out->voids > SPF_VOIDS_MAX ? "more than 2 void look-ups"
			    : t->kind == SPF_INCLUDE        ? "the included record cannot be used"
							    : "more than 10 mail hosts");
			return SPF_PERMERROR;
		case SPF_MATCH_PENDING:
			return SPF_PENDING;
		case SPF_NO_MATCH:
			note(run, at, t->text, "no match");
			break;
		}
	}
	return SPF_NONE;
}

static enum spf_result
redirect(
    struct spf_run *run, const struct spf_record *r, const struct place *at, struct ending *end)
{
	const struct spf_term *t = r->redirect;
	enum spf_result result;
	struct sv name;

	end->mechanism = t->text;
	if (!one_more_lookup(run, at, t)) {
		return SPF_PERMERROR;
	}
	if (!spf_expand_name(run, t->domain, at->domain, &name)) {
		return SPF_PENDING;
	}
	result = check_domain(run, name, at->depth + 1, end);
	if (result != SPF_NONE) {
		return result;
	}
	note(run, at, t->text, "permerror: it leads to no SPF record");
	return SPF_PERMERROR;
}

static enum spf_result
check_domain(struct spf_run *run, struct sv domain, unsigned depth, struct ending *end)
{
	const struct place at = { domain, depth };
	struct spf_record record;
	enum spf_result result;
	const char *reason = NULL;
	struct sv text = { 0 };

	if (!name_is_valid(domain) || name_labels(domain) < 2) {
		note(run, &at, (struct sv){ 0 }, "no domain name");
		return SPF_NONE;
	}
	result = spf_find(run->book, domain, &text, &reason);
	if (result != SPF_PASS) {
		if (result != SPF_PENDING) {
			note(run, &at, (struct sv){ 0 }, "%s: %s", spf_result_name(result), reason);
		}
		return result;
	}
	if (!spf_record_read(text, run->arena, &record)) {
		note(run, &at, record.fault_at, "permerror: %s", record.fault);
		end->mechanism = record.fault_at;
		return SPF_PERMERROR;
	}
	note(run, &at, (struct sv){ 0 }, "reads \"%.*s\"", SV_ARG(text));
	ask_ahead(run, &record, domain);
	result = walk_terms(run, &record, &at, end);
	if (result != SPF_NONE) {
		return result;
	}
	if (record.redirect != NULL && record.all == NULL) {
		return redirect(run, &record, &at, end);
	}
	end->mechanism = (struct sv){ 0 };
	note(run, &at, (struct sv){ 0 }, "no mechanism matches: neutral");
	return SPF_NEUTRAL;
}

/* ---- the whole ---- */

/* exp=, section 6.2: whatever is wrong with it, there is just no explanation.  False: pending. */
static bool
explain(struct spf_run *run, const struct ending *end)
{
	const struct dns_answer *a;
	struct sv name;
	struct buf b;
	bool ok;

	if (end->exp == NULL) {
		return true;
	}
	if (!spf_expand_name(run, end->exp->domain, end->exp_domain, &name)) {
		return false;
	}
	a = book_ask(run->book, DNS_TXT, name);
	if (a == NULL) {
		return false;
	}
	if (a->n != 1 || !spf_macro_is_valid(a->records[0].data, true)) {
		return true;
	}
	buf_init(&b, ANSWER_TEXT_MAX);
	ok = spf_expand(run, a->records[0].data, end->exp_domain, &b);
	run->out->explanation = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
	return ok;
}

static void
split_sender(struct spf_run *run)
{
	struct sv from = run->q->from;
	ptrdiff_t at = sv_rfind(from, SV("@"));
	struct buf b;

	run->local = at > 0 ? sv_head(from, (size_t)at) : SV("postmaster");
	run->sender_domain = from.n == 0 ? run->q->helo : sv_from_at(from, (size_t)(at + 1));
	(void)name_to_ascii(run->sender_domain, run->arena, &run->sender_domain); /* RFC 8616 */
	buf_init(&b, 0);
	buf_sv(&b, run->local);
	buf_char(&b, '@');
	buf_sv(&b, run->sender_domain);
	run->sender = arena_sv(run->arena, buf_view(&b));
	buf_done(&b);
}

void
spf_check(
    struct book *book, struct arena *arena, const struct spf_question *q, struct spf_verdict *out)
{
	struct spf_run run = { .book = book, .arena = arena, .q = q, .out = out };
	struct ending end = { 0 };

	check(q->ip.n == 4 || q->ip.n == 16);
	*out = (struct spf_verdict){ 0 };
	out->steps = arena_alloc(arena, SPF_STEPS_MAX * sizeof(*out->steps));
	split_sender(&run);
	out->domain = run.sender_domain;
	out->result = check_domain(&run, run.sender_domain, 0, &end);
	out->mechanism = end.mechanism;
	if (out->result == SPF_FAIL && !explain(&run, &end)) {
		out->result = SPF_PENDING;
	}
}
