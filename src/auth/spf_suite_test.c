/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The openspf suite for RFC 7208, where it lies beside the source tree; each of its cases is a
 * test here.  The resolver is the suite's own zone data.
 */

#include "auth/spf.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <libfyaml.h>
#include <stdio.h>
#include <unistd.h>

#define SUITE      CAROM_SOURCE_DIR "/../shared/corpus/spf/rfc7208-tests.yml"
#define CASES_MAX  1000
#define DOCS_MAX   40
#define CNAMES_MAX 10

struct suite_case {
	struct fy_node *test, *zone;
};

static struct CMUnitTest tests[CASES_MAX];
static struct suite_case cases[CASES_MAX];
static size_t n_cases;

static struct sv
scalar(struct fy_node *n)
{
	size_t len = 0;
	const char *p = n == NULL ? NULL : fy_node_get_scalar(n, &len);

	return sv_make(p, p == NULL ? 0 : len);
}

static struct fy_node *
member(struct fy_node *n, const char *key)
{
	return fy_node_mapping_lookup_by_string(n, key, (size_t)-1);
}

/* ---- the zone ---- */

static struct fy_node *
zone_find(struct fy_node *zone, struct sv name)
{
	struct fy_node_pair *pair;
	void *at = NULL;

	while ((pair = fy_node_mapping_iterate(zone, &at)) != NULL) {
		char present[DNS_TEXT_MAX];
		struct sv key = scalar(fy_node_pair_key(pair));

		if (name_is_valid(key) &&
		    sv_ieq(sv_make(present, name_present(key, present)), name)) {
			return fy_node_pair_value(pair);
		}
	}
	return NULL;
}

static void
add_text(struct dns_record *r, struct fy_node *value, struct arena *arena)
{
	struct fy_node *item;
	void *at = NULL;
	struct buf b;

	buf_init(&b, 0);
	if (fy_node_is_scalar(value)) {
		buf_sv(&b, scalar(value));
	} else {
		while ((item = fy_node_sequence_iterate(value, &at)) != NULL) {
			buf_sv(&b, scalar(item));
		}
	}
	r->data = arena_sv(arena, buf_view(&b));
	buf_done(&b);
}

static void
add_record(struct dns_answer *a, enum dns_type type, struct fy_node *value, struct arena *arena)
{
	struct dns_record *r = &a->records[a->n];
	char present[DNS_TEXT_MAX];
	struct sv name;
	struct ip ip;

	*r = (struct dns_record){ 0 };
	if (type == DNS_TXT) {
		add_text(r, value, arena);
	} else if (type == DNS_A || type == DNS_AAAA) {
		check(ip_read(scalar(value), &ip));
		r->data = arena_sv(arena, sv_make((const char *)ip.b, ip.n));
	} else {
		name = scalar(type == DNS_MX ? fy_node_sequence_get_by_index(value, 1) : value);
		r->data = arena_sv(arena, sv_make(present, name_present(name, present)));
	}
	a->n++;
}

static void
resolve(struct fy_node *zone, struct sv name, enum dns_type type, struct arena *arena,
    struct dns_answer *a, unsigned cnames)
{
	const char *wanted = dns_type_name(type);
	struct fy_node *items = zone_find(zone, name);
	struct fy_node *item;
	void *at = NULL;
	bool silent = false;
	bool has_txt = false;

	if (items == NULL) {
		a->status = DNS_NO_NAME;
		return;
	}
	while ((item = fy_node_sequence_iterate(items, &at)) != NULL) {
		has_txt |= fy_node_is_mapping(item) && member(item, "TXT") != NULL;
		silent |= sv_eq(scalar(item), SV("TIMEOUT"));
	}
	if (type == DNS_TXT && !has_txt) {
		wanted = "SPF";
	}
	while ((item = fy_node_sequence_iterate(items, &at)) != NULL) {
		struct fy_node *value = fy_node_is_mapping(item) ? member(item, wanted) : NULL;
		struct fy_node *alias = fy_node_is_mapping(item) ? member(item, "CNAME") : NULL;

		if (value != NULL && !sv_eq(scalar(value), SV("NONE"))) {
			add_record(a, type, value, arena);
		} else if (alias != NULL && cnames >= CNAMES_MAX) {
			a->status = DNS_BROKEN;
			a->reason = "CNAMEs without end";
			return;
		} else if (alias != NULL) {
			struct sv target = scalar(alias);

			(void)sv_drop_tail(&target, SV("."));
			resolve(zone, target, type, arena, a, cnames + 1);
			return;
		}
	}
	a->status = a->n > 0 ? DNS_OK : silent ? DNS_SILENT : DNS_NODATA;
	a->reason = a->status == DNS_SILENT ? "silent" : NULL;
}

