/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_AUTHOR_H
#define CAROM_AUTH_AUTHOR_H

/*
 * Who a message says it is from: the domain of the one address in its From field (RFC 5322
 * section 3.6.2, with comments and quoted names).  Nothing is verified here.
 */

#include "auth/dkim_signature.h"

/* The domain of the one address in a From field; false: none, or several. */
bool author_of_field(struct sv from, struct sv *domain_out);
/* The same of a message, in the form of the DNS; false: not one field with one address. */
bool author_of_message(
    const struct dkim_message *m, struct arena *arena, struct sv *domain_out, size_t *fields_out);

#endif
