/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_STORE_SUPPRESSION_IMPORT_H
#define CAROM_CMD_STORE_SUPPRESSION_IMPORT_H

/* carom suppressions import: a list of our own or of a mail service, CSV or JSON, into the store. */

#include "store/store.h"

struct import_options {
	const char *path,
	    *reason; /* borrowed; "-": standard input; reason of the person, NULL: none */
	const struct policy *policy; /* borrowed */
	int64_t now_us;              /* of a row without a date */
};

/* All of it or nothing; says what was done or wrong; returns the exit code. */
int suppression_import(struct store *s, const struct import_options *opt);

#endif
