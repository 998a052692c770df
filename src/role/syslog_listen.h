/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_SYSLOG_LISTEN_H
#define CAROM_ROLE_SYSLOG_LISTEN_H

/*
 * The part of `carom serve` that a syslog program sends lines to, over a unix socket of
 * datagrams (mail/syslog_message.h).  A datagram cannot be asked for again, so each goes into
 * a file at once, as a line, and the engine follows that file as any other log: what it has
 * not learned yet is there when it is killed.  The file is renamed to PATH.1 when it is full,
 * and what was PATH.1 is gone.
 *
 * It never makes a sender wait for the engine.  What does not fit on the disk is dropped and
 * counted.
 */

#include "settings/settings.h"

#include <uv.h>

struct syslog_listen;

/* The socket, or -1 where the settings name none.  The folder of the file is made. */
enum err syslog_listen_open(const struct settings *s, int *fd_out, struct why *why);

/* fd is duplicated; settings are borrowed. */
enum err syslog_listen_new(
    uv_loop_t *loop, const struct settings *s, int fd, struct syslog_listen **out, struct why *why);
/* The rest is given back when the loop has run once more. */
void syslog_listen_close(struct syslog_listen **l);
/* Counters, as a line for people. */
void syslog_listen_tell(const struct syslog_listen *l);

#endif
