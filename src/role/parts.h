/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_PARTS_H
#define CAROM_ROLE_PARTS_H

/*
 * The processes under the supervisor, each with what it needs and no more: the engine reads
 * logs and writes the store and has no network and no programs; the front answers on sockets
 * that are open already and has no files; the hand runs programs of Postfix and reads nothing
 * from outside; the listener, where the settings name a syslog socket, writes what comes
 * there into a file and does nothing else; the monitor, where it is wanted, runs checks of its
 * own program.
 */

#include "role/post.h"
#include "role/serve_private.h"

enum part_name {
	PART_ENGINE,
	PART_FRONT,
	PART_HAND,
	PART_LISTENER,
	PART_MONITOR,
	PARTS
};

struct part_beats {                /* in memory that all share */
	_Atomic int64_t ms[PARTS]; /* CLOCK_MONOTONIC: a machine that sleeps is no silence */
};

struct part_options { /* borrowed */
	const struct world *w;
	struct hash_key key;
	const struct front_sockets *sockets;
	int syslog;             /* socket; -1: none, and no listener */
	int rows[2], orders[2]; /* engine -> front, engine -> hand: 0 is the sender's end */
	bool relayhost;
	struct part_beats *beats;
	int64_t silent_ms[PARTS]; /* without a beat for so long it is killed */
	const char *share;
};

/* Until SIGTERM. */
void part_engine(const struct part_options *opt);
void part_front(const struct part_options *opt);
void part_hand(const struct part_options *opt);
void part_listener(const struct part_options *opt);
void part_monitor(const struct part_options *opt);

#endif
