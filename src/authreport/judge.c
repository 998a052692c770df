/* SPDX-License-Identifier: Apache-2.0 */
#include "authreport/private.h"

#include <jansson.h>

const char *
readiness_name(enum readiness r)
{
	static const char *const names[] = { "too little", "not ready", "nearly", "ready" };

	return names[r];
}

/* ---- sources ---- */

static bool
is_under(struct sv domain, struct sv parent)
{
	return sv_iends(domain, parent) &&
	       (domain.n == parent.n || domain.p[domain.n - parent.n - 1] == '.');
}

static struct sv
member(const json_t *o, const char *name)
{
	const json_t *j = json_object_get(o, name);

	return json_is_string(j) ? sv_make(json_string_value(j), json_string_length(j))
				 : (struct sv){ 0 };
}

/* What the results say of the domain itself. */
struct own_results {
	bool broken; /* its signature was broken on the way */
	bool
	    passed; /* its signature or its SPF passed: who sends has its key, or is in its record */
};

/* From the results of its largest record: the domains that vouch for it. */
static struct own_results
read_results(struct view *v, const struct view_domain *d, struct view_source *s)
{
	json_t *list = json_loadb(s->sum.auth.p, s->sum.auth.n, 0, NULL);
	struct own_results own = { false, false };
	size_t i;
	json_t *a;

	json_array_foreach(list, i, a)
	{
		bool passed = sv_eq(member(a, "result"), SV("pass"));
		struct sv dkim = member(a, "dkim");
		struct sv spf = member(a, "spf");

		own.broken |= dkim.n > 0 && !passed && is_under(dkim, d->sum.domain);
		own.passed |= passed && d->sum.domain.n > 0 &&
			      is_under(dkim.n > 0 ? dkim : spf, d->sum.domain);
		/* Another's signature says more about who sends than the domain's own. */
		if (passed && dkim.n > 0 &&
		    (s->dkim_domain.n == 0 || !is_under(dkim, d->sum.domain))) {
			s->dkim_domain = arena_sv(v->arena, dkim);
		}
		if (passed && spf.n > 0 && s->spf_domain.n == 0) {
			s->spf_domain = arena_sv(v->arena, spf);
		}
	}
	json_decref(list);
	return own;
}

static bool
has_reason(const struct view_source *s, const char *type)
{
	return sv_find(s->sum.reasons, sv_from(type)) >= 0;
}

/* Mail that somebody passed on: it names a list, or our signature broke under another's SPF. */
static bool
is_forwarded(const struct view_domain *d, const struct view_source *s, bool broken)
{
	return (s->service != NULL && s->service->forwarder) || has_reason(s, "mailing_list") ||
	       has_reason(s, "forwarded") || has_reason(s, "trusted_forwarder") ||
	       (broken && s->spf_domain.n > 0 && !is_under(s->spf_domain, d->sum.domain));
}

static enum source_role
role_of(const struct view_domain *d, const struct view_source *s, struct own_results own)
{
	const struct auth_counts *c = &s->sum.spans[AUTH_ALL];

	if (c->failed == 0) {
		return ROLE_ALIGNED;
	}
	if (own.passed && c->failed == c->all) {
		return ROLE_OWN; /* and not aligned: strict alignment, as a rule */
	}
	if (is_forwarded(d, s, own.broken)) {
		return ROLE_FORWARDER;
	}
	if (c->failed < c->all) {
		return ROLE_OWN;
	}
	/* An address of a service alone is no sign: anybody may be its customer. */
	return s->service != NULL && !s->by_address ? ROLE_SERVICE : ROLE_UNKNOWN;
}

void
judge_source(struct view *v, const struct view_domain *d, struct view_source *s)
{
	const struct auth_counts *week = &s->sum.spans[AUTH_WEEK];
	const struct auth_counts *before = &s->sum.spans[AUTH_WEEK_BEFORE];
	struct own_results own = read_results(v, d, s);

	s->service = service_by_domain(v->words, s->dkim_domain, s->spf_domain);
	if (s->service == NULL && s->sum.ip_bytes > 0) {
		s->service = service_by_address(v->words, s->sum.ip, s->sum.ip_bytes);
		s->by_address = s->service != NULL;
	}
	s->role = role_of(d, s, own);
	s->is_new = s->sum.first_day >= v->week && d->sum.first_day < v->week;
	s->went_bad = week->failed > 0 && before->all > 0 && before->failed == 0;
	s->gone = week->all == 0 && before->all >= GONE_MESSAGES;
}

/* ---- domains ---- */

uint64_t
loss_of(const struct auth_counts *c, enum policy_step step)
{
	uint64_t forgiven = step == STEP_REJECT ? c->forgiven_reject : c->forgiven;

	return c->failed - (forgiven < c->failed ? forgiven : c->failed);
}

