/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MATCH_PARSER_H
#define CAROM_MATCH_PARSER_H

/* Inside match/ only: what parse.c (the grammar) and byteset.c (what one byte may be) share. */

#include "match/private.h"

struct parser {
	struct arena *arena; /* borrowed */
	struct sv rest;
	const char *first; /* of the expression */
	unsigned depth;
	struct match_error *error;
};

/* Keeps the first complaint, with the byte that it is about. */
struct node *parser_fail(struct parser *p, const char *text);

/* Both cases of every letter. */
void bytes_fold(struct bytes *b);
void bytes_invert(struct bytes *b);
/* \d \w \s and their opposites, by the letter; false: no such set. */
bool bytes_named(char c, struct bytes *out);
/* What stands behind a backslash and is one byte. */
bool parser_escaped(struct parser *p, unsigned *out);
/* One member of [...]: a byte, a range, or a named set. */
bool parser_range(struct parser *p, struct bytes *b);

#endif
