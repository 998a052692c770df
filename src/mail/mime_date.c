/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/num.h"
#include "mail/mime.h"

/* Dates of headers: RFC 5322 section 3.3, with what section 4.3 calls obsolete. */

static const struct {
	struct sv name;
	int hours;
} zones[] = { { SV_INIT("EST"), -5 }, { SV_INIT("EDT"), -4 }, { SV_INIT("CST"), -6 },
	{ SV_INIT("CDT"), -5 }, { SV_INIT("MST"), -7 }, { SV_INIT("MDT"), -6 },
	{ SV_INIT("PST"), -8 }, { SV_INIT("PDT"), -7 }, { SV_INIT("JST"), 9 } };

static void
skip_blanks(struct sv *s)
{
	while (s->n > 0 && strchr(" \t\r\n,", s->p[0]) != NULL) {
		*s = sv_from_at(*s, 1);
	}
}

static bool
take_month(struct sv *s, unsigned *out)
{
	static const struct sv names[] = { SV_INIT("Jan"), SV_INIT("Feb"), SV_INIT("Mar"),
		SV_INIT("Apr"), SV_INIT("May"), SV_INIT("Jun"), SV_INIT("Jul"), SV_INIT("Aug"),
		SV_INIT("Sep"), SV_INIT("Oct"), SV_INIT("Nov"), SV_INIT("Dec") };

	for (unsigned m = 0; m < 12; m++) {
		if (sv_istarts(*s, names[m])) {
			*out = m + 1;
			while (s->n > 0 && (char_is_alpha(s->p[0]) || s->p[0] == '.')) {
				*s = sv_from_at(*s, 1);
			}
			return true;
		}
	}
	return false;
}

/* "29 Apr 2010" */
static bool
take_day(struct sv *s, struct civil *c)
{
	uint32_t day;
	uint32_t year;

	skip_blanks(s);
	if (s->n > 3 && char_is_alpha(s->p[0])) { /* the day of the week */
		while (s->n > 0 && (char_is_alpha(s->p[0]) || s->p[0] == '.')) {
			*s = sv_from_at(*s, 1);
		}
		skip_blanks(s);
	}
	if (!num_take_u32(s, 31, &day) || day == 0) {
		return false;
	}
	skip_blanks(s);
	if (!take_month(s, &c->month)) {
		return false;
	}
	skip_blanks(s);
	if (!num_take_u32(s, 9999, &year)) {
		return false;
	}
	c->day = day;
	c->year = (int)(year < 50 ? year + 2000 : year < 1000 ? year + 1900 : year);
	return c->year >= 1970;
}

/* "23:34:45", the seconds may be missing. */
static bool
take_time(struct sv *s, struct civil *c)
{
	uint32_t hour;
	uint32_t minute;
	uint32_t second = 0;

	skip_blanks(s);
	if (!num_take_u32(s, 23, &hour) || !sv_take(s, SV(":")) || !num_take_u32(s, 59, &minute)) {
		return false;
	}
	if (sv_take(s, SV(":")) && !num_take_u32(s, 60, &second)) {
		return false;
	}
	c->hour = hour;
	c->minute = minute;
	c->second = second;
	return true;
}

/* East of Greenwich, in minutes; what nobody knows is taken for Greenwich (RFC 5322 section 4.3). */
static int
zone_minutes(struct sv s)
{
	uint32_t n;
	int sign;

	skip_blanks(&s);
	if (s.n >= 5 && (s.p[0] == '+' || s.p[0] == '-')) {
		sign = s.p[0] == '-' ? -1 : 1;
		return num_u32(sv_head(sv_from_at(s, 1), 4), 1500, &n)
			   ? sign * (int)(n / 100 * 60 + n % 100)
			   : 0;
	}
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (sv_istarts(s, zones[i].name)) {
			return zones[i].hours * 60;
		}
	}
	return 0;
}

bool
mime_date(struct sv value, int64_t *us_out)
{
	struct civil c = { 0 };
	struct sv s = value;

	if (!take_day(&s, &c) || !take_time(&s, &c)) {
		return false;
	}
	*us_out = civil_us(&c) - zone_minutes(s) * INT64_C(60) * US_PER_SECOND;
	return true;
}
