/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_TRANSFER_H
#define CAROM_MAIL_TRANSFER_H

/*
 * The bytes of an attachment (RFC 2045 section 6), exactly: no charset, no line ends are
 * looked at, unlike mime_text().  What is no base64 is passed over.
 */

#include "base/buf.h"
#include "mail/mime.h"

/* Appends to `out`; its limit is the limit. */
void transfer_decode(struct sv body, enum mime_encoding e, struct buf *out);

#endif
