/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/classify.h"

#include "base/buf.h"
#include "classify/memo.h"

#include <limits.h>
#include <stdlib.h>

struct hit {
	unsigned pattern; /* PATTERN_NONE: it was a MATCH_MAYBE, and does not fit */
	size_t end;
};
#define PATTERN_NONE UINT_MAX

struct classifier {
	const struct knowledge *k;   /* borrowed */
	struct match_scan *scan;     /* owned */
	struct memo *memo;           /* owned */
	const struct cause *unknown; /* borrowed from the knowledge */
	struct buf text;             /* the normalised reply */
	struct hit *hits;            /* owned; room for every pattern, each is found once */
	size_t n_hits;
};

enum err
classifier_new(const struct knowledge *k, struct classifier **out, struct why *why)
{
	struct classifier *c = mem_new(1, sizeof(*c));

	(void)why;
	c->scan = match_scan_new(knowledge_patterns(k), 0);
	c->memo = memo_new(k);
	c->hits = mem_new(knowledge_n_patterns(k) + 1, sizeof(*c->hits));
	c->k = k;
	c->unknown = knowledge_cause_find(k, SV("undetermined"));
	check(c->unknown != NULL);
	buf_init(&c->text, REPLY_TEXT_MAX * 2);
	*out = c;
	return ERR_OK;
}

void
classifier_free(struct classifier **pc)
{
	struct classifier *c = *pc;

	if (c != NULL) {
		match_scan_free(&c->scan);
		memo_free(&c->memo);
		free(c->hits);
		buf_done(&c->text);
		free(c);
		*pc = NULL;
	}
}

void
classifier_stats(const struct classifier *c, struct match_stats *out)
{
	match_scan_stats(c->scan, out);
}

/* ---- does a rule hold? ---- */

static bool
code_holds(const struct rule *r, unsigned code)
{
	for (size_t i = 0; i < r->n_codes; i++) {
		if (code >= r->codes[i].low && code <= r->codes[i].high) {
			return true;
		}
	}
	return r->n_codes == 0;
}

static bool
part_holds(uint16_t want, uint16_t got)
{
	return want == STATUS_ANY || want == got;
}

static bool
status_holds(const struct rule *r, struct status st)
{
	for (size_t i = 0; i < r->n_statuses; i++) {
		const struct status_glob *g = &r->statuses[i];

		if (st.klass != 0 && part_holds(g->klass, st.klass) &&
		    part_holds(g->subject, st.subject) && part_holds(g->detail, st.detail)) {
			return true;
		}
	}
	return r->n_statuses == 0;
}

static bool
time_holds(const struct rule *r, int64_t time_us)
{
	return time_us == TIME_NONE || ((r->from_us == TIME_NONE || time_us >= r->from_us) &&
					   (r->until_us == TIME_NONE || time_us < r->until_us));
}

/* Is it found indeed?  Once asked, the hit knows. */
static bool
hit_holds(struct classifier *c, struct hit *h)
{
	if (h->end == MATCH_MAYBE &&
	    !match_scan_confirm(c->scan, buf_view(&c->text), h->pattern, &h->end)) {
		h->pattern = PATTERN_NONE;
	}
	return h->pattern != PATTERN_NONE;
}

static bool
unless_found(struct classifier *c, const struct rule *r)
{
	for (size_t i = 0; r->n_unless > 0 && i < c->n_hits; i++) {
		int64_t at = (int64_t)c->hits[i].pattern - r->first_unless;

		if (at >= 0 && at < r->n_unless && hit_holds(c, &c->hits[i])) {
			return true;
		}
	}
	return false;
}

/* Does the rule hold if its words are found?  `unless` is not asked: that may cost. */
static bool
rule_fits(const struct rule *r, const struct question *q)
{
	/* Words tell enough without a stage; a bare code that means something at one stage does not. */
	bool stage_unknown =
	    q->stage == STAGE_NONE && r->tier != TIER_STATUS && r->tier != TIER_CODE;

	return code_holds(r, q->reply.code) && status_holds(r, q->reply.status) &&
	       (r->stages == 0 || stage_unknown || (r->stages >> q->stage & 1u) != 0) &&
	       (r->saws == 0 || q->saw == SAW_NOTHING || (r->saws >> q->saw & 1u) != 0) &&
	       time_holds(r, q->time_us);
}

/* Where a rule stands for this question; TIER_NONE: it has no say. */
static enum tier
tier_for(const struct rule *r, const struct provider *p)
{
	if (r->provider == NULL || r->provider == p) {
		return r->tier;
	}
	if (r->tier != TIER_PROVIDER_TOKEN) {
		return TIER_NONE;
	}
	return p == NULL ? TIER_PROVIDER_TOKEN : TIER_FOREIGN_TOKEN;
}

