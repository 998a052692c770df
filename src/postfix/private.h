/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POSTFIX_PRIVATE_H
#define CAROM_POSTFIX_PRIVATE_H

/* What the files of the checks share. */

#include "act/ladder.h"
#include "postfix/check.h"

#include <stdarg.h>

struct look {
	const struct postconf *c;
	const struct postfix_places *at;
	const struct live *live; /* or NULL */
	struct checks *out;
};

#define PAUSE "carom-pause" /* the transport to carom's own socket that defers; doc/serve.md */

void look_add(const struct look *l, enum check_id id, struct sv about, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool list_has(struct sv list, struct sv word);
bool setting_is_on(const struct postconf *c, const char *name);

/* check_touch.c: the filter and the policy service; check_maps.c: maps and the ladder. */
void check_filter(const struct look *l);
void check_door(const struct look *l);
void check_maps(const struct look *l);

/* The settings in the words of main.cf. */
void filter_setting(const struct postfix_places *at, struct buf *out);
void door_setting(const struct postfix_places *at, struct buf *out);

#endif
