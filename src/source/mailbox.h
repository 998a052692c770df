/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_MAILBOX_H
#define CAROM_SOURCE_MAILBOX_H

/*
 * Mails of one name: a file with one mail, an mbox in any of its four dialects (mboxo,
 * mboxrd, mboxcl, mboxcl2), a Maildir, a folder of such, standard input ("-"); plain or
 * packed (source/input.h).  An mbox is told by its first five bytes, "From ".  Files of a
 * folder come in the order of their names, folders too; of a Maildir new/ and cur/ only.
 * Memory is bounded by one mail, whatever the size of the mbox.
 */

#include "base/err.h"
#include "base/sv.h"

#define MAILBOX_MAIL_MAX  ((size_t)32 * 1024 * 1024) /* the rest of a mail is passed over */
#define MAILBOX_DEPTH_MAX 8                          /* folders in folders */

/* `mail` lives until the call returns; `cut`: it was larger than MAILBOX_MAIL_MAX.  False: stop. */
typedef bool mailbox_mail(void *context, const char *name, struct sv mail, bool cut);
/* A file that cannot be read, and why; the others are read on. */
typedef void mailbox_trouble(void *context, const char *name, const char *why);

struct mailbox_reader {
	mailbox_mail *mail;
	mailbox_trouble *trouble;
	void *context; /* borrowed */
};
/* False: `mail` asked to stop. */
bool mailbox_read(const char *path, const struct mailbox_reader *r);

#endif
