/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_OPTIONS_H
#define CAROM_CMD_OPTIONS_H

/*
 * The options of a command as a table: name, what its value is, where it goes.
 * --help is always there.  Complaints name the option, the value and what was expected.
 */

#include "base/sv.h"

enum option_kind {
	OPTION_FLAG,   /* no value; out: bool */
	OPTION_TEXT,   /* out: const char *, borrowed from argv */
	OPTION_NUMBER, /* a whole number, low to high; out: uint64_t */
	OPTION_DATE,   /* out: int64_t, microseconds since 1970 */
	OPTION_OTHER,  /* `take` reads it */
};

struct cmd_option {
	const char *name; /* without the dashes */
	enum option_kind kind;
	void *out;
	uint64_t low, high;                       /* of a number */
	bool (*take)(struct sv value, void *out); /* of OPTION_OTHER; false: it is wrong */
	const char *expected;                     /* of OPTION_OTHER: what */
};

#define OPTIONS_MAX 32

struct cmd_words {   /* what stands behind the options */
	char **word; /* borrowed */
	int n;
};

/* -1: go on; else the exit code, and what was wrong was said. */
int cmd_options(const char *help, const struct cmd_option *options, size_t n, int argc, char **argv,
    struct cmd_words *words_out);

#endif