uint64_t
losses_of(const struct view_domain *d, enum policy_step step)
{
	uint64_t n = 0;

	for (int r = ROLE_OWN; r < ROLES; r++) {
		n += d->losing[step][r];
	}
	return n;
}

static void
add_losses(struct view_domain *d, enum policy_step step)
{
	uint64_t all = loss_of(&d->sum.spans[AUTH_ALL], step);
	uint64_t told = 0;

	for (size_t i = 0; i < d->n_sources; i++) {
		const struct view_source *s = &d->sources[i];
		uint64_t loss = loss_of(&s->sum.spans[AUTH_ALL], step);

		d->losing[step][s->role] += loss;
		told += loss;
	}
	/* The smallest sources are not in the list when there are very many. */
	d->losing[step][ROLE_UNKNOWN] += all > told ? all - told : 0;
}

enum stage {
	STAGE_NONE,
	STAGE_QUARANTINE,
	STAGE_REJECT,
	STAGES
};

static enum stage
stage_of(const struct view_domain *d)
{
	if (sv_eq(d->sum.p, SV("reject"))) {
		return STAGE_REJECT;
	}
	return sv_eq(d->sum.p, SV("quarantine")) ? STAGE_QUARANTINE : STAGE_NONE;
}

/* For the next step; at the last one, for staying there. */
static enum readiness
readiness_of(const struct view_domain *d)
{
	const uint64_t *losing =
	    d->losing[stage_of(d) == STAGE_NONE ? STEP_QUARANTINE : STEP_REJECT];
	double own = (double)(losing[ROLE_OWN] + losing[ROLE_SERVICE]);
	double all = (double)d->sum.spans[AUTH_ALL].all;

	if (own > NEARLY_SHARE * all) {
		return READINESS_NOT; /* which few days are enough to see */
	}
	if (all < READY_MESSAGES || d->sum.days < READY_DAYS) {
		return READINESS_TOO_LITTLE;
	}
	return own > READY_SHARE * all ? READINESS_NEARLY : READINESS_READY;
}

/* Mailing lists: spam is bad for them, a refusal worse, for it throws readers off the list. */
static bool
is_passed_on(const struct view_domain *d)
{
	return (double)d->losing[STEP_REJECT][ROLE_FORWARDER] >
	       READY_SHARE * (double)d->sum.spans[AUTH_ALL].all;
}

static const char *
advice_of(const struct view_domain *d)
{
	static const char *const advice[STAGES][4] = {
		[STAGE_NONE] = { [READINESS_TOO_LITTLE] =
				     "stay at p=none until there are two weeks of reports",
		    [READINESS_NOT] = "stay at p=none; first mend the sources above that are yours",
		    [READINESS_NEARLY] =
			"mend the few messages of your own that fail, then p=quarantine",
		    [READINESS_READY] = "publish p=quarantine: no mail of yours would be lost" },
		[STAGE_QUARANTINE] = { [READINESS_TOO_LITTLE] = "stay at p=quarantine until there "
								"are two weeks of reports",
		    [READINESS_NOT] =
			"mail of yours goes to spam now: mend the sources above that are yours",
		    [READINESS_NEARLY] =
			"mend the few messages of your own that fail before p=reject",
		    [READINESS_READY] =
			"p=reject is possible; where people of this domain write to mailing"
			" lists, p=quarantine is the better end (RFC 9989)" },
		[STAGE_REJECT] = { [READINESS_TOO_LITTLE] =
				       "nothing to do; there is little to judge by yet",
		    [READINESS_NOT] =
			"mail of yours is refused now: mend the sources above that are yours",
		    [READINESS_NEARLY] =
			"a few messages of yours are refused: mend the sources above",
		    [READINESS_READY] = "nothing to do" },
	};

	if (sv_eq(d->sum.testing, SV("y")) && d->readiness == READINESS_READY) {
		return "remove t=y: no mail of yours would be lost";
	}
	if (stage_of(d) == STAGE_QUARANTINE && d->readiness == READINESS_READY && is_passed_on(d)) {
		return "stay at p=quarantine: nothing of your own fails, but p=reject would refuse "
		       "what"
		       " mailing lists and forwarders pass on (RFC 9989)";
	}
	return advice[stage_of(d)][d->readiness];
}

void
view_finish(struct view *v)
{
	for (size_t i = 0; i < v->n_domains; i++) {
		struct view_domain *d = &v->domains[i];

		add_losses(d, STEP_QUARANTINE);
		add_losses(d, STEP_REJECT);
		d->readiness = readiness_of(d);
		d->advice = advice_of(d);
	}
}
