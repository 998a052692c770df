/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FEED_DELIVERY_H
#define CAROM_FEED_DELIVERY_H

/*
 * Delivery events of any origin as JSON lines: one attempt to hand one message to
 * one recipient a line, and the recipients that are known from before.
 * doc/detect.md has the members.  Only the bytes are read here: what a reply means
 * is classify/'s business, who is a recipient that of remember/.
 *
 * Views borrow from the line and from the reader, and live until its next line.
 */

#include "feed/json_in.h"
#include "mail/postfix.h"

#define FEED_TIME_MAX_S 253402300800.0 /* the year 10000 */

struct delivery {
	uint64_t id;
	double t; /* seconds since 1970, by the clock of the MTA */
	struct sv provider, domain, mx, sender, campaign, recipient;
	unsigned attempt; /* 1: the first */
	unsigned code;    /* 0: there was no answer */
	struct status status;
	enum smtp_stage stage;
	struct sv text;
};

struct known_recipient {
	struct sv recipient;
	double accepted; /* when it last accepted mail */
};

/* False: j->at and j->expected say what is wrong, and nothing of the line counts. */
bool delivery_read(struct json_in *j, struct sv line, struct delivery *out);
bool known_recipient_read(struct json_in *j, struct sv line, struct known_recipient *out);

#endif
