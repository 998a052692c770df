/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "match/private.h"

#include <stdio.h>
#include <stdlib.h>

#define TREE_BYTES ((size_t)8 << 20)

struct match_set *
match_set_new(void)
{
	static const struct hash_key ours = { 0, 0 }; /* expressions are data of ours */
	struct match_set *set = mem_new(1, sizeof(*set));

	set->pieces = automaton_new();
	names_init(&set->piece_names, &ours);
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
	names_done(&set->piece_names);
	free(set->row_pieces);
	free(set->rows);
	free(set->asks_at);
	free(set->asks);
	free(set->wholes);
	free(set);
	*pset = NULL;
}

size_t
match_set_count(const struct match_set *set)
{
	return set->n_patterns;
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
add_tree(
    struct match_set *set, struct arena *arena, struct node *root, struct match_error *error_out)
{
	struct automaton *whole = NULL;

	if (match_has_gaps(root)) {
		whole = automaton_new();
		if (!automaton_add(whole, root, error_out)) {
			automaton_free(&whole);
			return false;
		}
		automaton_finish(whole);
	}
	if (!match_cut(set, arena, root, error_out)) {
		set->broken = true;
		automaton_free(&whole);
		return error_out->text[0] != '\0'
			   ? false
			   : refuse(error_out, "the expression is too large");
	}
	LIST_ROOM(set->wholes, set->n_patterns, set->room_patterns);
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
	match_rows_finish(set);
}
