/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"

#include "base/num.h"

#include <stdio.h>

/* Days from civil: the well-known proleptic Gregorian algorithm by Howard Hinnant. */
int64_t
civil_days(int year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t mp = ((int64_t)month + 9) % 12;
	int64_t doy = (153 * mp + 2) / 5 + (int64_t)day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

int64_t
civil_us(const struct civil *c)
{
	int64_t s = civil_days(c->year, c->month, c->day) * 86400 + (int64_t)c->hour * 3600 +
		    (int64_t)c->minute * 60 + (int64_t)c->second;

	return s * US_PER_SECOND + (int64_t)c->us;
}

struct civil
civil_from_us(int64_t us)
{
	int64_t days = us / US_PER_DAY - (us % US_PER_DAY < 0);
	int64_t rest = us - days * US_PER_DAY;
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	int64_t sec = rest / US_PER_SECOND;

	return (struct civil){
		.year = (int)(yoe + era * 400 + (month <= 2)),
		.month = month,
		.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1),
		.hour = (unsigned)(sec / 3600),
		.minute = (unsigned)(sec / 60 % 60),
		.second = (unsigned)(sec % 60),
		.us = (unsigned)(rest % US_PER_SECOND),
	};
}

static bool
take_fixed(struct sv *s, size_t digits, unsigned max, unsigned *out)
{
	uint32_t v;

	if (s->n < digits || !num_u32(sv_head(*s, digits), max, &v)) {
		return false;
	}
	*s = sv_from_at(*s, digits);
	*out = v;
	return true;
}

static bool
take_char(struct sv *s, char c)
{
	if (s->n == 0 || s->p[0] != c) {
		return false;
	}
	*s = sv_from_at(*s, 1);
	return true;
}

static bool
take_zone(struct sv *s, int64_t *us_out)
{
	unsigned h;
	unsigned m;
	bool minus;

	*us_out = 0;
	if (s->n == 0 || take_char(s, 'Z') || take_char(s, 'z')) {
		return true;
	}
	minus = s->p[0] == '-';
	if (!minus && s->p[0] != '+') {
		return false;
	}
	*s = sv_from_at(*s, 1);
	if (!take_fixed(s, 2, 23, &h)) {
		return false;
	}
	(void)take_char(s, ':');
	if (!take_fixed(s, 2, 59, &m)) {
		return false;
	}
	*us_out = ((int64_t)h * 60 + m) * 60 * US_PER_SECOND * (minus ? -1 : 1);
	return true;
}

static void
take_fraction(struct sv *s, unsigned *us_out)
{
	unsigned unit = 100000;

	*us_out = 0;
	if (s->n < 2 || (s->p[0] != '.' && s->p[0] != ',') || !char_is_digit(s->p[1])) {
		return;
	}
	*s = sv_from_at(*s, 1);
	while (s->n > 0 && char_is_digit(s->p[0])) {
		*us_out += (unsigned)(s->p[0] - '0') * unit;
		unit /= 10;
		*s = sv_from_at(*s, 1);
	}
}

static bool
take_time(struct sv *s, struct civil *c)
{
	if (!take_fixed(s, 2, 23, &c->hour) || !take_char(s, ':') ||
	    !take_fixed(s, 2, 59, &c->minute)) {
		return false;
	}
	if (take_char(s, ':')) {
		/* 60 is a leap second (RFC 3339 section 5.6). */
		if (!take_fixed(s, 2, 60, &c->second)) {
			return false;
		}
		take_fraction(s, &c->us);
	}
	return true;
}

bool
civil_take_iso(struct sv s, int64_t *us_out)
{
	struct civil c = { 0 };
	unsigned year;
	int64_t zone = 0;

	if (!take_fixed(&s, 4, 9999, &year) || !take_char(&s, '-') ||
	    !take_fixed(&s, 2, 12, &c.month) || !take_char(&s, '-') ||
	    !take_fixed(&s, 2, 31, &c.day) || c.month == 0 || c.day == 0) {
		return false;
	}
	c.year = (int)year;
	if (s.n > 0) {
		if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' ')) {
			return false;
		}
		if (!take_time(&s, &c) || !take_zone(&s, &zone) || s.n > 0) {
			return false;
		}
	}
	*us_out = civil_us(&c) - zone;
	return true;
}

void
civil_print(int64_t us, char *out, size_t size)
{
	struct civil c = civil_from_us(us);

	(void)snprintf(out, size, "%04d-%02u-%02uT%02u:%02u:%02uZ", c.year, c.month, c.day, c.hour,
	    c.minute, c.second);
}
