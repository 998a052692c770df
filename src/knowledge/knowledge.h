/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_KNOWLEDGE_KNOWLEDGE_H
#define CAROM_KNOWLEDGE_KNOWLEDGE_H

/*
 * share/ in memory: causes, providers, rules, and all patterns of all rules in
 * one match_set.  doc/knowledge.md is the format.  Loaded once, immutable, shared
 * by everybody; a broken file is refused whole, with file, line, column, what was
 * expected and a caret.
 */

#include "base/civil.h"
#include "base/err.h"
#include "fact/verdict.h"
#include "mail/postfix.h"
#include "match/match.h"

struct knowledge;

#define CAUSE_STAGES (STAGE_QUIT + 1)

struct cause {
	const char *name, *group, *scope;
	enum fault fault;
	enum lasting lasting;
	const char *action;
	const char *says, *does; /* one sentence each; `does`: what to do */
	bool suppressible;
	/* By stage: the name of the cause that general wording means when it was said there; NULL: this. */
	const char *at[CAUSE_STAGES];
	unsigned no_code; /* the detail of x.0.9nn, where a bounce has no enhanced code; 0: none */
	unsigned index;   /* in knowledge_causes */
};

struct dated {
	struct sv name;            /* a label suffix without leading dot, or a domain; lower case */
	int64_t from_us, until_us; /* TIME_NONE: open */
};

struct limit {
	const char *name;
	int64_t value;
	const char *source;
};

struct provider {
	const char *id, *name, *kind;
	const char *file; /* path it came from */
	struct dated *hosts, *domains;
	size_t n_hosts, n_domains;
	struct limit *limits;
	size_t n_limits;
	const char *postmaster, *contact, *feedback_loop, *notes, *checked;
	const char **sources;
	size_t n_sources;
	unsigned index; /* in knowledge_providers */
};

struct code_range { /* 550: low = high = 550; 55x: 550-559; 5xx: 500-599 */
	uint16_t low, high;
};

#define STATUS_ANY UINT16_MAX
struct status_glob { /* a part that may be anything is STATUS_ANY */
	uint16_t klass, subject, detail;
};

struct flag_bit {
	unsigned bit;
	const char *name;
};

struct rule {
	const char *id, *file;
	int line;
	const struct provider *provider; /* NULL: neutral */
	const struct cause *cause;
	enum fault fault;
	enum lasting lasting; /* may be BY_CODE */
	const char *action;
	enum tier tier;
	unsigned rank;
	unsigned quirks;
	int suppress;        /* -1: not said, 0, 1 */
	int hours;           /* 0: not said */
	unsigned conditions; /* number of lines under when:, for precedence */
	unsigned length;     /* of the longest pattern, for precedence */
	struct code_range *codes;
	struct status_glob *statuses;
	size_t n_codes, n_statuses;
	unsigned stages;                /* bit set of enum smtp_stage; 0: any */
	unsigned saws;                  /* bit set of enum postfix_saw; 0: any */
	int32_t first_unless, n_unless; /* pattern ids of `unless` */
	struct flag_bit *flags;
	size_t n_flags;
	const char *flag_prefix; /* NULL: no bit token */
	int64_t from_us, until_us;
	const char *says, *does; /* never NULL */
	const char **sources;
	size_t n_sources;
	unsigned index; /* in knowledge_rules, ordered by precedence inside a tier */
};

struct rule_case {               /* what must come out of a reply; run by the tests */
	const struct rule *rule; /* the rule it stands under */
	struct sv reply, host, recipient;
	enum smtp_stage stage;
	int64_t time_us;                                          /* TIME_NONE: not given */
	const char *expect_rule, *expect_cause, *expect_provider; /* NULL: not said */
	int expect_suppress;                                      /* -1: not said */
	enum lasting expect_lasting;                              /* NONE: not said */
	int line;
};

struct knowledge_options {
	const char *share; /* folder with causes.yaml, providers/, rules/ */
};

enum err knowledge_load(
    const struct knowledge_options *opt, struct knowledge **out, struct why *why);
void knowledge_free(struct knowledge **k);

const struct cause *knowledge_cause_find(const struct knowledge *k, struct sv name);
const struct cause *knowledge_causes(const struct knowledge *k, size_t *n_out);
const struct provider *const *knowledge_providers(const struct knowledge *k, size_t *n_out);
const struct rule *const *knowledge_rules(const struct knowledge *k, size_t *n_out);
const struct rule_case *knowledge_cases(const struct knowledge *k, size_t *n_out);
const struct provider *knowledge_provider_by_id(const struct knowledge *k, struct sv id);
/* Its limit `connections`, at once; 0: nobody states one. */
unsigned knowledge_connections(const struct provider *p);

/* 16 hex digits over share/: changes when any rule does. */
const char *knowledge_version(const struct knowledge *k);

/*
 * Who answers: the contacted host first, the MX host second, the domain last,
 * each within its dates.  Any view may be empty.  TIME_NONE: dates are ignored,
 * and among several the one that is valid longest wins.  NULL: nobody known.
 */
struct place {
	struct sv host, mx, domain;
	int64_t time_us;
};
const struct provider *knowledge_provider_find(const struct knowledge *k, const struct place *p);

/* ---- matching: used by classify/ ---- */

/* All patterns, for normalised texts; numbers below knowledge_n_patterns. */
const struct match_set *knowledge_patterns(const struct knowledge *k);
const struct rule *knowledge_pattern_rule(const struct knowledge *k, unsigned pattern);
bool knowledge_pattern_is_unless(const struct knowledge *k, unsigned pattern);
size_t knowledge_n_patterns(const struct knowledge *k);
/* Neutral rules of the tiers STATUS and CODE, and provider code rules, in order of precedence. */
const struct rule *const *knowledge_code_rules(
    const struct knowledge *k, const struct provider *p, enum tier tier, size_t *n_out);

#endif
