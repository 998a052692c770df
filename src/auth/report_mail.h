/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_REPORT_MAIL_H
#define CAROM_AUTH_REPORT_MAIL_H

/*
 * Who sent the mail that a report came in (fact/report_mail.h).  In two steps, as the report
 * is read behind the mail's head:
 *
 *   report_mail_judge()  is the author domain proven?  By a DKIM signature that verifies, of the
 *                        author's organisation; else by the topmost Authentication-Results field
 *                        of a server that the operator named.
 *   report_mail_names()  does the report name the author?  Its address, or its organisation if
 *                        that is a domain, must be of the author's organisation.
 *
 * One organisation is told by the Public Suffix List: no question to the DNS, and what most
 * receivers do.  x= of a signature is not looked at: the mail was delivered long ago.
 */

#include "auth/dkim_signature.h"
#include "fact/report_mail.h"

struct report_trust { /* borrowed */
	const char *const *servers; /* authserv-ids whose word is taken */
	size_t n_servers;
	const char *const *senders; /* domains that may bring reports of anybody */
	size_t n_senders;
	bool keys; /* the book can be answered; else signatures are not looked at */
};

/* False: the book wants answers; ask again.  The arena is of this call. */
bool report_mail_judge(struct book *book, struct arena *arena, struct sv mail,
    const struct report_trust *trust, struct report_mail *out);

/* Makes REPORT_PROOF_PASS a REPORT_PROOF_FAIL if the report is in another's name. */
void report_mail_names(struct report_mail *m, struct sv address, struct sv org,
    const struct report_trust *trust, struct arena *arena);

#endif
