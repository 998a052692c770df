/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CLASSIFY_CLASSIFY_H
#define CAROM_CLASSIFY_CLASSIFY_H

/*
 * Reply -> verdict.  Pure: the same question and the same knowledge give the
 * same verdict; history, counting and doubt about a provider are the business of
 * later stages.  A classifier is the scratch memory of one thread.
 */

#include "fact/event.h"
#include "fact/verdict.h"
#include "knowledge/knowledge.h"

struct classifier;

struct question {
	struct reply reply;
	struct sv host;   /* contacted host; may be empty */
	struct sv mx;     /* MX host of the domain, where known; may be empty */
	struct sv domain; /* recipient domain; may be empty */
	enum smtp_stage stage;
	enum postfix_saw saw;
	int64_t time_us;                 /* TIME_NONE: not known; rules of all times hold */
	const struct provider *provider; /* NULL: found from host, mx, domain */
};

enum err classifier_new(const struct knowledge *k, struct classifier **out, struct why *why);
void classifier_free(struct classifier **c);
/* What the matcher has built, for bench/. */
void classifier_stats(const struct classifier *c, struct match_stats *out);
void classify(struct classifier *c, const struct question *q, struct verdict *out);
/* Rules that claim what `won` has: they hold too, stand as high (tier and rank), and say another cause, so that
 * only the length of a pattern decided.  Returns how many, at most `room`.  For checks of the knowledge. */
size_t classify_rivals(struct classifier *c, const struct question *q, const struct verdict *won,
    const struct rule **out, size_t room);
/* The sentence of the rule with {flags} filled in. */
void verdict_says(const struct verdict *v, struct buf *out);
/* What to do about it, in a sentence. */
const char *verdict_does(const struct verdict *v);

/* A text as people paste it: a reply, a Postfix reason ("host H[IP] said: ..."), or a
 * whole log line.  Fills reply, host, stage, saw, domain and time where the text tells. */
void question_from_text(struct sv text, struct question *out);

#endif
