/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_POSTFIX_LOG_PRIVATE_H
#define CAROM_SOURCE_POSTFIX_LOG_PRIVATE_H

/* Shared by postfix_log.c (from file to file) and postfix_event.c (from line to event) only. */

#include "source/postfix_log.h"
#include "source/queue_table.h"
#include "source/reader.h"
#include "source/shapes.h"

struct source_file {
	const char *path; /* borrowed */
	char *own_path;   /* owned; of a live input */
	int64_t first_us; /* TIME_NONE: no line of it has a date */
	uint64_t identity;
	bool kept; /* standard input: opened once only */
	bool readable;
};

struct postfix_log {
	struct log_options opt;
	struct source_file *files; /* owned; in order of their first date */
	size_t n_files, at;
	struct reader reader;
	struct reader stdin_reader;
	bool reading, live;
	uint64_t done_before; /* bytes on disk of the files behind us */
	uint64_t total;
	struct queue_table *queue; /* owned */
	struct shapes *shapes;     /* owned */
	struct log_counts counts;
	struct log_problem *problems; /* owned */
	size_t n_problems;
};

/* Counts the line, remembers what it says of its message; true if it is an event. */
bool postfix_event_take(struct postfix_log *log, const struct record *rec, struct event *out);

#endif
