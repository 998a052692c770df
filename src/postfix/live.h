/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_LIVE_H
#define CAROM_POSTFIX_LIVE_H

/*
 * What can be seen of the running world without sending mail: does the status filter answer
 * a request as Postfix would send it, does the policy service, who may write to the sockets,
 * which files of maps are there.  Every question has LIVE_SECONDS; nothing is changed.
 */

#include "base/buf.h"

#define LIVE_SECONDS 2

struct live_socket {
	bool there, answers;
	bool open;         /* everybody may write to it */
	char trouble[200]; /* why it does not answer */
};

struct live {
	struct live_socket status, policy;
	struct buf map_types; /* owned: of `postconf -m`, a line each; empty: not known */
	bool (*exists)(const char *path);
};

/* map_types is left to the caller. */
void live_look(const char *status_socket, const char *policy_socket, struct live *out);
void live_done(struct live *l);

#endif
