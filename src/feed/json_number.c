/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/json_private.h"

#include <math.h>

#define DIGITS_EXACT 15 /* a double holds any whole number of so many digits */

static void
add_digit(struct decimal *d, char c, bool fraction)
{
	if (d->digits < 18) { /* more do not fit, and are below the precision of a double */
		d->mantissa = d->mantissa * 10 + (uint64_t)(c - '0');
		d->digits += d->mantissa > 0;
		d->exponent -= fraction;
	} else {
		d->exponent += !fraction;
		d->whole = false;
	}
}

static bool
take_exponent(struct json_in *j, struct decimal *d)
{
	bool minus;
	int64_t e = 0;
	const char *from;

	j->p++;
	minus = j->p < j->end && *j->p == '-';
	if (j->p < j->end && (*j->p == '-' || *j->p == '+')) {
		j->p++;
	}
	from = j->p;
	while (j->p < j->end && char_is_digit(*j->p)) {
		e = e < 10000 ? e * 10 + (*j->p - '0') : e;
		j->p++;
	}
	if (j->p == from) {
		return json_in_refuse(j, j->p, "the digits of an exponent");
	}
	d->exponent += minus ? -e : e;
	d->whole = false;
	return true;
}

bool
json_take_decimal(struct json_in *j, struct decimal *d)
{
	const char *from;

	*d = (struct decimal){ .whole = true };
	json_blanks(j);
	if (j->p < j->end && *j->p == '-') {
		d->negative = true;
		j->p++;
	}
	from = j->p;
	while (j->p < j->end && char_is_digit(*j->p)) {
		add_digit(d, *j->p++, false);
	}
	if (j->p == from || (j->p - from > 1 && *from == '0')) {
		return json_in_refuse(j, from, "a number");
	}
	if (j->p < j->end && *j->p == '.') {
		from = ++j->p;
		d->whole = false;
		while (j->p < j->end && char_is_digit(*j->p)) {
			add_digit(d, *j->p++, true);
		}
		if (j->p == from) {
			return json_in_refuse(j, j->p, "digits after the point");
		}
	}
	return j->p == j->end || char_lower(*j->p) != 'e' || take_exponent(j, d);
}

bool
json_in_number(struct json_in *j, double *out)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	struct decimal d;
	const char *at = j->p;
	double v;

	if (!json_take_decimal(j, &d)) {
		return false;
	}
	v = (double)d.mantissa;
	if (d.digits <= DIGITS_EXACT && d.exponent >= -22 && d.exponent <= 22) {
		v = d.exponent < 0 ? v / tens[-d.exponent] : v * tens[d.exponent];
	} else if (d.mantissa > 0) {
		v *= pow(10.0, (double)d.exponent);
	}
	if (!isfinite(v)) {
		return json_in_refuse(j, at, "a number that is not too large");
	}
	*out = d.negative ? -v : v;
	return true;
}

bool
json_in_u64(struct json_in *j, uint64_t max, uint64_t *out)
{
	struct decimal d;
	const char *at;

	json_blanks(j);
	at = j->p;
	if (!json_take_decimal(j, &d)) {
		return false;
	}
	if (!d.whole || d.negative || d.mantissa > max) {
		return json_in_refuse(j, at, "a whole number within its range");
	}
	*out = d.mantissa;
	return true;
}
