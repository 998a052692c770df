/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_UNPACK_H
#define CAROM_SOURCE_UNPACK_H

/*
 * What is inside of a file that strangers packed: gzip and zip, in each other, whatever the
 * name says; the first bytes decide.  Every innermost member goes to a sink in blocks, so memory
 * does not grow with it.  Output, ratio, depth and number of members are limited, and what
 * breaks a limit is refused as what it is.  A member that is damaged gives what could be read
 * and says so at its end.  It does not look at what the members mean.
 */

#include "base/err.h"
#include "base/sv.h"

#define UNPACK_BYTES_MAX   (UINT64_C(1) << 31)         /* out of one input, of all layers */
#define UNPACK_RATIO_MAX   200                         /* bytes out for a byte in ... */
#define UNPACK_RATIO_FROM  (UINT64_C(8) * 1024 * 1024) /* ... once so many are out */
#define UNPACK_DEPTH_MAX   4                           /* packings in packings */
#define UNPACK_MEMBERS_MAX 10000
#define UNPACK_BLOCK       ((size_t)64 * 1024)
#define UNPACK_FIRST       512 /* bytes that begin() sees, or fewer if there are not so many */

struct unpack_sink {
	/* A member with its name ("" outside of a zip) and its first bytes.  False: passed over. */
	bool (*begin)(void *context, struct sv name, struct sv first);
	void (*bytes)(void *context, struct sv bytes);
	/* ERR_OK, or the member was not read to its end, and why.  Only after begin() said true. */
	void (*end)(void *context, enum err e, const struct why *why);
	void *context;
};

/* From a file descriptor, which stays open.  ERR_DATA, ERR_TOO_BIG: a packing is damaged or
 * refused; members in front of that place were given. */
enum err unpack_fd(int fd, const struct unpack_sink *sink, struct why *why);
/* From memory. */
enum err unpack_bytes(struct sv bytes, const struct unpack_sink *sink, struct why *why);

#endif
