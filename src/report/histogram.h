/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REPORT_HISTOGRAM_H
#define CAROM_REPORT_HISTOGRAM_H

/*
 * Delays in 16 buckets to a doubling, from a millisecond to 18 days: percentiles
 * are right to within 4.5 %, in 2 KB whatever is counted.
 */

#include <stdint.h>

#define HISTOGRAM_BUCKETS 512

struct histogram {
	uint32_t count[HISTOGRAM_BUCKETS];
	uint64_t n;
};

void histogram_add(struct histogram *h, int64_t delay_us);
/* The delay below which `per_mille` of the counts lie; 0 when there are none. */
int64_t histogram_at(const struct histogram *h, unsigned per_mille);

#endif
