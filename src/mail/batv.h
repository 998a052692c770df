/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_MAIL_BATV_H
#define CAROM_MAIL_BATV_H

/*
 * Signed return paths: Bounce Address Tag Validation (draft-levine-smtp-batv-01, the tag
 * "prvs").  The sending server signs, with a key of its own; a bounce that comes to such an
 * address answers a mail that was sent.  Which recipient it was the tag does not say: that
 * is for a return path that carries him, and for who reads it.
 *
 * The signature has 24 bits, which is enough against guessing by mail.  Its day is not looked
 * at: mails are read whenever somebody reads them.
 */

#include "base/sv.h"

#define BATV_ADDRESS_MAX 512

/* "prvs=4330abcdef=user@example.com": is it signed with the key?  `room` gets the address
 * without the tag, and *plain_out is a view of it. */
bool batv_holds(
    struct sv address, struct sv key, char room[BATV_ADDRESS_MAX], struct sv *plain_out);
/* Does it look like one?  Any key. */
bool batv_is(struct sv address);

#endif
