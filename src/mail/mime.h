/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_MIME_H
#define CAROM_MAIL_MIME_H

/*
 * A mail as the tree that it is meant to be (RFC 5322, 2045-2047, 6522), read with
 * forgiveness: bounces are broken by nature.  Wrong or missing boundaries, no
 * Content-Type at all, CR, LF and CRLF in one mail, parts that never end: what can be
 * found is found, and nothing is refused.  What breaks a limit is said in `broken`, and
 * what was found until then is there.  It does not know what a bounce is.
 *
 * Everything is a view into the mail, or, where a mail has CRs, into one copy of it with
 * LF only; decoding (base64, quoted-printable, charset, encoded words) happens when
 * asked and goes to the arena.  All lives as long as the mail and the arena.
 */

#include "base/arena.h"
#include "mail/charsets.h"

#define MIME_BYTES_MAX   ((size_t)32 * 1024 * 1024) /* of one mail */
#define MIME_DEPTH_MAX   12                         /* parts in parts */
#define MIME_PARTS_MAX   200
#define MIME_HEAD_MAX    ((size_t)256 * 1024)  /* bytes of one part's headers */
#define MIME_VALUE_MAX   ((size_t)16 * 1024)   /* bytes of one header, unfolded */
#define MIME_DECODED_MAX ((size_t)1024 * 1024) /* bytes that one part is decoded to */

enum mime_broken { /* bits: limits that were reached */
	MIME_TOO_LARGE = 1,
	MIME_TOO_DEEP = 2,
	MIME_TOO_MANY_PARTS = 4,
	MIME_HEAD_TOO_LONG = 8,
	MIME_NO_BOUNDARY = 16, /* a multipart without its boundary: read as one part */
	MIME_DECODED_TOO_LONG = 32,
	MIME_BAD_CHARSET = 64, /* unknown, or bytes that are none of it: shown as they are */
	MIME_NO_MEMORY = 128,
	MIME_HEADER_CUT = 256, /* one header longer than MIME_VALUE_MAX */
};
#define MIME_BROKEN_BITS 9
/* For people: "nested deeper than 12". */
const char *mime_broken_text(enum mime_broken one);

enum mime_encoding {
	MIME_PLAIN,
	MIME_BASE64,
	MIME_QUOTED_PRINTABLE
};

struct mime_part {
	struct sv head, body;
	struct sv type;    /* "text/plain" as written; empty: not said */
	struct sv charset; /* as written; empty: not said */
	enum mime_encoding encoding;
	unsigned depth; /* 0: the mail itself */
	int parent;     /* index in parts; -1 for the mail itself */
	bool multipart; /* its parts follow; the body is what stands in front of them */
	bool message;   /* message/rfc822 or the like: its part follows */
};

struct mime {
	struct arena *arena; /* borrowed */
	const struct charsets
	    *charsets;           /* borrowed; NULL: only ASCII, UTF-8 and Latin-1 are read */
	struct mime_part *parts; /* in the arena; parts[0] is the mail, in order of the mail */
	size_t n_parts;
	unsigned broken; /* enum mime_broken, or-ed */
};

/* Reads a mail.  Always gives at least the part 0.  `charsets` may be NULL. */
void mime_read(
    struct sv mail, const struct charsets *charsets, struct arena *arena, struct mime *out);
/* What follows parts[at] and belongs to it: the index behind the last such part. */
size_t mime_end_of(const struct mime *m, size_t at);

/* ---- headers (mime_head.c) ---- */

/* The first header of that name, folded as it stands, without the blank in front. */
bool mime_header(struct sv head, struct sv name, struct sv *value_out);
/* One header after the other; false: no more.  Lines that are none are passed over. */
bool mime_header_next(struct sv *head, struct sv *name_out, struct sv *value_out);
/* The first header, unfolded and with its encoded words decoded to UTF-8; empty: none. */
struct sv mime_header_text(struct mime *m, struct sv head, struct sv name);
/* A folded value on one line, in the arena; the same view if it is not folded. */
struct sv mime_unfold(struct sv value, struct arena *arena);
/* "=?iso-8859-1?Q?Ol=E9?=" and plain text around to UTF-8. */
struct sv mime_words(struct mime *m, struct sv value);
/* The parameter of a Content-Type or the like, without quotes; empty: none. */
struct sv mime_param(struct sv value, struct sv name);
/* The address of a From or To: in <>, or the first word with an '@'; empty: none. */
struct sv mime_address(struct sv value);

/* "Thu, 29 Apr 2010 23:34:45 +0900" in UTC (mime_date.c); false: it is no date. */
bool mime_date(struct sv value, int64_t *us_out);

/* ---- bodies (mime_text.c) ---- */

/* The decoded body as UTF-8 with LF; at most MIME_DECODED_MAX bytes. */
struct sv mime_text(struct mime *m, const struct mime_part *p);
/* The same of a body that stands outside of a mail. */
struct sv mime_decode(struct mime *m, struct sv body, enum mime_encoding e, struct sv charset);
/* A text from HTML: tags gone, <br>, <p>, <div>, <tr> as newlines, entities resolved. */
struct sv mime_html_text(struct mime *m, struct sv html);

#endif
