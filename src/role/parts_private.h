/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_PARTS_PRIVATE_H
#define CAROM_ROLE_PARTS_PRIVATE_H

/* What the processes under the supervisor have in common (process.c). */

#include "role/confine.h"
#include "role/parts.h"
#include "role/post.h"

struct process { /* what all have: a loop, a beat, signals */
	uv_loop_t loop;
	const struct part_options *opt;
	enum part_name name;
	uv_timer_t beat;
	uv_signal_t signals[3];
	bool ending;
	void *part;
	void (*tick)(void *part);
	void (*tell)(void *part);
	void (*again)(void *part); /* SIGUSR2; may be NULL */
	void (*end)(struct process *p);
	struct post_in in;
	struct post_out rows, orders;
};

/* The loop, the beat and the signals. */
void process_begin(struct process *p, const struct part_options *opt, enum part_name name);
/* Says that it lives; context is the process. */
void process_beat(void *context);
/* No way out of these folders; ends the process where that cannot be had. */
void process_confine(const struct confine_paths *paths, const char *name);
/* Closes the sockets of other parts: who asks would wait on one that nobody answers for as long as
 * anybody has it open. */
void process_leave_sockets(const struct part_options *opt, enum part_name name);
/* The folder of a path, in the room. */
const char *process_folder(const char *path, char room[1024]);

#endif
