/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a DMARC record; the first line is the author domain. */

#include "auth/dmarc.h"
#include "dns/test_zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dns_record *
room_for_one(struct book *book)
{
	struct dns_record *r = arena_alloc(book_arena(book), sizeof(*r));

	check(r != NULL);
	return r;
}

static void
fill(struct book *book, struct sv record)
{
	struct question_name q;
	size_t at = 0;
	size_t id;

	while (book_wanted(book, &at, &id, &q)) {
		struct dns_record r = { .data = record };
		struct dns_answer a = { .records = &r, .n = q.name.n % 3 != 0 ? 1 : 0 };

		a.status = a.n == 1 ? DNS_OK : DNS_NO_NAME;
		if (a.n == 1) {
			a.records = room_for_one(book);
			a.records[0] = r;
		}
		book_answer(book, id, &a);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hash_key key = { 2, 2 };
	struct sv rest = sv_make((const char *)data, size);
	struct sv domain = SV("a.example.com");
	struct book *book = book_new(&key);
	struct arena *arena = arena_new((size_t)1 << 22);
	struct dmarc_views v;
	struct dmarc_record r;
	unsigned rounds = 0;
	const char *tag;

	(void)sv_cut(&rest, '\n', &domain);
	dmarc_record_read(rest, &r);
	check(r.n_rua <= DMARC_URIS_MAX && r.n_ruf <= DMARC_URIS_MAX && r.pct <= 100);
	check(dmarc_policy_for(&r, true, size % 2 == 0, &tag) != DMARC_INVALID);
	do {
		fill(book, rest);
		dmarc_views(book, arena, domain, &v);
		check(++rounds < 10);
	} while (v.pending);
	check(v.walk.n <= DMARC_QUERIES_MAX);
	for (size_t i = 0; i < r.n_rua; i++) {
		if (r.rua[i].host.n > 0) {
			(void)dmarc_report_consent(book, arena, domain, r.rua[i].host);
		}
	}
	book_free(&book);
	arena_free(&arena);
	return 0;
}
