/* SPDX-License-Identifier: Apache-2.0 */
#include "role/engine_private.h"
#include "source/lines.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_BYTES ((size_t)16 * 1024) /* of a read; a pipe holds 64 KB */

enum err
engine_journal_begin(struct engine_part *e, struct why *why)
{
	const uint64_t id = postfix_log_identity_of(SV(JOURNAL_NAME));
	struct journal_feed *f = &e->journal;
	struct buf note;
	enum err err;

	buf_init(&note, JOURNAL_CURSOR_MAX);
	store_input_note(e->store, id, &note);
	journal_begin(&f->j, buf_view(&note), store_input_done(e->store, id));
	buf_done(&note);
	err = engine_input(e, JOURNAL_NAME, id, (int64_t)(engine_now_s() * 1e6), why);
	return err == ERR_OK ? journal_spawn(&f->j, e->opt.settings, &f->fd, &f->pid, why) : err;
}

void
engine_journal_end(struct engine_part *e)
{
	struct journal_feed *f = &e->journal;

	if (f->fd < 0) {
		return;
	}
	(void)close(f->fd);
	f->fd = -1;
	(void)kill(f->pid, SIGKILL);
	while (waitpid(f->pid, NULL, 0) < 0 && errno == EINTR) {
	}
	buf_clear(&f->bytes);
}

/* Whole lines out of what came; what is left stays. */
static enum err
take_lines(struct engine_part *e, struct why *why)
{
	struct journal_feed *f = &e->journal;
	struct sv rest = buf_view(&f->bytes);
	struct sv line;
	struct buf left;
	enum err err = ERR_OK;

	while (err == ERR_OK && sv_cut(&rest, '\n', &line)) {
		uint64_t number = journal_number(&f->j, line);

		err = engine_line(e, line, number, why);
	}
	err = err == ERR_OK ? engine_lines_end(e, why)
			    : err; /* the cursor is that of what is learned */
	buf_init(&left, 0);
	if (rest.n < LINES_MAX) { /* a longer one is no entry of Postfix */
		buf_sv(&left, rest);
	}
	buf_done(&f->bytes);
	f->bytes = left;
	live_note(e->live, f->j.cursor);
	return err;
}

enum err
engine_journal_read(struct engine_part *e, bool *more_out, struct why *why)
{
	struct journal_feed *f = &e->journal;
	char room[STEP_BYTES / 2];
	size_t got = 0;

	while (got < FOLLOW_STEP_BYTES) {
		ssize_t n = read(f->fd, room, sizeof(room));

		if (n == 0) {
			return why_set(why, ERR_IO, "%s: it ended; see whether it runs by hand",
			    e->opt.settings->journalctl);
		}
		if (n < 0) {
			break;
		}
		buf_add(&f->bytes, room, (size_t)n);
		got += (size_t)n;
	}
	*more_out = got >= FOLLOW_STEP_BYTES;
	return got > 0 ? take_lines(e, why) : ERR_OK;
}
