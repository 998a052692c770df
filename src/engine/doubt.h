/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ENGINE_DOUBT_H
#define CAROM_ENGINE_DOUBT_H

/*
 * "User unknown" in a mail that does not tell which command it answered.  After DATA these are a
 * filter's words about people who exist, so the first such refusal takes nobody off a list.
 */

#include "engine/judge.h"

/* Takes back suppress; returns the cause that the words would have after DATA.  NULL: no doubt. */
const struct cause *doubt(const struct knowledge *k, const struct bounced *r, struct judgement *j);

#endif
