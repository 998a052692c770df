/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "match/private.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * A gap such as [^;]{0,40} remembers how far behind a word it is, and a text with ten
 * such words makes states that no other text shares.  So an expression is cut at its
 * gaps: the pieces go into one automaton for all expressions, whose states many texts
 * share.  An expression whose pieces are found in their order may fit; then it is read
 * by an automaton of its own.  An expression without gaps is one piece and needs no more.
 */

#define TREE_BYTES  ((size_t)8 << 20)
#define WHOLE_BYTES ((size_t)512 << 10) /* states kept for one expression read whole */
#define GAP_WIDTH   20                  /* a gap takes at least so many kinds of bytes */
#define GAP_TIMES   3                   /* and at least so many of them */
#define PIECES_MAX  16                  /* of one row; a row goes on without the rest */

#define ROOM(p, n, room)                                           \
	do {                                                       \
		if ((n) == (room)) {                               \
			(room) = (room) == 0 ? 256 : (room)*2;     \
			(p) = mem_grow((p), (room), sizeof(*(p))); \
		}                                                  \
	} while (0)

struct piece {
	uint32_t row, index; /* its row, and the how-manieth it is there */
};

struct row { /* pieces that must be found one after the other */
	uint32_t pattern, n_pieces;
};

struct match_set {
	struct automaton *pieces; /* owned */
	struct piece *piece_list; /* owned; by number in `pieces` */
	size_t n_pieces, room_pieces;
	struct row *rows; /* owned */
	size_t n_rows, room_rows;
	struct automaton **wholes; /* owned, one a pattern; NULL: it has no gaps */
	size_t n_patterns, room_patterns;
	bool broken; /* a pattern was refused half-way */
};

struct match_set *
match_set_new(void)
{
	struct match_set *set = mem_new(1, sizeof(*set));

	set->pieces = automaton_new();
	return set;
}

void
match_set_free(struct match_set **pset)
{
	struct match_set *set = *pset;

	if (set == NULL) {
		return;
	}
	for (size_t i = 0; i < set->n_patterns; i++) {
		automaton_free(&set->wholes[i]);
	}
	automaton_free(&set->pieces);
	free(set->piece_list);
	free(set->rows);
	free(set->wholes);
	free(set);
	*pset = NULL;
}

size_t
match_set_count(const struct match_set *set)
{
	return set->n_patterns;
}

/* ---- gaps ---- */

static bool
is_wide(const struct node *n)
{
	int width = 0;

	while ((n->kind == NODE_ALT || n->kind == NODE_CAT) && n->child != NULL &&
	       n->child->next == NULL) {
		n = n->child;
	}
	for (size_t i = 0; n->kind == NODE_BYTES && i < 4; i++) {
		width += __builtin_popcountll(n->bytes.bit[i]);
	}
	return width >= GAP_WIDTH;
}

static bool
has_gap(const struct node *n)
{
	if (n->kind == NODE_REPEAT && n->max >= GAP_TIMES && is_wide(n->child)) {
		return true;
	}
	for (const struct node *c = n->child; c != NULL; c = c->next) {
		if (has_gap(c)) {
			return true;
		}
	}
	return false;
}

/* ---- cutting ---- */

struct cutter {
	struct match_set *set;
	struct arena *arena; /* borrowed */
	struct match_error *error;
	struct node piece; /* a NODE_CAT: what stands behind the last gap so far */
	uint32_t index;    /* pieces of the row so far */
	bool ok;
};

static void
add_piece(struct cutter *c)
{
	struct match_set *set = c->set;

	ROOM(set->piece_list, set->n_pieces, set->room_pieces);
	set->piece_list[set->n_pieces++] = (struct piece){ (uint32_t)set->n_rows, c->index++ };
}

static void
end_piece(struct cutter *c)
{
	if (c->piece.child != NULL && !node_is_empty(&c->piece) && c->index < PIECES_MAX) {
		c->ok = c->ok && automaton_add(c->set->pieces, &c->piece, c->error);
		if (c->ok) {
			add_piece(c);
		}
	}
	c->piece = (struct node){ .kind = NODE_CAT };
}

/* From the first child to the last: the list stands the other way round. */
static void
cut_children(struct cutter *c, const struct node *child)
{
	struct node *copy;

	if (child == NULL) {
		return;
	}
	cut_children(c, child->next);
	if (has_gap(child)) {
		end_piece(c);
		return;
	}
	copy = arena_alloc(c->arena, sizeof(*copy));
	if (copy == NULL) {
		c->ok = false;
		return;
	}
	*copy = *child;
	copy->next = c->piece.child;
	c->piece.child = copy;
}

