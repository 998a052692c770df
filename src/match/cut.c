/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "match/private.h"

#include <stdlib.h>

/*
 * A gap such as [^;]{0,40} remembers how far behind a word it is, and a text with ten
 * such words makes states that no other text shares.  So an expression is cut at its
 * gaps: the pieces go into one automaton for all expressions, whose states many texts
 * share.  An expression whose pieces are found in their order may fit; then it is read
 * by an automaton of its own.  An expression without gaps is one piece and needs no more.
 */

#define GAP_WIDTH  20 /* a gap takes at least so many kinds of bytes */
#define GAP_TIMES  3  /* and at least so many of them */
#define PIECES_MAX 16 /* of one row; a row goes on without the rest */

/* ---- gaps ---- */

static bool has_gap(struct node *n);

static bool
is_wide(const struct node *n)
{
	int width = 0;

	check(n != NULL);
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
find_gap(const struct node *n)
{
	if (n->kind == NODE_REPEAT && n->max >= GAP_TIMES && is_wide(n->child)) {
		return true;
	}
	for (struct node *c = n->child; c != NULL; c = c->next) {
		if (has_gap(c)) {
			return true;
		}
	}
	return false;
}

/* Asked at every level of the tree; found once. */
static bool
has_gap(struct node *n)
{
	if (n->gap == GAP_NOT_ASKED) {
		n->gap = find_gap(n) ? GAP_YES : GAP_NO;
	}
	return n->gap == GAP_YES;
}

/* ---- cutting ---- */

struct cutter {
	struct match_set *set;
	struct arena *arena; /* borrowed */
	struct match_error *error;
	struct node piece; /* a NODE_CAT: what stands behind the last gap so far */
	uint32_t n;        /* pieces of the row so far */
	bool gaps;         /* the expression is cut */
	bool ok;
};

/* What the tree is, as bytes: equal pieces of several expressions are looked for once. */
static void
key_add(struct buf *key, const struct node *n)
{
	const uint32_t head[] = { n->assertion, n->min, n->max };

	const struct bytes *b = &n->bytes;

	if (n->kind == NODE_BYTES) {
		if ((b->bit[0] | b->bit[2] | b->bit[3]) == 0) { /* letters: a third of the bytes */
			buf_char(key, 'l');
			buf_add(key, &b->bit[1], sizeof(b->bit[1]));
		} else {
			buf_char(key, 'b');
			buf_add(key, b, sizeof(*b));
		}
		return;
	}
	buf_char(key, (char)('A' + (int)n->kind));
	buf_add(key, head, sizeof(head));
	for (const struct node *c = n->child; c != NULL; c = c->next) {
		key_add(key, c);
	}
	buf_char(key, ')');
}

/* The piece's number; NAME_NONE: it is too large. */
static uint32_t
piece_put(struct match_set *set, const struct node *root, struct match_error *error_out)
{
	struct buf key;
	uint32_t id;

	buf_init(&key, 0);
	key_add(&key, root);
	id = names_get(&set->piece_names, buf_view(&key));
	if (id == NAME_NONE && automaton_add(set->pieces, root, error_out)) {
		id = names_put(&set->piece_names, buf_view(&key));
		check(id + 1 == automaton_count(set->pieces));
	}
	buf_done(&key);
	return id;
}

static void
row_add(struct match_set *set, uint32_t piece)
{
	LIST_ROOM(set->row_pieces, set->n_row_pieces, set->room_row_pieces);
	set->row_pieces[set->n_row_pieces++] = piece;
}

static void
end_piece(struct cutter *c)
{
	if (c->piece.child != NULL && !node_is_empty(&c->piece) && c->n < PIECES_MAX && c->ok) {
		uint32_t id = piece_put(c->set, &c->piece, c->error);

		c->ok = id != NAME_NONE;
		if (c->ok) {
			row_add(c->set, id);
			c->n++;
		}
	}
	c->piece = (struct node){ .kind = NODE_CAT };
}

static void
end_row(struct cutter *c)
{
	struct match_set *set = c->set;

	LIST_ROOM(set->rows, set->n_rows, set->room_rows);
	set->rows[set->n_rows++] = (struct row){ .pattern = (uint32_t)set->n_patterns,
		.first = (uint32_t)set->n_row_pieces - c->n,
		.n = c->n,
		.gaps = c->gaps };
	c->n = 0;
}

/* From the first child to the last: the list stands the other way round. */
static void
cut_children(struct cutter *c, struct node *child)
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
	c->piece = (struct node){ .kind = NODE_CAT };
	cut_children(c, cat->child);
	end_piece(c);
	if (c->n == 0) {
		return false;
	}
	end_row(c);
	return true;
}

/* Has it gaps, and is there something else to find in each alternative? */
bool
match_has_gaps(struct node *root)
{
	for (struct node *cat = root->child; cat != NULL; cat = cat->next) {
		bool any = false;

		for (struct node *c = cat->child; c != NULL; c = c->next) {
			any = any || (!has_gap(c) && !node_is_empty(c));
		}
		if (!any) {
			return false;
		}
	}
	return has_gap(root);
}

static bool
add_one_piece(struct cutter *c, const struct node *root)
{
	struct node *copy = arena_alloc(c->arena, sizeof(*copy));

	if (copy == NULL) {
		return false;
	}
	*copy = *root;
	c->piece = (struct node){ .kind = NODE_CAT, .child = copy };
	end_piece(c);
	if (c->ok) {
		end_row(c);
	}
	return c->ok;
}

bool
match_cut(
    struct match_set *set, struct arena *arena, struct node *root, struct match_error *error_out)
{
	struct cutter c = { .set = set,
		.arena = arena,
		.error = error_out,
		.piece = { .kind = NODE_CAT },
		.gaps = match_has_gaps(root),
		.ok = true };

	if (!c.gaps) {
		return add_one_piece(&c, root);
	}
	for (const struct node *cat = root->child; cat != NULL && c.ok; cat = cat->next) {
		c.ok = cut_row(&c, cat) && c.ok;
	}
	return c.ok;
}

/* ---- which piece of a row asks for the rest ---- */

/* The one that the fewest rows have: it is found in the fewest texts. */
static uint32_t
rarest(const struct match_set *set, const struct row *row, const uint32_t *uses)
{
	uint32_t best = set->row_pieces[row->first];

	for (uint32_t i = 1; i < row->n; i++) {
		uint32_t id = set->row_pieces[row->first + i];

		if (uses[id] < uses[best]) {
			best = id;
		}
	}
	return best;
}

void
match_rows_finish(struct match_set *set)
{
	size_t n_pieces = automaton_count(set->pieces);
	uint32_t *uses = mem_new(n_pieces + 1, sizeof(*uses));
	uint32_t *next = mem_new(n_pieces + 2, sizeof(*next));

	for (size_t i = 0; i < set->n_row_pieces; i++) {
		uses[set->row_pieces[i]]++;
	}
	set->asks_at = mem_new(n_pieces + 2, sizeof(*set->asks_at));
	set->asks = mem_new(set->n_rows + 1, sizeof(*set->asks));
	for (size_t i = 0; i < set->n_rows; i++) {
		set->asks_at[rarest(set, &set->rows[i], uses) + 1]++;
	}
	for (size_t i = 0; i < n_pieces; i++) {
		set->asks_at[i + 1] += set->asks_at[i];
		next[i] = set->asks_at[i];
	}
	for (size_t i = 0; i < set->n_rows; i++) {
		set->asks[next[rarest(set, &set->rows[i], uses)]++] = (uint32_t)i;
	}
	free(uses);
	free(next);
}
