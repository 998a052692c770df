/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_SYSLOG_MESSAGE_H
#define CAROM_MAIL_SYSLOG_MESSAGE_H

/*
 * A message of the syslog protocol, as it comes in one datagram, and the line of a log file
 * that says the same (read by syslog_head_take).  Taken are
 *
 *   RFC 5424 6   <22>1 2026-11-28T10:00:00.5Z mx postfix/smtp 99 - [x@1 a="b"] MESSAGE
 *   RFC 3164 4.1 <22>Nov 28 10:00:00 mx postfix/smtp[99]: MESSAGE
 *   syslog(3)    <22>Nov 28 10:00:00 postfix/smtp[99]: MESSAGE      (no host)
 *   rsyslog      <22>2026-11-28T10:00:00.5+01:00 mx postfix/smtp[99]: MESSAGE
 *
 * Nothing allocates; all views borrow from the datagram.  What is none of these is `false`
 * and changes nothing.
 */

#include "base/buf.h"

#include <stdbool.h>

enum {
	SYSLOG_FACILITY_NONE = 24
}; /* no <PRI> in front */

struct syslog_message {
	unsigned facility; /* RFC 5424 table 1: 2 is mail */
	struct sv stamp;   /* as it stands; empty: the sender had none */
	struct sv host;    /* empty: not said */
	struct sv tag;     /* "postfix/smtp"; not empty */
	struct sv pid;     /* empty: not said */
	struct sv text;
};

bool syslog_message_read(struct sv datagram, struct syslog_message *out);
/*
 * "STAMP HOST TAG[PID]: TEXT" and a newline.  now: a stamp, and host: a name, for messages
 * without.  Control bytes become blanks, so that one message is one line.
 */
void syslog_message_line(
    const struct syslog_message *m, struct sv now, struct sv host, struct buf *out);
/* "mail", "local0" ... and "any", which is SYSLOG_FACILITY_NONE. */
bool syslog_facility_find(struct sv name, unsigned *out);

#endif
