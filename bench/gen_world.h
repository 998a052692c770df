/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_BENCH_GEN_WORLD_H
#define CAROM_BENCH_GEN_WORLD_H

/*
 * The world that the generated log comes from, as tables: who receives, under
 * which host names, and what they answer how often.  Host names and wordings are
 * what these providers are known to have said; people are invented (user4711).
 *
 * In texts:  %R recipient, %D its domain, %F envelope sender, %M Message-ID,
 * %H contacted host, %A its address, %I our address, %N number of the small
 * domain, %S size, %T seconds since 1970, and random: %g the way Gmail ends a
 * reply, %t eleven letters and digits, %d four digits, %x twelve hex digits.
 */

#include "base/sv.h"

enum outcome {
	OUTCOME_SENT,
	OUTCOME_DEFERRED,
	OUTCOME_BOUNCED,
};

enum said { /* what stands around the text */
	SAID_PLAIN,
	SAID_TALK, /* host H[A] refused to talk to me: TEXT */
	SAID_MAIL, /* host H[A] said: TEXT (in reply to MAIL FROM command) */
	SAID_RCPT,
	SAID_DATA,
	SAID_END,
	SAID_NO_RELAY,  /* TEXT, and relay=none */
	SAID_SUSPENDED, /* the same, logged by the error service without an attempt */
};

struct answer {
	uint16_t weight; /* of 10,000 first attempts */
	uint8_t again;   /* percent of the retries that meet the same again */
	bool sticky;     /* belongs to the recipient: always or never */
	enum outcome outcome;
	enum said said;
	struct sv dsn;
	struct sv text;
};

struct mailbox_provider {
	struct sv name;
	uint16_t weight; /* of 1,000 recipients */
	bool paired;     /* the n-th domain is served by the n-th host */
	struct sv tag;   /* the daemon that delivers */
	struct sv relay; /* empty: HOST[IP]:25 */
	struct sv domains[6];
	struct sv hosts[6];
	struct sv ip; /* the first three parts, with the last dot; or all four */
	const struct answer *answers;
};

struct stream { /* a kind of mail that we send */
	struct sv sender;
	uint16_t weight;              /* of 1,000 messages */
	uint16_t many_percent;        /* messages with several recipients */
	uint32_t size_low, size_high; /* bytes */
	bool pickup;                  /* handed in by sendmail(1), not by SMTP */
};

extern const struct mailbox_provider world_providers[];
extern const struct answer world_cox_incident[];
extern const struct stream world_streams[];
size_t world_n_providers(void);
size_t world_n_streams(void);
/* NULL: there is no such one. */
const struct mailbox_provider *world_provider(struct sv name);

#endif
