/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_AUTH_BASE64_H
#define CAROM_AUTH_BASE64_H

/* Base64 (RFC 4648 section 4) as DKIM has it: white space may stand anywhere. */

#include "base/arena.h"

/* False: another byte, a length that cannot be, or the arena is full. */
bool base64_decode(struct sv in, struct arena *arena, struct sv *out);

#endif
