/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_SERVE_H
#define CAROM_ROLE_SERVE_H

/*
 * `carom serve`: the parts put together, in one process (single) or one process each under a
 * supervisor.  SIGTERM and SIGINT end it cleanly, SIGHUP reads the settings and the knowledge
 * again (wrong ones are told and the old ones stay), SIGUSR1 tells the counters.
 */

#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>

struct serve_options {
	const char *share;  /* folder of the knowledge */
	const char *config; /* NULL: the usual place, or the defaults */
	struct hash_key key;
	bool single;
};

/* Takes the pauses out of the map, for when serve is gone and did not do it. */
enum err serve_unpause(const struct serve_options *opt, struct why *why);
/* Until a signal ends it. */
enum err serve_run(const struct serve_options *opt, struct why *why);

#endif
