/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/num.h"
#include "match/parser.h"

static struct node *
node_new(struct parser *p, enum node_kind kind)
{
	struct node *n = arena_alloc(p->arena, sizeof(*n));

	if (n == NULL) {
		return parser_fail(p, "the expression is too large");
	}
	n->kind = kind;
	return n;
}

static struct node *
parse_class(struct parser *p)
{
	struct node *n = node_new(p, NODE_BYTES);
	bool not = sv_take(&p->rest, SV("^"));
	bool first = true;

	if (n == NULL) {
		return NULL;
	}
	while (p->rest.n == 0 || p->rest.p[0] != ']' || first) {
		first = false;
		if (!parser_range(p, &n->bytes)) {
			return NULL;
		}
	}
	p->rest = sv_from_at(p->rest, 1);
	bytes_fold(&n->bytes);
	if (not ) {
		bytes_invert(&n->bytes);
	}
	return n;
}

static struct node *
parse_byte(struct parser *p, unsigned c)
{
	struct node *n = node_new(p, NODE_BYTES);

	if (n != NULL) {
		bytes_add(&n->bytes, c);
		bytes_fold(&n->bytes);
	}
	return n;
}

/* A letter outside ASCII: its bytes as one piece, so that a repeat behind it means the letter. */
static struct node *
parse_letter(struct parser *p, size_t n_bytes)
{
	struct node *n = node_new(p, NODE_CAT);

	for (size_t i = 0; n != NULL && i < n_bytes; i++) {
		struct node *byte = parse_byte(p, (unsigned char)p->rest.p[i]);

		if (byte == NULL) {
			return NULL;
		}
		byte->next = n->child;
		n->child = byte;
	}
	p->rest = sv_from_at(p->rest, n_bytes);
	return n;
}

static struct node *
parse_assert(struct parser *p, enum assertion a)
{
	struct node *n = node_new(p, NODE_ASSERT);

	if (n != NULL) {
		n->assertion = a;
	}
	return n;
}

static struct node *
parse_escape(struct parser *p)
{
	struct bytes b = { { 0 } };
	unsigned c;

	if (p->rest.n == 0) {
		return parser_fail(p, "expected a sign behind '\\'");
	}
	if (p->rest.p[0] == 'b' || p->rest.p[0] == 'B') {
		bool not = p->rest.p[0] == 'B';

		p->rest = sv_from_at(p->rest, 1);
		return parse_assert(p, not ? ASSERT_NOT_BORDER : ASSERT_BORDER);
	}
	if (bytes_named(p->rest.p[0], &b)) {
		struct node *n = node_new(p, NODE_BYTES);

		p->rest = sv_from_at(p->rest, 1);
		if (n != NULL) {
			n->bytes = b;
		}
		return n;
	}
	return parser_escaped(p, &c) ? parse_byte(p, c) : NULL;
}

/* ---- groups and repeats ---- */

static struct node *parse_alternatives(struct parser *p);

static struct node *
parse_group(struct parser *p)
{
	struct node *n;

	if (sv_starts(p->rest, SV("?")) && !sv_take(&p->rest, SV("?:"))) {
		return parser_fail(p, "expected (...) or (?:...); there is no look-around here");
	}
	if (++p->depth > MATCH_DEPTH_MAX) {
		return parser_fail(p, "groups stand too deep in one another");
	}
	n = parse_alternatives(p);
	p->depth--;
	if (n != NULL && !sv_take(&p->rest, SV(")"))) {
		return parser_fail(p, "expected ')' to end the group");
	}
	return n;
}

static struct node *
parse_atom(struct parser *p)
{
	char c = p->rest.p[0];
	struct node *n;

	if (c != '\0' && strchr("?*+{", c) != NULL) {
		return parser_fail(p, "expected something to repeat in front of ? * + {");
	}
	if (utf8_len(p->rest) > 1) {
		return parse_letter(p, utf8_len(p->rest));
	}
	p->rest = sv_from_at(p->rest, 1);
	switch (c) {
	case '(':
		return parse_group(p);
	case '[':
		return parse_class(p);
	case '\\':
		return parse_escape(p);
	case '^':
		return parse_assert(p, ASSERT_START);
	case '$':
		return parse_assert(p, ASSERT_END);
	case '.':
		n = node_new(p, NODE_BYTES);
		if (n != NULL) {
			bytes_invert(&n->bytes);
		}
		return n;
	default:
		return parse_byte(p, (unsigned char)c);
	}
}

