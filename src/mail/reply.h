/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_REPLY_H
#define CAROM_MAIL_REPLY_H

/*
 * The answer of an SMTP server as it is found in logs, bounces and pasted text
 * (RFC 5321 section 4.2, RFC 2034 for the enhanced code): however many lines,
 * joined by blanks or newlines.  Views borrow from the input.
 */

#include "base/buf.h"
#include "mail/status.h"

struct reply {
	unsigned code;        /* 200-599; 0: none found */
	struct status status; /* klass 0: none found */
	struct sv text;       /* what follows the code and the enhanced code of the first line */
};

/*
 * Reads "550 5.1.1 text", "550-5.1.1 text", "550 #5.1.0 text", "#5.1.1 text",
 * "text (#5.1.1)".  A text that begins otherwise is searched for a code behind
 * "said: ", "<<< ", ": " or at the start of a line.  Never fails: what is not
 * there is 0, and text is then the whole input.
 */
void reply_read(struct sv s, struct reply *out);
/* Three digits 200-599, then a blank, '-', ';', ':' or the end (RFC 5321 section 4.2). */
bool reply_code_take(struct sv *s, unsigned *out);
/* Does it begin with a reply code? */
bool reply_begins(struct sv s);

/*
 * The text as patterns see it (doc/knowledge.md): continuation codes and control
 * characters gone, runs of white space one blank, addresses "@", IPs "0.0.0.0", ids
 * "00000000".  An id has ten or more letters, digits and hyphens, and of these three
 * digits, one in five at least; the number behind its "." or ":" is part of it.  Behind
 * '#', and with "0x" or "AS" in front, it is a code that means something, and stays.
 * At most REPLY_TEXT_MAX bytes are produced.  Replaces the content of `out`.
 */
#define REPLY_TEXT_MAX 4096
void reply_normalise(const struct reply *r, struct buf *out);

/*
 * The shape of a reply, for grouping replies that say the same: normalised text
 * with every word that holds a digit or is a long random-looking token replaced
 * by "*".  Replaces the content of `out`; printable.
 */
void reply_template(const struct reply *r, struct buf *out);

#endif
