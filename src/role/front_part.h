/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_FRONT_PART_H
#define CAROM_ROLE_FRONT_PART_H

/*
 * The part of `carom serve` that Postfix talks to: the sockets, the table, and what a reply
 * means.  Rows come from the engine, wherever that runs; when none come any more the table
 * answers until it is too old.
 */

#include "front/server.h"
#include "knowledge/knowledge.h"
#include "policy/policy.h"
#include "settings/settings.h"

#define FRONT_SERVICES    3                    /* status, policy, pause */
#define FRONT_SOCKETS_MAX (2 * FRONT_SERVICES) /* and each once more below a chroot */

struct front_sockets { /* listening; -1: none */
	int fds[2][FRONT_SERVICES];
};

/* Opens them as the settings say. */
enum err front_sockets_open(const struct settings *s, struct front_sockets *out, struct why *why);
void front_sockets_close(struct front_sockets *f);

struct front_options { /* all borrowed */
	uv_loop_t *loop;
	const struct settings *settings;
	const struct knowledge *k;
	const struct policies *policies;
	const struct front_sockets *sockets; /* duplicated */
};

struct front_part;

enum err front_part_new(const struct front_options *opt, struct front_part **out, struct why *why);
/* The rest is given back when the loop has run once more. */
void front_part_close(struct front_part **f);
/* Rows of the engine (front/answers.h). */
void front_part_rows(struct front_part *f, struct sv rows);
/* Once a second. */
void front_part_tick(struct front_part *f);
/* Counters, as lines for people. */
void front_part_tell(const struct front_part *f);

#endif
