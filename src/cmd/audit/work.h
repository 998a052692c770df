/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_AUDIT_WORK_H
#define CAROM_CMD_AUDIT_WORK_H

/*
 * `carom audit DOMAIN ...`: what all domains share (words, numbers, stores, selectors seen in
 * use), and one domain after the other: asked, kept, shown.
 */

#include "base/json.h"
#include "cmd/audit/harvest.h"
#include "cmd/audit/session.h"
#include "policy/policy.h"

struct audit_work {
	const struct cmd_context *ctx; /* borrowed */
	struct audit_args *args;       /* borrowed */
	struct audit_texts *texts;
	struct policies policies;
	struct harvest harvest;
	struct store *store;           /* NULL: none */
	struct audit_reports *reports; /* NULL: none */
	struct buf out;
	struct json j;
};

/* False: said what is wrong.  To be closed all the same. */
bool audit_work_open(struct audit_work *w);
/* The exit code for args->request.domain. */
int audit_work_domain(struct audit_work *w);
/* Prints all; false: it could not be written. */
bool audit_work_close(struct audit_work *w);

#endif
