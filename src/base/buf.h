/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BASE_BUF_H
#define CAROM_BASE_BUF_H

/*
 * Text under construction: a growing byte buffer with a limit.  Writing past
 * the limit drops the rest and sets `cut`; nobody has to test each call.
 * Always NUL-terminated (the NUL is not counted), so p serves C libraries too.
 */

#include "base/sv.h"

struct buf {
	char *p; /* owned */
	size_t n;
	size_t room;  /* allocated bytes */
	size_t limit; /* most bytes it will hold */
	bool cut;     /* something did not fit */
};

/* A limit of 0 means 1 GiB. */
void buf_init(struct buf *b, size_t limit);
void buf_done(struct buf *b);
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_sv(struct buf *b, struct sv s);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Outside text made printable: control bytes and broken UTF-8 become \xNN or
 * \n \t; at most `max` bytes of `s` are taken (0: all) and "..." says so. */
void buf_printable(struct buf *b, struct sv s, size_t max);

static inline struct sv
buf_view(const struct buf *b)
{
	return (struct sv){ b->p, b->n };
}

/* The length of the UTF-8 sequence at the start of s (RFC 3629), or 0 if there is none. */
size_t utf8_len(struct sv s);
/* Columns that s takes on a terminal: one for each code point, two for wide East Asian ones. */
size_t utf8_columns(struct sv s);

#endif
