/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What fits and where it ends, what is refused, and a comparison with a plain
 * backtracking reading of the same tree over many small random expressions.
 */

#include "match/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <stdio.h>

#define NOT_FOUND SIZE_MAX
#define TRIAL_MAX 8 /* random expressions at once */

struct found {
	size_t end[64];
};

static void
on_hit(void *context, unsigned pattern, size_t end)
{
	((struct found *)context)->end[pattern] = end;
}

static struct found
scan_all(struct match_scan *scan, struct sv text)
{
	struct found f;

	for (size_t i = 0; i < 64; i++) {
		f.end[i] = NOT_FOUND;
	}
	match_scan_run(scan, text, on_hit, &f);
	return f;
}

static size_t
find_one(const char *regex, const char *text)
{
	struct match_set *set = match_set_new();
	struct match_scan *scan;
	struct match_error error;
	struct found f;

	if (!match_set_add(set, sv_from(regex), &error)) {
		fail_msg("%s: %s", regex, error.text);
	}
	match_set_finish(set);
	scan = match_scan_new(set, 0);
	f = scan_all(scan, sv_from(text));
	match_scan_free(&scan);
	match_set_free(&set);
	return f.end[0];
}

static void
expressions_find_their_first_end(void **state)
{
	static const struct {
		const char *regex, *text;
		size_t end;
	} cases[] = {
		{ "user unknown", "550 USER Unknown here", 16 },
		{ "\\buser\\b", "superuser user", 14 },
		{ "\\buser\\b", "users", NOT_FOUND },
		{ "\\Bser\\b", "ser user", 8 },
		{ "^no", "no no", 2 },
		{ "^no", "a no", NOT_FOUND },
		{ "end$", "the end", 7 },
		{ "end$", "ends", NOT_FOUND },
		{ "\\bIPBL[01]{4}\\b", "blocked IPBL1010.", 16 },
		{ "\\bIPBL[01]{4}\\b", "blocked IPBL10101", NOT_FOUND },
		{ "a.{0,3}b", "a1234b a123b", 12 },
		{ "(no such|unknown) (user|box)s?", "no such boxes", 11 },
		{ "x[^;,]+y", "x;y xy x.y", 10 },
		{ "h\xc3\xa9?e", "he", 2 },
		{ "\xe4\xb8\x8d(\xe5\xad\x98|\xe5\x9c\xa8)", "\xe4\xb8\x8d\xe5\x9c\xa8", 6 },
		{ "a\\x2eb|\\[q\\]", "a.b", 3 },
		{ "(a|b)*c{2,}", "abacc", 5 },
		{ "\\d+\\s\\w", "12 x", 4 },
		{ "[]x]]", "]]", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t end = find_one(cases[i].regex, cases[i].text);

		if (end != cases[i].end) {
			fail_msg("%s in \"%s\": ends at %zu, want %zu", cases[i].regex,
			    cases[i].text, end, cases[i].end);
		}
	}
}

static void
malformed_expressions_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *regex, *want;
		size_t at;
	} cases[] = {
		{ "", "expected an expression", 0 },
		{ "ab(c", "expected ')'", 4 },
		{ "ab)c", "no ')' without", 2 },
		{ "a[bc", "expected ']'", 4 },
		{ "a\\q", "behind '\\'", 2 },
		{ "*a", "something to repeat", 0 },
		{ "a{3", "expected {m}", 3 },
		{ "a{3,2}", "expected {m}", 5 },
		{ "a{1,9999}", "expected {m}", 4 },
		{ "a+?", "no second repeat", 2 },
		{ "(?=a)", "no look-around", 1 },
		{ "[\xc3\xa9]", "several bytes", 1 },
		{ "a*", "fits the empty text", 0 },
		{ "\\b", "fits the empty text", 0 },
		{ "((a{400}){400}){400}", "too large", 0 },
	};
	struct match_set *set = match_set_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct match_error error;

		assert_false(match_set_add(set, sv_from(cases[i].regex), &error));
		if (strstr(error.text, cases[i].want) == NULL || error.at != cases[i].at) {
			fail_msg("%s: %s at %zu", cases[i].regex, error.text, error.at);
		}
	}
	assert_int_equal(match_set_count(set), 0);
	match_set_free(&set);
}

