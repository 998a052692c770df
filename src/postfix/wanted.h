/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_WANTED_H
#define CAROM_POSTFIX_WANTED_H

/*
 * What carom wants of an instance's configuration, and how to take it out again: pure lists
 * of settings, from what is there now.  What a person has set is never overwritten: lists
 * are added to, and a filter that belongs to somebody else is a conflict that is shown.
 * Taking out looks for carom's own elements, so it works without a record of the past and
 * leaves alone what was changed since.
 */

#include "postfix/check.h"

enum wanted_kind {
	WANTED_PARAMETER, /* of main.cf */
	WANTED_SERVICE,   /* of master.cf; name is "carom-1/unix" */
};

enum wanted_state {
	WANTED_MISSING, /* is to be set, or, when taking out, to be changed */
	WANTED_THERE,   /* is so already */
	WANTED_CONFLICT /* is left alone, and `present` is why */
};

struct wanted_row {
	enum wanted_kind kind;
	enum wanted_state state;
	char *name;      /* owned */
	char *value;     /* owned; NULL: the parameter or service is to go */
	char *present;   /* owned; as it stands; "" if not set */
	const char *why; /* one sentence; static */
};

struct wanted {
	struct wanted_row *rows; /* owned */
	size_t n, room;
};

/* door, ladder: without them only the status filter is wanted. */
struct wanted_parts {
	bool door, ladder;
};

void wanted_setup(const struct postconf *c, const struct postfix_places *at,
    const struct wanted_parts *parts, struct wanted *out);
/* Only what is to be changed. */
void wanted_remove(const struct postconf *c, const struct postfix_places *at, struct wanted *out);
void wanted_done(struct wanted *w);

#endif
