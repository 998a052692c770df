/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_READ_ANALYZE_MAILS_H
#define CAROM_CMD_READ_ANALYZE_MAILS_H

/*
 * The mails among the inputs of carom analyze: read in a worker before the log, and told
 * apart afterwards by what the log has of them (engine/analyze.h).
 */

#include "cmd/cmd.h"
#include "cmd/mail_facts.h"
#include "engine/analyze.h"

struct analyze_mails {
	struct tie *tie; /* owned; NULL: no mails were named */
	const struct knowledge *k;
	struct classifier *c;
	const char *complaints; /* NULL: share/complaints.yaml */
	uint64_t lost;          /* mails for which there was no room */
	struct mail_counts counts;
	struct buf samples; /* owned: lines about what is tied to nothing */
	size_t n_samples;
	bool addresses; /* unmasked */
	int code;       /* what reading them came to */
};

/* Reads those of the paths that have mails; the others are moved to the front, and *n_paths
 * says how many they are.  ERR_OK, or why nothing can be done. */
enum err analyze_mails_read(struct analyze_mails *a, const struct cmd_context *ctx,
    const char **paths, size_t *n_paths, struct why *why);
void analyze_mails_count(struct analyze_mails *a, struct tally *t, bool has_log, int64_t now_us);
void analyze_mails_done(struct analyze_mails *a);

#endif
