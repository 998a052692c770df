/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_POSTFIX_PRIVATE_H
#define CAROM_MAIL_POSTFIX_PRIVATE_H

/* Between the files that read one Postfix line: its fields "key=value", separated by ", ". */

#include "mail/postfix.h"

/* "<address>" up to ">, " or the end; quoted local parts may hold anything else. */
bool postfix_bracketed_take(struct sv *s, struct sv *out);
/* Up to ", "; the rest of the text where there is none. */
struct sv postfix_value_take(struct sv *s);
/* Behind "QUEUEID: to=".  False: it is no delivery. */
bool postfix_delivery_read(struct sv s, struct postfix_line *out);

#endif
