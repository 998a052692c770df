/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_STORE_LIST_MATCH_H
#define CAROM_CMD_STORE_LIST_MATCH_H

/*
 * carom suppressions match and clean: a list of addresses against the store.  The addresses of the
 * list are hashed with the key of the store, so a store that keeps no addresses does it as well.
 */

#include "store/store.h"

struct match_options {
	const char *path; /* borrowed; "-": standard input */
	bool clean; /* the lines of who may be mailed, as they are; else who may not, and why */
	bool json;  /* of who may not */
	int64_t now_us;
};

/* Writes to standard output, counts on standard error; returns the exit code. */
int list_match(struct store *s, const struct match_options *opt);

/* Why it is not to be mailed: "complaint", "unsubscribe", "manual", "bounce". */
const char *list_reason_of(const struct memory *m);
/* An address that is suppressed or rests, as a line of CSV or (json) as an object. */
void list_put(struct buf *out, bool json, struct sv address, const struct memory *m,
    enum recipient_state state);
#define LIST_HEADER "address,reason,created,state\n"

#endif
