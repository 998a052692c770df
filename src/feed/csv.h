/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FEED_CSV_H
#define CAROM_FEED_CSV_H

/*
 * CSV (RFC 4180) as mail services export it: comma, semicolon or tab, told by the first
 * line; quotes, doubled quotes and line ends inside quotes; a byte order mark is skipped.
 * Views borrow from the text or from the reader, and live until the next row.
 */

#include "base/buf.h"

#define CSV_FIELDS_MAX 64

struct csv {
	struct sv rest;
	char separator;
	unsigned line; /* where the present row began; 1 is the first */
	unsigned next_line;
	struct sv fields[CSV_FIELDS_MAX];
	size_t n;
	struct buf unquoted;
};

void csv_init(struct csv *c, struct sv text);
void csv_done(struct csv *c);
/* Fields beyond CSV_FIELDS_MAX are left out.  False: the end.  Empty lines are skipped. */
bool csv_next(struct csv *c);
/* Writes one field, in quotes where it needs them, so that csv_next reads it back. */
void csv_cell(struct buf *out, struct sv s);

#endif
