/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_REPORT_INPUT_H
#define CAROM_SOURCE_REPORT_INPUT_H

/*
 * Reports of receivers from whatever holds them: XML and JSON, packed (source/unpack.h), as
 * attachments of a mail, in an mbox, a Maildir, a folder of all that, standard input.  What a
 * file is, its first bytes say.  Every file that holds no report is told with the reason: none
 * is passed over in silence.  It keeps nothing; an abuse complaint is never taken for a report.
 */

#include "mail/auth_failure.h"
#include "mail/dmarc_report.h"
#include "mail/tlsrpt.h"

struct report_sink {
	/* A record of a report that is being read; false: no more of them. */
	bool (*record)(void *context, const struct dmarc_report *r, const struct dmarc_record *rec);
	/* A report is complete; `where` is the file, and the member or mail in it. */
	void (*dmarc)(void *context, struct sv where, const struct dmarc_report *r);
	void (*tls)(void *context, struct sv where, const struct tlsrpt *t);
	/* The failure report of one message. */
	void (*failure)(void *context, struct sv where, const struct auth_failure *f);
	/* No report, and why, for people.  Records that were given since the last report are void. */
	void (*nothing)(void *context, struct sv where, const char *why);
	void *context;
	/* A mail begins, whole as it stands; what comes next was in it, until this is called with an
	 * empty view.  NULL: nobody asks. */
	void (*mail)(void *context, struct sv where, struct sv mail);
};

struct report_input;

struct report_input *report_input_new(const struct report_sink *sink);
void report_input_free(struct report_input **in);
/* A file, a folder, or "-". */
void report_input_path(struct report_input *in, const char *path);

#endif
