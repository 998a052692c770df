/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_DNS_IDN_H
#define CAROM_DNS_IDN_H

/*
 * Internationalised names (RFC 5890) to what the DNS holds; SPF, DKIM and DMARC are asked with
 * that form (RFC 8616).  libidn2 does the work.
 */

#include "base/arena.h"

/* ASCII stays as it is, a view of the input; false: no such name can be. */
bool name_to_ascii(struct sv name, struct arena *arena, struct sv *out);

#endif
