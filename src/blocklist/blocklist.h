/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BLOCKLIST_BLOCKLIST_H
#define CAROM_BLOCKLIST_BLOCKLIST_H

/*
 * Blocklists in the DNS (RFC 5782), as share/blocklists.yaml tells them, the name that is asked
 * for an address or a domain, and what an answer means.  Pure: who asks is net/, when to ask is
 * check.h.  A zone that wants a key has it in front of the name that is asked; `zone` is what
 * people see and never holds it.
 *
 * What is loaded lives until blocklists_free; all texts are its own.
 */

#include "base/buf.h"
#include "base/err.h"
#include "dns/answer.h"

#define LISTS_MAX         512
#define LIST_CODES_MAX    64
#define LIST_KEY_MAX      128
#define LIST_RATE_DEFAULT 5 /* questions a second, where the operator gives no figure */

enum list_kinds {
	LIST_IP4 = 1,
	LIST_IP6 = 2,
	LIST_DOMAIN = 4
};

enum list_tier {
	LIST_HIGH,
	LIST_MEDIUM,
	LIST_LOW,
	LIST_ADVISORY,
	LIST_INFORMATION
};

enum list_status {
	LIST_ACTIVE,
	LIST_UNVERIFIED,
	LIST_PRIVATE,
	LIST_DEAD
};

enum listing { /* what an answer says; a later one weighs more where an answer has several */
	LISTING_CLEAR,
	LISTING_NEUTRAL,
	LISTING_GOOD,
	LISTING_POLICY, /* on the list, but no verdict on the sender */
	LISTING_LISTED,
	LISTING_UNKNOWN, /* refused, broken, silent, not documented: nobody knows */
};

struct list_code {
	uint32_t first, last; /* addresses, host byte order; of a bit: the bit */
	bool bit;             /* of the last octet */
	enum listing means;   /* LISTING_UNKNOWN: an error code */
	const char *says;
};

struct list_codes {
	struct list_code *row;
	size_t n;
};

struct blocklist {
	const char *zone, *operator, * delist, *policy;
	const char *source;                   /* who says so */
	const char *key;                      /* the name of the key that it wants; NULL: none */
	const char *instead;                  /* the zone that holds its data, too; NULL: none */
	const char *test_listed, *test_clean; /* NULL: those of RFC 5782 */
	const char **names;                   /* what refusals call it, small letters */
	size_t n_names;
	struct list_codes codes;
	unsigned kinds; /* enum list_kinds, or-ed */
	enum list_tier tier;
	enum list_status status;
	int64_t per_second;
	bool untested; /* has no test points */
};

struct blocklists {
	struct blocklist *all;
	size_t n;
	struct list_codes everywhere;
	struct arena *arena; /* owned: all of the above */
};

enum err blocklists_load(const char *path, struct blocklists **out, struct why *why);
void blocklists_free(struct blocklists **b);
const struct blocklist *blocklist_find(const struct blocklists *b, struct sv zone); /* or NULL */
/* The list that a refusal names (its text in small letters), the longest name winning; or NULL. */
const struct blocklist *blocklist_named(const struct blocklists *b, struct sv text);

const char *list_tier_name(enum list_tier t);
const char *list_status_name(enum list_status s);
const char *listing_name(enum listing l);

struct list_target { /* an address, or a domain if ip.n is 0 */
	struct ip ip;
	struct sv domain;
};

unsigned list_target_kind(const struct list_target *t); /* enum list_kinds */
void list_target_print(const struct list_target *t, struct buf *out);
/* "2001:db8:1:2::/64", which is what lists of IPv6 list as a rule: a customer has that much at
 * least, so one address says little.  Nothing for other targets. */
void list_target_network(const struct list_target *t, struct buf *out);
/* "2.0.0.127.KEY.zone"; key may be NULL. */
void list_query_name(
    const struct blocklist *l, const char *key, const struct list_target *t, struct buf *out);
/* What must be listed, and what must not be. */
void list_test_target(const struct blocklist *l, bool listed, struct list_target *out);

struct list_reading {
	enum listing state;
	const char *says; /* static, or the list's */
	uint32_t code;    /* the address that decided; 0: none */
	bool broken;      /* an address outside 127.0.0.0/8: the name is not the list's any more */
	bool refused;     /* it does not want to answer us: stop asking */
	bool silent;      /* may be otherwise at a second try */
};

void list_judge(const struct blocklists *b, const struct blocklist *l, const struct dns_answer *a,
    struct list_reading *out);

#endif
