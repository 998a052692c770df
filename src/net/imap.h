/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_NET_IMAP_H
#define CAROM_NET_IMAP_H

/*
 * Brings mails from one IMAP folder and, later, puts them away (libcurl underneath).  TLS always:
 * imaps, or STARTTLS, except to this machine itself.  Mails are known by UID; should the folder's
 * UIDVALIDITY change between two commands, nothing is put away.  The password is in no message.
 */

#include "base/buf.h"
#include "base/err.h"

#define IMAP_MAILS_MAX 10000 /* of one visit; the rest is for the next */

struct imap_options {
	const char *url; /* imaps://host/FOLDER, imap://host:port/FOLDER */
	const char *user, *password;
	const char *ca_file; /* PEM; NULL: the system's */
	unsigned timeout_ms; /* of one command */
};

struct imap;

/* Borrows the options.  ERR_USAGE: the URL is none. */
enum err imap_open(const struct imap_options *opt, struct imap **out, struct why *why);
void imap_close(struct imap **i);
/* At most IMAP_MAILS_MAX UIDs, the oldest first; the list is the imap's. */
enum err imap_list(struct imap *i, const uint32_t **uids_out, size_t *n_out, struct why *why);
/* At most `max` bytes, added to `out`. */
enum err imap_fetch(struct imap *i, uint32_t uid, size_t max, struct buf *out, struct why *why);
/* Moves one to the folder; NULL: deletes it. */
enum err imap_put_away(struct imap *i, uint32_t uid, const char *folder, struct why *why);

#endif
