/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_CODER_H
#define CAROM_BASE_CODER_H

/*
 * State to bytes and back by one and the same function: a coder with `out` writes what it is
 * shown, one without reads into it.  So what is written and what is read cannot differ.
 *
 * The bytes are for the same machine: numbers as they lie in memory.  What is read is not
 * trusted: a text that ends too early, or a number that is too large, sets `bad`; then
 * everything that is read is zero, and the caller throws away what it has.
 */

#include "base/buf.h"
#include "base/map.h"

struct coder {
	struct buf *out; /* borrowed; NULL: reads */
	struct sv in;
	bool bad;
};

static inline bool
coder_reads(const struct coder *c)
{
	return c->out == NULL;
}

void coder_bytes(struct coder *c, void *p, size_t n);
/* One byte; anything but 0 is true. */
void coder_bool(struct coder *c, bool *v);
/* A number of things; more than `most` is bad. */
void coder_count(struct coder *c, size_t *n, size_t most);
/* NULL: the bytes of the value. */
typedef void coder_value(struct coder *c, uint64_t key, void *value);
/* In the order of the table.  When it reads, the table is empty. */
void coder_map(struct coder *c, struct map *m, coder_value *value);

#endif