static void
answer_all(struct book *book, struct fy_node *zone)
{
	struct question_name q;
	size_t at = 0;
	size_t id;

	while (book_wanted(book, &at, &id, &q)) {
		struct dns_answer a = { 0 };

		a.records = arena_alloc(book_arena(book), 64 * sizeof(*a.records));
		resolve(zone, q.name, q.type, book_arena(book), &a, 0);
		book_answer(book, id, &a);
	}
}

/* ---- the cases ---- */

static bool
is_expected(struct fy_node *expected, const char *result)
{
	struct fy_node *item;
	void *at = NULL;

	if (fy_node_is_scalar(expected)) {
		return sv_eq(scalar(expected), sv_from(result));
	}
	while ((item = fy_node_sequence_iterate(expected, &at)) != NULL) {
		if (sv_eq(scalar(item), sv_from(result))) {
			return true;
		}
	}
	return false;
}

static void
run_case(void **state)
{
	static const struct hash_key key = { 3, 4 };
	const struct suite_case *c = *state;
	struct spf_question q = {
		.from = scalar(member(c->test, "mailfrom")),
		.helo = scalar(member(c->test, "helo")),
	};
	struct sv explanation = scalar(member(c->test, "explanation"));
	struct book *book = book_new(&key);
	struct arena *arena = arena_new((size_t)1 << 24);
	struct spf_verdict v;
	unsigned rounds = 0;

	assert_true(ip_read(scalar(member(c->test, "host")), &q.ip));
	do {
		answer_all(book, c->zone);
		arena_reset(arena);
		spf_check(book, arena, &q, &v);
		assert_true(++rounds < 40);
	} while (v.result == SPF_PENDING);
	if (!is_expected(member(c->test, "result"), spf_result_name(v.result))) {
		print_message("result %s: %.*s\n", spf_result_name(v.result), SV_ARG(v.reason));
		fail();
	}
	if (sv_eq(explanation, SV("DEFAULT"))) {
		assert_int_equal(v.explanation.n, 0);
	} else if (explanation.n > 0) {
		print_message("explanation: %.*s\n", SV_ARG(v.explanation));
		assert_true(sv_eq(explanation, v.explanation));
	}
	book_free(&book);
	arena_free(&arena);
}

static void
add_cases(struct fy_node *root)
{
	struct fy_node *list = member(root, "tests");
	struct fy_node_pair *pair;
	void *at = NULL;

	while ((pair = fy_node_mapping_iterate(list, &at)) != NULL && n_cases < CASES_MAX) {
		struct sv name = scalar(fy_node_pair_key(pair));

		cases[n_cases] =
		    (struct suite_case){ fy_node_pair_value(pair), member(root, "zonedata") };
		tests[n_cases] = (struct CMUnitTest){ mem_dup(name.p, name.n), run_case, NULL, NULL,
			&cases[n_cases] };
		n_cases++;
	}
}

/* libfyaml 0.7.12 takes what follows an empty folded scalar for its text: make it "". */
static void
read_suite(struct buf *out)
{
	static const char empty[] = "description: >-\n    spec:";
	FILE *f = fopen(SUITE, "rb");
	char chunk[4096];
	size_t n;
	char *at;

	check(f != NULL);
	buf_init(out, 0);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		buf_add(out, chunk, n);
	}
	(void)fclose(f);
	for (at = out->p; (at = strstr(at, empty)) != NULL; at += sizeof(empty) - 1) {
		memcpy(at + strlen("description: "), "''", 2);
	}
}

int
main(void)
{
	const struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET };
	struct fy_parser *parser;
	struct fy_document *docs[DOCS_MAX];
	size_t n_docs = 0;
	struct buf text; /* the documents borrow from it */
	int failed;

	if (access(SUITE, R_OK) != 0) {
		/* cmocka would say "not ok" of what it skips. */
		(void)printf("1..1\nok 1 - openspf suite # SKIP it does not lie beside the source\n"
			     "# note: skipped: the openspf suite is not at %s\n",
		    SUITE);
		return 0;
	}
	parser = fy_parser_create(&cfg);
	read_suite(&text);
	check(parser != NULL && fy_parser_set_string(parser, text.p, text.n) == 0);
	while (n_docs < DOCS_MAX && (docs[n_docs] = fy_parse_load_document(parser)) != NULL) {
		add_cases(fy_document_root(docs[n_docs++]));
	}
	failed = _cmocka_run_group_tests("openspf", tests, n_cases, NULL, NULL);
	for (size_t i = 0; i < n_docs; i++) {
		fy_document_destroy(docs[i]);
	}
	for (size_t i = 0; i < n_cases; i++) {
		free((void *)(uintptr_t)tests[i].name);
	}
	fy_parser_destroy(parser);
	buf_done(&text);
	return n_cases == 203 ? failed : 1;
}
