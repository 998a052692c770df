/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_TRIAL_H
#define CAROM_POSTFIX_TRIAL_H

/*
 * Test messages through a private queue: a Postfix of its own in a temporary folder, with
 * those settings of the true instance that carom is about (status filter, routes, ladder),
 * and a host on loopback that accepts, or refuses as unknown.  Nothing reaches the network,
 * the true queue or its log.  Needs root, as Postfix does, and takes some seconds; the
 * folder is gone afterwards.
 */

#include "base/err.h"
#include "postfix/check.h"

#define TRIAL_ROWS_MAX 24
#define TRIAL_SECONDS  30

struct trial_row {
	char what[80];
	bool fine;
	char detail[240]; /* printable */
};

struct trial {
	struct trial_row rows[TRIAL_ROWS_MAX];
	size_t n;
};

enum err trial_run(const struct postconf *c, struct trial *out, struct why *why);

/*
 * trial_sink.c: a process that plays the host.  Returns its pid and its port; it refuses
 * recipients whose local part is "unknown", and ends when it is killed.
 */
int trial_sink_start(unsigned *port_out, struct why *why);

#endif
