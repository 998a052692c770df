/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_REPORTS_PROVER_H
#define CAROM_CMD_REPORTS_PROVER_H

/*
 * Who tells `carom reports` whether the mail around a report is what it says to be: the settings
 * and options that name whom to trust, and a process that asks for DKIM keys (net/dns_far.h).
 * It is made before the command gives up its network.
 */

#include "cmd/cmd.h"
#include "engine/reports.h"

#define PROVER_SERVERS_MAX 64

struct prover_options {
	const char *config, *resolver;
	bool no_dns;
	const char *servers[PROVER_SERVERS_MAX]; /* beside those of the settings */
	size_t n_servers;
};

struct reports_prover;

enum err reports_prover_new(const struct cmd_context *ctx, const struct prover_options *opt,
    const struct report_words *words, struct reports_prover **out, struct why *why);
void reports_prover_free(struct reports_prover **p);
const struct report_judge *reports_prover_judge(const struct reports_prover *p);

#endif