/* One alternative as a row; false: nothing is left of it but gaps. */
static bool
cut_row(struct cutter *c, const struct node *cat)
{
	struct match_set *set = c->set;

	c->index = 0;
	c->piece = (struct node){ .kind = NODE_CAT };
	cut_children(c, cat->child);
	end_piece(c);
	if (c->index == 0) {
		return false;
	}
	ROOM(set->rows, set->n_rows, set->room_rows);
	set->rows[set->n_rows++] = (struct row){ (uint32_t)set->n_patterns, c->index };
	return true;
}

/* Is there something to find in each alternative? */
static bool
can_be_cut(const struct node *root)
{
	for (const struct node *cat = root->child; cat != NULL; cat = cat->next) {
		bool any = false;

		for (const struct node *c = cat->child; c != NULL; c = c->next) {
			any = any || (!has_gap(c) && !node_is_empty(c));
		}
		if (!any) {
			return false;
		}
	}
	return true;
}

static bool
add_pieces(struct cutter *c, const struct node *root)
{
	if (!has_gap(root) || !can_be_cut(root)) {
		const struct node whole = { .kind = NODE_CAT,
			.child = arena_alloc(c->arena, sizeof(*root)) };

		if (whole.child == NULL) {
			return false;
		}
		*whole.child = *root;
		c->piece = whole;
		c->index = 0;
		end_piece(c);
		ROOM(c->set->rows, c->set->n_rows, c->set->room_rows);
		c->set->rows[c->set->n_rows++] = (struct row){ (uint32_t)c->set->n_patterns, 1 };
		return c->ok;
	}
	for (const struct node *cat = root->child; cat != NULL && c->ok; cat = cat->next) {
		c->ok = cut_row(c, cat) && c->ok;
	}
	return c->ok;
}

static bool
refuse(struct match_error *error, const char *text)
{
	(void)snprintf(error->text, sizeof(error->text), "%s", text);
	error->at = 0;
	return false;
}

/* The root is a NODE_ALT. */
static bool
add_tree(struct match_set *set, struct arena *arena, const struct node *root,
    struct match_error *error_out)
{
	struct automaton *whole = automaton_new();
	struct cutter c = { .set = set, .arena = arena, .error = error_out, .ok = true };

	if (!automaton_add(whole, root, error_out)) {
		automaton_free(&whole);
		return false;
	}
	if (!add_pieces(&c, root)) {
		set->broken = true;
		automaton_free(&whole);
		if (error_out->text[0] == '\0') {
			(void)refuse(error_out, "the expression is too large");
		}
		return false;
	}
	if (!has_gap(root) || !can_be_cut(root)) {
		automaton_free(&whole);
	} else {
		automaton_finish(whole);
	}
	ROOM(set->wholes, set->n_patterns, set->room_patterns);
	set->wholes[set->n_patterns++] = whole;
	return true;
}

bool
match_set_add(struct match_set *set, struct sv regex, struct match_error *error_out)
{
	struct arena *arena = arena_new(TREE_BYTES);
	struct node *root = match_parse(arena, regex, error_out);
	bool ok = root != NULL;

	if (ok && set->broken) {
		ok = refuse(error_out, "all expressions together are larger than their limit");
	}
	if (ok && node_is_empty(root)) {
		ok = refuse(error_out, "the expression fits the empty text, so it fits everywhere");
	}
	ok = ok && add_tree(set, arena, root, error_out);
	arena_free(&arena);
	return ok;
}

bool
match_set_add_literal(
    struct match_set *set, struct sv text, bool whole, struct match_error *error_out)
{
	struct buf b;
	bool ok;

	buf_init(&b, MATCH_PATTERN_MAX * 4 + 8);
	if (whole && text.n > 0 && byte_is_word((unsigned char)text.p[0])) {
		buf_str(&b, "\\b");
	}
	for (size_t i = 0; i < text.n; i++) {
		if (char_is_alnum(text.p[i]) || text.p[i] == ' ' || text.p[i] == '@') {
			buf_char(&b, text.p[i]);
		} else {
			buf_fmt(&b, "\\x%02x", (unsigned char)text.p[i]);
		}
	}
	if (whole && text.n > 0 && byte_is_word((unsigned char)text.p[text.n - 1])) {
		buf_str(&b, "\\b");
	}
	ok = match_set_add(set, buf_view(&b), error_out);
	buf_done(&b);
	return ok;
}

