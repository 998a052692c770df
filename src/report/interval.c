/* SPDX-License-Identifier: Apache-2.0 */
#include "report/interval.h"

#include <math.h>

#define Z95 1.959963984540054

struct share
share_of(uint64_t k, uint64_t n)
{
	struct share s = { .k = k, .n = n, .high = 1.0 };
	double nn = (double)n;
	double centre;
	double half;

	if (n == 0) {
		return s;
	}
	s.value = (double)k / nn;
	centre = (s.value + Z95 * Z95 / (2 * nn)) / (1 + Z95 * Z95 / nn);
	half = Z95 / (1 + Z95 * Z95 / nn) *
	       sqrt(s.value * (1 - s.value) / nn + Z95 * Z95 / (4 * nn * nn));
	s.low = k == 0 ? 0.0 : fmax(0.0, centre - half);
	s.high = k == n ? 1.0 : fmin(1.0, centre + half);
	return s;
}

bool
share_disproportionate(const struct share *mine, const struct share *others)
{
	return mine->n >= SHARE_ATTEMPTS_MIN && mine->k > 0 && others->n > 0 &&
	       mine->low > 2 * others->high;
}
