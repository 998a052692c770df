/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REPORT_TALLY_H
#define CAROM_REPORT_TALLY_H

/*
 * Events and verdicts, folded into what an administrator asks for: per provider
 * what was accepted, deferred, rejected, why, since when.  Hosts that no provider
 * file knows are grouped by the registrable domain of the contacted host (public
 * suffix list), else by the recipient's domain; local deliveries are a group of
 * their own and are compared with nothing.
 *
 * Memory is bounded: GROUPS_MAX groups with CAUSES_MAX reasons each, TEMPLATES_MAX
 * unknown reply shapes, DOUBTS_MAX addresses a group, HEARD_MAX recipients.
 */

#include "fact/event.h"
#include "fact/verdict.h"
#include "knowledge/knowledge.h"
#include "report/heard.h"
#include "report/histogram.h"
#include "report/interval.h"
#include "report/trend.h"

#define GROUPS_MAX    4096
#define CAUSES_MAX    48
#define TEMPLATES_MAX 512
#define DOUBTS_MAX    1000

struct reason_row { /* one rule (or one cause that no rule named) at one provider */
	const struct cause *cause;
	const struct rule *rule;
	struct verdict verdict; /* the first one */
	uint64_t n, rejected, deferred;
	struct trend trend;
	char *says;   /* owned: the sentence, bits filled in */
	char *sample; /* owned: printable, addresses masked */
	char *host;   /* owned: that said it; "" if none */
};

struct group {
	const struct provider *provider; /* NULL: nobody knows it */
	char *name;                      /* owned: provider id, domain, "(local)", "(others)" */
	uint64_t number;                 /* of the group, in the order they came */
	bool local;
	uint64_t attempts, messages, accepted, deferred, rejected, expired;
	uint64_t returned;  /* of the rejected: accepted at first, and came back as a mail */
	uint64_t suspended; /* deferred without an attempt */
	uint64_t ours;      /* deferred because carom asked for it */
	uint64_t deferred_at[STAGE_QUIT + 1]; /* of deferred and rejected: by stage */
	uint64_t rejected_at[STAGE_QUIT + 1];
	uint64_t delivered_after_retries, retries;
	uint64_t unknown;   /* different recipients refused for good as gone */
	uint64_t doubts;    /* of them, those that had accepted mail before */
	uint64_t came_back; /* refused as gone, accepted later */
	char **doubt_list;  /* owned; at most DOUBTS_MAX */
	size_t n_doubt_list;
	struct trend refused, all;
	struct histogram delay;
	struct reason_row *reasons; /* owned */
	size_t n_reasons;
};

struct template_row { /* replies of one shape that no rule knows by its words */
	uint64_t n;
	bool by_code; /* only its code was known */
	char *shape, *sample,
	    *host; /* owned; the sample is the reply with its codes, unmasked but printable */
	const struct group *group;
};

struct tally;

struct tally *tally_new(const struct knowledge *k, const struct hash_key *key);
void tally_free(struct tally **t);
/* The provider the event belongs to (for classify), and its group. */
struct group *tally_group(struct tally *t, const struct event *e);
/* verdict is NULL for acceptances and for what nobody has to classify. */
void tally_add(struct tally *t, struct group *g, const struct event *e, const struct verdict *v);

/* What was added as accepted came back later, as a mail: it is rejected instead.  g NULL: nothing. */
void tally_returned(
    struct tally *t, struct group *g, const struct event *e, const struct verdict *v);

/* After the last event.  Groups: by refused attempts, then by attempts. */
struct group *const *tally_groups(struct tally *t, size_t *n_out);
const struct template_row *tally_templates(struct tally *t, size_t *n_out);
/* Everything but local deliveries. */
const struct group *tally_total(struct tally *t);
int64_t tally_first_us(const struct tally *t); /* TIME_NONE: no event */
int64_t tally_last_us(const struct tally *t);

struct tally_limits { /* how often a limit was reached */
	uint64_t groups_lost, templates_lost, recipients_forgotten;
};
struct tally_limits tally_limits(const struct tally *t);

/* Deferred or rejected attempts among all of the group, and among those of all others. */
struct share group_refused(const struct group *g);
struct share others_refused(const struct tally *t, const struct group *g);
bool group_disproportionate(const struct tally *t, const struct group *g);

#endif
