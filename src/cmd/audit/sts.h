/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_CMD_AUDIT_STS_H
#define CAROM_CMD_AUDIT_STS_H

/*
 * Fetches the policy of MTA-STS (RFC 8461 section 3.3): https, certificate of mta-sts.DOMAIN,
 * status 200, no redirect, text/plain, at most 64 KiB.  It connects to the address that the
 * audit found, so that one resolver is asked for everything.
 */

#include "audit/audit.h"

struct sts_https {
	const char *ca_file; /* NULL: the system's */
	uint32_t port;       /* 0: 443 */
};

struct sts_session {
	struct buf text;
	struct why why;
};

/* `out` points into the session. */
void cmd_fetch_sts(const struct sts_https *opt, struct sv domain, const struct ip *ip,
    struct sts_session *s, struct sts_file *out);

#endif
