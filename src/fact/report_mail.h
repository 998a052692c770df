/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FACT_REPORT_MAIL_H
#define CAROM_FACT_REPORT_MAIL_H

/*
 * What is known of the mail that a report came in: did whoever is named in the report send it?
 * Anybody can write a report, so one whose mail fails is kept apart and counted in no sum.
 * doc/reports.md says how it is told.  A value without pointers: copied freely.
 */

enum report_proof {
	REPORT_PROOF_UNSAID,  /* from a store that did not look */
	REPORT_PROOF_NO_MAIL, /* a file: not authenticated */
	REPORT_PROOF_PASS,
	REPORT_PROOF_UNKNOWN, /* could not be told: no key, no answer, no server to trust */
	REPORT_PROOF_FAIL,    /* kept apart */
	REPORT_PROOFS,
};

#define REPORT_MAIL_AUTHOR_MAX 256
#define REPORT_MAIL_WHY_MAX    512

struct report_mail {
	enum report_proof proof;
	const char *by;                      /* "dkim", "authentication-results", "": static */
	char author[REPORT_MAIL_AUTHOR_MAX]; /* domain of From; empty: there is not just one */
	char why[REPORT_MAIL_WHY_MAX];       /* for people */
};

/* "pass"; what the store and the JSON have. */
const char *report_proof_name(enum report_proof p);

#endif
