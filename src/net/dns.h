/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_NET_DNS_H
#define CAROM_NET_DNS_H

/*
 * Asks name servers what a book wants (c-ares underneath: UDP with EDNS, TCP when an answer is
 * truncated, retries, several servers).  One call answers everything that is wanted, side by
 * side; what nobody answers in time is DNS_SILENT.  Answers to other questions or ids are dropped.
 * No cache (the book is one), no DNSSEC of its own: the AD bit is the resolver's word.
 */

#include "base/err.h"
#include "dns/book.h"

#define DNS_AT_ONCE_MAX 64 /* questions under way */

struct dns_options {
	const char
	    *resolver; /* "192.0.2.53", "[2001:db8::53]:5353", "host:53"; NULL: the system's */
	unsigned timeout_ms;  /* of the first try; it doubles; 0: 1500 */
	unsigned tries;       /* of each server; 0: 2 */
	unsigned deadline_ms; /* of all calls together; 0: 20000 */
	struct hash_key key;  /* ids of queries come from it */
};

struct dns_client;

struct dns_stats {
	unsigned asked, silent;
};

enum err dns_client_new(const struct dns_options *opt, struct dns_client **out, struct why *why);
void dns_client_free(struct dns_client **c);
/* After the deadline everything wanted is answered DNS_SILENT at once. */
void dns_client_answer(struct dns_client *c, struct book *book);
struct dns_stats dns_client_stats(const struct dns_client *c);

/*
 * One question at a time, for those who ask too much for a book or at times of their own.  The
 * answer's records live until `done` returns, which must not ask.  At most DNS_AT_ONCE_MAX.
 */
typedef void dns_done(void *context, uint64_t id, const struct dns_answer *a);
struct dns_asker { /* borrowed until the last answer */
	dns_done *done;
	void *context;
};
void dns_client_ask(struct dns_client *c, enum dns_type type, struct sv name,
    const struct dns_asker *asker, uint64_t id);
unsigned dns_client_under_way(const struct dns_client *c);
/* Takes answers; returns after some came, or after `most_us`. */
void dns_client_wait(struct dns_client *c, int64_t most_us);

#endif
