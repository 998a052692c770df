/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_HAND_H
#define CAROM_ROLE_HAND_H

/*
 * The part of `carom serve` that runs programs of Postfix, so that no other has to: postmap
 * when the wanted map is another one, postqueue for messages that are tried again.  Orders
 * come from the engine; the text of a map lies beside the map as MAP_WANTED.
 */

#include "act/map_file.h"
#include "settings/settings.h"

#include <uv.h>

#define MAP_WANTED    "transport.want"
#define HAND_IDS_MAX  20000 /* that wait; more are dropped and said, Postfix tries them by itself */
#define HAND_ID_BYTES 32
#define HAND_SECONDS  20 /* for one program */
#define HAND_AT_ONCE  2

struct hand;

/* settings are borrowed. */
struct hand *hand_new(uv_loop_t *loop, const struct settings *s);
void hand_close(struct hand **h);
/* "M": the map; "R ID": try the message again.  Anything else is dropped. */
void hand_order(struct hand *h, struct sv order);
void hand_tick(struct hand *h);
/* Counters, for people. */
void hand_tell(const struct hand *h);

/* Takes the pauses out of the map: nobody would end them. */
void hand_unpause(const struct settings *s);

/* Has Postfix a relay host, so that all mail goes there?  Then no provider is met. */
bool hand_finds_relayhost(const struct settings *s);

#endif
