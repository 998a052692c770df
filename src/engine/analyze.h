/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_ANALYZE_H
#define CAROM_ENGINE_ANALYZE_H

/*
 * The order of the stages over files, in one go: source -> classify -> tally.
 */

#include "classify/classify.h"
#include "report/tally.h"
#include "source/postfix_log.h"

typedef void analyze_progress(void *context, uint64_t done, uint64_t total);

/* Reads the log to its end.  `progress` may be NULL; it is called every few thousand events. */
void analyze_run(struct postfix_log *log, struct classifier *c, struct tally *t,
    analyze_progress *progress, void *context);

#endif
