/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_AUTH_FAILURE_H
#define CAROM_MAIL_AUTH_FAILURE_H

/*
 * The failure report of one message (RFC 6591, RFC 9991): the fields of message/feedback-report
 * in an ARF mail (RFC 5965).  Only Feedback-Type auth-failure is one: an abuse complaint has the same
 * form and is none, whatever other fields it has.  Of the message itself only what tells it apart is
 * kept, no text and no recipient.
 *
 * Texts are views or in the arena.
 */

#include "mail/mime.h"

#define AUTH_FAILURE_TEXT_MAX 512 /* bytes of one field */

enum auth_failure_kind { /* what a feedback report is */
	FEEDBACK_AUTH_FAILURE,
	FEEDBACK_COMPLAINT, /* abuse, fraud, opt-out, virus, not-spam, other: not ours to read */
	FEEDBACK_UNTYPED,   /* does not say what it is: nobody guesses */
};

struct auth_failure {
	struct sv reporter; /* User-Agent */
	struct sv mta;      /* Reporting-MTA */
	struct sv domain;   /* Reported-Domain; else of the From of the message; small letters */
	struct sv source;   /* Source-IP, its first word */
	struct sv failure;  /* Auth-Failure: dmarc, dkim, spf, adsp, signature, bodyhash, revoked */
	struct sv alignment; /* Identity-Alignment; empty: not said */
	struct sv result;    /* Delivery-Result */
	struct sv arrival;   /* Arrival-Date, or Received-Date */
	struct sv mail_from; /* the domain of Original-Mail-From */
	struct sv dkim_domain, dkim_selector, spf_record;
	struct sv message_id;
	uint64_t incidents;  /* 1 unless it says more */
	bool damaged;        /* a field that must be there is not */
	const char *problem; /* static; NULL: none */
};

#define AUTH_FAILURE_INCIDENTS_MAX 1000000000U

/* `text`: the decoded feedback report; `original`: the head of the message it is about, may be empty. */
enum auth_failure_kind auth_failure_read(
    struct sv text, struct sv original, struct arena *arena, struct auth_failure *out);
/* The same of parts[at] of a mail. */
enum auth_failure_kind auth_failure_of_part(struct mime *m, size_t at, struct auth_failure *out);

#endif
