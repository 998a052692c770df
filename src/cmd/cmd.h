/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_CMD_H
#define CAROM_CMD_CMD_H

/*
 * The subcommands: getopt, the pipeline's calls in order, and what is printed.
 * Only this folder reads the environment, the clock and the random source.
 */

#include "base/err.h"
#include "base/hash.h"
#include "knowledge/knowledge.h"

enum exit_code { /* documented in carom(1) */
	EXIT_FINE = 0,
	EXIT_TROUBLE = 1, /* done, and there is something to act on */
	EXIT_USAGE_ERROR = 2,
	EXIT_INPUT_PROBLEM = 3, /* done, but some input could not be read whole */
	EXIT_BROKEN = 4,        /* nothing could be done */
};

struct cmd_context {
	const char *share; /* folder of the knowledge */
	struct hash_key key;
	int64_t now_us;
};

/* argv[0] is the name of the subcommand. */
int cmd_analyze(const struct cmd_context *ctx, int argc, char **argv);
int cmd_config(const struct cmd_context *ctx, int argc, char **argv);
int cmd_serve(const struct cmd_context *ctx, int argc, char **argv);
int cmd_alerts(const struct cmd_context *ctx, int argc, char **argv);
int cmd_audit(const struct cmd_context *ctx, int argc, char **argv);
int cmd_blocklists(const struct cmd_context *ctx, int argc, char **argv);
int cmd_classify(const struct cmd_context *ctx, int argc, char **argv);
int cmd_reports(const struct cmd_context *ctx, int argc, char **argv);
int cmd_detect(const struct cmd_context *ctx, int argc, char **argv);
int cmd_pace(const struct cmd_context *ctx, int argc, char **argv);
int cmd_amnesty(const struct cmd_context *ctx, int argc, char **argv);
int cmd_incidents(const struct cmd_context *ctx, int argc, char **argv);
int cmd_recipient(const struct cmd_context *ctx, int argc, char **argv);
int cmd_replay(const struct cmd_context *ctx, int argc, char **argv);
int cmd_suppressions(const struct cmd_context *ctx, int argc, char **argv);
int cmd_why(const struct cmd_context *ctx, int argc, char **argv);
int cmd_ingest(const struct cmd_context *ctx, int argc, char **argv);
int cmd_postfix(const struct cmd_context *ctx, int argc, char **argv);
int cmd_parse(const struct cmd_context *ctx, int argc, char **argv);
int cmd_knowledge_tool(const struct cmd_context *ctx, int argc, char **argv);

/* Loads the knowledge or says on standard error what is broken; NULL then. */
struct knowledge *cmd_knowledge(const struct cmd_context *ctx);
/* "carom classify: text" on standard error. */
void cmd_complain(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
