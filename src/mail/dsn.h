/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_DSN_H
#define CAROM_MAIL_DSN_H

/*
 * The machine-readable half of a delivery status notification: RFC 3464 (and 6533, where
 * addresses are UTF-8) as programs really write it.  Fields in any order and case, blanks
 * in front of the colon, groups that are not divided, comments, "rfc/822;", addresses in
 * <>, a Status that is no status.  The same recipient said twice is one.  Does not judge:
 * what is not there stays empty.  Views borrow from the text, or from the arena where a
 * folded line had to be joined.
 */

#include "base/arena.h"
#include "mail/status.h"

#define DSN_RECIPIENTS_MAX 1000

enum dsn_action {
	DSN_NO_ACTION,
	DSN_FAILED,
	DSN_DELAYED,
	DSN_DELIVERED,
	DSN_RELAYED,
	DSN_EXPANDED,
};

struct dsn_recipient {
	struct sv address;  /* Final-Recipient, else Original- or X-Actual-Recipient */
	struct sv original; /* Original-Recipient; empty: not said */
	enum dsn_action action;
	struct status status; /* klass 0: none */
	struct sv comment;    /* what stands in () behind the status */
	struct sv host;       /* Remote-MTA, the name only */
	struct sv diagnostic; /* Diagnostic-Code without its type, on one line */
	bool diagnostic_smtp; /* its type is smtp */
	struct sv category;   /* X-PowerMTA-BounceCategory: its own name of the cause */
};

struct dsn {
	struct sv reporter;               /* Reporting-MTA, the name only */
	struct sv queue_id;               /* X-Postfix-Queue-ID and its kin */
	struct sv sender;                 /* X-Postfix-Sender and its kin */
	struct dsn_recipient *recipients; /* in the arena */
	size_t n_recipients;
	bool too_many;
};

/* True if there is a recipient. */
bool dsn_read(struct sv text, struct arena *arena, struct dsn *out);
const char *dsn_action_name(enum dsn_action a); /* "" for none */
/* Where the fields begin that stand in a text among other lines; -1: there are none. */
ptrdiff_t dsn_find(struct sv text);
/* "rfc822; <user@example.com> (comment)" -> user@example.com */
struct sv dsn_address(struct sv value);

#endif
