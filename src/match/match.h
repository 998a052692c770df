/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MATCH_MATCH_H
#define CAROM_MATCH_MATCH_H

/*
 * Many regular expressions over one text, in one pass.  doc/match.md has the
 * syntax and the method: the expressions become one automaton of positions, and
 * the texts that come by build the part of its deterministic form that they need.
 * Expressions with gaps ("user ... unknown") are cut there, and read whole only
 * where all their pieces are found.  A byte that takes a known step costs one look into
 * a table, however many expressions there are; there is no backtracking, so no text can make it slow by
 * more than the number of positions.  Knows nothing of mail.
 *
 * A match_set is filled, finished, then never changed, and may be shared.  A
 * match_scan is the memory of one thread over one set; it borrows the set.
 */

#include "base/sv.h"

#define MATCH_PATTERN_MAX   4096               /* bytes of one expression */
#define MATCH_DEPTH_MAX     40                 /* groups in groups */
#define MATCH_REPEAT_MAX    400                /* the n of {m,n} */
#define MATCH_POSITIONS_MAX 40000              /* steps of one expression, repeats written out */
#define MATCH_SET_MAX       8000000            /* steps of all expressions */
#define MATCH_STATES_BYTES  ((size_t)64 << 20) /* default for match_scan_new */

struct match_set;
struct match_scan;

struct match_error {
	char text[160]; /* what was expected */
	size_t at;      /* byte of the expression */
};

struct match_set *match_set_new(void);
void match_set_free(struct match_set **pset);

/*
 * Adds an expression; letters A-Z fit in either case.  Its number is how many were
 * added before.  False, the set unchanged and *error_out filled in, if it is malformed,
 * too large, or fits the empty text (it would fit everywhere).
 */
bool match_set_add(struct match_set *set, struct sv regex, struct match_error *error_out);
/* Adds a literal; `whole`: no letter, digit or '_' may touch it where it has one itself. */
bool match_set_add_literal(
    struct match_set *set, struct sv text, bool whole, struct match_error *error_out);
/* After the last one.  Nothing can be added then. */
void match_set_finish(struct match_set *set);
size_t match_set_count(const struct match_set *set);

/* At most `bytes` (0: MATCH_STATES_BYTES) are kept of what the texts built; when they are
 * full they are dropped and built anew. */
struct match_scan *match_scan_new(const struct match_set *set, size_t bytes);
void match_scan_free(struct match_scan **ps);

/*
 * Calls `hit` once for each expression that is found, with the end of its first match.
 * MATCH_MAYBE for an end: the pieces of an expression with gaps are there; whether it
 * fits, match_scan_confirm tells, at the price of reading the text once more.
 */
#define MATCH_MAYBE SIZE_MAX
typedef void match_hit(void *context, unsigned pattern, size_t end);
void match_scan_find(struct match_scan *s, struct sv text, match_hit *hit, void *context);
bool match_scan_confirm(struct match_scan *s, struct sv text, unsigned pattern, size_t *end_out);
/* The same with all of them confirmed: no MATCH_MAYBE. */
void match_scan_run(struct match_scan *s, struct sv text, match_hit *hit, void *context);

struct match_stats {
	size_t positions; /* steps of all expressions */
	size_t classes;   /* kinds of bytes that the expressions tell apart */
	size_t states;    /* deterministic states built so far and kept */
	size_t drops;     /* times that all were dropped, for want of room */
	size_t bytes;
};
void match_scan_stats(const struct match_scan *s, struct match_stats *out);

#endif
