/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_REMEMBER_MEMORY_H
#define CAROM_REMEMBER_MEMORY_H

/*
 * All that is known of one recipient: what it answered (remember/recipients.h), what the
 * person behind it said (complained, unsubscribed), and the state that decide/ gave it.
 * A plain value: a store keeps it, a stage changes it.
 */

#include "remember/recipients.h"

enum recipient_state {
	RECIPIENT_NEW,      /* nothing is known but that it was mailed */
	RECIPIENT_GOOD,     /* it accepted mail */
	RECIPIENT_DOUBTFUL, /* it was refused; nothing is done about it yet */
	RECIPIENT_RESTING, /* first unexplained hard bounce of a good one: left alone for a while */
	RECIPIENT_SUPPRESSED, /* not to be mailed */
	RECIPIENT_RELEASED,   /* was resting or suppressed, and may be mailed again */
	RECIPIENT_STATES
};

struct memory {
	struct recipient run;
	enum recipient_state state;
	uint32_t since_s, until_s;                        /* of the state; until 0: open */
	uint64_t decision;                                /* that gave it; 0: none was needed */
	uint32_t complained_s, unsubscribed_s, by_hand_s; /* 0: never */
};

const char *recipient_state_name(enum recipient_state s);

#endif
