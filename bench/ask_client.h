/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BENCH_ASK_CLIENT_H
#define CAROM_BENCH_ASK_CLIENT_H

/*
 * A client that asks the policy service or the status filter at a fixed rate, as Postfix
 * does.  A request's time runs from when it was due, so that a slow answer is not hidden by
 * the requests that it delays.
 */

#include <stdbool.h>
#include <stdint.h>

#define ASK_RATE        5000 /* requests a second */
#define ASK_SECONDS     10
#define ASK_REQUESTS    (ASK_RATE * ASK_SECONDS)
#define ASK_CONNECTIONS 50
#define ASK_RECIPIENTS  1000000 /* user0@cox.net and so on: every other question is about one */

struct ask_client {
	const char *path; /* of the socket */
	bool policy;
	bool any; /* any whole answer is right: nothing is known of the table behind it */
	double us[ASK_REQUESTS];
	uint64_t wrong;
};

/* Connects, or ends the program with a complaint. */
int ask_open(const char *path);
/* For pthread_create: a struct ask_client. */
void *ask_run(void *client);
/* One line. */
void ask_tell(struct ask_client *c, const char *name);

#endif
