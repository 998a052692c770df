/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_READER_H
#define CAROM_SOURCE_READER_H

/*
 * One log file as records, whatever its format: classic or RFC 3339 syslog,
 * `journalctl -o export`, `-o json`; told by its first bytes.  Works out the year
 * of classic dates: the first line belongs to the last year in which its month
 * and day are not after the file's modification time, and the year turns when
 * the months do.
 */

#include "mail/postfix.h"
#include "source/journal.h"

enum log_format {
	LOG_SYSLOG,
	LOG_JOURNAL_EXPORT,
	LOG_JOURNAL_JSON
};

struct record {
	bool headed;     /* there is a syslog head; otherwise only `whole` counts */
	int64_t time_us; /* with its year */
	struct sv host, tag, message;
	struct sv whole;
	uint64_t offset;
};

struct reader {
	struct input *in; /* owned */
	struct lines lines;
	struct journal_entry entry;
	enum log_format format;
	bool started;
	int year; /* of the last classic date; 0: not known yet */
	unsigned last_month;
	int64_t mtime_us;
	struct sv peeked; /* the first line, read to tell the format */
	uint64_t peeked_at;
	bool has_peeked;
	int64_t year_start_us; /* cache for classic dates */
	int cached_year;
	char stamp[SYSLOG_CLASSIC_N]; /* the last classic date, as written: many lines have it */
	int64_t stamp_us;             /* and what it means */
};

/* mtime_us 0: now_us stands in for it.  year 0: worked out. */
enum err reader_open(struct reader *r, const char *path, int year, int64_t now_us, struct why *why);
void reader_close(struct reader *r);
/* The same for lines that somebody else reads (role/follow.h), of syslog or `journalctl -o json`. */
void reader_begin_lines(struct reader *r, int year, int64_t mtime_us);
void reader_take_line(struct reader *r, struct sv line, uint64_t offset, struct record *out);
void reader_end_lines(struct reader *r);
/* False: the end; reader_problem says whether it came too early. */
bool reader_next(struct reader *r, struct record *out);
/* ERR_OK, or why the input ended before its end. */
enum err reader_problem(const struct reader *r, const struct why **why_out);

#endif
