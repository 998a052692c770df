/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_NUM_H
#define CAROM_BASE_NUM_H

/*
 * Text to numbers, all or nothing: the whole view must be digits and within the
 * range; otherwise false is returned and *out is untouched.  No locale, no signs
 * unless said, no blanks.
 */

#include "base/sv.h"

bool num_u64(struct sv s, uint64_t max, uint64_t *out);
bool num_u32(struct sv s, uint32_t max, uint32_t *out);
/* Leading digits only; *s moves behind them.  False if there is none or it overflows. */
bool num_take_u32(struct sv *s, uint32_t max, uint32_t *out);
/* "12", "0.05", ".5" is not taken: at most 18 digits, correctly rounded up to 15 of them. */
bool num_decimal(struct sv s, double *out);
/* "12", "0.05", "3.5e-1" is not taken: seconds with a fraction to microseconds. */
bool num_seconds_us(struct sv s, int64_t *out);

#endif
