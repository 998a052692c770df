/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FEED_JSON_PRIVATE_H
#define CAROM_FEED_JSON_PRIVATE_H

/* Shared by the files of the JSON reader only. */

#include "feed/json_in.h"

struct decimal { /* mantissa * 10^exponent */
	uint64_t mantissa;
	int digits; /* of the mantissa, without leading zeros */
	int64_t exponent;
	bool negative, whole;
};

static inline void
json_blanks(struct json_in *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n')) {
		j->p++;
	}
}

/* The byte, after blanks. */
static inline bool
json_take(struct json_in *j, char c, const char *expected)
{
	json_blanks(j);
	if (j->p == j->end || *j->p != c) {
		return json_in_refuse(j, j->p, expected);
	}
	j->p++;
	return true;
}

/* A number as it is written (json_number.c). */
bool json_take_decimal(struct json_in *j, struct decimal *d);

#endif
