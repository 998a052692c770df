/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REPORT_TREND_H
#define CAROM_REPORT_TREND_H

/*
 * Counts over time in TREND_BUCKETS equal buckets whose width doubles as the log
 * goes on, so that nobody needs to know its length before.  Widths: from a minute.
 */

#include "base/buf.h"
#include "base/civil.h"

#define TREND_BUCKETS 48

struct trend {
	int64_t start_us, width_us; /* width 0: nothing counted yet */
	uint32_t count[TREND_BUCKETS];
	int64_t first_us, last_us;
};

void trend_add(struct trend *t, int64_t time_us);
/* `cells` characters over [from, to]: block characters, or ASCII. */
void trend_print(const struct trend *t, int64_t from_us, int64_t to_us, unsigned cells, bool utf8,
    struct buf *out);
/* The same as numbers. */
void trend_counts(
    const struct trend *t, int64_t from_us, int64_t to_us, unsigned cells, uint64_t *out);

#endif
