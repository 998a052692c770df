/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a key record (the first line) and a message with signatures (the rest). */

#include "auth/dkim_signature.h"
#include "base/civil.h"
#include "dns/test_zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fill(struct book *book, struct sv key)
{
	struct question_name q;
	size_t at = 0;
	size_t id;

	while (book_wanted(book, &at, &id, &q)) {
		struct dns_answer a = { .status = DNS_OK, .n = 1 };

		a.records = arena_alloc(book_arena(book), sizeof(*a.records));
		check(a.records != NULL);
		a.records[0] = (struct dns_record){ .data = key };
		book_answer(book, id, &a);
	}
}

static void
verify(
    struct book *book, struct arena *arena, const struct dkim_message *m, size_t i, struct sv key)
{
	struct dkim_verdict v;

	dkim_verify(book, arena, m, i, US_PER_SECOND, &v);
	if (v.result == DKIM_PENDING) {
		fill(book, key);
		dkim_verify(book, arena, m, i, US_PER_SECOND, &v);
	}
	check(v.result != DKIM_PENDING && v.reason != NULL);
	check(v.result != DKIM_PASS || v.covers_from || v.from_sealed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hash_key hash_key = { 3, 3 };
	struct sv rest = sv_make((const char *)data, size);
	struct sv key = { 0 };
	struct book *book = book_new(&hash_key);
	struct arena *arena = arena_new((size_t)1 << 22);
	struct dkim_message m;
	struct dkim_key k;
	unsigned done = 0;

	(void)sv_cut(&rest, '\n', &key);
	check(dkim_key_read(key, arena, &k) == (k.fault == NULL));
	check(dkim_message_read(rest, arena, &m));
	check(m.n <= DKIM_FIELDS_MAX);
	for (size_t i = 0; i < m.n; i++) {
		const struct dkim_field *f = &m.fields[i];

		check(f->raw.p >= rest.p && f->raw.p + f->raw.n <= rest.p + rest.n);
		check(f->value.p >= f->raw.p && f->value.p + f->value.n == f->raw.p + f->raw.n);
		if (sv_ieq(f->name, SV("DKIM-Signature")) && done++ < DKIM_SIGNATURES_MAX) {
			verify(book, arena, &m, i, key);
		}
	}
	book_free(&book);
	arena_free(&arena);
	return 0;
}
