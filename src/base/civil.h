/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_CIVIL_H
#define CAROM_BASE_CIVIL_H

/*
 * Dates without a clock, a locale or a time zone database.  Times are int64_t
 * microseconds since 1970-01-01 00:00 UTC; a log's local times are carried as if
 * they were UTC, because a log line does not say its zone.
 */

#include "base/sv.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY    (INT64_C(86400) * US_PER_SECOND)
#define TIME_NONE     INT64_MIN

struct civil {
	int year;
	unsigned month, day; /* 1-12, 1-31 */
	unsigned hour, minute, second, us;
};

int64_t civil_days(int year, unsigned month, unsigned day); /* since 1970-01-01 */
int64_t civil_us(const struct civil *c);
struct civil civil_from_us(int64_t us);
/* 2020-09-21, 2020-09-21T10:00:00, ... with fraction and zone (Z, +02:00, +0200); all of s or false. */
bool civil_take_iso(struct sv s, int64_t *us_out);
/* "2020-09-21T10:00:00Z" without fraction; out holds at least 32 bytes. */
void civil_print(int64_t us, char *out, size_t size);

#endif
