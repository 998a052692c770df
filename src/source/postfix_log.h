/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_SOURCE_POSTFIX_LOG_H
#define CAROM_SOURCE_POSTFIX_LOG_H

/*
 * Postfix logs -> events.  Takes any number of inputs in any order, sorts them
 * by the date of their first line, reads each as classic syslog, RFC 3339 syslog,
 * `journalctl -o export` or `-o json` (told by its first bytes), and joins sender,
 * size, recipient count and Message-ID by instance and queue id.
 *
 * Memory is bounded whatever the log holds: LOG_QUEUE_MAX messages are remembered
 * at a time, in LOG_TEXT_BYTES of text; the oldest are forgotten first and counted.
 * A line longer than LOG_LINE_MAX is read up to there; the rest is skipped and counted.
 * A line that is not understood is counted and a sample kept by shape; never fatal.
 */

#include "base/err.h"
#include "base/hash.h"
#include "fact/event.h"
#include "source/lines.h"

#define LOG_LINE_MAX   LINES_MAX
#define LOG_QUEUE_MAX  ((size_t)256 * 1024)
#define LOG_TEXT_BYTES ((size_t)48 * 1024 * 1024)
#define LOG_SHAPES_MAX 256 /* different shapes of unknown lines kept with a sample */

struct log_options {
	const char *const *paths; /* borrowed; "-" is standard input */
	size_t n_paths;
	struct hash_key key;
	int year;                   /* 0: worked out from the file's modification time */
	int64_t now_us;             /* for files without a modification time */
	int64_t since_us, until_us; /* events outside are not given; TIME_NONE: open */
};

struct log_shape { /* unknown lines that look alike */
	uint64_t lines;
	struct sv shape;  /* owned by the log */
	struct sv sample; /* owned by the log; printable, at most 240 bytes */
	uint32_t file;
	uint64_t offset;
};

struct log_counts {
	uint64_t bytes, lines;
	uint64_t events;
	uint64_t joined_lines;  /* qmgr, cleanup, smtpd, pickup, bounce lines used for joining */
	uint64_t ignored_lines; /* of Postfix, known, nothing about what became of a message */
	uint64_t trouble_lines; /* warnings and errors of Postfix */
	uint64_t other_lines;   /* other programs in the same log */
	uint64_t unknown_lines; /* of Postfix, not understood */
	uint64_t garbage_lines; /* no syslog head at all: binary, cut, NULs */
	uint64_t long_lines;    /* longer than LOG_LINE_MAX */
	uint64_t
	    forgotten; /* messages dropped because LOG_QUEUE_MAX or LOG_TEXT_BYTES was reached */
	uint64_t shapes_lost;      /* unknown lines whose shape did not fit LOG_SHAPES_MAX */
	uint64_t notifications;    /* non-delivery notifications that Postfix sent */
	uint64_t incoming_refused; /* mail refused at the door: not deliveries of ours */
};

struct log_problem { /* a file that could not be read to its end, or not at all */
	char *path;  /* owned by the log */
	char *text;  /* owned: what, at which byte, what to do */
};

struct postfix_log;

/* Opens and orders the inputs.  Fails only if none can be opened or the options make no sense;
 * single unreadable files become problems. */
enum err postfix_log_open(const struct log_options *opt, struct postfix_log **out, struct why *why);
void postfix_log_close(struct postfix_log **log);

/*
 * The same for lines that come one by one, as they are written (role/follow.h): no path is
 * opened.  postfix_log_input begins another input, which is not read again from then on.
 */
struct postfix_log *postfix_log_live(const struct log_options *opt);
uint32_t postfix_log_input(
    struct postfix_log *log, const char *path, uint64_t identity, int64_t mtime_us);
/* The live input at hand has another name from now on. */
void postfix_log_rename(struct postfix_log *log, const char *path);
/* True: the line is an event.  Views live as long as the line. */
bool postfix_log_line(struct postfix_log *log, struct sv line, uint64_t offset, struct event *out);
/* The identity of an input whose first line that is not empty is this one. */
uint64_t postfix_log_identity_of(struct sv first_line);

/* The next event; false at the end.  Views in *out live until the next call. */
bool postfix_log_next(struct postfix_log *log, struct event *out);

const struct log_counts *postfix_log_counts(struct postfix_log *log);
const struct log_shape *postfix_log_shapes(const struct postfix_log *log, size_t *n_out);
const struct log_problem *postfix_log_problems(const struct postfix_log *log, size_t *n_out);
const char *postfix_log_file(const struct postfix_log *log, uint32_t file); /* path of event.file */
/* What the input is, whatever it is called or packed in: made of its first line.  0: it is empty. */
uint64_t postfix_log_identity(const struct postfix_log *log, uint32_t file);
/* Bytes on disk read so far and in all, for a progress bar; total 0: not known. */
void postfix_log_progress(const struct postfix_log *log, uint64_t *done_out, uint64_t *total_out);

#endif
