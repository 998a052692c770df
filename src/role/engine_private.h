/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_ENGINE_PRIVATE_H
#define CAROM_ROLE_ENGINE_PRIVATE_H

/* Shared by the files of role/engine_part only. */

#include "front/answers.h"
#include "role/engine_part.h"
#include "role/follow.h"
#include "role/journal_follow.h"
#include "role/parser.h"

#define LOGS_MAX 64

struct journal_feed { /* of engine_journal.c */
	struct journal_follow j;
	int fd; /* -1: there is none */
	pid_t pid;
	struct buf bytes; /* owned; what is no whole line yet */
};

struct engine_part {
	struct engine_options opt;
	struct classifier *classifier; /* owned */
	struct store *store;           /* owned; NULL: nothing is open, and it is tried again */
	struct live *live;             /* owned */
	struct live_sink sink;
	struct follow_sink lines;
	struct follow follows[LOGS_MAX];
	uv_fs_event_t watches[LOGS_MAX]; /* of the folders */
	size_t n_follows, n_watches;
	struct journal_feed journal;
	uv_timer_t soon;
	unsigned handles; /* open ones */
	bool closing, tell_all, telling_all;
	struct buf rows;
	double map_at_s, roll_at_s, trouble_at_s;
	struct buf map_text; /* as last ordered */
	struct map paused;   /* domains that the front was told of -> 0 */
	uint64_t tried, troubles, n_lines, n_paces;
};

/* By the wall clock. */
double engine_now_s(void);

/* ---- engine_part.c ---- */

/* Of a struct follow_sink; context is the engine part. */
enum err engine_input(
    void *context, const char *path, uint64_t identity, int64_t mtime_us, struct why *why);
enum err engine_line(void *context, struct sv line, uint64_t offset, struct why *why);
/* What was read elsewhere so far is learned. */
enum err engine_lines_end(struct engine_part *e, struct why *why);

/* ---- engine_tell.c: what goes to the front and the hand ---- */

void engine_sink(struct engine_part *e, struct live_sink *out);
void engine_row(struct engine_part *e, struct front_row r);
void engine_flush(struct engine_part *e);

/* ---- engine_map.c: the routing map and the pauses ---- */

void engine_map(struct engine_part *e);

/* ---- engine_journal.c ---- */

enum err engine_journal_begin(struct engine_part *e, struct why *why);
/* Reads what there is; *more_out: there is more at once. */
enum err engine_journal_read(struct engine_part *e, bool *more_out, struct why *why);
void engine_journal_end(struct engine_part *e);

#endif
