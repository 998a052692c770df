/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_AUDIT_KEEP_H
#define CAROM_CMD_AUDIT_KEEP_H

/*
 * What an audit saw, kept in the store: policies, keys and MX by name; a record that is not what
 * it was the last time is an alert, and so is a DKIM key that was never changed for longer than
 * alerts.key_days of share/policy.yaml.
 */

#include "dns/book.h"
#include "fact/policy.h"
#include "store/listing.h"

/* Writes all answers that were heard, in one transaction. */
enum err audit_keep(struct store *s, const struct book *b, struct sv domain,
    const struct alert_policy *policy, int64_t now_s, struct why *why);

#endif
