/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_STORE_SUPPRESSION_LIST_H
#define CAROM_CMD_STORE_SUPPRESSION_LIST_H

/*
 * What the columns of an exported suppression list say: ours, and those of SES, SendGrid,
 * Mailgun, Mailchimp and Postmark.  Why an address is on the list comes from a column of
 * reasons, else from columns that only one kind of list has; where neither says it, the
 * person must, as a complaint that is taken for a bounce could be lifted later.
 */

#include "decide/decide.h"
#include "feed/csv.h"

enum list_column {
	COLUMN_ADDRESS,
	COLUMN_REASON,
	COLUMN_DATE,
	COLUMN_ORIGIN, /* Postmark: who asked for it */
	LIST_COLUMNS
};

struct list_head {
	int at[LIST_COLUMNS];     /* -1: there is none */
	bool says_why;            /* kind is meant */
	enum happening_kind kind; /* of a row without a reason */
};

/* With a domain, and no longer than RFC 5321 4.5.3.1 lets one be (64 + 1 + 255). */
bool list_is_address(struct sv s);
/* Reads the line that csv has; false: no column holds addresses. */
bool list_head_read(const struct csv *csv, struct list_head *out);
struct sv list_field(const struct list_head *h, const struct csv *csv, enum list_column c);
enum happening_kind list_kind(const struct list_head *h, const struct csv *csv);
/* "2020-12-14 22:16:00 UTC", "Fri, 21 Oct 2011 11:02:55 GMT", seconds since 1970; false: none of them. */
bool list_date(struct sv s, int64_t *us_out);
/* bounce, complaint, unsubscribe, manual */
bool list_reason_word(struct sv word, enum happening_kind *out);

#endif
