/* SPDX-License-Identifier: Apache-2.0 */
#include "source/lines.h"

#include <stdlib.h>

#define ROOM (LINES_MAX + LINES_BLOCK)

void
lines_init(struct lines *l, struct input *in)
{
	*l = (struct lines){ .in = in };
	l->p = mem_grow(NULL, ROOM, 1); /* not zeroed: a Maildir has a file a mail */
}

void
lines_done(struct lines *l)
{
	free(l->p);
	*l = (struct lines){ 0 };
}

/* More bytes behind those that are there; what was used up makes room.  False: there are no more. */
static bool
fill(struct lines *l)
{
	size_t n;

	if (l->over) {
		return false;
	}
	if (l->at > 0) {
		memmove(l->p, l->p + l->at, l->end - l->at);
		l->base += l->at;
		l->end -= l->at;
		l->at = 0;
	}
	l->error = input_read(l->in, l->p + l->end, ROOM - l->end, &n, &l->why);
	if (l->error != ERR_OK || n == 0) {
		l->over = true;
		return false;
	}
	l->end += n;
	return true;
}

/* Up to and with the next newline; false at the end of the input. */
static bool
skip_line(struct lines *l)
{
	for (;;) {
		const char *nl = memchr(l->p + l->at, '\n', l->end - l->at);

		if (nl != NULL) {
			l->at = (size_t)(nl - l->p) + 1;
			return true;
		}
		l->at = l->end;
		if (!fill(l)) {
			return false;
		}
	}
}

static void
give(const struct lines *l, size_t n, struct sv *out)
{
	*out = sv_make(l->p + l->at, n);
	(void)sv_drop_tail(out, SV("\r"));
}

bool
lines_next(struct lines *l, struct sv *out, uint64_t *offset_out)
{
	size_t seen = 0; /* bytes known to hold no newline */

	if (l->skipping) {
		l->skipping = false;
		(void)skip_line(l);
	}
	for (;;) {
		size_t have = l->end - l->at;
		const char *nl =
		    have > seen ? memchr(l->p + l->at + seen, '\n', have - seen) : NULL;

		*offset_out = l->base + l->at;
		if (nl != NULL) {
			size_t n = (size_t)(nl - (l->p + l->at));

			give(l, n, out);
			l->at += n + 1;
			return true;
		}
		seen = have;
		if (have >= LINES_MAX) {
			break;
		}
		if (!fill(l)) {
			if (l->end == l->at) {
				return false;
			}
			give(l, l->end - l->at, out);
			l->at = l->end;
			return true;
		}
	}
	/* Too long: its head is given, the rest skipped on the next call. */
	l->n_long++;
	l->skipping = true;
	*offset_out = l->base + l->at;
	*out = sv_make(l->p + l->at, LINES_MAX);
	l->at += LINES_MAX;
	return true;
}

bool
lines_bytes(struct lines *l, uint64_t n, struct sv *out)
{
	size_t keep = n < LINES_MAX ? (size_t)n : LINES_MAX;

	while (l->end - l->at < keep) {
		if (!fill(l)) {
			return false;
		}
	}
	*out = sv_make(l->p + l->at, keep);
	l->at += keep;
	n -= keep;
	if (n > 0) { /* the view would move: what is skipped must not be needed */
		while (n > 0) {
			uint64_t have = l->end - l->at;
			uint64_t step = have < n ? have : n;

			l->at += (size_t)step;
			n -= step;
			if (n > 0 && !fill(l)) {
				return false;
			}
		}
		*out = (struct sv){ 0 };
	}
	return true;
}