/* ? * + {m} {m,} {m,n}; false: malformed (then the error is set) or none. */
static bool
take_repeat(struct parser *p, uint32_t *min, uint32_t *max)
{
	if (sv_take(&p->rest, SV("?"))) {
		*min = 0;
		*max = 1;
	} else if (sv_take(&p->rest, SV("*"))) {
		*min = 0;
		*max = REPEAT_NO_END;
	} else if (sv_take(&p->rest, SV("+"))) {
		*min = 1;
		*max = REPEAT_NO_END;
	} else if (sv_take(&p->rest, SV("{"))) {
		bool ok = num_take_u32(&p->rest, MATCH_REPEAT_MAX, min);

		*max = *min;
		if (ok && sv_take(&p->rest, SV(",")) && !sv_starts(p->rest, SV("}"))) {
			ok = num_take_u32(&p->rest, MATCH_REPEAT_MAX, max) && *max >= *min;
		} else if (ok && p->rest.p[-1] == ',') {
			*max = REPEAT_NO_END;
		}
		if (!ok || !sv_take(&p->rest, SV("}"))) {
			(void)parser_fail(p, "expected {m}, {m,} or {m,n}, with m <= n <= 400");
			return false;
		}
	} else {
		return false;
	}
	return true;
}

static struct node *
parse_piece(struct parser *p)
{
	struct node *n = parse_atom(p);
	struct node *r;
	uint32_t min = 1;
	uint32_t max = 1;

	if (n == NULL || !take_repeat(p, &min, &max)) {
		return p->error->text[0] == '\0' ? n : NULL;
	}
	if (p->rest.n > 0 && strchr("?*+{", p->rest.p[0]) != NULL && p->rest.p[0] != '\0') {
		return parser_fail(p, "expected no second repeat (nothing here is greedy or lazy)");
	}
	r = node_new(p, NODE_REPEAT);
	if (r != NULL) {
		r->min = min;
		r->max = max;
		r->child = n;
	}
	return r;
}

static struct node *
parse_sequence(struct parser *p)
{
	struct node *n = node_new(p, NODE_CAT);

	while (n != NULL && p->rest.n > 0 && p->rest.p[0] != '|' && p->rest.p[0] != ')') {
		struct node *piece = parse_piece(p);

		if (piece == NULL) {
			return NULL;
		}
		piece->next = n->child; /* from last to first: steps are written backwards */
		n->child = piece;
	}
	return n;
}

static struct node *
parse_alternatives(struct parser *p)
{
	struct node *n = node_new(p, NODE_ALT);

	while (n != NULL) {
		struct node *one = parse_sequence(p);

		if (one == NULL) {
			return NULL;
		}
		one->next = n->child;
		n->child = one;
		if (!sv_take(&p->rest, SV("|"))) {
			break;
		}
	}
	return n;
}

struct node *
match_parse(struct arena *a, struct sv regex, struct match_error *error_out)
{
	struct parser p = { .arena = a, .rest = regex, .first = regex.p, .error = error_out };
	struct node *n;

	*error_out = (struct match_error){ .at = 0 };
	if (regex.n == 0) {
		return parser_fail(&p, "expected an expression");
	}
	if (regex.n > MATCH_PATTERN_MAX) {
		return parser_fail(&p, "the expression is longer than 4096 bytes");
	}
	n = parse_alternatives(&p);
	if (n != NULL && p.rest.n > 0) {
		return parser_fail(&p, "expected no ')' without a '('");
	}
	return n;
}

bool
node_is_empty(const struct node *n)
{
	switch (n->kind) {
	case NODE_BYTES:
		return false;
	case NODE_ASSERT:
		return true;
	case NODE_REPEAT:
		return n->min == 0 || node_is_empty(n->child);
	case NODE_CAT:
		for (const struct node *c = n->child; c != NULL; c = c->next) {
			if (!node_is_empty(c)) {
				return false;
			}
		}
		return true;
	case NODE_ALT:
	default:
		for (const struct node *c = n->child; c != NULL; c = c->next) {
			if (node_is_empty(c)) {
				return true;
			}
		}
		return false;
	}
}
