/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_AUDIT_KEEP_H
#define CAROM_CMD_AUDIT_KEEP_H

/*
 * What an audit saw, kept in the store: policies, keys and MX by name; a record that is not what
 * it was the last time is an alert.
 */

#include "dns/book.h"
#include "store/listing.h"

/* Writes all answers that were heard, in one transaction. */
enum err audit_keep(
    struct store *s, const struct book *b, struct sv domain, int64_t now_s, struct why *why);

#endif
