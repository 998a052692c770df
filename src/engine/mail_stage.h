/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_MAIL_STAGE_H
#define CAROM_ENGINE_MAIL_STAGE_H

/*
 * Which SMTP command was refused, as a bounce mail tells it: in the words of the recipient, or in
 * the text for people.  Programs say it each in its own way; none of them is a standard.
 */

#include "bounce/bounce.h"
#include "fact/event.h"

/* STAGE_NONE: the mail does not say. */
enum smtp_stage mail_stage(const struct bounce *b, const struct bounced *r);
/* The answers below ">>> DATA" belong to RCPT: the client sent both in one go (RFC 2920). */
bool mail_is_pipelined(struct sv text);
/* Whether the words stand in the text; a blank is any run of blanks and line ends. */
bool mail_says(struct sv text, struct sv words);

#endif
