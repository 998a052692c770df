/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MATCH_PRIVATE_H
#define CAROM_MATCH_PRIVATE_H

/*
 * Shared inside match/ only.  parse.c makes a tree of an expression, automaton.c
 * writes the tree out as steps, runner.c walks them and keeps the states it makes,
 * match.c cuts expressions at their gaps and puts the pieces together again.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "match/match.h"

struct bytes { /* a set of byte values */
	uint64_t bit[4];
};

static inline void
bytes_add(struct bytes *b, unsigned c)
{
	b->bit[c >> 6] |= UINT64_C(1) << (c & 63);
}

static inline bool
bytes_has(const struct bytes *b, unsigned c)
{
	return (b->bit[c >> 6] >> (c & 63) & 1) != 0;
}

static inline bool
byte_is_word(unsigned c)
{
	return c < 0x80 && (char_is_alnum((char)c) || c == '_');
}

enum assertion {
	ASSERT_BORDER,     /* \b */
	ASSERT_NOT_BORDER, /* \B */
	ASSERT_START,      /* ^ */
	ASSERT_END,        /* $ */
};

enum node_kind {
	NODE_BYTES,  /* one byte of a set */
	NODE_CAT,    /* children one after the other; the list is from last to first */
	NODE_ALT,    /* one of the children */
	NODE_REPEAT, /* its one child, min to max times */
	NODE_ASSERT,
};

enum gap {
	GAP_NOT_ASKED,
	GAP_NO,
	GAP_YES,
};

#define REPEAT_NO_END UINT32_MAX

struct node {
	enum node_kind kind;
	enum assertion assertion;
	enum gap gap; /* cut.c's memory */
	uint32_t min, max;
	struct bytes bytes;
	struct node *child; /* arena */
	struct node *next;  /* arena: the next child of the same parent */
};

/* NULL and *error_out filled in if the expression is malformed.  The tree is in the arena. */
struct node *match_parse(struct arena *a, struct sv regex, struct match_error *error_out);
/* Does it fit the empty text? */
bool node_is_empty(const struct node *n);

enum op {
	OP_BYTES,  /* `arg` is a set; then `next` */
	OP_SPLIT,  /* `next` and `arg`, both */
	OP_ASSERT, /* `arg` is an enum assertion; then `next` */
	OP_MATCH,  /* `arg` is the pattern */
};

struct step {
	enum op op;
	uint32_t arg, next;
};

/* What starts at any byte: the positions behind the first byte, by what was in front and what it is. */
enum front {
	FRONT_OTHER, /* a byte that is no part of a word */
	FRONT_WORD,
	FRONT_START, /* the start of the text */
	FRONTS,
};

struct start_list {
	uint32_t *steps; /* owned */
	uint32_t n;
};

struct automaton {
	struct step *steps; /* owned */
	size_t n_steps, room_steps;
	struct bytes *sets; /* owned; as written, then by class of byte */
	size_t n_sets, room_sets;
	uint32_t last_set[256]; /* that began with this byte: looked at first */
	uint32_t *starts;       /* owned: the first step of each expression */
	size_t n_patterns, room_patterns;
	uint8_t class_of[256];
	bool class_is_word[257];
	unsigned n_classes;             /* the class n_classes stands for the end of the text */
	struct start_list *start_lists; /* owned: FRONTS * n_classes */
	bool finished;
};

struct automaton *automaton_new(void);
void automaton_free(struct automaton **pset);
/* The pattern's number is how many were added before.  False: too large; nothing changed. */
bool automaton_add(struct automaton *set, const struct node *root, struct match_error *error_out);
void automaton_finish(struct automaton *set);
size_t automaton_count(const struct automaton *set);

/* Texts over an automaton.  `hit` is called at every end of every match. */
struct runner;
struct runner *runner_new(const struct automaton *set, size_t bytes);
void runner_free(struct runner **ps);
void runner_run(struct runner *s, struct sv text, match_hit *hit, void *context);
void runner_stats(const struct runner *s, struct match_stats *out);

/* Sets of steps that remember their order, emptied in no time. */
struct walk {
	const struct automaton *set; /* borrowed */
	uint32_t *mark;              /* owned, one a step: the round it was last put in */
	uint32_t *list;              /* owned */
	uint32_t *stack;             /* owned */
	uint32_t n, round;
};

void walk_init(struct walk *w, const struct automaton *set);
void walk_done(struct walk *w);
void walk_clear(struct walk *w);
/* What holds at a place of the text, for the assertions there.  NULL: they wait in the list. */
struct here {
	bool border, start, end;
};
/* Puts in the step and all that can be reached from it without a byte. */
void walk_put(struct walk *w, uint32_t step, const struct here *here);

/* ---- the set: expressions as pieces, and whole where they have gaps ---- */

struct row { /* pieces that must be found one after the other */
	uint32_t pattern;
	uint32_t first, n; /* in row_pieces */
	bool gaps;         /* then the pattern must be read whole */
};

struct match_set {
	struct automaton *pieces; /* owned; its patterns are the pieces */
	struct names piece_names; /* their numbers by what they are */
	uint32_t *row_pieces;     /* owned */
	size_t n_row_pieces, room_row_pieces;
	struct row *rows; /* owned */
	size_t n_rows, room_rows;
	uint32_t *asks_at, *asks;  /* owned: the rows to look at when a piece is found */
	struct automaton **wholes; /* owned, one a pattern; NULL: it has no gaps */
	size_t n_patterns, room_patterns;
	bool broken; /* a pattern was refused half-way */
};

/* cut.c.  The root is a NODE_ALT. */
bool match_has_gaps(struct node *root);
/* Adds its pieces and rows to the set.  False: too large, and the set is half filled. */
bool match_cut(
    struct match_set *set, struct arena *arena, struct node *root, struct match_error *error_out);
void match_rows_finish(struct match_set *set);

#endif
