/* SPDX-License-Identifier: Apache-2.0 */
#include "report/histogram.h"

#define SUB 16 /* buckets to a doubling */

static unsigned
bucket_of(int64_t us)
{
	uint64_t ms16;
	unsigned log;
	unsigned bucket;

	if (us < 0) {
		us = 0;
	}
	ms16 = ((uint64_t)us * SUB) / 1000 + SUB; /* at least 16, so that log >= 4 */
	log = 63u - (unsigned)__builtin_clzll(ms16);
	bucket = (log - 4) * SUB + (unsigned)(ms16 >> (log - 4)) - SUB;
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The middle of a bucket. */
static int64_t
value_of(unsigned bucket)
{
	unsigned shift = bucket / SUB;
	uint64_t low = (uint64_t)(bucket % SUB + SUB) << shift;
	uint64_t mid = low + ((UINT64_C(1) << shift) / 2);

	return (int64_t)((mid - SUB) * 1000 / SUB);
}

void
histogram_add(struct histogram *h, int64_t delay_us)
{
	h->count[bucket_of(delay_us)]++;
	h->n++;
}

int64_t
histogram_at(const struct histogram *h, unsigned per_mille)
{
	uint64_t want = (h->n * per_mille + 999) / 1000;
	uint64_t seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS && h->n > 0; i++) {
		seen += h->count[i];
		if (seen >= want && seen > 0) {
			return value_of(i);
		}
	}
	return 0;
}
