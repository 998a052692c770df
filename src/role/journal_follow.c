/* SPDX-License-Identifier: Apache-2.0 */
#include "role/journal_follow.h"

#include "act/program.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* The text of a member of a JSON object of one line, without escapes; empty: it has none. */
static struct sv
member(struct sv line, struct sv name)
{
	struct sv head;
	struct sv value;

	return sv_cut_sv(&line, name, &head) && sv_cut(&line, '"', &value) ? value
									   : (struct sv){ 0 };
}

/* "t=5a0d1b2c3d4e" of a cursor: microseconds in hex; 0: there is none. */
static int64_t
cursor_time(struct sv cursor)
{
	struct sv head;
	uint64_t t = 0;

	if (!sv_cut_sv(&cursor, SV(";t="), &head)) {
		return 0;
	}
	for (size_t i = 0; i < cursor.n && i < 15 && cursor.p[i] != ';'; i++) {
		char c = char_lower(cursor.p[i]);

		if (!char_is_digit(c) && (c < 'a' || c > 'f')) {
			return 0;
		}
		t = t << 4 | (uint64_t)(char_is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	return (int64_t)t;
}

static void
keep_cursor(struct journal_follow *j, struct sv cursor)
{
	if (cursor.n > 0 && cursor.n < JOURNAL_CURSOR_MAX) {
		memcpy(j->cursor, cursor.p, cursor.n);
		j->cursor[cursor.n] = '\0';
	}
}

void
journal_begin(struct journal_follow *j, struct sv note, uint64_t done)
{
	*j = (struct journal_follow){ .done = done, .next = done };
	keep_cursor(j, note);
	j->cursor_us = cursor_time(note);
	j->behind = done == 0 || j->cursor[0] == '\0' || j->cursor_us == 0;
}

uint64_t
journal_number(struct journal_follow *j, struct sv line)
{
	struct sv cursor = member(line, SV("\"__CURSOR\":\""));
	uint64_t t;

	if (!j->behind) {
		if (sv_eq(cursor, sv_from(j->cursor))) { /* the last known one */
			j->behind = true;
			return 0;
		}
		if (!num_u64(member(line, SV("\"__REALTIME_TIMESTAMP\":\"")), INT64_MAX, &t) ||
		    (int64_t)t <= j->cursor_us) {
			return 0;
		}
		j->behind = true; /* the journal does not have it any more */
	}
	keep_cursor(j, cursor);
	return j->next++;
}

enum err
journal_spawn(const struct journal_follow *j, const struct settings *s, int *fd_out, pid_t *pid_out,
    struct why *why)
{
	char since[64];
	const char *argv[] = { s->journalctl, "-f", "--output=json",
		"--output-fields=SYSLOG_IDENTIFIER,_HOSTNAME,MESSAGE", "--no-tail", "--quiet",
		since, s->journal_match, NULL };
	int pipes[2];
	int e;

	(void)snprintf(since, sizeof(since), "--since=@%lld",
	    (long long)(j->cursor_us == 0 ? 0 : j->cursor_us / 1000000 - JOURNAL_BACK_S));
	if (pipe2(pipes, O_CLOEXEC) != 0) {
		return why_set(why, ERR_IO, "%s: %s", s->journalctl, why_errno(errno));
	}
	e = program_start(argv, pipes[1], false, pid_out);
	(void)close(pipes[1]);
	if (e != 0 || fcntl(pipes[0], F_SETFL, O_NONBLOCK) != 0) {
		(void)close(pipes[0]);
		return why_set(why, ERR_IO, "%s: %s", s->journalctl, why_errno(e));
	}
	*fd_out = pipes[0];
	return ERR_OK;
}
