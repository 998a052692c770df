/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_LIVE_POSTFIX_SESSION_H
#define CAROM_CMD_LIVE_POSTFIX_SESSION_H

/* What the verbs of carom postfix share: the words of the command line, and what was read. */

#include "cmd/cmd.h"
#include "cmd/cmd_store.h"
#include "postfix/instance.h"

struct postfix_args {
	const char *folder, *instance, *owner, *config;
	struct postfix_places at;
	bool apply, without_door, without_ladder, json, try_it;
	struct buf found; /* owned: the folder */
};

struct postfix_session {
	const struct cmd_context *ctx;
	const struct postfix_args *args;
	struct postconf c;
	struct live live;
	struct buf out;
};

/* Both print into out and return the exit code. */
int postfix_setup(struct postfix_session *s);
int postfix_remove(struct postfix_session *s);

#endif
