/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DNS_ANSWER_BYTES_H
#define CAROM_DNS_ANSWER_BYTES_H

/*
 * An answer of TXT records as bytes, from one process of ours to another on the same machine.
 * Who reads them trusts them no more than the DNS: the other process was shown hostile bytes.
 * Times to live, preferences and the AD bit are left out.
 */

#include "base/buf.h"
#include "dns/answer.h"

#define ANSWER_PACKED_MAX \
	(2 * ANSWER_TEXT_MAX + ((size_t)2 * ANSWER_RECORDS_MAX + 4) * sizeof(uint32_t))

void dns_answer_pack(const struct dns_answer *a, struct buf *out);
/* False: DNS_BROKEN, as these are no such bytes.  Records are in the arena. */
bool dns_answer_unpack(struct sv in, struct arena *arena, struct dns_answer *out);

#endif
