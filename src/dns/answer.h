/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DNS_ANSWER_H
#define CAROM_DNS_ANSWER_H

/*
 * One answer of a name server, decoded (RFC 1035 section 4, RFC 6698 for TLSA).  The bytes are
 * a stranger's: pointers go backwards only, counts and sizes have named limits, and aliases
 * (CNAME) are followed inside the answer at most ANSWER_ALIASES_MAX times.
 */

#include "base/arena.h"
#include "dns/name.h"

#define ANSWER_RECORDS_MAX 256
#define ANSWER_TEXT_MAX    ((size_t)65536) /* of all records together */
#define ANSWER_ALIASES_MAX 16

enum dns_type {
	DNS_NO_TYPE = 0,
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52,
};

enum dns_status {
	DNS_OK = 0,  /* there are records */
	DNS_NODATA,  /* the name exists, the record does not */
	DNS_NO_NAME, /* NXDOMAIN */
	DNS_FAILED,  /* SERVFAIL, REFUSED ... */
	DNS_SILENT,  /* no answer in time */
	DNS_BROKEN,  /* no answer to this question, or a chain of aliases without end */
};

struct dns_record {
	struct sv data;      /* A, AAAA, TLSA: bytes; MX, PTR, CNAME: name; TXT: strings joined */
	struct sv lengths;   /* TXT: a byte for each string, its length */
	unsigned preference; /* MX */
};

struct dns_answer {
	struct dns_record *records; /* in the arena */
	size_t n;
	enum dns_status status;
	uint32_t ttl_s;     /* the least of those used */
	unsigned rcode;     /* as the server said it */
	unsigned aliases;   /* CNAMEs followed */
	bool authentic;     /* AD: the resolver says it validated DNSSEC */
	bool cut;           /* a limit was reached: some records are missing */
	const char *reason; /* DNS_BROKEN, DNS_FAILED, DNS_SILENT: in words, static; else NULL */
};

/* What the bytes answer to the question.  Never fails: broken bytes are DNS_BROKEN. */
void dns_answer_read(struct sv wire, struct sv name, enum dns_type type, struct arena *arena,
    struct dns_answer *out);
const char *dns_type_name(enum dns_type type);
const char *dns_status_words(enum dns_status status);
/* It may be otherwise a minute later: says nothing about the record. */
static inline bool
dns_is_unknown(const struct dns_answer *a)
{
	return a->status == DNS_FAILED || a->status == DNS_SILENT || a->status == DNS_BROKEN;
}
/* The name exists or not, and there is no such record. */
static inline bool
dns_is_void(const struct dns_answer *a)
{
	return a->status == DNS_NODATA || a->status == DNS_NO_NAME;
}

#endif
