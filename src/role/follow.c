/* SPDX-License-Identifier: Apache-2.0 */
#include "role/follow.h"

#include "source/lines.h"
#include "source/postfix_log.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM      (LINES_MAX + FOLLOW_STEP_BYTES)
#define PATH_MOST 4096

void
follow_init(struct follow *f, const char *path, const struct follow_sink *sink)
{
	*f = (struct follow){ .path = path, .sink = sink, .fd = -1 };
	f->room = mem_new(ROOM, 1);
}

static void
leave(struct follow *f)
{
	if (f->fd >= 0) {
		(void)close(f->fd);
	}
	f->fd = -1;
}

void
follow_done(struct follow *f)
{
	leave(f);
	free(f->room);
	*f = (struct follow){ .fd = -1 };
}

/* ---- lines ---- */

static enum err
give(struct follow *f, struct sv line, uint64_t offset, struct why *why)
{
	enum err e = ERR_OK;

	(void)sv_drop_tail(&line, SV("\r"));
	if (!f->named && line.n > 0) {
		f->named = true;
		f->identity = postfix_log_identity_of(line);
		e = f->sink->input(f->sink->context, f->path, f->identity, f->mtime_us, why);
	}
	return e == ERR_OK ? f->sink->line(f->sink->context, line, offset, why) : e;
}

/* Whole lines out of the room; what is left moves to its front. */
static enum err
take_lines(struct follow *f, struct why *why)
{
	struct sv all = sv_make(f->room, f->n);
	struct sv line;
	enum err e = ERR_OK;

	while (e == ERR_OK && sv_cut(&all, '\n', &line)) {
		if (f->skipping) {
			f->skipping = false;
		} else {
			e = give(f, line, f->at + (uint64_t)(line.p - f->room), why);
		}
	}
	if (e == ERR_OK && all.n >= LINES_MAX) {
		if (!f->skipping) {
			f->long_lines++;
			e = give(
			    f, sv_head(all, LINES_MAX), f->at + (uint64_t)(all.p - f->room), why);
		}
		f->skipping = true;
		all = sv_from_at(all, all.n);
	}
	f->at += (uint64_t)(all.p - f->room);
	f->n = all.n;
	if (all.n > 0) {
		memmove(f->room, all.p, all.n);
	}
	return e;
}

/* ---- the file ---- */

static int64_t
mtime_us(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

static void
from_start(struct follow *f)
{
	f->at = 0;
	f->n = 0;
	f->named = false;
	f->skipping = false;
	f->head_n = 0;
}

static enum err
enter(struct follow *f, struct why *why)
{
	struct stat st;

	f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (f->fd < 0) {
		return errno == ENOENT ? ERR_OK
				       : why_set(why, ERR_IO,
					     "%s: %s; let the user that runs carom read "
					     "it (on Debian: the group adm)",
					     f->path, why_errno(errno));
	}
	if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		leave(f);
		return why_set(why, ERR_IO, "%s: is no file; name a log file", f->path);
	}
	f->device = st.st_dev;
	f->inode = st.st_ino;
	f->mtime_us = mtime_us(&st);
	from_start(f);
	return ERR_OK;
}

/* Shorter than what was read, or another beginning. */
static bool
is_rewritten(struct follow *f, const struct stat *st)
{
	char now[FOLLOW_HEAD_BYTES];
	ssize_t n;

	if ((uint64_t)st->st_size < f->at + f->n) {
		return true;
	}
	n = f->head_n == 0 ? 0 : pread(f->fd, now, f->head_n, 0);
	return n >= 0 && ((size_t)n != f->head_n || memcmp(now, f->head, f->head_n) != 0);
}

static void
keep_head(struct follow *f)
{
	if (f->head_n < FOLLOW_HEAD_BYTES && f->at + f->n > f->head_n) {
		ssize_t n = pread(f->fd, f->head, sizeof(f->head), 0);

		f->head_n = n > 0 ? (size_t)n : 0;
	}
}

/* ---- other files: rotated ones, copies ---- */

/*
 * Gives the lines of a file from an offset on; identity 0: of any file, else only of that.
 * *found_out: it was such a file.
 */
static enum err
read_other(struct follow *f, const char *path, uint64_t identity, uint64_t from, bool *found_out,
    struct why *why)
{
	struct input *in;
	struct lines lines;
	struct sv line;
	uint64_t at;
	bool named = false;
	enum err e = input_open(path, &in, why);

