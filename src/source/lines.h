/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_LINES_H
#define CAROM_SOURCE_LINES_H

/*
 * Lines of an input, in a buffer of fixed size.  Bytes are bytes: NULs stay.  A
 * line longer than LINES_MAX is given up to there and the rest is skipped.  The
 * last line needs no newline; a CR before the newline is taken off.
 * A view is valid until the next call.
 */

#include "source/input.h"

#define LINES_MAX   ((size_t)256 * 1024)
#define LINES_BLOCK ((size_t)1024 * 1024)

struct lines {
	struct input *in; /* borrowed */
	char *p;          /* owned */
	size_t at, end;
	uint64_t base;  /* offset of p[0] in the unpacked input */
	bool skipping;  /* inside a line that was too long */
	bool over;      /* the input has ended */
	enum err error; /* why it ended, if not at its end */
	struct why why;
	uint64_t n_long;
};

void lines_init(struct lines *l, struct input *in);
void lines_done(struct lines *l);
/* False: the end, or error and why say what stopped it. */
bool lines_next(struct lines *l, struct sv *out, uint64_t *offset_out);
/* Exactly n bytes, at most LINES_MAX of them given and the rest skipped; false: the input ends before. */
bool lines_bytes(struct lines *l, uint64_t n, struct sv *out);

#endif
