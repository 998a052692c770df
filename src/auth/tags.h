/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_TAGS_H
#define CAROM_AUTH_TAGS_H

/*
 * "name=value; name=value": the lists of DKIM (RFC 6376 section 3.2), DMARC, MTA-STS, TLS-RPT
 * and BIMI.  White space and folding around names and values is taken off; nothing is copied.
 */

#include "base/sv.h"

struct tag {
	struct sv name;  /* empty: there is no "=" in this part */
	struct sv value; /* the whole part then */
};

/* The next part that is not empty; false at the end. */
bool tags_next(struct sv *rest, struct tag *out);
/* The value of the first tag of that name; false: not there. */
bool tags_find(struct sv list, struct sv name, struct sv *out);
/* Is the first tag `name`=`value`, to the letter? */
bool tags_begin_with(struct sv list, struct sv name, struct sv value);

#endif
