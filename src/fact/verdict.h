/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FACT_VERDICT_H
#define CAROM_FACT_VERDICT_H

/*
 * A verdict: what a reply means.  Made by classify/ from knowledge/; pointers
 * borrow from the knowledge that made it and live as long as that.
 */

#include "base/sv.h"

enum fault {
	FAULT_NONE,
	FAULT_RECIPIENT,
	FAULT_SENDER,
	FAULT_MESSAGE,
	FAULT_PROVIDER,
	FAULT_NETWORK,
};

enum lasting {
	LASTING_NONE,      /* nothing was refused */
	LASTING_TEMPORARY, /* time alone may heal it */
	LASTING_PERMANENT, /* it stays until somebody changes something */
	LASTING_BY_CODE,   /* in the data only: the class of the reply decides */
};

enum quirk {
	QUIRK_MAY_BE_FALSE = 1,    /* known to have been said of living recipients */
	QUIRK_CODE_MISLEADS = 2,   /* the reply code says the opposite of what happens */
	QUIRK_STATUS_MISLEADS = 4, /* the enhanced code belongs to something else */
	QUIRK_TEXT_MISLEADS = 8,   /* the words say something else than what is meant */
};

/* From most to least telling; the order is the precedence of doc/knowledge.md. */
enum tier {
	TIER_PROVIDER_TOKEN,
	TIER_PROVIDER_WORDING,
	TIER_PROVIDER_CODE,
	TIER_FOREIGN_TOKEN,
	TIER_WORDING,
	TIER_STATUS,
	TIER_CODE,
	TIER_NONE,
};

struct cause;
struct rule;
struct provider;

struct verdict {
	const struct cause *cause;       /* never NULL: "undetermined" when nothing is known */
	const struct rule *rule;         /* NULL: no rule knew it */
	const struct provider *provider; /* NULL: not known */
	enum fault fault;
	enum lasting lasting; /* never BY_CODE */
	enum tier tier;
	const char *action; /* borrowed: a name of causes.yaml */
	bool suppress;      /* the recipient or its domain is permanently bad */
	bool
	    disagrees; /* the reply code says permanent and the meaning temporary, or the reverse */
	unsigned quirks;   /* enum quirk, or-ed */
	unsigned flags;    /* value of a bit token; 0: none */
	double confidence; /* 0..1, by tier and rank */
};

const char *fault_name(enum fault f);
const char *lasting_name(enum lasting l);
const char *tier_name(enum tier t);
bool fault_find(struct sv name, enum fault *out);
bool lasting_find(struct sv name, enum lasting *out);
bool quirk_find(struct sv name, enum quirk *out);
const char *quirk_sentence(enum quirk q); /* for people */

#endif