void
match_set_finish(struct match_set *set)
{
	automaton_finish(set->pieces);
}

/* ---- texts ---- */

struct progress { /* of a row, in the text of this number */
	uint32_t text, found;
};

struct match_scan {
	const struct match_set *set; /* borrowed */
	struct runner *pieces;       /* owned */
	struct progress *progress;   /* owned, one a row */
	uint32_t *seen;              /* owned, one a pattern: the text it was last found in */
	uint32_t *maybe;             /* owned: patterns with all pieces there */
	size_t n_maybe;
	struct runner **wholes; /* owned, one a pattern, made when it is first needed */
	uint32_t text_number;
	match_hit *hit; /* of the text at hand */
	void *context;
};

struct match_scan *
match_scan_new(const struct match_set *set, size_t bytes)
{
	struct match_scan *s = mem_new(1, sizeof(*s));

	s->set = set;
	s->pieces = runner_new(set->pieces, bytes == 0 ? MATCH_STATES_BYTES : bytes);
	s->progress = mem_new(set->n_rows + 1, sizeof(*s->progress));
	s->seen = mem_new(set->n_patterns + 1, sizeof(*s->seen));
	s->maybe = mem_new(set->n_patterns + 1, sizeof(*s->maybe));
	s->wholes = mem_new(set->n_patterns + 1, sizeof(struct runner *));
	return s;
}

void
match_scan_free(struct match_scan **ps)
{
	struct match_scan *s = *ps;

	if (s == NULL) {
		return;
	}
	for (size_t i = 0; i < s->set->n_patterns; i++) {
		runner_free(&s->wholes[i]);
	}
	runner_free(&s->pieces);
	free(s->progress);
	free(s->seen);
	free(s->maybe);
	free(s->wholes);
	free(s);
	*ps = NULL;
}

static void
on_piece(void *context, unsigned number, size_t end)
{
	struct match_scan *s = context;
	const struct piece *piece = &s->set->piece_list[number];
	const struct row *row = &s->set->rows[piece->row];
	struct progress *p = &s->progress[piece->row];

	if (p->text != s->text_number) {
		*p = (struct progress){ s->text_number, 0 };
	}
	if (p->found != piece->index) {
		return;
	}
	p->found++;
	if (p->found < row->n_pieces || s->seen[row->pattern] == s->text_number) {
		return;
	}
	s->seen[row->pattern] = s->text_number;
	if (s->set->wholes[row->pattern] == NULL) {
		s->hit(s->context, row->pattern, end);
	} else {
		s->maybe[s->n_maybe++] = row->pattern;
	}
}

static void
on_whole(void *context, unsigned number, size_t end)
{
	size_t *first = context;

	(void)number;
	*first = end < *first ? end : *first;
}

static void
read_whole(struct match_scan *s, uint32_t pattern, struct sv text)
{
	size_t end = SIZE_MAX;

	if (s->wholes[pattern] == NULL) {
		s->wholes[pattern] = runner_new(s->set->wholes[pattern], WHOLE_BYTES);
	}
	runner_run(s->wholes[pattern], text, on_whole, &end);
	if (end != SIZE_MAX) {
		s->hit(s->context, pattern, end);
	}
}

void
match_scan_run(struct match_scan *s, struct sv text, match_hit *hit, void *context)
{
	if (++s->text_number == 0) {
		memset(s->seen, 0, s->set->n_patterns * sizeof(*s->seen));
		memset(s->progress, 0, s->set->n_rows * sizeof(*s->progress));
		s->text_number = 1;
	}
	s->hit = hit;
	s->context = context;
	s->n_maybe = 0;
	runner_run(s->pieces, text, on_piece, s);
	for (size_t i = 0; i < s->n_maybe; i++) {
		read_whole(s, s->maybe[i], text);
	}
}

void
match_scan_stats(const struct match_scan *s, struct match_stats *out)
{
	runner_stats(s->pieces, out);
	for (size_t i = 0; i < s->set->n_patterns; i++) {
		struct match_stats one;

		if (s->wholes[i] != NULL) {
			runner_stats(s->wholes[i], &one);
			out->states += one.states;
			out->drops += one.drops;
			out->bytes += one.bytes;
		}
	}
}
