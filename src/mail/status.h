/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_STATUS_H
#define CAROM_MAIL_STATUS_H

/*
 * Enhanced mail system status codes, RFC 3463 section 2: class "." subject "."
 * detail, class 2, 4 or 5, the others up to three digits.
 */

#include "base/sv.h"

struct status {
	uint16_t klass; /* 2, 4, 5; 0: there is no code */
	uint16_t subject;
	uint16_t detail;
};

/* "5.1.1" at the front of *s, not followed by another digit or ".digit".  *s moves behind it. */
bool status_take(struct sv *s, struct status *out);
/* Into at least 12 bytes; "" when there is none. */
void status_print(struct status st, char *out, size_t size);
static inline bool
status_eq(struct status a, struct status b)
{
	return a.klass == b.klass && a.subject == b.subject && a.detail == b.detail;
}

#endif
