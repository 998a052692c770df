/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REPORT_RENDER_H
#define CAROM_REPORT_RENDER_H

/*
 * The report of `carom analyze`, for people and for programs.  What the source
 * saw comes as plain figures, so that report/ does not have to know source/.
 */

#include "report/tally.h"

struct input_note { /* a count or a problem of the input, in words */
	const char *name;
	uint64_t n;
	const char *text; /* NULL: the count alone */
};

struct render {
	struct tally *tally;
	const struct input_note *notes;
	size_t n_notes;
	const char *only; /* provider or group; NULL: all */
	unsigned top;
	unsigned width;
	bool colour, utf8, addresses;
};

void render_text(const struct render *r, struct buf *out);
/* doc/schema/analyze.md, version carom.analyze/1. */
void render_json(const struct render *r, struct buf *out);

#endif
