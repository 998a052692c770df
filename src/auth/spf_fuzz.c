/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as SPF records: lines of the input are records of a.example, b.example, ... (of
 * which %{} and includes may lead to each other).  A check ends, within its limits.
 */

#include "auth/spf.h"
#include "dns/test_zone.h"

#define RECORDS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dns_record *
room_for_one(struct book *book)
{
	struct dns_record *r = arena_alloc(book_arena(book), sizeof(*r));

	check(r != NULL);
	return r;
}

static void
fill(struct book *book, const struct sv *records, size_t n)
{
	struct question_name q;
	size_t at = 0;
	size_t id;

	while (book_wanted(book, &at, &id, &q)) {
		struct dns_answer a = { .status = DNS_NO_NAME };
		struct dns_record r = { 0 };
		size_t which = q.name.n == 0 ? n : (size_t)(q.name.p[0] - 'a');

		if (q.type == DNS_TXT && which < n) {
			r.data = records[which];
		} else if (q.type == DNS_A && q.name.n % 2 == 0) {
			r.data = SV("\x7f\x00\x00\x02");
		} else if ((q.type == DNS_MX || q.type == DNS_PTR) && q.name.n % 3 != 0) {
			r.data = SV("mx.a.example");
		}
		if (r.data.n > 0) {
			a.records = room_for_one(book);
			a.records[0] = r;
			a.n = 1;
			a.status = DNS_OK;
		}
		book_answer(book, id, &a);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hash_key key = { 1, 1 };
	struct sv rest = sv_make((const char *)data, size);
	struct sv records[RECORDS_MAX];
	struct spf_question q = { .from = SV("l.o-c@a.example"), .helo = SV("h.example") };
	struct book *book = book_new(&key);
	struct arena *arena = arena_new((size_t)1 << 24);
	struct spf_verdict v;
	struct spf_tree tree;
	size_t n = 0;
	unsigned rounds = 0;

	while (n < RECORDS_MAX && sv_cut(&rest, '\n', &records[n])) {
		n++;
	}
	if (n < RECORDS_MAX) {
		records[n++] = rest;
	}
	check(ip_read(size % 2 == 0 ? SV("127.0.0.2") : SV("2001:db8::7"), &q.ip));
	do {
		fill(book, records, n);
		arena_reset(arena);
		spf_check(book, arena, &q, &v);
		check(++rounds < 200);
	} while (v.result == SPF_PENDING);
	check(v.lookups <= SPF_LOOKUPS_MAX + 1 && v.n_steps <= SPF_STEPS_MAX);
	rounds = 0;
	do {
		fill(book, records, n);
		arena_reset(arena);
		spf_tree(book, arena, SV("a.example"), &tree);
		check(++rounds < 200);
	} while (tree.pending);
	check(tree.n <= SPF_NODES_MAX);
	book_free(&book);
	arena_free(&arena);
	return 0;
}
