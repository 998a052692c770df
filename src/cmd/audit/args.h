/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_AUDIT_ARGS_H
#define CAROM_CMD_AUDIT_ARGS_H

/* The options of `carom audit`.  Texts are those of argv. */

#include "cmd/audit/sts.h"
#include "cmd/options.h"

#define AUDIT_FILES_MAX 256

struct audit_args {
	struct audit_request request;
	struct spf_question spf;
	const char *resolver;
	const char *store;   /* NULL: nothing is kept */
	const char *reports; /* a store of carom reports; NULL: none */
	const char *logs[AUDIT_FILES_MAX], *mails[AUDIT_FILES_MAX]; /* to find selectors in */
	size_t n_logs, n_mails;
	unsigned timeout_ms;
	struct sts_https https;
	bool json, has_from, no_https;
};

extern const char audit_help[];

/* -1: go on; else the exit code, and what was wrong is said. */
int audit_args_take(int argc, char **argv, struct audit_args *args, struct cmd_words *words_out);

#endif
