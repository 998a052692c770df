/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_AUDIT_HARVEST_H
#define CAROM_CMD_AUDIT_HARVEST_H

/*
 * The selectors that a domain was seen to sign with, for an audit to look at: from logs of
 * signing software, sent mails, DMARC reports that are kept, and audits before this one.
 */

#include "base/map.h"
#include "cmd/audit/args.h"
#include "cmd/audit/reports.h"
#include "cmd/cmd.h"
#include "store/store.h"

#define HARVEST_MAX 4096 /* pairs of domain and selector; more are left out */

struct harvest {
	struct arena *arena; /* owned */
	struct names seen;   /* "selector domain", in small letters */
};

void harvest_init(struct harvest *h, const struct hash_key *key);
void harvest_done(struct harvest *h);
/* Of all domains, from the logs and mails that are named; false: said what is wrong. */
bool harvest_files(
    struct harvest *h, const struct audit_args *args, const struct audit_texts *texts);
/* Of one domain; NULL: there is no such store. */
enum err harvest_stores(struct harvest *h, struct sv domain, struct store *store,
    struct audit_reports *reports, struct why *why);
/* Into the request, for its domain. */
void harvest_put(const struct harvest *h, struct audit_request *q);

#endif
