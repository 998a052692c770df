/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DNS_BOOK_H
#define CAROM_DNS_BOOK_H

/*
 * A book of answers, and of questions that still want one.  An evaluator is a pure function
 * over a book: it asks with book_ask(); where the answer is not there it gets NULL, goes on as
 * far as it can (naming more that it will need) and says "pending".  Whoever drives it answers
 * everything wanted, side by side, and calls it again.  Evaluators are cheap, lookups are not.
 *
 * The book owns its answers and the arena they are in.  Not for several threads.
 */

#include "base/hash.h"
#include "dns/answer.h"

#define BOOK_LOOKUPS_MAX 512 /* in one book; past it answers are DNS_FAILED, and said so */

struct book;

struct book *book_new(const struct hash_key *key);
void book_free(struct book **b);
struct arena *book_arena(struct book *b);

/*
 * NULL: not known yet, and noted as wanted.  A name that DNS cannot carry (empty or long
 * labels) is answered DNS_NO_NAME at once, without asking anybody.
 */
const struct dns_answer *book_ask(struct book *b, enum dns_type type, struct sv name);

struct question_name {
	struct sv name; /* lower case, no trailing dot; the book's */
	enum dns_type type;
};
/* The next question without an answer; *at starts at 0. */
bool book_wanted(const struct book *b, size_t *at, size_t *id_out, struct question_name *out);
/* Its answer, whose records are in book_arena(). */
void book_answer(struct book *b, size_t id, const struct dns_answer *a);
size_t book_lookups(const struct book *b);
bool book_is_full(const struct book *b); /* something was not asked for the limit's sake */
/* For the report: each question and its answer (NULL if none), by id. */
struct question_name book_question(const struct book *b, size_t id, const struct dns_answer **out);

#endif