	*found_out = false;
	if (e != ERR_OK) {
		return e;
	}
	lines_init(&lines, in);
	while (e == ERR_OK && lines_next(&lines, &line, &at)) {
		if (!named && line.n > 0) {
			uint64_t id = postfix_log_identity_of(line);

			named = true;
			if (identity != 0 && id != identity) {
				break;
			}
			*found_out = true;
			e = f->sink->input(f->sink->context, path, id, input_mtime_us(in), why);
		}
		if (e == ERR_OK && at >= from) {
			e = f->sink->line(f->sink->context, line, at, why);
		}
	}
	lines_done(&lines);
	input_close(&in);
	return e;
}

/* The newest file that the log was rotated to: PATH.1, PATH.1.gz, PATH-20260101 ... */
static bool
newest_rotated(const char *path, char *room, size_t size)
{
	static const char *const endings[] = { ".[1-9]", ".[1-9].*", "-[0-9]*" };
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		char pattern[PATH_MOST];
		glob_t found;
		int n = snprintf(pattern, sizeof(pattern), "%s%s", path, endings[i]);

		if (n < 0 || (size_t)n >= sizeof(pattern) || glob(pattern, 0, NULL, &found) != 0) {
			continue;
		}
		for (size_t k = 0; k < found.gl_pathc; k++) {
			struct stat st;

			if (stat(found.gl_pathv[k], &st) == 0 && S_ISREG(st.st_mode) &&
			    mtime_us(&st) > newest && strlen(found.gl_pathv[k]) < size) {
				newest = mtime_us(&st);
				(void)snprintf(room, size, "%s", found.gl_pathv[k]);
			}
		}
		globfree(&found);
	}
	return newest != INT64_MIN;
}

enum err
follow_past(struct follow *f, struct why *why)
{
	char path[PATH_MOST];
	bool found;

	return newest_rotated(f->path, path, sizeof(path)) ? read_other(f, path, 0, 0, &found, why)
							   : ERR_OK;
}

/* The log was truncated: the rest of what it held may be in the copy. */
static enum err
catch_up(struct follow *f, struct why *why)
{
	char path[PATH_MOST];
	bool found = false;
	enum err e = ERR_OK;

	f->truncations++;
	if (f->named && newest_rotated(f->path, path, sizeof(path))) {
		e = read_other(f, path, f->identity, f->at, &found, why);
	}
	f->lost += f->named && !found;
	from_start(f);
	return e;
}

/* ---- a step ---- */

/* Is there another file now, with a line in it?  The old one may be written to until then. */
static bool
is_rotated(const struct follow *f)
{
	struct stat st;

	return stat(f->path, &st) == 0 && (st.st_ino != f->inode || st.st_dev != f->device) &&
	       st.st_size > 0;
}

/* At the end of the file. */
static enum err
see_rotation(struct follow *f, bool rotated, bool *more_out, struct why *why)
{
	enum err e = ERR_OK;

	if (!rotated) {
		return ERR_OK;
	}
	if (f->n > 0 && !f->skipping) { /* its last line has no newline and will get none */
		e = give(f, sv_make(f->room, f->n), f->at, why);
	}
	f->rotations++;
	leave(f);
	*more_out = true;
	return e;
}

enum err
follow_step(struct follow *f, bool *more_out, struct why *why)
{
	struct stat st;
	bool rotated;
	enum err e = ERR_OK;
	ssize_t n;

	*more_out = false;
	if (f->fd < 0) {
		e = enter(f, why);
		if (e != ERR_OK || f->fd < 0) {
			return e;
		}
	}
	rotated = is_rotated(f); /* before the last read: what comes after it is in the new file */
	if (fstat(f->fd, &st) != 0) {
		return why_set(why, ERR_IO, "%s: %s", f->path, why_errno(errno));
	}
	f->mtime_us = mtime_us(&st);
	if (is_rewritten(f, &st)) {
		*more_out = true;
		return catch_up(f, why);
	}
	n = pread(f->fd, f->room + f->n, ROOM - f->n, (off_t)(f->at + f->n));
	if (n < 0) {
		return errno == EINTR ? ERR_OK
				      : why_set(why, ERR_IO, "%s: %s", f->path, why_errno(errno));
	}
	if (n == 0) {
		return see_rotation(f, rotated, more_out, why);
	}
	f->n += (size_t)n;
	keep_head(f);
	*more_out = true;
	return take_lines(f, why);
}
