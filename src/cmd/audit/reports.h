/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_AUDIT_REPORTS_H
#define CAROM_CMD_AUDIT_REPORTS_H

/*
 * What `carom audit --reports` takes from a store of reports: selectors that passed, and what a
 * stricter policy would cost.  Apart from the rest, as the nouns of reports (mail/dmarc_report.h)
 * and those of records (auth/dmarc.h) have the same names.
 */

#include "base/json.h"
#include "cmd/cmd.h"
#include "fact/policy.h"

struct audit_reports;

enum err audit_reports_open(const struct cmd_context *ctx, const char *path,
    const struct alert_policy *policy, struct audit_reports **out, struct why *why);
void audit_reports_close(struct audit_reports **r);
/* Selectors of any domain that a receiver found to pass. */
enum err audit_reports_selectors(struct audit_reports *r,
    void (*row)(void *context, struct sv domain, struct sv selector), void *context,
    struct why *why);
/* Of one domain; as text into `out`, or kept for audit_reports_json() if it is NULL. */
enum err audit_reports_domain(
    struct audit_reports *r, struct sv domain, struct buf *out, struct why *why);
/* The member "reports" of the object that is open. */
void audit_reports_json(struct audit_reports *r, struct json *j);

#endif
