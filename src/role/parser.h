/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_PARSER_H
#define CAROM_ROLE_PARSER_H

/*
 * Log lines -> events in a process that can do nothing else (role/worker.h): a log has the
 * words of every host that mail was ever offered to.  What other lines said of a message is
 * remembered there.  If a line kills it, its memory is lost, so the engine begins anew from
 * what was committed.
 */

#include "base/hash.h"
#include "fact/event.h"
#include "role/worker.h"

#define PARSER_BATCH ((size_t)256 * 1024) /* of lines, that go over at once */

struct parser {
	struct worker worker;
	struct hash_key key;
	struct buf batch, answer; /* owned */
};

typedef enum err parser_sink(void *context, const struct event *e, struct why *why);

/* Starts the process. */
enum err parser_init(struct parser *p, const struct hash_key *key, struct why *why);
void parser_done(struct parser *p);
/* Forgets everything: the log is read from its beginning again. */
void parser_reset(struct parser *p);
/* The lines from now on are of another file; all others must have been flushed. */
void parser_input(struct parser *p, int64_t mtime_us);
void parser_line(struct parser *p, struct sv line, uint64_t offset);
/* The process is gone, and a confined one cannot start another. */
bool parser_is_lost(const struct parser *p);
bool parser_is_full(const struct parser *p);
/* Gives the events of the lines so far; an error of the sink comes back. */
enum err parser_flush(struct parser *p, parser_sink *sink, void *context, struct why *why);

#endif
