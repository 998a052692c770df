/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REPORT_INTERVAL_H
#define CAROM_REPORT_INTERVAL_H

/*
 * How sure a share of counts is: the Wilson score interval at 95 %, which keeps
 * its promise for few counts and for shares near 0 and 1 (Wilson 1927; Brown, Cai,
 * DasGupta 2001).
 */

#include <stdbool.h>
#include <stdint.h>

struct share {
	uint64_t k, n;
	double value, low, high; /* 0..1; 0, 0, 1 when n is 0 */
};

struct share share_of(uint64_t k, uint64_t n);

/*
 * Whether `mine` is out of proportion to `others`: its lower bound is above twice
 * their upper bound, and there are at least SHARE_ATTEMPTS_MIN attempts.
 */
#define SHARE_ATTEMPTS_MIN 20
bool share_disproportionate(const struct share *mine, const struct share *others);

#endif
