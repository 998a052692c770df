/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_ANALYZE_H
#define CAROM_ENGINE_ANALYZE_H

/*
 * The order of the stages over files, in one go: source -> classify -> tally.  Mails that came
 * back are heard first (engine/tie.h), the log flows by, and then the mails are counted: what the
 * log has already is not counted again, what it has as accepted came back later, and what
 * is tied to none of its messages is told, but changes no figure.  Where there is no log at
 * all, the mails are all there is, and are counted.
 */

#include "classify/classify.h"
#include "engine/tie.h"
#include "report/tally.h"
#include "source/postfix_log.h"

typedef void analyze_progress(void *context, uint64_t done, uint64_t total);

/* Reads the log to its end.  `tie` may be NULL, and `progress`, which is called every few
 * thousand events. */
void analyze_run(struct postfix_log *log, struct classifier *c, struct tally *t, struct tie *tie,
    analyze_progress *progress, void *context);

struct mail_counts {
	uint64_t mails;
	uint64_t kinds[BOUNCE_REPORT + 1]; /* by enum bounce_kind */
	/* Of recipients in bounces: */
	uint64_t in_log, later, counted, untied;
	uint64_t again;           /* another mail said it already */
	uint64_t complaints_tied; /* mails */
};

/* A refusal or complaint that is tied to no message of the log. */
typedef void analyze_untied(
    void *context, const struct returned *mail, const struct returned_recipient *r);
struct mail_run {
	struct tie *tie;
	struct tally *tally;
	bool has_log;
	int64_t now_us; /* the time of mails without a date, or with one to come */
	analyze_untied *untied;
	void *context;
};
/* After the log. */
void analyze_mails(const struct mail_run *run, struct mail_counts *out);

#endif
