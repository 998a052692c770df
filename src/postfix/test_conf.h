/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_TEST_CONF_H
#define CAROM_POSTFIX_TEST_CONF_H

/* A configuration for tests: a sound Postfix, and what is put upon it. */

#include "act/ladder.h"
#include "postfix/check.h"

static const struct postfix_places places = { "/run/carom/status", "/run/carom/policy",
	"hash:/var/lib/carom/maps/transport" };

#define DOOR_ENTRY                                                                 \
	"check_policy_service { unix:/run/carom/policy, timeout=2s, try_limit=1, " \
	"default_action=DUNNO }"
#define FILTER_SET "smtp_delivery_status_filter = socketmap:unix:/run/carom/status:status\n"
#define DOOR_SET   "smtpd_recipient_restrictions = " DOOR_ENTRY ", permit_mynetworks\n"
#define ROUTES_SET \
	"transport_maps = hash:/etc/postfix/transport hash:/var/lib/carom/maps/transport\n"

static const char base[] = "mail_version = 3.7.11\ncompatibility_level = 3.6\n"
			   "queue_directory = /var/spool/postfix\nmaximal_queue_lifetime = 5d\n"
			   "smtp_skip_5xx_greeting = yes\nenable_long_queue_ids = yes\n"
			   "soft_bounce = no\nrelayhost =\nsmtp_reply_filter =\n"
			   "smtpd_policy_service_default_action = 451 4.3.5 Server problem\n"
			   "smtpd_policy_service_timeout = 100s\n"
			   "smtpd_policy_service_try_limit = 2\n"
			   "smtp_destination_concurrency_limit = 20\n";
static const char services[] = "smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\n"
			       "retry unix - - n - - error\n";
static bool present = true; /* what exists() says of files */

static bool
exists(const char *path)
{
	(void)path;
	return present;
}

static inline struct live
live_fine(void)
{
	struct live l = { .status = { true, true, false, "" },
		.policy = { true, true, false, "" },
		.exists = exists };

	buf_init(&l.map_types, 0);
	buf_str(&l.map_types, "hash\nlmdb\nsocketmap\nregexp\n");
	return l;
}

static inline void
read_conf(struct postconf *c, const char *more_settings, const char *more_services, bool ladder_too)
{
	struct buf set;
	struct buf lines;
	size_t n;
	const struct rung *r = ladder(&n);

	buf_init(&set, 0);
	buf_init(&lines, 0);
	buf_str(&lines, services);
	buf_str(&lines, ladder_too ? "carom-pause unix - - n - - lmtp\n" : "");
	for (size_t i = 0; ladder_too && i < n; i++) {
		buf_fmt(&lines, "%s unix - - n - - smtp\n", r[i].transport);
		if (r[i].delay_s > 0) {
			buf_fmt(&set, "%s_destination_rate_delay = %us\n", r[i].transport,
			    r[i].delay_s);
		} else {
			buf_fmt(&set, "%s_destination_concurrency_limit = %u\n", r[i].transport,
			    r[i].connections);
			buf_fmt(&set,
			    "%s_destination_concurrency_positive_feedback = " LADDER_MORE "\n"
			    "%s_destination_concurrency_negative_feedback = " LADDER_LESS "\n",
			    r[i].transport, r[i].transport);
		}
	}
	buf_str(&lines, more_services);
	buf_str(&set, more_settings);
	postconf_init(c, sv_from(base), buf_view(&set), buf_view(&lines));
	buf_done(&set);
	buf_done(&lines);
}

#endif