/* The lower tier wins, then the lower index. */
static void
consider(struct classifier *c, const struct question *q, struct hit *h, struct memo_found *best)
{
	const struct rule *r = knowledge_pattern_rule(c->k, h->pattern);
	enum tier tier = tier_for(r, q->provider);

	if (tier == TIER_NONE || tier > best->tier ||
	    (tier == best->tier && best->rule != NULL && r->index >= best->rule->index)) {
		return;
	}
	if (rule_fits(r, q) && hit_holds(c, h) && !unless_found(c, r)) {
		*best = (struct memo_found){ r, tier, h->end };
	}
}

/* What is found for sure first, so that fewer of the others need be read whole. */
static void
try_hits(struct classifier *c, const struct question *q, bool sure, struct memo_found *best)
{
	for (size_t i = 0; i < c->n_hits; i++) {
		struct hit *h = &c->hits[i];

		if (h->pattern != PATTERN_NONE && (h->end != MATCH_MAYBE) == sure &&
		    !knowledge_pattern_is_unless(c->k, h->pattern)) {
			consider(c, q, h, best);
		}
	}
}

static void
on_hit(void *context, unsigned pattern, size_t end)
{
	struct classifier *c = context;

	c->hits[c->n_hits++] = (struct hit){ pattern, end };
}

static void
try_codes(struct classifier *c, const struct question *q, enum tier tier, struct memo_found *best)
{
	size_t n;
	const struct rule *const *rows = knowledge_code_rules(c->k, q->provider, tier, &n);

	if (tier >= best->tier) {
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (rule_fits(rows[i], q) && !unless_found(c, rows[i])) {
			*best = (struct memo_found){ rows[i], tier, 0 };
			return;
		}
	}
}

static void
choose(struct classifier *c, const struct question *q, struct memo_found *best)
{
	c->n_hits = 0;
	match_scan_find(c->scan, buf_view(&c->text), on_hit, c);
	try_hits(c, q, true, best);
	try_hits(c, q, false, best);
	try_codes(c, q, TIER_PROVIDER_CODE, best);
	if (q->reply.status.klass != 0) {
		try_codes(c, q, TIER_STATUS, best);
	}
	if (q->reply.code != 0) {
		try_codes(c, q, TIER_CODE, best);
	}
}

static void
find_rule(struct classifier *c, const struct question *q, struct memo_found *best)
{
	struct memo_key key;
	const struct memo_found *known = NULL;
	bool may_know;

	reply_normalise(&q->reply, &c->text);
	may_know = memo_key_make(c->memo, q, buf_view(&c->text), &key);
	if (may_know) {
		known = memo_get(c->memo, &key, buf_view(&c->text));
	}
	if (known != NULL) {
		*best = *known;
		return;
	}
	choose(c, q, best);
	if (may_know) {
		memo_put(c->memo, &key, buf_view(&c->text), best);
	}
}

/* ---- the verdict ---- */

/* 4 or 5 by the reply code, else by the enhanced code; 0: nobody said. */
static unsigned
class_of(const struct reply *r)
{
	return r->code != 0 ? r->code / 100 : r->status.klass;
}

static enum lasting
resolve_lasting(enum lasting l, const struct question *q)
{
	unsigned klass = class_of(&q->reply);

	if (l != LASTING_BY_CODE) {
		return l;
	}
	if (klass == 0) { /* a connection that failed may come; words without a code are a bounce */
		return q->saw == SAW_CONNECT_FAILED || q->saw == SAW_LOST_CONNECTION ||
			       q->saw == SAW_TIMED_OUT || q->saw == SAW_DNS || q->saw == SAW_TLS
			   ? LASTING_TEMPORARY
			   : LASTING_PERMANENT;
	}
	return klass == 4 ? LASTING_TEMPORARY : LASTING_PERMANENT;
}

static double
confidence_of(const struct memo_found *best)
{
	static const double by_tier[] = { 0.98, 0.95, 0.9, 0.9, 0.6, 0.6, 0.35, 0.0 };
	double c = by_tier[best->tier];

	if (best->tier == TIER_WORDING && best->rule != NULL) {
		c += 0.003 * best->rule->rank;
	}
	if (best->rule != NULL && (best->rule->quirks & QUIRK_MAY_BE_FALSE) != 0) {
		c *= 0.8;
	}
	return c;
}

/* The digits of a bit token end where the match ends. */
static unsigned
flags_value(struct sv text, size_t end)
{
	unsigned v = 0;
	unsigned bit = 1;

	while (end > 0 && end <= text.n && (text.p[end - 1] == '0' || text.p[end - 1] == '1') &&
	       bit != 0) {
		v |= text.p[end - 1] == '1' ? bit : 0;
		bit <<= 1;
		end--;
	}
	return v;
}