/* ---- the plain reading: a function that tries everything ---- */

struct place { /* what follows, outwards */
	const struct node *node;
	uint32_t times;
	const struct place *then;
};

#define TRIES_MAX 200000 /* a plain reading may take exponential time; then it has no say */
static unsigned tries;

static bool fits(const struct place *p, struct sv text, size_t at, size_t *end_out);

static bool
is_word_at(struct sv text, size_t at)
{
	return at < text.n && byte_is_word((unsigned char)text.p[at]);
}

static bool
assert_fits(enum assertion a, struct sv text, size_t at)
{
	bool border = (at > 0 && is_word_at(text, at - 1)) != is_word_at(text, at);

	return a == ASSERT_START ? at == 0
	       : a == ASSERT_END ? at == text.n
				 : border == (a == ASSERT_BORDER);
}

/* Children of a NODE_CAT stand from last to first: the first is reached by recursion. */
static bool
cat_fits(const struct node *child, const struct place *then, struct sv text, size_t at, size_t *end)
{
	struct place p = { child, 0, then };

	return child->next == NULL ? fits(&p, text, at, end)
				   : cat_fits(child->next, &p, text, at, end);
}

static bool
repeat_fits(const struct place *p, struct sv text, size_t at, size_t *end)
{
	const struct node *n = p->node;
	struct place again = { n, p->times + 1, p->then };
	struct place body = { n->child, 0, &again };
	bool ok = false;

	if (p->times >= n->min) {
		ok = fits(p->then, text, at, end);
	}
	if (p->times < n->max && p->times < text.n + n->min + 1) {
		ok = fits(&body, text, at, end) || ok;
	}
	return ok;
}

/* Lowers *end_out to the earliest end; true if there is any. */
static bool
fits(const struct place *p, struct sv text, size_t at, size_t *end_out)
{
	const struct node *n = p == NULL ? NULL : p->node;
	bool ok = false;

	if (++tries > TRIES_MAX) {
		return false;
	}
	if (n == NULL) {
		*end_out = at < *end_out ? at : *end_out;
		return true;
	}
	switch (n->kind) {
	case NODE_BYTES:
		return at < text.n && bytes_has(&n->bytes, (unsigned char)text.p[at]) &&
		       fits(p->then, text, at + 1, end_out);
	case NODE_ASSERT:
		return assert_fits(n->assertion, text, at) && fits(p->then, text, at, end_out);
	case NODE_CAT:
		return n->child == NULL ? fits(p->then, text, at, end_out)
					: cat_fits(n->child, p->then, text, at, end_out);
	case NODE_REPEAT:
		return repeat_fits(p, text, at, end_out);
	case NODE_ALT:
	default:
		for (const struct node *c = n->child; c != NULL; c = c->next) {
			struct place one = { c, 0, p->then };

			ok = fits(&one, text, at, end_out) || ok;
		}
		return ok;
	}
}

static unsigned
random_below(uint64_t *rng, unsigned n)
{
	*rng ^= *rng << 13;
	*rng ^= *rng >> 7;
	*rng ^= *rng << 17;
	return (unsigned)(*rng >> 33) % n;
}

static void
random_regex(uint64_t *rng, char *out, size_t room, unsigned depth)
{
	static const char *const atoms[] = { "a", "b", "ab", " ", "[ab]", "[^a]", ".", "\\b", "\\B",
		"^", "$", "\\w" };
	static const char *const repeats[] = { "", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}" };
	unsigned pieces = 1 + random_below(rng, 3);
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < pieces && n + 40 < room; i++) {
		char inner[200];

		if (depth > 0 && random_below(rng, 3) == 0) {
			char left[80];
			char right[80];

			random_regex(rng, left, sizeof(left), depth - 1);
			random_regex(rng, right, sizeof(right), depth - 1);
			(void)snprintf(inner, sizeof(inner), "(%s|%s)", left, right);
		} else {
			(void)snprintf(inner, sizeof(inner), "%s", atoms[random_below(rng, 12)]);
		}
		n += (size_t)snprintf(
		    out + n, room - n, "%s%s", inner, repeats[random_below(rng, 9)]);
		n = n < room ? n : room - 1;
	}
}

