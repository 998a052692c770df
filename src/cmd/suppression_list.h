/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_SUPPRESSION_LIST_H
#define CAROM_CMD_SUPPRESSION_LIST_H

/*
 * A list of addresses not to mail, as sending services export it (CSV), row by row: the
 * address, why, and since when.  The first line names the columns, or is a row by itself when
 * it begins with an address (SES: address,BOUNCE).  A list that does not say why, such as the
 * spam reports of SendGrid, is of one kind, which the caller names.
 */

#include "decide/decide.h"
#include "feed/csv.h"

enum list_column {
	LIST_ADDRESS,
	LIST_REASON,
	LIST_UNSUBSCRIBED, /* a reason or a time: only who unsubscribed has one */
	LIST_ORIGIN,       /* who wished it */
	LIST_DATE,
	LIST_COLUMNS
};

struct suppression_list {
	struct csv csv;
	int at[LIST_COLUMNS]; /* -1: there is none */
	bool head_is_row;     /* and it was not given yet */
};

struct list_row { /* views into the text */
	struct sv address;
	enum happening_kind kind;
	bool dated;
	int64_t t_us;
};

/* `text` outlives it.  False: the first line neither names an address column nor is a row. */
bool list_open(struct suppression_list *l, struct sv text);
void list_close(struct suppression_list *l);
/* kind: of rows that do not say why.  l->csv.line is where the row is. */
bool list_next(struct suppression_list *l, enum happening_kind kind, struct list_row *out);

#endif
