/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_TRIAL_PRIVATE_H
#define CAROM_POSTFIX_TRIAL_PRIVATE_H

/* Shared by trial.c and trial_files.c only. */

#include "mail/check_address.h"
#include "postfix/trial.h"

#define DOMAIN  CHECK_DOMAIN
#define BY_SMTP "smtp@" DOMAIN

struct private_queue {
	char place[64];
	unsigned port; /* of the sink */
	int sink;      /* its pid */
	unsigned door; /* port of its smtpd; 0: there is no policy service to try */
	struct buf policy;
};

/* trial_files.c: its folders, main.cf, master.cf and routes. */
enum err trial_furnish(const struct private_queue *q, const struct postconf *c, struct why *why);

#endif
