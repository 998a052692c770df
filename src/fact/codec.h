/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_FACT_CODEC_H
#define CAROM_FACT_CODEC_H

/*
 * Events from process to process of one program on one machine.  Who reads them does not
 * trust who wrote them: a parser of hostile bytes may be somebody else's by now.  Every
 * number that chooses something is in its range, every text within the bytes.
 */

#include "fact/event.h"

void event_write(const struct event *e, struct buf *out);
/* Off the front of *in; false: no event.  Views borrow from *in; `file` is 0. */
bool event_take(struct sv *in, struct event *out);

#endif
