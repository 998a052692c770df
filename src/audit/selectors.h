/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUDIT_SELECTORS_H
#define CAROM_AUDIT_SELECTORS_H

/*
 * Which selectors a domain signs with, from what signing leaves behind: lines that signing
 * software writes into logs (forms in share/audit.yaml), and the signatures of sent mails.  A
 * name that could be no selector is passed over.  Nothing is verified here.
 */

#include "audit/texts.h"

/* Views into the line; false: it tells of no signature.  The first one of a line counts. */
bool selector_of_line(
    const struct audit_texts *t, struct sv line, struct sv *domain_out, struct sv *selector_out);
/* Each signature of a mail; the views live as long as the mail. */
void selectors_of_mail(struct sv mail, struct arena *arena,
    void (*row)(void *context, struct sv domain, struct sv selector), void *context);

#endif