/*
 * What general wording means where it was said: "user unknown" of a message that was heard to its
 * end is a filter's, for the address was accepted before.  Providers' own rules know better, and
 * so does an enhanced code that speaks of the address.
 */
static const struct cause *
cause_at(const struct classifier *c, const struct question *q, const struct memo_found *best)
{
	const struct rule *r = best->rule;
	const char *other = r->cause->at[q->stage];

	if (other == NULL || r->provider != NULL || best->tier != TIER_WORDING || r->stages != 0 ||
	    q->reply.status.subject == 1) {
		return NULL;
	}
	return knowledge_cause_find(c->k, sv_from(other));
}

static void
set_cause(struct verdict *v, const struct cause *cause)
{
	v->cause = cause;
	v->fault = cause->fault;
	v->action = cause->action;
}

static void
fill(const struct classifier *c, const struct question *q, const struct memo_found *best,
    struct verdict *out)
{
	const struct rule *r = best->rule;
	unsigned klass = class_of(&q->reply);
	const struct cause *moved = r == NULL ? NULL : cause_at(c, q, best);

	*out = (struct verdict){
		.cause = r == NULL ? c->unknown : r->cause,
		.rule = r,
		.provider = q->provider != NULL ? q->provider
			    : r == NULL         ? NULL
						: r->provider,
		.fault = r == NULL ? c->unknown->fault : r->fault,
		.tier = best->tier,
		.action = r == NULL ? c->unknown->action : r->action,
		.quirks = r == NULL ? 0 : r->quirks,
		.confidence = confidence_of(best),
	};
	if (moved != NULL) {
		set_cause(out, moved);
	}
	out->lasting = r != NULL && r->lasting != LASTING_NONE ? r->lasting : out->cause->lasting;
	if (out->cause->suppressible && (r == NULL || r->lasting == LASTING_NONE)) {
		/* Gone is gone only if the provider says so for good. */
		out->lasting = LASTING_BY_CODE;
	}
	/* Words that name a recipient or domain as gone, without any code, mean it. */
	out->lasting = out->cause->suppressible && klass == 0 && out->lasting == LASTING_BY_CODE
			   ? LASTING_PERMANENT
			   : resolve_lasting(out->lasting, q);
	out->suppress = out->cause->suppressible && out->lasting == LASTING_PERMANENT && klass != 4;
	if (r != NULL && r->suppress >= 0 && moved == NULL) {
		out->suppress = r->suppress != 0;
	}
	out->disagrees = (klass == 5 && out->lasting == LASTING_TEMPORARY) ||
			 (klass == 4 && out->lasting == LASTING_PERMANENT) ||
			 (out->quirks & (QUIRK_CODE_MISLEADS | QUIRK_STATUS_MISLEADS)) != 0;
	if (r != NULL && r->n_flags > 0) {
		out->flags = flags_value(buf_view(&c->text), best->end);
	}
}

static const struct provider *
provider_of(const struct classifier *c, const struct question *q)
{
	struct place place = { q->host, q->mx, q->domain, q->time_us };

	return q->provider != NULL ? q->provider : knowledge_provider_find(c->k, &place);
}

/* The same standing, but another cause. */
static bool
is_rival(struct classifier *c, const struct question *q, const struct verdict *won, struct hit *h)
{
	const struct rule *r;

	if (h->pattern == PATTERN_NONE || knowledge_pattern_is_unless(c->k, h->pattern)) {
		return false;
	}
	r = knowledge_pattern_rule(c->k, h->pattern);
	return r != won->rule && r->cause != won->rule->cause && r->rank == won->rule->rank &&
	       r->provider == won->rule->provider && tier_for(r, q->provider) == won->tier &&
	       rule_fits(r, q) && hit_holds(c, h) && !unless_found(c, r);
}

size_t
classify_rivals(struct classifier *c, const struct question *q, const struct verdict *won,
    const struct rule **out, size_t room)
{
	struct memo_found best = { NULL, TIER_NONE, 0 };
	struct question known = *q;
	size_t n = 0;

	if (won->rule == NULL) {
		return 0;
	}
	known.provider = provider_of(c, q);
	reply_normalise(&q->reply, &c->text);
	choose(c, &known, &best);
	for (size_t i = 0; i < c->n_hits && n < room; i++) {
		if (is_rival(c, &known, won, &c->hits[i])) {
			const struct rule *r = knowledge_pattern_rule(c->k, c->hits[i].pattern);
			bool there = false;

			for (size_t k = 0; k < n; k++) {
				there = there || out[k] == r;
			}
			out[n] = r;
			n += !there;
		}
	}
	return n;
}

void
classify(struct classifier *c, const struct question *q, struct verdict *out)
{
	struct memo_found best = { NULL, TIER_NONE, 0 };
	struct question known = *q;

	known.provider = provider_of(c, q);
	find_rule(c, &known, &best);
	fill(c, &known, &best, out);
}
