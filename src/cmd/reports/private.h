/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_REPORTS_PRIVATE_H
#define CAROM_CMD_REPORTS_PRIVATE_H

/*
 * What the files of `carom reports` share: options (cmd_reports.c), one run in a process that gives
 * up what it does not need (run.c), what is shown (show.c) and told
 * (tell.c).
 */

#include "cmd/cmd.h"
#include "cmd/reports/imap.h"
#include "cmd/reports/prover.h"
#include "engine/reports.h"
#include "policy/policy.h"
#include "store/store.h"

enum reports_form {
	FORM_TEXT,
	FORM_JSON,
	FORM_CSV,
	FORM_NONE
};

struct reports_args {
	struct reports_range range;
	const char *store, *colour, *policy;
	const char *alerts; /* the store that changes are told to; NULL: none */
	enum reports_form form;
	unsigned top;
	struct prover_options prover;
	struct reports_imap imap; /* url NULL: none */
	const char *mailbox;      /* the temporary folder of its mails; NULL: none */
	const char *const *paths;
	size_t n_paths;
};

struct reports_made {                  /* what a run is made of; all owned by it */
	const struct cmd_context *ctx; /* borrowed */
	struct report_words *words;
	struct reports_prover *prover;
	struct policies policies;
	struct reports_store *store;
	struct store *alerts; /* NULL: none */
};

/* Reads what is named, shows what is kept; the exit code. */
int reports_read(const struct cmd_context *ctx, const struct reports_args *args);
/* The exit code. */
int reports_show(
    const struct reports_made *m, const struct reports_args *args, const struct reports_run *run);
/* What changed, over all that is kept, into the store of alerts. */
enum err reports_tell(const struct reports_made *m, struct why *why);

#endif
