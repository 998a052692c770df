/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_CMD_STORE_H
#define CAROM_CMD_CMD_STORE_H

/* What the commands that look into the store share. */

#include "base/json.h"
#include "cmd/cmd.h"
#include "policy/policy.h"
#include "store/store.h"

struct store_args {
	const char *store, *policy, *provider, *reason;
	int64_t from_us, to_us; /* TIME_NONE: not said */
	bool json, dry_run;
	char **words; /* what stands behind the options */
	int n_words;
};
#define ALLOW_POLICY   1u
#define ALLOW_PROVIDER 2u /* --provider, --from, --to */
#define ALLOW_DRY_RUN  4u
#define ALLOW_REASON   8u
/* -1: go on; else the exit code, and what was wrong is said. --store, --json and --help are always there. */
int cmd_store_args(
    const char *help, unsigned allowed, int argc, char **argv, struct store_args *out);

/* $CAROM_STORE, or where the package puts it. */
const char *cmd_store_path(void);
/* Opens an existing store; NULL: the complaint is made. */
struct store *cmd_store(const char *command, const char *path, bool read_only);
/* path NULL: share/policy.yaml. */
enum err cmd_policy(
    const struct cmd_context *ctx, const char *path, struct policies *out, struct why *why);
/* To standard output; false: it could not be written. */
bool cmd_print(const struct buf *out);
/* "5 connections", "1 connection, 30 s between deliveries" */
void cmd_pace_speed(struct buf *out, const struct pace_speed *s);
/* A decision about a pace as members of the object that is open. */
void cmd_json_pace(struct json *j, const struct store *s, const struct stored_pace *p);
/* The last decision about each provider that was ever slowed down, as text or (j) as objects. */
void cmd_paces(struct store *s, struct buf *out, struct json *j);
/* "2020-09-21T10:00:00Z"; 0: "" */
const char *cmd_time(int64_t t_s, char *room, size_t size);
/* null for 0 */
void cmd_json_time(struct json *j, const char *key, int64_t t_s);

#endif
