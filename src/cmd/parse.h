/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_PARSE_H
#define CAROM_CMD_PARSE_H

/*
 * carom parse, in two halves: cmd_parse.c finds the mails and hands them to the worker;
 * what is printed of one (parse_print.c) is made inside of it.
 */

#include "bounce/bounce.h"
#include "engine/judge.h"
#include "role/worker.h"

struct parsing {
	bool json;
	struct knowledge *k;     /* owned */
	struct classifier *c;    /* owned */
	struct bounce_forms *f;  /* owned */
	struct bounce_reader *r; /* owned */
	struct arena *arena;     /* owned; reset for each mail */
	unsigned n_since;        /* mails since the arena was new */
	struct buf scratch;
	struct buf batch, answer, out; /* what the worker gets, what it says, what is printed */
	struct worker worker;
	int code;
};

void parse_json(
    struct parsing *p, struct buf *out, const char *name, const struct bounce *b, bool cut);
void parse_table(
    struct parsing *p, struct buf *out, const char *name, const struct bounce *b, bool cut);

#endif
