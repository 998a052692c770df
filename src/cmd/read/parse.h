/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_READ_PARSE_H
#define CAROM_CMD_READ_PARSE_H

/*
 * carom parse, in two halves: cmd_parse.c finds the mails and hands them to the worker
 * (cmd/mail_worker.h); what is printed of one (parse_print.c) is made inside of it.
 */

#include "cmd/mail_worker.h"
#include "engine/judge.h"

struct parsing {
	bool json;
	struct knowledge *k;  /* owned */
	struct classifier *c; /* owned */
	struct buf scratch, out;
	struct mail_worker mails;
};

void parse_json(
    struct parsing *p, struct buf *out, const char *name, const struct bounce *b, bool cut);
void parse_table(
    struct parsing *p, struct buf *out, const char *name, const struct bounce *b, bool cut);

#endif
