/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_TLSRPT_H
#define CAROM_MAIL_TLSRPT_H

/*
 * TLS reports (RFC 8460; erratum 6241: mx-host is an array).  Forgiving: fields that are
 * missing, null, of another type (a count as text, mx-host as text) are read as what they
 * mean; an unknown result-type or policy-type is kept; what was odd is said in `problem`.  It
 * does not judge and keeps nothing.  All texts are UTF-8 of at most TLSRPT_TEXT_MAX bytes in
 * the arena and live as long as it does.
 */

#include "base/arena.h"

#define TLSRPT_BYTES_MAX    ((size_t)4 * 1024 * 1024) /* of a report; more is refused */
#define TLSRPT_POLICIES_MAX 1000
#define TLSRPT_DETAILS_MAX  10000 /* of all policies of a report */
#define TLSRPT_HOSTS_MAX    100   /* mx-host of a policy */
#define TLSRPT_TEXT_MAX     512
#define TLSRPT_COUNT_MAX    UINT64_C(1000000000000)

struct tlsrpt_detail {
	struct sv result;   /* result-type, lower case: certificate-expired, ... */
	struct sv mx, helo; /* receiving-mx-hostname, receiving-mx-helo */
	struct sv sending_ip, receiving_ip;
	struct sv reason; /* failure-reason-code */
	struct sv more;   /* additional-information */
	uint64_t count;   /* failed-session-count */
};

struct tlsrpt_policy {
	struct sv type;   /* policy-type, lower case: sts, tlsa, no-policy-found */
	struct sv domain; /* policy-domain, lower case */
	struct sv text;   /* policy-string, joined by "; " */
	struct sv hosts;  /* mx-host, joined by blanks */
	uint64_t succeeded, failed;
	const struct tlsrpt_detail *details; /* in the arena */
	size_t n_details;
};

struct tlsrpt {
	struct sv org, contact, id;
	int64_t begin_s, end_s;               /* since 1970; 0: not known */
	const struct tlsrpt_policy *policies; /* in the arena */
	size_t n_policies;
	bool damaged;
	struct sv problem; /* for people: the first thing that was wrong; empty: nothing */
};

/* False: it is no TLS report, and *problem_out says why, for people (in the arena). */
bool tlsrpt_read(struct sv text, struct arena *arena, struct tlsrpt *out, struct sv *problem_out);

#endif
