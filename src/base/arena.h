/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_ARENA_H
#define CAROM_BASE_ARENA_H

/*
 * Memory that is given back all at once.  Chunks are kept on reset, so an arena
 * per event costs nothing after the first.  Passed as an argument, never global.
 * Full (the limit) is an answer, not a crash: arena_alloc returns NULL.
 */

#include "base/sv.h"

struct arena;

struct arena *arena_new(size_t limit);
void arena_free(struct arena **a);
void arena_reset(struct arena *a);
/* Zeroed, aligned for any type; NULL when the limit is reached. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy of the bytes; an empty view when the limit is reached. */
struct sv arena_sv(struct arena *a, struct sv s);
/* The same with a NUL behind it; NULL when full or when s holds a NUL. */
const char *arena_cstr(struct arena *a, struct sv s);
size_t arena_used(const struct arena *a);

#endif
