/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_TRIAL_H
#define CAROM_POSTFIX_TRIAL_H

/*
 * Test messages through a private queue: a Postfix of its own in a temporary folder, with
 * those settings of the true instance that carom is about (status filter, policy service,
 * routes, ladder), and a host on loopback that accepts, or refuses as unknown.  Nothing reaches the network,
 * the true queue or its log.  Needs root, as Postfix does, and takes some seconds; the
 * folder is gone afterwards.
 */

#include "base/err.h"
#include "postfix/check.h"

#define TRIAL_ROWS_MAX 24
#define TRIAL_SECONDS  30

struct trial_row {
	char what[80];
	bool fine;
	char detail[240]; /* printable */
};

struct trial {
	struct trial_row rows[TRIAL_ROWS_MAX];
	size_t n;
};

enum err trial_run(
    const struct postconf *c, const struct postfix_places *at, struct trial *out, struct why *why);

/*
 * trial_sink.c: a process that plays the host.  Returns its pid and its port; it refuses
 * recipients whose local part is "unknown", and ends when it is killed.
 */
int trial_sink_start(unsigned *port_out, struct why *why);

/* trial_door.c: mail into the private queue by SMTP, past the policy service. */

/* carom's entry of smtpd_recipient_restrictions; false: there is none, and nothing to try. */
bool trial_door_entry(const struct postconf *c, const struct postfix_places *at, struct buf *out);
/* A port of loopback that nobody uses now; 0: none. */
unsigned trial_free_port(void);

struct trial_door {
	char passed[240], refused[240]; /* answers to RCPT; printable; "": none came */
};
/* Mails `passed`, and asks for CHECK_REFUSED.  *out has the last answer of either. */
void trial_door_ask(unsigned port, const char *passed, struct trial_door *out);

#endif
