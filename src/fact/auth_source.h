/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FACT_AUTH_SOURCE_H
#define CAROM_FACT_AUTH_SOURCE_H

/*
 * What the reports of receivers say in sum: about a domain, about one address that sends in its
 * name, about one kind of TLS failure.  The store adds up, authreport/ draws conclusions.  Texts
 * are views; who gives a row says how long they live.  Days count from 1970-01-01; a report
 * belongs to the day in which the middle of its range lies.
 */

#include "base/sv.h"
#include "fact/report_mail.h"

/* The spans that are told apart: all that was asked for, its last seven days, the seven before. */
enum auth_span {
	AUTH_ALL,
	AUTH_WEEK,
	AUTH_WEEK_BEFORE,
	AUTH_SPANS
};

struct auth_counts { /* messages */
	uint64_t all;
	uint64_t dkim, spf;       /* aligned by; a message can be in both */
	uint64_t failed;          /* by neither */
	uint64_t forgiven;        /* of the failed: the receiver named a reason to let them pass */
	uint64_t forgiven_reject; /* of those: while the domain published p=reject */
	uint64_t quarantined, rejected; /* what the receivers did */
};

struct auth_domain {
	struct sv domain;             /* DMARC policy domain */
	struct sv p, sp, np, testing; /* as the newest report has them */
	struct auth_counts spans[AUTH_SPANS];
	uint64_t reports, damaged, records;
	int32_t first_day, last_day;
	int32_t days; /* that have a report */
};

struct auth_source {
	struct sv domain;
	unsigned char ip[16]; /* network order */
	size_t ip_bytes;      /* 0: not known; 4, 16 */
	struct auth_counts spans[AUTH_SPANS];
	int32_t first_day, last_day;
	uint64_t reporters;    /* organisations that saw it */
	struct sv header_from; /* of its largest record */
	struct sv auth;        /* results of its largest record, JSON as in doc/schema/reports.md */
	struct sv reasons;     /* override types of its largest record that has some */
};

struct auth_reporter {
	struct sv org;
	uint64_t reports, damaged;
	int32_t first_day, last_day;
};

struct auth_selector { /* a DKIM selector seen in use */
	struct sv domain, selector;
	uint64_t passed, failed; /* messages */
	int32_t last_day;
};

struct auth_failed { /* failure reports of single messages that look alike */
	struct sv domain, source, failure, alignment, result, reporter;
	uint64_t incidents, reports;
};

struct auth_proof { /* reports whose mails are alike proven */
	enum report_proof proof;
	struct sv by; /* "dkim", "authentication-results", or empty */
	uint64_t reports;
};

struct auth_apart {                         /* reports whose mails failed */
	struct sv author, org, domain, why; /* who sent them, and whom and what they name */
	uint64_t reports, messages;
	int32_t first_day, last_day;
};

struct tls_domain {
	struct sv domain, type;     /* policy-domain, policy-type */
	uint64_t succeeded, failed; /* sessions */
	uint64_t week_failed, week_before_failed;
	int32_t first_day, last_day;
};

struct tls_failure {
	struct sv domain, type, result, mx; /* mx may be empty */
	struct sv reason;                   /* failure-reason-code of the largest */
	uint64_t sessions, reporters;
	int32_t first_day, last_day;
};

#endif
