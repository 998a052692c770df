/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/book.h"

#include "base/err.h"
#include "base/map.h"

#include <stdlib.h>

#define BOOK_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct entry {
	struct question_name q;
	const struct dns_answer *answer; /* in the arena; NULL: wanted */
};

struct book {
	struct arena *arena;   /* owned */
	struct names names;    /* "16 example.com" */
	struct entry *entries; /* owned; by id of names */
	bool full;
};

static const struct dns_answer no_such_name = { .status = DNS_NO_NAME };
static const struct dns_answer too_many = {
	.status = DNS_FAILED,
	.reason = "not asked: the limit of lookups in an audit is reached",
};

struct book *
book_new(const struct hash_key *key)
{
	struct book *b = mem_new(1, sizeof(*b));

	b->arena = arena_new(BOOK_BYTES_MAX);
	names_init(&b->names, key);
	b->entries = mem_new(BOOK_LOOKUPS_MAX, sizeof(*b->entries));
	return b;
}

void
book_free(struct book **b)
{
	if (*b == NULL) {
		return;
	}
	names_done(&(*b)->names);
	arena_free(&(*b)->arena);
	free((*b)->entries);
	free(*b);
	*b = NULL;
}

struct arena *
book_arena(struct book *b)
{
	return b->arena;
}

const struct dns_answer *
book_ask(struct book *b, enum dns_type type, struct sv name)
{
	char key[DNS_TEXT_MAX + 1];
	size_t before = b->names.n;
	struct entry *e;
	uint32_t id;
	size_t n;

	if (!name_is_valid(name)) {
		return &no_such_name;
	}
	key[0] = (char)type;
	n = 1 + name_present(name, key + 1);
	id = names_get(&b->names, sv_make(key, n));
	if (id != NAME_NONE) {
		return b->entries[id].answer;
	}
	if (before >= BOOK_LOOKUPS_MAX) {
		b->full = true;
		return &too_many;
	}
	id = names_put(&b->names, sv_make(key, n));
	check(id == before);
	e = &b->entries[id];
	e->q.type = type;
	e->q.name = arena_sv(b->arena, sv_make(key + 1, n - 1));
	e->answer = e->q.name.p == NULL ? &too_many : NULL;
	return e->answer;
}

bool
book_wanted(const struct book *b, size_t *at, size_t *id_out, struct question_name *out)
{
	for (; *at < b->names.n; (*at)++) {
		if (b->entries[*at].answer == NULL) {
			*id_out = *at;
			*out = b->entries[*at].q;
			(*at)++;
			return true;
		}
	}
	return false;
}

void
book_answer(struct book *b, size_t id, const struct dns_answer *a)
{
	struct dns_answer *copy = arena_alloc(b->arena, sizeof(*copy));

	check(id < b->names.n);
	if (copy == NULL) {
		b->entries[id].answer = &too_many;
		return;
	}
	*copy = *a;
	b->entries[id].answer = copy;
}

size_t
book_lookups(const struct book *b)
{
	return b->names.n;
}

bool
book_is_full(const struct book *b)
{
	return b->full;
}

struct question_name
book_question(const struct book *b, size_t id, const struct dns_answer **out)
{
	check(id < b->names.n);
	*out = b->entries[id].answer;
	return b->entries[id].q;
}
