/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ACT_RELEASE_H
#define CAROM_ACT_RELEASE_H

/*
 * When an incident has ended, what was held because of it is tried again: a few messages
 * first, then growing batches, as long as most of the last batch was accepted; when most was
 * refused, few again and later.  Real mail that waits anyway, never a probe.
 *
 * Pure: time is an argument.  Which messages, and how they are tried, is the caller's.
 */

#include <stdbool.h>
#include <stddef.h>

#define RELEASE_BATCH_MAX 1000
#define RELEASE_WAIT_MAX  16 /* times `every_s`, after refusals */

struct release {
	size_t first, growth;
	double every_s;
	size_t batch;             /* of the last time; 0: it has not begun */
	double next_s;            /* not before */
	double wait;              /* times every_s */
	size_t accepted, refused; /* of the last batch */
};

void release_init(struct release *r, size_t first, size_t growth, double every_s);
/* How one of the last batch ended. */
void release_outcome(struct release *r, bool accepted);
/* How many to try now; 0: not yet. */
size_t release_due(struct release *r, double now_s);

#endif
