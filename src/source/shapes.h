/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_SHAPES_H
#define CAROM_SOURCE_SHAPES_H

/*
 * Lines that were not understood, grouped by shape: words with digits, '@' or
 * brackets in them become "*".  A sample of each is kept, in bounded memory.
 */

#include "source/postfix_log.h"

struct shapes {
	struct log_shape rows[LOG_SHAPES_MAX];
	uint64_t hashes[LOG_SHAPES_MAX];
	size_t n;
	uint64_t lost;
};

void shapes_done(struct shapes *s);
void shapes_add(
    struct shapes *s, struct sv message, struct sv whole, uint32_t file, uint64_t offset);

#endif
