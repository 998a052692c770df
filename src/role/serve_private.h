/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_SERVE_PRIVATE_H
#define CAROM_ROLE_SERVE_PRIVATE_H

/* Shared by serve.c, single.c and supervisor.c only. */

#include "role/engine_part.h"
#include "role/front_part.h"
#include "role/hand.h"
#include "role/serve.h"

struct world { /* what everything is made from; all owned */
	struct settings settings;
	struct knowledge *k;
	struct policies policies;
};

/* From the files; nothing is changed on an error. */
enum err world_read(const struct serve_options *opt, struct world *out, struct why *why);
void world_done(struct world *w);

enum end { /* why a run ended */
	END_STOP,
	END_AGAIN, /* SIGHUP, and the new world is sound */
};

/* Each runs until a signal; *w is what it runs with.  Borrowed: all. */
enum err single_run(
    const struct serve_options *opt, const struct world *w, enum end *out, struct why *why);
enum err supervisor_run(
    const struct serve_options *opt, const struct world *w, enum end *out, struct why *why);

#endif
