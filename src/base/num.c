/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"

bool
num_u64(struct sv s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 20) {
		return false;
	}
	for (size_t i = 0; i < s.n; i++) {
		if (!char_is_digit(s.p[i]) || __builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v)) {
			return false;
		}
	}
	if (v > max) {
		return false;
	}
	*out = v;
	return true;
}

bool
num_u32(struct sv s, uint32_t max, uint32_t *out)
{
	uint64_t v;

	if (!num_u64(s, max, &v)) {
		return false;
	}
	*out = (uint32_t)v;
	return true;
}

bool
num_take_u32(struct sv *s, uint32_t max, uint32_t *out)
{
	size_t n = 0;

	while (n < s->n && char_is_digit(s->p[n])) {
		n++;
	}
	if (!num_u32(sv_head(*s, n), max, out)) {
		return false;
	}
	*s = sv_from_at(*s, n);
	return true;
}

bool
num_seconds_us(struct sv s, int64_t *out)
{
	uint32_t whole;
	int64_t us;
	int64_t unit = 100000;

	if (!num_take_u32(&s, UINT32_MAX, &whole)) {
		return false;
	}
	us = (int64_t)whole * 1000000;
	if (s.n > 0) {
		if (s.p[0] != '.' || s.n == 1) {
			return false;
		}
		for (size_t i = 1; i < s.n; i++, unit /= 10) {
			if (!char_is_digit(s.p[i])) {
				return false;
			}
			us += (s.p[i] - '0') * unit;
		}
	}
	*out = us;
	return true;
}

bool
num_decimal(struct sv s, double *out)
{
	uint64_t mantissa = 0;
	double unit = 1;
	bool point = false;
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' && !point && digits > 0 && i + 1 < s.n) {
			point = true;
			continue;
		}
		if (!char_is_digit(s.p[i]) || ++digits > 18) {
			return false;
		}
		mantissa = mantissa * 10 + (uint64_t)(s.p[i] - '0');
		unit *= point ? 10 : 1;
	}
	if (digits == 0) {
		return false;
	}
	*out = (double)mantissa / unit;
	return true;
}
