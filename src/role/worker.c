/* SPDX-License-Identifier: Apache-2.0 */
#include "role/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX        ((size_t)256 * 1024 * 1024)
#define EXIT_NO_SANDBOX 3

/* ---- bytes ---- */

static bool
write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR) {
			continue;
		}
		if (w <= 0) {
			return false;
		}
		p += w;
		n -= (size_t)w;
	}
	return true;
}

static bool
read_all(int fd, void *bytes, size_t n)
{
	char *p = bytes;

	while (n > 0) {
		ssize_t r = read(fd, p, n);

		if (r < 0 && errno == EINTR) {
			continue;
		}
		if (r <= 0) {
			return false;
		}
		p += r;
		n -= (size_t)r;
	}
	return true;
}

/* ---- the child ---- */

static void
close_between(int above, int below)
{
	if (above + 1 < below) {
		(void)close_range((unsigned)above + 1, (unsigned)below - 1, 0);
	}
}

/* Whatever the parent has open, a store for instance, is no business of the child; it keeps its
 * two pipes, and standard error for what a library says when it gives up. */
static void
close_others(int a, int b)
{
	int low = a < b ? a : b;
	int high = a < b ? b : a;

	for (int fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++) {
		if (fd != a && fd != b) {
			(void)close(fd);
		}
	}
	close_between(STDERR_FILENO, low);
	close_between(low > STDERR_FILENO ? low : STDERR_FILENO, high);
	(void)close_range((unsigned)(high > STDERR_FILENO ? high : STDERR_FILENO) + 1, ~0U, 0);
}

_Noreturn static void
serve(const struct worker *w, int in, int out)
{
	struct why why;
	struct buf answer;
	char *text = NULL;
	size_t room = 0;
	uint64_t n;

	close_others(in, out);
	if (sandbox_enter(&why) != ERR_OK) {
		_exit(EXIT_NO_SANDBOX);
	}
	buf_init(&answer, WORKER_ANSWER_MAX);
	while (read_all(in, &n, sizeof(n)) && n <= TEXT_MAX) {
		uint64_t length;

		if (n > room) {
			room = n < 65536 ? 65536 : n;
			text = mem_grow(text, room, 1);
		}
		if (!read_all(in, text, n)) {
			break;
		}
		buf_clear(&answer);
		w->job(w->context, sv_make(text, n), &answer);
		length = answer.n;
		if (!write_all(out, &length, sizeof(length)) ||
		    !write_all(out, answer.p, answer.n)) {
			break;
		}
	}
	_exit(0);
}

/* ---- the parent ---- */

void
worker_init(struct worker *w, worker_job *job, void *context)
{
	*w = (struct worker){
		.job = job, .context = context, .to = -1, .from = -1, .seconds = WORKER_SECONDS
	};
}

static enum err
start(struct worker *w, struct why *why)
{
	int down[2];
	int up[2];

	if (pipe2(down, O_CLOEXEC) != 0) {
		return why_set(why, ERR_IO, "pipe: %s", why_errno(errno));
	}
	if (pipe2(up, O_CLOEXEC) != 0) {
		(void)close(down[0]);
		(void)close(down[1]);
		return why_set(why, ERR_IO, "pipe: %s", why_errno(errno));
	}
	w->pid = fork();
	if (w->pid == 0) {
		(void)close(down[1]);
		(void)close(up[0]);
		serve(w, down[0], up[1]);
	}
	(void)close(down[0]);
	(void)close(up[1]);
	w->to = down[1];
	w->from = up[0];
	if (w->pid < 0) {
		int e = errno;

		worker_done(w);
		return why_set(why, ERR_IO, "fork: %s", why_errno(e));
	}
	return ERR_OK;
}

/* How the child ended, as waitpid has it; 0: there was none. */
static int
end_child(struct worker *w)
{
	int status = 0;

	if (w->to >= 0) {
		(void)close(w->to);
		(void)close(w->from);
	}
	if (w->pid > 0) {
		while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR) {
		}
	}
	w->to = -1;
	w->from = -1;
	w->pid = 0;
	return status;
}

void
worker_done(struct worker *w)
{
	(void)end_child(w);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* True: there is something to read (or the end) before the time is over. */
static bool
wait_for(const struct worker *w, int64_t until_ms)
{
	for (;;) {
		struct pollfd p = { w->from, POLLIN, 0 };
		int64_t left = until_ms - now_ms();
		int n = poll(&p, 1, left < 0 ? 0 : (int)left);

		if (n > 0) {
			return true;
		}
		if (n == 0 || errno != EINTR) {
			return false;
		}
	}
}

/* The answer; false: the child is gone, or *late_out. */
static bool
take_answer(struct worker *w, struct buf *answer, bool *late_out)
{
	int64_t until_ms = now_ms() + (int64_t)w->seconds * 1000;
	uint64_t n = 0;
	char block[8192];

	*late_out = !wait_for(w, until_ms);
	if (*late_out || !read_all(w->from, &n, sizeof(n)) || n > WORKER_ANSWER_MAX) {
		return false;
	}
	while (n > 0) {
		size_t part = n < sizeof(block) ? n : sizeof(block);

		if (!read_all(w->from, block, part)) {
			return false;
		}
		buf_add(answer, block, part);
		n -= part;
	}
	return true;
}

static enum err
failed(struct worker *w, bool late, struct buf *answer, struct why *why)
{
	int status;

	if (late && w->pid > 0) {
		(void)kill(w->pid, SIGKILL);
	}
	status = end_child(w);
	buf_clear(answer);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_SANDBOX) {
		return why_set(
		    why, ERR_IO, "seccomp does not work here, and mails are not read without it");
	}
	return late ? why_set(why, ERR_INTERRUPTED, "reading it took longer than %u seconds",
			  w->seconds)
		    : why_set(why, ERR_INTERRUPTED, "reading it broke the reader");
}

enum err
worker_ask(struct worker *w, struct sv text, struct buf *answer, struct why *why)
{
	uint64_t n = text.n;
	bool late = false;
	bool ok;
	void (*before)(int);

	buf_clear(answer);
	if (w->to < 0) {
		enum err e = start(w, why);

		if (e != ERR_OK) {
			return e;
		}
	}
	before = signal(SIGPIPE, SIG_IGN);
	ok = write_all(w->to, &n, sizeof(n)) && write_all(w->to, text.p, text.n) &&
	     take_answer(w, answer, &late);
	(void)signal(SIGPIPE, before);
	if (ok) {
		return ERR_OK;
	}
	return failed(w, late, answer, why);
}