static size_t
plain_end(const struct node *root, struct sv text)
{
	size_t end = NOT_FOUND;
	const struct place p = { root, 0, NULL };

	for (size_t at = 0; at <= text.n; at++) {
		(void)fits(&p, text, at, &end);
	}
	return end;
}

struct trial {
	struct arena *arena;
	struct match_set *set;
	const struct node *roots[TRIAL_MAX];
	char regex[TRIAL_MAX][256];
};

static void
trial_make(struct trial *t, uint64_t *rng)
{
	t->arena = arena_new((size_t)1 << 20);
	t->set = match_set_new();
	while (match_set_count(t->set) < TRIAL_MAX) {
		size_t n = match_set_count(t->set);
		struct match_error error;

		random_regex(rng, t->regex[n], sizeof(t->regex[n]), 2);
		if (match_set_add(t->set, sv_from(t->regex[n]), &error)) {
			t->roots[n] = match_parse(t->arena, sv_from(t->regex[n]), &error);
		}
	}
	match_set_finish(t->set);
}

static void
random_expressions_agree_with_plain_backtracking(void **state)
{
	static const char letters[] = "aabbc _A";
	uint64_t rng = 88172645463325252u;
	unsigned compared = 0;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct trial t;
		struct match_scan *scan;

		trial_make(&t, &rng);
		scan = match_scan_new(t.set, round % 2 == 0 ? 0 : 4800);
		for (unsigned k = 0; k < 20; k++) {
			char text[10];
			struct sv s = { text, random_below(&rng, 8) };
			struct found f;

			for (size_t i = 0; i < s.n; i++) {
				text[i] = letters[random_below(&rng, 8)];
			}
			f = scan_all(scan, s);
			for (size_t i = 0; i < match_set_count(t.set); i++) {
				size_t want;

				tries = 0;
				want = plain_end(t.roots[i], s);
				compared += tries <= TRIES_MAX;
				if (tries <= TRIES_MAX && f.end[i] != want) {
					fail_msg("%s in \"%.*s\": %zd, want %zd", t.regex[i],
					    SV_ARG(s), (ssize_t)f.end[i], (ssize_t)want);
				}
			}
		}
		match_scan_free(&scan);
		match_set_free(&t.set);
		arena_free(&t.arena);
	}
	assert_true(compared > 300 * 20 * TRIAL_MAX * 9 / 10);
}

static void
full_memory_is_dropped_and_the_answers_stay(void **state)
{
	struct match_set *set = match_set_new();
	struct match_error error;
	struct match_scan *scan;
	struct match_stats stats;

	(void)state;
	assert_true(match_set_add(set, SV("user(a|b|c|d){0,40} unknown"), &error));
	match_set_finish(set);
	scan = match_scan_new(set, 4800);
	for (unsigned i = 0; i < 200; i++) {
		char text[80];
		int n = snprintf(text, sizeof(text), "user%.*s unknown", (int)(i % 30),
		    "abcdabcdaauserbcdusercabdabcda");
		struct found f = scan_all(scan, sv_make(text, (size_t)n));

		if (i % 30 < 10) {
			assert_int_equal(f.end[0], (size_t)n);
		}
	}
	match_scan_stats(scan, &stats);
	assert_true(stats.drops > 0);
	assert_true(stats.bytes < 40000);
	match_scan_free(&scan);
	match_set_free(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_find_their_first_end),
		cmocka_unit_test(malformed_expressions_are_refused_with_their_place),
		cmocka_unit_test(random_expressions_agree_with_plain_backtracking),
		cmocka_unit_test(full_memory_is_dropped_and_the_answers_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
