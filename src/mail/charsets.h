/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_CHARSETS_H
#define CAROM_MAIL_CHARSETS_H

/*
 * The charsets that mail uses, opened once: iconv reads files to learn a charset, and a
 * process without files could learn none.  One thread's.
 */

#include "base/sv.h"

#include <iconv.h>

struct charsets;

struct charsets *charsets_new(void);
void charsets_free(struct charsets **c);
/* A converter to UTF-8 in its first state; (iconv_t)-1: the charset is not known. */
iconv_t charsets_find(const struct charsets *c, struct sv name);

#endif
