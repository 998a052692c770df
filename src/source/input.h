/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_INPUT_H
#define CAROM_SOURCE_INPUT_H

/*
 * Bytes of one input: a file, standard input ("-"), plain or packed with gzip,
 * xz, zstd or bzip2 (told by its first bytes, not by its name; several members
 * in a row are read on).  Read with read(2), never mapped: a log that shrinks
 * under us must not be a SIGBUS.  A packed input that ends too early, or is
 * damaged, gives all that could be read and then ERR_DATA with the byte offset.
 */

#include "base/err.h"
#include "base/sv.h"

struct input;

enum err input_open(const char *path, struct input **out, struct why *why);
void input_close(struct input **in);
/* Up to `room` bytes into p; *n_out 0 with ERR_OK: the end. */
enum err input_read(struct input *in, char *p, size_t room, size_t *n_out, struct why *why);
const char *input_name(const struct input *in);
const char *input_packing(const struct input *in); /* "plain", "gzip", "xz", "zstd", "bzip2" */
int64_t input_mtime_us(const struct input *in);    /* 0 for standard input and pipes */
uint64_t input_size(const struct input *in);       /* bytes on disk; 0: not known */
uint64_t input_consumed(const struct input *in);   /* bytes on disk read so far */

#endif
