/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_SOCKETS_H
#define CAROM_ROLE_SOCKETS_H

/*
 * Listening sockets that belong to Postfix only.  The folder must belong to root or to this
 * user and be closed to writing by all others, so that nobody can put a socket of his own in
 * the place; the socket gets mode 0660 and the group of Postfix.  An old one is replaced by a
 * rename, so there is no moment without.
 */

#include "base/err.h"

/* group NULL or "": this program's own.  *fd_out listens. */
enum err socket_listen(const char *path, const char *group, int *fd_out, struct why *why);
/* The same for datagrams: *fd_out receives. */
enum err socket_receive(const char *path, const char *group, int *fd_out, struct why *why);

#endif
