/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_REPORTS_IMAP_H
#define CAROM_CMD_REPORTS_IMAP_H

/*
 * `carom reports --imap`: the mails of a folder are brought to a temporary one, read by a child
 * without network, and put away after the child has committed; only those that held a whole report.
 */

#include "engine/reports.h"

struct reports_imap {
	const char *url, *user, *password_file, *ca_file;
	const char *archive; /* a folder; NULL: see remove */
	bool remove;         /* delete; else leave them there */
};

/* Reads the folder given and returns the exit code; in a process of its own. */
typedef int reports_imap_read(void *context, const char *folder);
/* The exit code. */
int reports_imap(const struct reports_imap *q, reports_imap_read *read, void *context);
/* In the child, after the commit: mails that held no report, or a damaged one, stay in the mailbox. */
void reports_imap_keep(const struct reports_run *run, const char *folder);

#endif
